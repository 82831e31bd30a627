"""A board vouches for keys that asked for it, and can take its word back."""

import pytest

from tests.support.clinic_world import ClinicCopy, Clock
from tests.support.relay_world import Copy, at
from tests.support.world import DAY, NOON, ORIGIN, clinic
from wallet.actions import issuer
from wallet.actions.clinic import cards
from wallet.actions.clinic.home import Clinic, ClinicHome
from wallet.actions.waiting import Waiting
from wallet.cbor import encode
from wallet.errors import RefusedError, UnreachableError, UsageError
from wallet.ledger.entry import State, commit, leaf_hash, parse_entry
from wallet.practitioners.application import (
    read_answer,
    read_request,
    write_answer,
    write_request,
)
from wallet.practitioners.card import AccreditationBody, parse_card
from wallet.verdict import Reason


class Ledgers:
    """A ledger that publishes at every look, until told not to."""

    def __init__(self, clock):
        self.clock, self.ledger = clock, Copy()
        self.copy, self.entries, self.up = ClinicCopy(self.ledger), [], True

    def view(self, origin):
        return self.copy if origin == ORIGIN else None

    def sync(self, _watch=None):
        self.copy.pull(self.clock())

    def submit(self, origin, entry):
        if not self.up:
            raise UnreachableError("ledger")
        assert origin == ORIGIN
        self.entries.append(entry)
        return self.ledger.add(entry)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ledgers(clock):
    return Ledgers(clock)


@pytest.fixture
def board(tmp_path):
    return issuer.create(tmp_path / "board", passphrase=None)


def waiting(clock):
    return Waiting(clock=clock, pause=clock.tick, patience=3)


def request_of(reader):
    return write_request(reader.signer, sealing_key=reader.opener.public)


def issue(board, ledgers, clock, reader, **other):
    return issuer.issue(
        board,
        request_of(reader),
        ledgers,
        **{
            "origin": ORIGIN,
            "name": "Dr. Amara Osei",
            "role": "Cardiologist",
            "number": "C-1",
            "days": 365,
            "now": at(),
            "waiting": waiting(clock),
            **other,
        },
    )


def test_a_board_vouches_for_a_reader_and_the_reader_signs_its_card(
    board, ledgers, clock, tmp_path
):
    reader = clinic()
    line, answer = issue(board, ledgers, clock, reader)
    assert (line.index, line.state) == (0, "stands")
    entry = parse_entry(ledgers.entries[0], origin=ORIGIN)
    assert entry.key == board.signer.public
    accreditation = read_answer(answer)
    assert entry.commitment == commit(accreditation.salt, accreditation.body)
    home = ClinicHome(tmp_path)
    desk = None
    made = Clinic(
        home=home, signer=reader.signer, opener=reader.opener, desk=desk, card=None
    )
    card = cards.make_card(made, answer, relay="http://relay", now=at())
    assert parse_card(home.card.read_bytes()) == card
    assert card.body.name == "Dr. Amara Osei"
    assert (card.begins, card.ends) == (NOON, NOON + 365 * DAY)
    other = clinic("other")
    stranger = Clinic(
        home=home, signer=other.signer, opener=other.opener, desk=desk, card=None
    )
    with pytest.raises(RefusedError) as refused:
        cards.make_card(stranger, answer, relay=None, now=at())
    assert refused.value.reason is Reason.NOT_ACCREDITED
    with pytest.raises(RefusedError) as refused:
        cards.make_card(made, answer, relay=None, now=at(366 * DAY))
    assert refused.value.reason is Reason.LICENCE_ENDED


def test_a_board_takes_its_word_back(board, ledgers, clock):
    line, _ = issue(board, ledgers, clock, clinic())
    ended = issuer.revoke(board, line.index, ledgers, waiting=waiting(clock))
    assert (ended.state, ended.seq) == ("ended", 1)
    assert issuer.register(board) == [ended]
    change = parse_entry(ledgers.entries[1], origin=ORIGIN).change
    assert (change.index, change.state, change.seq) == (0, State.ENDED, 1)
    assert change.leaf == leaf_hash(ledgers.entries[0])
    with pytest.raises(UsageError):
        issuer.revoke(board, 9, ledgers, waiting=waiting(clock))


def test_nothing_is_registered_while_the_ledger_does_not_answer(board, ledgers, clock):
    ledgers.up = False
    with pytest.raises(UnreachableError):
        issue(board, ledgers, clock, clinic())
    assert issuer.register(board) == []


