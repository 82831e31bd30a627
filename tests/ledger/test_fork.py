"""Fork files: two signed notes convict a ledger, and nothing less does."""

import pytest

from tests.ledger.conftest import NOON, ORIGIN
from tests.ledger.entries import grant
from tests.support.ledger_simulator import LedgerSimulator
from wallet.errors import RefusedError
from wallet.ledger import fork, proof
from wallet.ledger.checkpoint import (
    LOG_KIND,
    Checkpoint,
    note_text,
    parse_note,
    sign_log,
    vkey_for,
)
from wallet.ledger.entry import leaf_hash
from wallet.ledger.tree import Tree
from wallet.verdict import Reason

LEDGER = LedgerSimulator(ORIGIN, NOON)
LOG = vkey_for(ORIGIN, LOG_KIND, LEDGER.key.public)
LEAVES = [leaf_hash(grant(number)) for number in range(9)]
OTHERS = [*LEAVES[:2], b"\x55" * 32, *LEAVES[3:]]
ONE, OTHER = Tree(LEAVES), Tree(OTHERS)


def note(tree, size):
    return LEDGER.sign(size, tree.root(size))


def proven(tree, size, index):
    path, leaf = tree.inclusion(index, size), tree.leaves[index]
    return proof.write(index, path, note(tree, size), leaf)


def refused(act):
    with pytest.raises(RefusedError) as caught:
        act()
    return caught.value.reason


def test_two_roots_of_one_size_convict():
    data = fork.write(trusted=note(ONE, 9), offered=note(OTHER, 9))
    read = fork.parse(data)
    assert (read.origin, read.trusted.raw) == (ORIGIN, note(ONE, 9))
    assert read.verify(LOG)
    assert data.startswith(b"heartwood/1/fork\npart ")


def test_two_leaves_in_one_place_convict_notes_of_two_sizes():
    data = fork.write(trusted=proven(ONE, 5, 2), offered=proven(OTHER, 9, 2))
    assert fork.parse(data).verify(LOG)


@pytest.mark.parametrize(
    ("trusted", "offered"),
    [
        (note(ONE, 5), note(OTHER, 9)),
        (note(ONE, 5), note(ONE, 9)),
        (proven(ONE, 5, 2), note(OTHER, 9)),
        (proven(ONE, 5, 1), proven(OTHER, 9, 1)),  # the same leaf in both
        (proven(ONE, 5, 1), proven(OTHER, 9, 2)),  # two places
    ],
)
def test_notes_of_two_sizes_alone_convict_nobody(trusted, offered):
    assert not fork.parse(fork.write(trusted=trusted, offered=offered)).verify(LOG)


def grown(tree, size, old):
    path = tree.consistency(old, size)
    return fork.grown(note(tree, size), old=old, root=tree.root(old), path=path)


@pytest.mark.parametrize("old", [4, 5, 7, 8])
def test_a_longer_history_that_does_not_begin_with_the_shorter_convicts(old):
    for sides in (
        {"trusted": note(ONE, old), "offered": grown(OTHER, 9, old)},
        {"trusted": grown(OTHER, 9, old), "offered": note(ONE, old)},
    ):
        data = fork.write(**sides)
        assert data.startswith(b"heartwood/2/fork\npart ")
        assert fork.parse(data).verify(LOG)


def test_a_proof_that_one_history_continues_the_other_acquits():
    data = fork.write(trusted=note(ONE, 5), offered=grown(ONE, 9, 5))
    assert refused(lambda: fork.parse(data).verify(LOG)) is Reason.MALFORMED
    data = fork.write(trusted=note(ONE, 6), offered=grown(OTHER, 9, 5))
    assert not fork.parse(data).verify(LOG)  # it says nothing of the first six


def test_a_prefix_that_is_not_proven_convicts_nobody():
    path = ONE.consistency(5, 9)
    forged = fork.grown(note(ONE, 9), old=5, root=OTHER.root(5), path=path)
    data = fork.write(trusted=note(ONE, 5), offered=forged)
    assert refused(lambda: fork.parse(data).verify(LOG)) is Reason.MALFORMED


