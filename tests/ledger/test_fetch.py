"""A server that is slow, endless or odd holds nobody and is believed in nothing."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from wallet.errors import TurnedAwayError, UnreachableError
from wallet.ledger.fetch import Http

PATIENCE = 0.3


@contextmanager
def server(act):
    """Run *act* on the first connection; the address."""
    door = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve():
        caller, _ = door.accept()
        with caller, suppress(OSError):
            act(caller, over)

    running = threading.Thread(target=serve)
    running.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        over.set()
        running.join()
        door.close()


def trickle(head):
    """Send *head*, and then one byte after the other, never late for a timeout."""

    def act(caller, over):
        caller.recv(4_096)
        caller.sendall(head)
        while not over.wait(PATIENCE / 4):
            caller.sendall(b"x")

    return act


def never_read(caller, over):
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    while not over.wait(PATIENCE / 4):
        caller.recv(1)


@pytest.fixture
def http():
    made = Http("ledger", timeout=PATIENCE)
    yield made
    made.close()


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nx-slow: ",
        b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\ncontent-length: 900\r\n\r\n",
    ],
)
def test_a_server_that_trickles_is_unreachable_and_holds_nobody(http, head):
    with server(trickle(head)) as url:
        began = time.monotonic()
        with pytest.raises(UnreachableError):
            http.get(url, cap=1_000)
        assert time.monotonic() - began < 8 * PATIENCE


def test_a_server_that_hardly_takes_what_is_sent_is_unreachable(http):
    with server(never_read) as url:
        began = time.monotonic()
        with pytest.raises(UnreachableError):
            http.post(url, bytes(64 << 20), cap=10)
        assert time.monotonic() - began < 20 * PATIENCE


def test_a_long_body_may_take_longer_than_one_timeout(http):
    taken = []

    def act(caller, over):
        head = b""
        while b"\r\n\r\n" not in head:
            head += caller.recv(1 << 16)
        left = 4 << 20
        left -= len(head.partition(b"\r\n\r\n")[2])
        while left > 0:
            time.sleep(PATIENCE / 10)
            piece = caller.recv(1 << 18)
            left -= len(piece)
        taken.append(head)
        caller.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    with server(act) as url:
        assert http.post(url, bytes(4 << 20), cap=10) == b"ok"
    assert b"content-length: 4194304\r\n" in taken[0].lower()
    assert b"chunked" not in taken[0].lower()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n" + bytes(2_000),
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"not http at all\r\n\r\n",
        b"",
    ],
)
def test_an_answer_too_long_or_odd_is_no_answer(http, answer):
    def act(caller, over):
        caller.recv(4_096)
        caller.sendall(answer)

    with server(act) as url, pytest.raises(UnreachableError):
        http.get(url, cap=1_000)


def test_nobody_is_sent_elsewhere(http):
    def act(caller, over):
        caller.recv(4_096)
        head = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n"
        caller.sendall(head + b"content-length: 0\r\n\r\n")

    with server(act) as url, pytest.raises(TurnedAwayError) as turned:
        http.get(url, cap=10)
    assert turned.value.status == 302
