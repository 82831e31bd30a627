"""A reader that keeps no entries follows the states of a real server."""

import asyncio
import zlib

import pytest

from tests.ledger.entries import ORIGIN, change, grant
from tests.support.published_states import admitted, policy_of, publish_states
from tests.support.served import served
from wallet.errors import RefusedError, TurnedAwayError, UnreachableError
from wallet.ledger.bundle import parse_bundle, verify_bundle
from wallet.ledger.entry import State
from wallet.ledger.fetch import Http
from wallet.ledger.status_client import StatusClient, read_states
from wallet.server.http.asgi import Guarded, answer
from wallet.server.log.status_http import StatusApp
from wallet.server.log.status_view import StatusView
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage
from wallet.verdict import Reason

POLICY = policy_of(ORIGIN)


@pytest.fixture
def storage(tmp_path):
    made = SqliteStorage(tmp_path / "ledger.db")
    made.append([admitted(grant(0), origin=ORIGIN)])
    made.append([Admitted(data=b"entry %d" % n) for n in range(3_000)])
    publish_states(made, origin=ORIGIN)
    yield made
    made.close()


def at_a_server(app, act):
    """Give *act*, on a thread of its own, a client of *app*."""
    answers = []

    async def play(connected):
        async with connected() as (_, writer):
            host, port = writer.get_extra_info("peername")
            http = Http("ledger")
            url = f"http://{host}:{port}/"
            answers.append(await asyncio.to_thread(act, StatusClient(url, http)))
            http.close()

    async def ledger(scope, receive, send):
        await app(scope, send)

    served(Guarded(ledger), play)
    return answers[0]


class Counted(StatusApp):
    """Remembers what was asked."""

    def __init__(self, storage):
        super().__init__(StatusView(storage, policy=POLICY))
        self.asked = []

    async def __call__(self, scope, send):
        self.asked.append(scope["path"])
        await super().__call__(scope, send)


def read(client, held=None):
    return read_states(client, origin=ORIGIN, policy=POLICY, held=held)


def test_the_whole_vector_once_and_then_what_changed(storage):
    app = Counted(storage)

    def act(client):
        first = read(client)
        told = change(0, grant(0), State.ENDED, 1)
        storage.append([admitted(told, origin=ORIGIN)])
        publish_states(storage, origin=ORIGIN)
        return first, read(client, first), read(client)

    first, second, whole = at_a_server(app, act)
    assert (first.state(0), second.state(0)) == (State.STANDS, State.ENDED)
    assert second.packed == whole.packed
    head, vector, delta = "/status/head", "/status/vector", "/status/delta"
    assert app.asked == [head, vector, head, delta, head, vector]


def test_where_a_delta_is_not_told_the_vector_is_read(storage, monkeypatch):
    monkeypatch.setattr("wallet.server.log.status_view._MOST_CHANGED", 0)
    app = Counted(storage)

    def act(client):
        first = read(client)
        told = change(0, grant(0), State.HELD, 1)
        storage.append([admitted(told, origin=ORIGIN)])
        publish_states(storage, origin=ORIGIN)
        return read(client, first)

    assert at_a_server(app, act).state(0) is State.HELD
    assert app.asked[-1] == "/status/vector"


def test_a_server_behind_what_was_read_is_not_believed(storage, tmp_path):
    newer = at_a_server(Counted(storage), read)
    old = SqliteStorage(tmp_path / "old.db")
    old.append([admitted(grant(0), origin=ORIGIN)])
    publish_states(old, origin=ORIGIN)

    def act(client):
        with pytest.raises(RefusedError) as refused:
            read(client, newer)
        return refused.value.reason

    assert at_a_server(Counted(old), act) is Reason.COPY_TOO_OLD
    old.close()


def test_another_history_of_the_same_size_is_a_fork(storage, tmp_path):
    held = at_a_server(Counted(storage), read)
    other = SqliteStorage(tmp_path / "other.db")
    other.append([Admitted(data=b"other %d" % n) for n in range(3_001)])
    publish_states(other, origin=ORIGIN)

    def act(client):
        with pytest.raises(RefusedError) as refused:
            read(client, held)
        return refused.value.reason

    assert at_a_server(Counted(other), act) is Reason.LEDGER_FORKED
    other.close()


def test_a_root_published_between_head_and_vector_is_read_anew(storage):
    class Busy(Counted):
        async def __call__(self, scope, send):
            if scope["path"] == "/status/vector" and self.asked.count("x") < self.most:
                self.asked.append("x")
                publish_states(storage, origin=ORIGIN)
            await super().__call__(scope, send)

    app = Busy(storage)
    app.most = 1
    assert at_a_server(app, read).head.epoch == storage.size - 1
    assert app.asked.count("/status/head") == 2
    app.asked.clear()
    app.most = 99

    def act(client):
        with pytest.raises(UnreachableError):
            read(client)
        return True

    assert at_a_server(app, act)


def test_a_bundle_is_fetched_and_verifies(storage):
    data = at_a_server(Counted(storage), lambda client: client.bundle(0))
    assert verify_bundle(parse_bundle(data), policy=POLICY).entry == grant(0)

    def act(client):
        with pytest.raises(TurnedAwayError) as turned:
            client.bundle(1 << 40)
        return turned.value.status

    assert at_a_server(Counted(storage), act) == 404


@pytest.mark.parametrize(
    "body",
    [
        zlib.compress(bytes(1 << 22)),  # a bomb
        zlib.compress(bytes(100))[:-1],
        b"no stream",
        b"",
    ],
)
def test_a_packed_answer_that_is_none_or_too_long_is_no_answer(storage, body):
    async def app(scope, send):
        coded = [(b"content-encoding", b"deflate")]
        await answer(send, body, kind=b"x", more=coded)

    def act(client):
        with pytest.raises(UnreachableError):
            client.vector(1, size=1_000)
        return True

    assert at_a_server(app, act)


def test_a_packed_answer_is_unpacked_and_a_plain_one_taken(storage):
    async def app(scope, send):
        epoch = scope["query_string"]
        coded = [(b"content-encoding", b"deflate")] if epoch.endswith(b"1") else []
        body = zlib.compress(bytes(1_000)) if coded else bytes(1_000)
        await answer(send, body, kind=b"x", more=coded)

    def act(client):
        return [client.vector(epoch, size=1_000) for epoch in (1, 2)]

    assert at_a_server(app, act) == [bytes(1_000)] * 2
