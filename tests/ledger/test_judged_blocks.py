"""Runs of leaf hashes that were judged once are not hashed up again, nor believed."""

import pytest

from tests.ledger.conftest import NOON, ORIGIN
from tests.support.long_ledger import LongLedger
from wallet.errors import StoreDamagedError
from wallet.ledger import replica_tiles
from wallet.ledger.entry import leaf_hash
from wallet.ledger.judged_blocks import LEAVES
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync
from wallet.ledger.tiles import WIDTH, tile_path

SIZE = LEAVES + 700


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    made = LongLedger(tmp_path_factory.mktemp("log"), origin=ORIGIN, now=NOON)
    made.grow(SIZE)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory, log):
    """A copy of it, never searched since it was synced."""
    folder = tmp_path_factory.mktemp("copy")
    sync(reopened(folder, log), log)
    return folder


@pytest.fixture
def hashed(monkeypatch):
    """How many tiles of hashes were hashed up."""
    seen, whole = [], replica_tiles.root
    monkeypatch.setattr(
        replica_tiles, "root", lambda found: seen.append(found) or whole(found)
    )
    return seen


@pytest.fixture
def kept(folder):
    """What the test damages is put back."""
    paths = [folder / "blocks", folder / tile_path(0, 3)]
    before = [(path, path.read_bytes()) for path in paths]
    yield paths
    for path, data in before:
        path.write_bytes(data)


def reopened(folder, log):
    return Replica.open(folder, origin=ORIGIN, policy=Policy.parse(log.policy))


def found(folder, log):
    return reopened(folder, log).first_index(leaf_hash(log.grant(1_000)))


def test_the_first_search_after_a_sync_hashes_no_run_again(folder, log, hashed):
    assert found(folder, log) == 1_000
    assert len(hashed) < 8


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:63]),
        lambda path: path.write_bytes(bytes(32) + path.read_bytes()[32:]),
        lambda path: path.write_bytes(path.read_bytes()[:32] + bytes(32)),
    ],
)
def test_what_is_not_remembered_is_hashed_once_more(folder, log, hashed, kept, damage):
    before = kept[0].read_bytes()
    damage(kept[0])
    assert found(folder, log) == 1_000
    assert len(hashed) > WIDTH
    assert kept[0].read_bytes() == before


def test_a_flipped_bit_is_named_though_its_run_was_judged(folder, log, kept):
    data = bytearray(kept[1].read_bytes())
    data[4_000] ^= 1
    kept[1].write_bytes(data)
    with pytest.raises(StoreDamagedError):
        found(folder, log)


def test_a_row_of_other_hashes_does_not_stand_for_these(folder, log, kept):
    """Whatever was judged once, it is the trusted root that these must have."""
    other = LongLedger(folder.parent / "other", origin=ORIGIN, now=NOON)
    other.grow(LEAVES)
    copy = reopened(folder.parent / "other-copy", other)
    sync(copy, other)
    (folder / tile_path(0, 3)).write_bytes(
        (folder.parent / "other-copy" / tile_path(0, 3)).read_bytes()
    )
    kept[0].write_bytes((folder.parent / "other-copy" / "blocks").read_bytes())
    with pytest.raises(StoreDamagedError):
        found(folder, log)


def test_a_copy_that_grows_into_a_run_remembers_it_then(tmp_path, log):
    other = LongLedger(tmp_path / "log", origin=ORIGIN, now=NOON)
    other.grow(LEAVES - 5)
    copy = reopened(tmp_path / "copy", other)
    sync(copy, other)
    assert not (tmp_path / "copy/blocks").exists()
    other.grow(10)
    sync(copy, other)
    assert len((tmp_path / "copy/blocks").read_bytes()) == 64