PROVEN = fork.write(trusted=note(ONE, 5), offered=grown(OTHER, 9, 5))


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"heartwood/2/", b"heartwood/1/"),
        (b"old 5\n", b"old 05\n"),
        (b"old 5\n", b"old -5\n"),
        (b"old 5\n", b"old 5\n\n"),
        (b"old 5\n", b"old 5\nAAAA\n"),
        (b"old 5\n", b"old 5\n" + b"A" * 42 + b"B=\n"),
        (b"old 5\n", b"old 5\n" + (b"A" * 43 + b"=\n") * 64),
    ],
)
def test_a_grown_note_is_read_strictly(good, bad):
    before, _, rest = PROVEN.rpartition(b"part ")
    size, _, side = rest.partition(b"\n")
    assert int(size) == len(side)
    before, side = before.replace(good, bad), side.replace(good, bad)
    data = before + b"part %d\n" % len(side) + side
    assert refused(lambda: fork.parse(data)) is Reason.MALFORMED


def test_notes_alone_are_no_file_of_the_second_version():
    data = GOOD.replace(b"heartwood/1/", b"heartwood/2/")
    assert refused(lambda: fork.parse(data)) is Reason.MALFORMED


def test_one_history_is_no_fork():
    read = fork.parse(fork.write(trusted=note(ONE, 9), offered=note(ONE, 9)))
    assert refused(lambda: read.verify(LOG)) is Reason.MALFORMED


def test_a_leaf_that_its_note_does_not_cover_convicts_nobody():
    forged = proof.write(2, ONE.inclusion(2, 5), note(ONE, 5), b"\x55" * 32)
    read = fork.parse(fork.write(trusted=forged, offered=proven(OTHER, 9, 2)))
    assert refused(lambda: read.verify(LOG)) is Reason.MALFORMED


def test_a_note_the_ledger_did_not_sign_convicts_nobody():
    text = note_text(Checkpoint(ORIGIN, 9, OTHER.root()))
    stranger = LedgerSimulator("other.test", NOON).key
    forged = text + b"\n" + sign_log(stranger, ORIGIN, text)
    read = fork.parse(fork.write(trusted=note(ONE, 9), offered=forged))
    assert refused(lambda: read.verify(LOG)) is Reason.SIGNATURE_WRONG


def test_two_ledgers_are_no_fork():
    other = LedgerSimulator("other.test", NOON).sign(9, OTHER.root())
    act = lambda: fork.write(trusted=note(ONE, 9), offered=other)  # noqa: E731
    assert refused(act) is Reason.MALFORMED


GOOD = fork.write(trusted=note(ONE, 9), offered=proven(OTHER, 9, 2))
SIZE = len(note(ONE, 9))


@pytest.mark.parametrize(
    "data",
    [
        GOOD[:-1],
        GOOD + b"\n",
        GOOD.replace(b"part %d\n" % SIZE, b"part 0%d\n" % SIZE),
        GOOD.replace(b"part %d\n" % SIZE, b"part %d\n" % (SIZE - 1)),
        GOOD.replace(b"part %d\n" % SIZE, b"part 9999999\n"),
        GOOD.replace(b"part ", b"Part "),
        fork.MAGIC,
        fork.MAGIC + b"part 1\n",
        fork.MAGIC + b"part 1",
        GOOD + bytes(fork.MAX_FORK),
        # a proof that does not say of which leaf
        fork.MAGIC
        + b"".join(
            b"part %d\n" % len(one) + one
            for one in (
                note(ONE, 9),
                proof.write(2, OTHER.inclusion(2, 9), note(OTHER, 9)),
            )
        ),
    ],
)
def test_what_is_not_exactly_two_parts_is_malformed(data):
    assert refused(lambda: fork.parse(data)) is Reason.MALFORMED


def test_another_version_is_unknown():
    data = GOOD.replace(b"heartwood/1/", b"heartwood/3/", 1)
    assert refused(lambda: fork.parse(data)) is Reason.UNKNOWN_VERSION


def test_the_parts_are_byte_for_byte_what_was_signed():
    read = fork.parse(GOOD)
    assert parse_note(read.trusted.raw).raw == note(ONE, 9)
    assert read.offered.proof.note.checkpoint == read.offered.note.checkpoint
