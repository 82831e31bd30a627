"""A witness whose memory is damaged cosigns nothing, shows nothing, and says so."""

import hashlib
import random
import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.server.witness.test_witness import (
    FORKED,
    LEAVES,
    NOON,
    ORIGIN,
    note,
    opened,
    request,
)
from tests.support.flips import turn_bit
from wallet.errors import StoreDamagedError, TurnedAwayError, WalletError
from wallet.ledger.checkpoint import parse_note

NAME = hashlib.sha256(ORIGIN.encode()).hexdigest()
COLUMNS = ("origin", "size", "root", "note")
TURNS = 12


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """A witness that has seen twelve entries of one log."""
    folder = tmp_path_factory.mktemp("seen")
    with closing(opened(folder)) as witness:
        witness.add_checkpoint(request(0, 3), seconds=NOON)
        witness.add_checkpoint(request(3, 12), seconds=NOON)
    return folder


def forks():
    """Requests for another history, from every size an operator might try."""
    for old in (0, 3, 12, 13):
        yield request(old, 16, FORKED)
    yield b"old 12\n\n" + note(12, FORKED)


def is_steadfast(witness):
    """No other history is cosigned; what is shown is what was seen."""
    for body in forks():
        with pytest.raises((TurnedAwayError, StoreDamagedError)):
            witness.add_checkpoint(body, seconds=NOON)
    kept = parse_note(witness.checkpoint(NAME))
    assert kept.checkpoint.size == 12
    assert witness.vkey in kept.cosignature_times([witness.vkey])


@pytest.mark.parametrize("column", COLUMNS)
def test_a_witness_does_not_start_over_a_damaged_memory(seen, tmp_path, column):
    refused = 0
    for number in range(TURNS):
        here = tmp_path / str(number)
        shutil.copytree(seen, here)
        dice = random.Random(f"{column}{number}")  # noqa: S311
        assert turn_bit(here / "witness.db", "seen", column, dice)
        try:
            witness = opened(here)
        except StoreDamagedError:
            refused += 1
            continue
        witness.close()
    assert refused == TURNS


@pytest.mark.parametrize("column", COLUMNS)
def test_a_memory_that_is_damaged_while_it_runs_is_not_believed(seen, tmp_path, column):
    for number in range(TURNS):
        here = tmp_path / str(number)
        shutil.copytree(seen, here)
        with closing(opened(here)) as witness:
            dice = random.Random(f"{column}{number}")  # noqa: S311
            assert turn_bit(here / "witness.db", "seen", column, dice)
            for body in (request(12, 15), *forks()):
                with pytest.raises(StoreDamagedError):
                    witness.add_checkpoint(body, seconds=NOON)
            with pytest.raises(StoreDamagedError):
                witness.checkpoint(NAME)


def test_a_memory_that_vanished_while_it_ran_is_no_new_beginning(seen, tmp_path):
    shutil.copytree(seen, tmp_path / "here")
    with closing(opened(tmp_path / "here")) as witness:
        with closing(sqlite3.connect(tmp_path / "here/witness.db")) as db, db:
            db.execute("DELETE FROM seen")
        for body in (request(0, 16, FORKED), request(0, 16)):
            with pytest.raises(StoreDamagedError):
                witness.add_checkpoint(body, seconds=NOON)


def test_pages_of_the_file_that_are_damaged_never_lead_to_a_fork(seen, tmp_path):
    """Any bit of the file, not only of its values."""
    forgot = 0
    for number in range(40):
        here = tmp_path / str(number)
        shutil.copytree(seen, here)
        file = here / "witness.db"
        data = bytearray(file.read_bytes())
        dice = random.Random(number)  # noqa: S311
        used = [at for at, byte in enumerate(data) if byte]
        data[dice.choice(used)] ^= 1 << dice.randrange(8)
        file.write_bytes(data)
        try:
            with closing(opened(here)) as witness:
                if witness.checkpoint(NAME) is None:
                    forgot += 1
                else:
                    is_steadfast(witness)
        except (WalletError, sqlite3.Error):
            continue
    assert forgot == 0


def test_another_process_on_the_same_file_may_go_on(seen, tmp_path):
    shutil.copytree(seen, tmp_path / "here")
    with (
        closing(opened(tmp_path / "here")) as first,
        closing(opened(tmp_path / "here")) as second,
    ):
        assert second.add_checkpoint(request(12, 14), seconds=NOON)
        assert first.add_checkpoint(request(14, 16), seconds=NOON)
        assert second.add_checkpoint(request(16, 17), seconds=NOON)
        assert len(LEAVES) > 17
