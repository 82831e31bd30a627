"""First places of leaf hashes: the few looked for and the many mapped agree."""

import pytest

from wallet.ledger.leaf_index import _LOOKS, LeafIndex

PLENTY = _LOOKS + 1


def leaf(number, *, start=None):
    head = number.to_bytes(8, "big") if start is None else start
    return head + number.to_bytes(24, "big")


def filled(leaves, *, mapped):
    index = LeafIndex(lambda: b"".join(leaves))
    if mapped:
        for _ in range(PLENTY):
            index.first(leaf(0))
        assert index._map is not None
    return index


@pytest.mark.parametrize("mapped", [False, True])
def test_the_first_place_counts_and_what_is_not_there_has_none(mapped):
    index = filled([leaf(n) for n in (5, 6, 7, 6)], mapped=mapped)
    assert [index.first(leaf(n)) for n in (5, 6, 7, 8)] == [0, 1, 2, None]
    assert index.first(leaf(5)[:-1]) is None


@pytest.mark.parametrize("mapped", [False, True])
def test_what_begins_alike_is_told_apart(mapped):
    alike = [leaf(n, start=b"the same") for n in range(4)]
    index = filled(alike, mapped=mapped)
    assert [index.first(one) for one in alike] == [0, 1, 2, 3]
    assert index.first(leaf(9, start=b"the same")) is None


@pytest.mark.parametrize("mapped", [False, True])
def test_a_hash_across_two_others_is_none(mapped):
    index = filled([leaf(1), leaf(2)], mapped=mapped)
    assert index.first((leaf(1) + leaf(2))[9:41]) is None


@pytest.mark.parametrize("more", [3, PLENTY])
def test_copies_are_named_however_many_come_at_once(more):
    held = [leaf(n) for n in range(10)]
    fresh = [leaf(100 + n) for n in range(more - 2)] + [leaf(4), leaf(100)]
    index = filled(held, mapped=False)
    copies = [10 + more - 2, *([10 + more - 1] if more > 2 else [])]
    assert index.extend(b"".join(fresh)) == copies
    assert (index._map is None) is (more < PLENTY)
    assert index.first(leaf(4)) == 4
    assert index.first(leaf(100)) == 10
    assert index.extend(leaf(100)) == [10 + more]
