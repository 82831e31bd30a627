"""A disk that fails many requests is one line in the log, and one when it is over."""

import asyncio
import logging
import sqlite3

import pytest

from wallet.errors import StoreUnreachableError, TurnedAwayError
from wallet.server.http.asgi import Guarded, answer


class Server:
    """An application whose disk, or code, fails when the test says so."""

    def __init__(self):
        self.fault = None
        self.guarded = Guarded(self._app)

    async def _app(self, _scope, _receive, send):
        if self.fault is not None:
            raise self.fault
        await answer(send, b"x", kind=b"x/y")

    def ask(self, path, *, method="GET", times=1):
        """The status of the last answer."""
        scope = {"type": "http", "method": method, "path": path, "headers": []}
        said = []

        async def send(message):
            said.append(message)

        for _ in range(times):
            asyncio.run(self.guarded(scope, None, send))
        return [one["status"] for one in said if "status" in one][-1]


@pytest.fixture
def server():
    return Server()


def lines(caplog):
    return [record.getMessage() for record in caplog.records]


@pytest.mark.expects_log("StoreUnreachableError at _app")
@pytest.mark.expects_log("StoreUnreachableError is over, 7 requests met it$")
def test_a_database_that_is_away_is_said_once_and_counted_when_it_is_back(
    server, caplog
):
    server.fault = StoreUnreachableError("secret")
    assert server.ask("/checkpoint", times=4) == 503
    assert server.ask("/v1/entries", method="POST", times=3) == 503
    assert len(lines(caplog)) == 1
    server.fault = None
    assert server.ask("/elsewhere") == 200  # needs no database: says nothing of it
    assert len(lines(caplog)) == 1
    assert server.ask("/v1/entries", method="POST", times=2) == 200
    assert server.ask("/checkpoint", times=2) == 200
    assert len(lines(caplog)) == 2
    assert "secret" not in caplog.text


@pytest.mark.expects_log("(OperationalError|OSError) (at _app|is over, 1 requests)")
def test_each_time_that_a_disk_fails_is_said_and_each_kind_of_failure(server, caplog):
    for fault in (sqlite3.OperationalError(), OSError(), sqlite3.OperationalError()):
        server.fault = fault
        server.ask("/checkpoint")
        server.fault = None
        server.ask("/checkpoint")
    assert [line.split()[0] for line in lines(caplog)] == [
        *["OperationalError"] * 2,
        *["OSError"] * 2,
        *["OperationalError"] * 2,
    ]


@pytest.mark.expects_log("KeyError at _app")
def test_a_mistake_of_ours_is_said_each_time_and_is_never_over(server, caplog):
    server.fault = KeyError("secret")
    assert server.ask("/checkpoint", times=2) == 500
    server.fault = None
    server.ask("/checkpoint")
    assert [line.split()[0] for line in lines(caplog)] == ["KeyError"] * 2


@pytest.mark.expects_log("OSError at _app")
def test_a_refusal_is_no_sign_that_the_disk_is_back(server, caplog):
    server.fault = OSError()
    server.ask("/checkpoint")
    server.fault = TurnedAwayError(404, "no such place")
    assert server.ask("/checkpoint") == 404
    assert len(lines(caplog)) == 1


@pytest.mark.expects_log("OSError at _app")
def test_what_strangers_ask_for_fills_no_memory_and_no_line(server, caplog):
    server.fault = OSError()
    for number in range(200):
        server.ask(f"/secret-{number}/checkpoint")
    (standing,) = server.guarded._faults._standing.values()
    assert len(standing.routes) <= 64
    assert standing.count == 200
    assert "secret" not in caplog.text
    assert caplog.records[0].levelno == logging.ERROR
