"""A relay's answers are not believed: each odd one has its own fault."""

import pytest

from wallet.cbor import encode
from wallet.errors import RefusedError, TurnedAwayError, UnreachableError
from wallet.ledger.relay_client import RelayClient
from wallet.verdict import Reason


class Line:
    """Answers every request with the same thing and remembers the last one."""

    def __init__(self, answer):
        self.answer, self.asked = answer, None

    def get(self, url, *, cap):
        return self._say(url, None, cap)

    def post(self, url, body, *, cap):
        return self._say(url, body, cap)

    def _say(self, url, body, cap):
        self.asked = (url, body)
        if isinstance(self.answer, Exception):
            raise self.answer
        assert len(self.answer) <= cap
        return self.answer


def client(answer):
    line = Line(answer)
    return RelayClient("http://relay/", line), line


def test_orders_and_notices_answer_every_release():
    relay, line = client(encode([[0, 7, 99]]))
    assert relay.order(origin="o", entry=b"e", order=b"x") == [(0, 7, 99)]
    assert line.asked == ("http://relay/v1/orders", encode(["o", b"e", b"x"]))
    assert relay.notice(origin="o", entry=b"e", notice=b"n") == [(0, 7, 99)]
    assert line.asked[0] == "http://relay/v1/notices"


def test_a_deposit_has_its_order_in_front():
    relay, line = client(b"")
    relay.deposit(origin="o", entry=b"e", order=b"x", package=b"P")
    head = encode(["o", b"e", b"x"])
    assert line.asked == (
        "http://relay/v1/packages",
        len(head).to_bytes(4, "big") + head + b"P",
    )


def test_packages_shares_and_buckets_are_fetched():
    relay, line = client(b"share")
    assert relay.release(b"request") == b"share"
    assert relay.package(bytes(16)) == b"share"
    assert line.asked[0] == "http://relay/v1/packages/" + "00" * 16
    assert client(encode([3]))[0].bucket_bits() == 3
    relay, line = client(encode([[bytes(32), b"s"]]))
    assert relay.bucket(3, 5) == {bytes(32): b"s"}
    assert line.asked[0] == "http://relay/v1/details/3/5"


@pytest.mark.parametrize(
    ("status", "fault"),
    [(425, "relay"), (503, "relay")],
)
def test_not_yet_and_busy_mean_ask_again(status, fault):
    relay, _ = client(TurnedAwayError(status, "not yet"))
    with pytest.raises(UnreachableError) as away:
        relay.release(b"")
    assert away.value.what == fault


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, Reason.PACKAGE_MISSING),
        (400, Reason.RELEASE_REFUSED),
        (403, Reason.RELEASE_REFUSED),
        (422, Reason.RELEASE_REFUSED),
    ],
)
def test_a_no_is_told_as_such(status, reason):
    relay, _ = client(TurnedAwayError(status, "no"))
    with pytest.raises(RefusedError) as refused:
        relay.package(bytes(16))
    assert refused.value.reason is reason


def test_a_relay_that_does_not_answer_is_named():
    relay, _ = client(UnreachableError("somebody"))
    with pytest.raises(UnreachableError) as away:
        relay.bucket_bits()
    assert away.value.what == "relay"


@pytest.mark.parametrize(
    "answer",
    [b"", b"\xff", encode(3), encode([[1, 2]]), encode([1]), encode([[bytes(32)]])],
)
def test_an_answer_of_another_shape_is_no_answer(answer):
    relay, _ = client(answer)
    with pytest.raises(UnreachableError):
        relay.order(origin="o", entry=b"", order=b"")
    with pytest.raises(UnreachableError):
        relay.bucket(0, 0)
    if answer != encode([1]):
        with pytest.raises(UnreachableError):
            relay.bucket_bits()


@pytest.mark.parametrize(
    "row", [[True, 1, 1], [-1, 1, 1], [0, -1, 1], [0, 1, -1], [0, 1, 1 << 40]]
)
def test_a_release_that_cannot_have_been_is_no_answer(row):
    relay, _ = client(encode([row]))
    with pytest.raises(UnreachableError):
        relay.order(origin="o", entry=b"e", order=b"x")


def test_details_under_no_commitment_are_no_answer():
    relay, _ = client(encode([[bytes(31), b"s"]]))
    with pytest.raises(UnreachableError):
        relay.bucket(0, 0)