@pytest.mark.parametrize("hours", [0, 23])
def test_a_board_that_asks_again_finishes_what_it_began(board, ledgers, clock, hours):
    reader, pull = clinic(), ledgers.sync
    ledgers.sync = lambda _watch=None: None  # it is logged, and nothing covers it
    with pytest.raises(RefusedError) as refused:
        issue(board, ledgers, clock, reader)
    assert refused.value.reason is Reason.NOT_IN_COPY
    assert issuer.register(board) == []
    kept = list(board.folder.rglob("*.cbor"))
    assert [oct(path.stat().st_mode)[-3:] for path in kept] == ["600"]
    ledgers.sync = pull
    line, answer = issue(board, ledgers, clock, reader, now=at(hours * 3_600))
    assert set(ledgers.entries) == {ledgers.entries[0]}
    accreditation = read_answer(answer)
    entry = parse_entry(ledgers.entries[0], origin=ORIGIN)
    assert entry.commitment == commit(accreditation.salt, accreditation.body)
    assert (line.begins, line.leaf) == (NOON, leaf_hash(ledgers.entries[0]).hex())
    assert issuer.register(board) == [line]
    assert list(board.folder.rglob("*.cbor")) == []


@pytest.mark.parametrize(
    "other",
    [
        *({"name": "Dr. A. Osei"}, {"role": "Nurse"}, {"number": "C-2"}, {"days": 9}),
        {"now": at(86_400)},
    ],
)
def test_a_board_that_asks_for_something_else_begins_anew(board, ledgers, clock, other):
    reader = clinic()
    ledgers.up = False
    with pytest.raises(UnreachableError):
        issue(board, ledgers, clock, reader)
    ledgers.up = True
    line, _ = issue(board, ledgers, clock, reader, **other)
    begins = int(other.get("now", at()).timestamp())
    assert (line.begins, line.name) == (begins, other.get("name", "Dr. Amara Osei"))


def test_what_is_registered_is_not_begun_again(board, ledgers, clock, monkeypatch):
    reader = clinic()
    with monkeypatch.context() as stopped:  # before it could be forgotten
        stopped.setattr("wallet.actions.accreditation_draft.drop", lambda *_: None)
        first, _ = issue(board, ledgers, clock, reader)
    second, _ = issue(board, ledgers, clock, reader)
    assert first.leaf != second.leaf
    assert issuer.register(board) == [first, second]


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x84\x61l\x40\x40\x40"])
def test_a_damaged_draft_is_begun_anew(board, ledgers, clock, data):
    reader = clinic()
    ledgers.up = False
    with pytest.raises(UnreachableError):
        issue(board, ledgers, clock, reader)
    (kept,) = board.folder.rglob("*.cbor")
    kept.write_bytes(data)
    ledgers.up = True
    issue(board, ledgers, clock, reader)
    assert len(issuer.register(board)) == 1


def test_the_same_board_comes_back_from_its_home(board):
    again = issuer.enter(board.folder, passphrase=None)
    assert again.signer.public == board.signer.public
    with pytest.raises(UsageError):
        issuer.create(board.folder, passphrase=None)


@pytest.mark.parametrize("days", [0, -1])
def test_an_accreditation_lasts_at_least_a_day(board, ledgers, clock, days):
    with pytest.raises(UsageError):
        issue(board, ledgers, clock, clinic(), days=days)


def test_a_name_longer_than_a_card_takes_is_refused(board, ledgers, clock):
    with pytest.raises(RefusedError):
        issue(board, ledgers, clock, clinic(), name="x" * 201)
    assert ledgers.entries == []


def test_requests_that_are_not_ones_are_refused():
    reader, other = clinic(), clinic("other")
    good = request_of(reader)
    keys = [reader.signer.public, reader.opener.public]
    assert read_request(good).reader_id == reader.reader_id
    forged = other.signer.sign(b"heartwood/1/request\0" + b"".join(keys))
    magic = b"HWREQ1\n"
    wrong = {
        b"HWREQ2\n" + good[7:]: Reason.UNKNOWN_VERSION,
        good[:-1]: Reason.MALFORMED,
        magic + encode([*keys, forged]): Reason.SIGNATURE_WRONG,
        magic + encode([keys[0][:31], keys[1], forged]): Reason.MALFORMED,
        magic + encode([keys[0], keys[1][:-1], forged]): Reason.MALFORMED,
        magic + encode([keys[0], b"\xff" * 1_216, forged]): Reason.MALFORMED,
        magic + encode([*keys, forged, 1]): Reason.MALFORMED,
    }
    for data, reason in wrong.items():
        with pytest.raises(RefusedError) as refused:
            read_request(data)
        assert refused.value.reason is reason


def test_answers_that_are_not_ones_are_refused():
    body = AccreditationBody(
        name="n", number="1", role="r", reader_id=bytes(32), begins=1, ends=2
    ).encode()
    magic = b"HWACCR1\n"
    good = magic + encode(["o", 3, bytes(32), body])
    assert write_answer(read_answer(good)) == good
    for wrong in (
        encode(["o", -1, bytes(32), body]),
        encode(["o", 3, bytes(31), body]),
        encode(["o", 3, bytes(32), b"x"]),
        encode([b"o", 3, bytes(32), body]),
        encode(["o", 3, bytes(32)]),
    ):
        with pytest.raises(RefusedError) as refused:
            read_answer(magic + wrong)
        assert refused.value.reason is Reason.MALFORMED
    with pytest.raises(RefusedError):
        read_answer(good[1:])
