"""One bit turned in what a mirror keeps: it serves the truth or says it cannot."""

import random
import shutil
from contextlib import closing

import pytest

from tests.ledger.entries import ORIGIN, change, grant
from tests.server.mirror.test_mirror import HEX, SECONDS, Log, opened, request
from tests.support.flips import columns, turn_bit, turn_bit_of_file
from wallet.errors import RefusedError, StoreDamagedError, WalletError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import State
from wallet.ledger.policy import Policy
from wallet.ledger.tiles import encode_bundle

TURNS = 6
DATABASES = ("mirror.db", "pending.db", "handed.db")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A mirror that serves, has cosigned, and holds two changes for its log."""
    folder, log = tmp_path_factory.mktemp("mirror"), Log()
    for number in range(4):
        log.put(grant(number))
    log.rooted()
    with closing(opened(folder, log)) as mirror:
        mirror.add_checkpoint(request(log.checkpoint()))
        mirror.follow(ORIGIN, seconds=SECONDS)
        for number in (1, 2):
            end = change(number, grant(number), State.ENDED, 1)
            copy = mirror.copy(HEX)
            mirror.handing_on.take(copy, end, stamp=b"", seconds=SECONDS)
        served = mirror.checkpoint(HEX)
    entries = [*log._entries]
    return folder, log, served, entries


def is_true(mirror, served, entries):
    """What anybody reads is true, or a typed error; whether all of it is there."""
    complete = True
    try:
        note = mirror.checkpoint(HEX)
        assert note in (served, None)
        complete = note == served
    except StoreDamagedError:
        complete = False
    try:
        bundle = mirror.copy(HEX).bundle(0, len(entries))
        assert bundle == encode_bundle(entries)
    except StoreDamagedError:
        complete = False
    try:
        pending = mirror.pending(HEX)
        assert parse_note(pending).checkpoint == parse_note(served).checkpoint
    except StoreDamagedError:
        complete = False
    return complete


def places(folder):
    return [(name, *place) for name in DATABASES for place in columns(folder / name)]


@pytest.mark.expects_log("changes handed on for .* are damaged")
def test_a_turned_bit_of_a_table_is_served_to_nobody(made, tmp_path, caplog):
    folder, log, served, entries = made
    noticed = set()
    for place in places(folder):
        for number in range(TURNS):
            here = tmp_path / f"{'-'.join(place)}-{number}"
            shutil.copytree(folder, here)
            dice = random.Random(f"{place}{number}")  # noqa: S311
            if not turn_bit(here / place[0], *place[1:], dice):
                continue
            try:
                mirror = opened(here, log)
            except WalletError:
                noticed.add(place)
                continue
            with closing(mirror):
                if not is_true(mirror, served, entries):
                    noticed.add(place)
                _goes_on(mirror, served)
    for name in ("size", "root", "note", "origin"):
        assert ("pending.db", "seen", name) in noticed
    assert ("mirror.db", "served", "note") in noticed
    assert all("damaged" in line.getMessage() for line in caplog.records)


def _goes_on(mirror, served):
    """The next look puts a good checkpoint where there was a bad one."""
    try:
        mirror.follow(ORIGIN, seconds=SECONDS)
        mirror.handing_on.of(ORIGIN)
    except RefusedError as refused:
        if "larger one was cosigned" in refused.place:
            return
        raise
    note = parse_note(mirror.checkpoint(HEX))
    assert mirror.vkey in note.cosignature_times([mirror.vkey])
    assert note.text == parse_note(served).text


@pytest.mark.expects_log("1 changes handed on for ledger.test/demo are damaged")
def test_a_damaged_change_holds_up_no_other(made, tmp_path):
    folder, log, _, _ = made
    here = tmp_path / "here"
    shutil.copytree(folder, here)
    assert turn_bit(here / "handed.db", "handed", "entry", random.Random(1))  # noqa: S311
    with closing(opened(here, log)) as mirror:
        log.stamps.clear()
        mirror.follow(ORIGIN, seconds=SECONDS)
        mirror.hand_on(ORIGIN)
        assert len(log.stamps) == 1
        mirror.handing_on.of(ORIGIN)  # said once
        assert mirror.handing_on.waiting == 2


def test_a_turned_bit_of_a_copy_is_served_to_nobody(made, tmp_path):
    folder, log, served, entries = made
    policy = Policy.parse(log.policy)
    copies = [path for path in (folder / "replicas").rglob("*") if path.is_file()]
    assert len(copies) > 3
    noticed = 0
    for place, path in enumerate(copies):
        for number in range(TURNS):
            here = tmp_path / f"{place}-{number}"
            shutil.copytree(folder, here)
            dice = random.Random(f"{path.name}{number}")  # noqa: S311
            turn_bit_of_file(here / path.relative_to(folder), dice)
            try:
                mirror = opened(here, log)
            except StoreDamagedError:
                noticed += 1
                continue
            with closing(mirror):
                noticed += not is_true(mirror, served, entries)
                try:
                    mirror.follow(ORIGIN, seconds=SECONDS)
                except WalletError:
                    noticed += 1
                    continue
                assert policy.accept(parse_note(mirror.checkpoint(HEX)))
    assert noticed > TURNS
