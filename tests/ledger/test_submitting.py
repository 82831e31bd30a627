"""What a client does for a stamp, and when it makes another."""

import pytest

from tests.ledger.entries import change, grant, receipt
from wallet.errors import TurnedAwayError, UnreachableError
from wallet.ledger import stamp
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.ledger_client import STAMP_HEADER, LedgerClient


class Ledger:
    """Asks for what the test says, and looks at stamps as a ledger does."""

    def __init__(self):
        self.bits, self.good, self.asked, self.status = 2, 2, [], None
        self.remembers = True

    def get(self, url, *, cap):
        self.asked.append("log.json")
        return b'{"difficulty": %d}' % self.bits

    get_alone = get

    def post(self, url, body, *, cap, headers):
        self.asked.append("entry")
        if self.status is not None:
            raise TurnedAwayError(self.status, "because")
        shown = bytes.fromhex(headers.get(STAMP_HEADER, ""))
        if shown and not stamp.check(leaf_hash(body), shown, self.good):
            raise TurnedAwayError(403, "stamp")
        return b'{"index": 7}'

    def close(self):
        pass


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def client(ledger):
    return LedgerClient("http://127.0.0.1:1", ledger)


def test_who_keeps_apart_asks_anew_what_each_entry_needs(client, ledger):
    """A ledger that asks every caller otherwise does not know one again by it."""
    ledger.remembers = False
    for bits in (1, 3, 2):
        ledger.bits = ledger.good = bits
        client.submit(receipt(bits))
    assert ledger.asked == ["log.json", "entry"] * 3


def test_a_difficulty_that_rose_meanwhile_is_asked_for_again(client, ledger):
    assert client.submit(receipt(0)) == 7
    ledger.bits = ledger.good = 12
    assert client.submit(receipt(1)) == 7
    assert ledger.asked == ["log.json", "entry", "entry", "log.json", "entry"]


def test_a_refusal_is_not_tried_twice_under_the_same_difficulty(client, ledger):
    ledger.status = 403
    with pytest.raises(TurnedAwayError):
        client.submit(receipt(0))
    assert ledger.asked == ["log.json", "entry"]


def test_an_end_needs_no_stamp_and_asks_for_no_difficulty(client, ledger):
    assert client.submit(change(0, grant(0), State.ENDED, 1)) == 7
    assert ledger.asked == ["entry"]


def test_a_busy_ledger_is_asked_again_later(client, ledger):
    ledger.status = 503
    with pytest.raises(UnreachableError):
        client.submit(receipt(0))


@pytest.mark.parametrize("bits", [-1, 23])
def test_a_ledger_may_not_ask_for_any_amount_of_work(client, ledger, bits):
    ledger.bits = bits
    with pytest.raises(UnreachableError):
        client.submit(receipt(0))
