"""Hostile connections: cut in time, and nobody else notices."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack, suppress

import pytest

from tests.support.served import served
from wallet.errors import TurnedAwayError
from wallet.server.http import door
from wallet.server.http.asgi import answer, read_body

SHORT = 0.4


async def app(scope, receive, send):
    match scope["path"]:
        case "/fault":
            raise ZeroDivisionError("secret")
        case "/disk":
            raise sqlite3.OperationalError("secret")
        case "/half":
            start = {"type": "http.response.start", "status": 200}
            await send({**start, "headers": [(b"content-length", b"9")]})
            raise ZeroDivisionError("secret")
        case "/long":
            await answer(send, bytes(64 << 20), kind=b"x/y")
        case "/slow":
            await asyncio.sleep(SHORT / 2)
            with suppress(TurnedAwayError):
                await read_body(receive, cap=1 << 30)
            await answer(send, bytes(1_000), kind=b"x/y")
        case _:
            size = len(await read_body(receive, cap=1 << 30))
            await answer(send, b"%d" % size, kind=b"text/plain")


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(door, "PATIENCE", SHORT)
    monkeypatch.setattr(door, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(door, "MAX_OPEN", 20)


def on_a_server(play):
    served(app, play)


async def is_cut(reader, *, within=20 * SHORT):
    """Whether the other side ends the connection."""
    try:
        async with asyncio.timeout(within):
            while await reader.read(1 << 16):
                pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


async def asked(connected, path="/", body=b""):
    async with connected() as (reader, writer):
        head = f"POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        return await reader.read()


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET",
        b"GET / HTTP/1.1\r\nx: y\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET",
    ],
)
@pytest.mark.parametrize("drip", [b"", b"z"])
def test_a_request_that_does_not_come_is_not_waited_for(beginning, drip):
    async def play(connected):
        async with connected() as (reader, writer):
            writer.write(beginning)
            cut = asyncio.create_task(is_cut(reader))
            while not cut.done():
                with suppress(ConnectionError):
                    writer.write(drip)
                    await writer.drain()
                await asyncio.sleep(SHORT / 8)
            assert await cut
        assert (await asked(connected)).startswith(b"HTTP/1.1 200")

    on_a_server(play)


@pytest.mark.parametrize(
    ("beginning", "more"),
    [
        (b"GET / HTTP/1.1\r\n", b"x: " + b"y" * 1_000 + b"\r\n"),
        (b"GET /", b"y" * 1_000),
        (b"GET / HTTP/1.1\r\nx: ", b"y" * 1_000),
        (
            b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
            b"x: " + b"y" * 1_000 + b"\r\n",
        ),
        (
            b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
            b"1;" + b"e" * 1_000 + b"\r\nz\r\n",
        ),
        (b"", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 40),
    ],
)
def test_endless_headers_marks_and_requests_sent_ahead_are_cut(beginning, more):
    async def play(connected):
        async with connected() as (reader, writer):
            writer.write(beginning)
            sent = 0
            with suppress(ConnectionError):
                while sent < 64 << 20:
                    writer.write(more)
                    await writer.drain()
                    await asyncio.sleep(0)
                    sent += len(more)
            assert sent < 16 << 20
            assert await is_cut(reader)
        assert (await asked(connected)).startswith(b"HTTP/1.1 200")

    on_a_server(play)


@pytest.mark.parametrize("body", [b"", b"x", bytes(300_000)])
def test_a_caller_who_goes_is_no_fault_of_ours(body):
    """No log line: the harness would say so."""

    async def play(connected):
        head = b"POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
        whole, half = head % len(body) + body, head % (len(body) + 1) + body
        long_ahead = whole + b"GET / HTTP/1.1\r\nx: " + b"y" * door.MAX_HEAD
        nonsense = whole + b"\0\0\r\n\r\n"
        for sent in (half, whole, whole * 3, whole * 20, long_ahead, nonsense):
            for leave in ("close", "abort"):
                async with connected() as (_, writer):
                    writer.write(sent)
                    await asyncio.sleep(0.02)
                    if leave == "abort":
                        writer.transport.abort()
        await asyncio.sleep(4 * SHORT)

    on_a_server(play)


def test_an_answer_nobody_reads_is_cut():
    async def play(connected):
        async with connected(limit=1_024) as (reader, writer):
            writer.write(b"GET /long HTTP/1.1\r\nhost: x\r\n\r\n")
            await asyncio.sleep(6 * SHORT)
            left = 0
            with suppress(ConnectionError):
                while piece := await reader.read(1 << 20):
                    left += len(piece)
            assert left < 64 << 20
        assert (await asked(connected)).startswith(b"HTTP/1.1 200")

    on_a_server(play)


def test_a_slow_but_steady_upload_is_no_attack():
    async def play(connected):
        body, head = bytes(200_000), b"POST / HTTP/1.1\r\nhost: x\r\n"
        async with connected() as (reader, writer):
            writer.write(head + b"content-length: 200000\r\n\r\n")
            for at in range(0, len(body), 10_000):
                writer.write(body[at : at + 10_000])
                await asyncio.sleep(SHORT / 8)
            assert (await reader.readuntil(b"200000")).startswith(b"HTTP/1.1 200")

    on_a_server(play)


def test_where_all_places_are_taken_the_longest_idle_one_goes():
    async def play(connected):
        async with AsyncExitStack() as held:
            first, _ = await held.enter_async_context(connected())
            await asyncio.sleep(0.01)
            for _ in range(door.MAX_OPEN - 1):
                await held.enter_async_context(connected())
            assert (await asked(connected)).startswith(b"HTTP/1.1 200")
            assert await is_cut(first, within=SHORT / 4)

    on_a_server(play)


@pytest.mark.expects_log(
    r"ERROR wallet\.server\.http\.standing: ZeroDivisionError at app:\d+$"
)
@pytest.mark.expects_log(
    r"ERROR wallet\.server\.http\.standing: OperationalError at app:\d+$"
)
def test_a_fault_of_ours_tells_nobody_anything():
    async def play(connected):
        fault = await asked(connected, "/fault")
        assert fault.startswith(b"HTTP/1.1 500")
        assert fault.endswith(b"\r\n\r\na fault of this server\n")
        disk = await asked(connected, "/disk")
        assert disk.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1" in disk
        assert b"secret" not in fault + disk + await asked(connected, "/half")

    on_a_server(play)
