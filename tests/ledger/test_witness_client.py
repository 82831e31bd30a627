"""What a witness says of itself is read strictly, and nothing of it is believed."""

import json

import pytest

from wallet.errors import TurnedAwayError, UnreachableError
from wallet.ledger.witness_client import WitnessClient

ORIGIN = "ledger.test/demo"
ROW = {"seen": 3, "size": 12, "proven": True, "at": 5, "name": "0123456789abcdef"}


class Says:
    """An address that answers one thing, or refuses."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def get(self, url, *, cap):
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        assert len(self.answer) <= cap
        return self.answer


def client(said):
    raw = isinstance(said, bytes | Exception)
    return WitnessClient(
        "http://w.test/", Says(said if raw else json.dumps(said).encode())
    )


def test_a_list_is_read_as_it_is():
    (told,) = client([ROW]).forks(ORIGIN)
    assert (told.seen, told.size, told.proven, told.name) == (3, 12, True, ROW["name"])
    assert told.at.timestamp() == 5


@pytest.mark.parametrize(
    "said",
    [
        b"no json",
        {},
        [{}],
        [{**ROW, "seen": -1}],
        [{**ROW, "size": "12"}],
        [{**ROW, "proven": 1}],
        [{**ROW, "at": -1}],
        [{**ROW, "at": 10**15}],
        [{**ROW, "name": "../../etc/passwd"}],
        [{**ROW, "name": ROW["name"].upper()}],
        [ROW] * 65,
    ],
)
def test_another_list_is_no_answer(said):
    with pytest.raises(UnreachableError):
        client(said).forks(ORIGIN)


def test_a_witness_without_such_a_list_was_shown_nothing():
    assert client(TurnedAwayError(404, "")).forks(ORIGIN) == []
    with pytest.raises(TurnedAwayError):
        client(TurnedAwayError(503, "")).forks(ORIGIN)


@pytest.mark.parametrize(
    ("said", "origins"),
    [
        ({"name": "w", "vkey": "k"}, ()),
        ({"name": "w", "vkey": "k", "logs": [{"origin": ORIGIN}]}, (ORIGIN,)),
    ],
)
def test_a_witness_says_who_it_is_an_older_one_without_its_logs(said, origins):
    assert client(said).about().origins == origins


def test_where_no_witness_answers_there_is_none():
    assert client(TurnedAwayError(404, "")).about() is None


@pytest.mark.parametrize(
    "said",
    [
        [],
        {"name": "w"},
        {"name": 1, "vkey": "k"},
        {"name": "w", "vkey": "k", "logs": 1},
        {"name": "w", "vkey": "k", "logs": [1]},
    ],
)
def test_another_answer_is_none(said):
    with pytest.raises(UnreachableError):
        client(said).about()
