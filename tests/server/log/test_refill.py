"""A restored database gets back what it once signed, or signs nothing and says why."""

import pytest

from tests.ledger.entries import ORIGIN, change, grant, receipt
from wallet.errors import HistoryMissingError, UnreachableError
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import Checkpoint, note_text, sign_log
from wallet.ledger.entry import State
from wallet.ledger.tiles import decode_bundle, encode_bundle
from wallet.server.log.refill import Refill
from wallet.server.log.storage import Admitted, LoggedChange
from wallet.server.log.storage_sqlite import SqliteStorage

LOG = Signer.from_seed(b"l" * 32)
HELD, SIGNED = 300, 700


class Mirror:
    """Serves a whole log, as another storage holds it."""

    def __init__(self, storage):
        self.storage = storage
        self.asked = []

    def checkpoint(self):
        raise AssertionError("a mirror's checkpoint is not asked for")

    def bundle(self, n, width):
        self.asked.append(n)
        return self.storage.bundle(n, width)


class Altered(Mirror):
    def bundle(self, n, width):
        entries = decode_bundle(super().bundle(n, width))
        return encode_bundle([*entries[:-1], b"other"])


class Away(Mirror):
    def bundle(self, n, width):
        raise UnreachableError("mirror")


def admitted(number):
    if number == SIGNED - 1:
        end = change(5, grant(5), State.ENDED, 3)
        return Admitted(data=end, target=5, state=State.ENDED, seq=3)
    return Admitted(data=grant(5) if number == 5 else receipt(number))


def filled(path, size):
    storage = SqliteStorage(path)
    storage.append([admitted(number) for number in range(size)])
    storage.integrate()
    return storage


@pytest.fixture
def world(tmp_path):
    whole, stale = (filled(tmp_path / f"{size}.db", size) for size in (SIGNED, HELD))
    text = note_text(Checkpoint(ORIGIN, SIGNED, whole.tree.root(SIGNED)))
    yield whole, stale, text + b"\n" + sign_log(LOG, ORIGIN, text)
    whole.close()
    stale.close()


@pytest.mark.expects_log("entries 300 to 699 came back from a mirror")
def test_what_was_lost_comes_back_exactly_as_it_was(world):
    whole, stale, note = world
    mirror = Mirror(whole)
    refill = Refill(stale, origin=ORIGIN, mirrors=[Away(whole), Altered(whole), mirror])
    refill.up_to(note)
    assert mirror.asked == [1, 2]  # what lies here is not asked for
    assert stale.size == SIGNED
    assert [*stale.entries(0, SIGNED)] == [*whole.entries(0, SIGNED)]
    assert stale.changes_between(0, SIGNED) == [
        LoggedChange(SIGNED - 1, 5, State.ENDED, 3)
    ]
    assert stale.ended_by(5) == SIGNED - 1


@pytest.mark.parametrize("kinds", [[], [Away], [Altered], [Away, Altered]])
def test_where_no_mirror_gives_it_nothing_is_taken_and_both_sizes_are_said(
    world, kinds
):
    whole, stale, note = world
    refill = Refill(stale, origin=ORIGIN, mirrors=[kind(whole) for kind in kinds])
    with pytest.raises(HistoryMissingError, match=r"signed 700 entries.*holds 300"):
        refill.up_to(note)
    assert stale.size == HELD


def test_entries_that_do_not_continue_ours_are_not_taken(world, tmp_path):
    whole, _, note = world
    other = SqliteStorage(tmp_path / "other.db")
    other.append([Admitted(data=receipt(9_000 + number)) for number in range(HELD)])
    refill = Refill(other, origin=ORIGIN, mirrors=[Mirror(whole)])
    with pytest.raises(HistoryMissingError):
        refill.up_to(note)
    assert other.integrate() == HELD
    other.close()
