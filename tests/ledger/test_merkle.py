"""RFC 6962 trees: known roots, published proofs, and every shape."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import published as vectors
from wallet.errors import RefusedError
from wallet.ledger import merkle
from wallet.ledger.subtree import (
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from wallet.ledger.tree import Tree

# The eight inputs and roots of the Certificate Transparency reference tree.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# MTH of 0 leaves
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def hashes(count):
    return [merkle.leaf_hash(bytes([n])) for n in range(count)]


def published(kind):
    """Every case of one kind: (file, case)."""
    folder = vectors.folder("ledger-vectors") / "merkle" / kind
    return [
        (path, json.loads(path.read_text())) for path in sorted(folder.rglob("*.json"))
    ]


def raw(text):
    return base64.b64decode(text or "")


def agrees(case, act):
    try:
        act()
    except (RefusedError, ValueError):
        return case["wantErr"]
    return not case["wantErr"]


def test_roots_are_those_of_the_reference_tree():
    assert merkle.root([]).hex() == EMPTY
    leaves = [merkle.leaf_hash(data) for data in INPUTS]
    for size, root in enumerate(ROOTS, 1):
        assert merkle.root(leaves[:size]).hex() == root
        assert Tree(leaves[:size]).root().hex() == root


def test_published_inclusion_proofs_are_judged_as_published(record_property):
    cases = published("inclusion")
    record_property("merkle_inclusion", {"agrees": len(cases)})
    assert len(cases) == 98
    for path, case in cases:

        def act(case=case):
            merkle.verify_inclusion(
                leaf=raw(case["leafHash"]),
                index=case["leafIdx"],
                size=case["treeSize"],
                path=[raw(one) for one in case["proof"] or ()],
                root=raw(case["root"]),
            )

        assert agrees(case, act), path.name


def test_published_consistency_proofs_are_judged_as_published(record_property):
    cases = published("consistency")
    record_property("merkle_consistency", {"agrees": len(cases)})
    assert len(cases) == 98
    for path, case in cases:

        def act(case=case):
            merkle.verify_consistency(
                old=case["size1"],
                new=case["size2"],
                old_root=raw(case["root1"]),
                new_root=raw(case["root2"]),
                path=[raw(one) for one in case["proof"] or ()],
            )

        assert agrees(case, act), path.name


def test_published_subtree_inclusions_are_judged_as_published(record_property):
    cases = published("subtreeinclusion")
    record_property("merkle_subtreeinclusion", {"agrees": len(cases)})
    assert len(cases) == 204
    for path, case in cases:

        def act(case=case):
            verify_subtree_inclusion(
                leaf=raw(case["leafHash"]),
                index=case["leafIdx"],
                start=case["start"],
                end=case["end"],
                path=[raw(one) for one in case["proof"] or ()],
                root=raw(case["root"]),
            )

        assert agrees(case, act), path


def test_published_subtree_consistency_is_judged_as_published(record_property):
    cases = published("subtreeconsistency")
    record_property("merkle_subtreeconsistency", {"agrees": len(cases)})
    assert len(cases) == 118
    for path, case in cases:

        def act(case=case):
            verify_subtree_consistency(
                start=case["start"],
                end=case["end"],
                size=case["size"],
                subtree_root=raw(case["root1"]),
                root=raw(case["root2"]),
                path=[raw(one) for one in case["proof"] or ()],
            )

        assert agrees(case, act), path


@given(st.integers(1, 70), st.data())
def test_every_leaf_is_proven_in_every_tree(size, data):
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(hashes(70))
    path = tree.inclusion(index, size)
    leaves = hashes(size)
    assert path == merkle.inclusion_path(leaves, index)
    facts = {"leaf": leaves[index], "index": index, "size": size}
    merkle.verify_inclusion(**facts, path=path, root=tree.root(size))
    with pytest.raises(RefusedError):
        merkle.verify_inclusion(**facts, path=path, root=bytes(32))


@given(st.integers(1, 70), st.data())
def test_every_older_tree_is_proven_a_prefix(size, data):
    old = data.draw(st.integers(1, size))
    tree = Tree(hashes(70))
    path = tree.consistency(old, size)
    assert path == merkle.consistency_path(hashes(size), old)
    merkle.verify_consistency(
        old=old,
        new=size,
        old_root=tree.root(old),
        new_root=tree.root(size),
        path=path,
    )


@given(st.lists(st.integers(0, 40), max_size=6))
def test_a_tree_grown_and_cut_is_the_tree_of_what_is_left(steps):
    leaves, tree = [], Tree()
    for step in steps:
        fresh = [hashlib.sha256(bytes([step, n])).digest() for n in range(step)]
        leaves += fresh
        tree.extend(fresh)
        del leaves[len(leaves) // 2 :]
        tree.cut(len(tree) // 2)
        assert tree.root() == merkle.root(leaves)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, 9)])
def test_there_is_no_path_to_what_is_not_there(index, size):
    with pytest.raises(ValueError, match="no such"):
        Tree(hashes(5)).inclusion(index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3), (1, 9)])
def test_there_is_no_proof_between_sizes_that_are_not_there(old, new):
    with pytest.raises(ValueError, match="no "):
        Tree(hashes(5)).consistency(old, new)


def test_a_hash_of_another_length_proves_nothing():
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    root = merkle.node_hash(left, right)
    short, long = left[:31], left[31:] + right  # the same bytes, cut elsewhere
    for act in (
        lambda: merkle.verify_consistency(
            old=1, new=2, old_root=short, new_root=root, path=[long]
        ),
        lambda: merkle.verify_inclusion(
            leaf=short, index=0, size=2, path=[long], root=root
        ),
        lambda: verify_subtree_consistency(
            start=0, end=1, size=2, subtree_root=short, root=root, path=[long]
        ),
    ):
        with pytest.raises(RefusedError):
            act()
