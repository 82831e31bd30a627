"""One etcd node, and puts at the pace at which it likes them best.

Its own `check perf` limits the rate and lasts a minute, its JSON gateway costs more
than the write. So this speaks gRPC over HTTP/2 (RFC 9113) itself, as etcd's benchmark
does: few connections, many calls on each, the next one sent when one is answered.
"""

import asyncio
import secrets
import time
from contextlib import contextmanager

from tests.bench.loops import served
from tests.bench.peers import running
from tests.support.ports import free_port

CONNECTIONS = 8
_EACH = 32  # calls waiting on one connection: all of them fit its first window
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GO_AWAY = 0, 1, 3, 4, 6, 7
_ACK = _END_STREAM = 1
_END_HEADERS = 4
_WINDOW_UPDATE = 8
_WIDE = (1 << 31) - 1 - 65_535
_INITIAL_WINDOW = b"\0\4\x7f\xff\xff\xff"  # a setting: what one stream may send us


@contextmanager
def etcd(folder):
    """A node with one member, every write synced as it comes; its port."""
    port, peer = free_port(), free_port()
    client, members = (f"http://127.0.0.1:{one}" for one in (port, peer))
    words = ["etcd", "--data-dir", folder / "etcd", "--log-level", "error"]
    words += ["--listen-client-urls", client, "--advertise-client-urls", client]
    words += ["--listen-peer-urls", members, "--initial-advertise-peer-urls", members]
    words += ["--initial-cluster", f"default={members}"]
    with running(words, port=port):
        served(_first_put(port))
        yield port


def put_seconds(port, entries):
    """How long it takes until every entry is put, and the milliseconds of each put."""
    return served(_put(port, entries))


async def _first_put(port):
    """A node that has just started has no leader yet."""
    give_up = time.monotonic() + 60
    while True:
        try:
            await _put(port, [b"first"])
        except OSError:
            if time.monotonic() > give_up:
                raise
            await asyncio.sleep(0.2)
        else:
            return


async def _put(port, entries):
    left, waits = iter(entries), []
    lines = [_Line(left, waits) for _ in range(CONNECTIONS)]
    loop = asyncio.get_running_loop()
    for line in lines:
        await loop.create_connection(lambda line=line: line, "127.0.0.1", port)
    begun = time.perf_counter()
    for line in lines:
        line.begin(_EACH)
    try:
        await asyncio.gather(*(line.ended for line in lines))
        took = time.perf_counter() - begun
    finally:
        for line in lines:
            line.transport.close()
    assert len(waits) == len(entries)
    return took, waits


class _Line(asyncio.Protocol):
    """One connection; takes what to put from the same iterator as the others."""

    def __init__(self, left, waits):
        self._left, self._waits = left, waits
        self._stream, self._sent, self._rest = 1, {}, b""
        self._begun = False
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        transport.write(
            _PREFACE
            + _frame(_SETTINGS, 0, 0, _INITIAL_WINDOW)
            + _frame(_WINDOW_UPDATE, 0, 0, _WIDE.to_bytes(4, "big"))
        )

    def connection_lost(self, _error):
        if not self.ended.done():
            self.ended.set_exception(OSError("etcd closed the connection"))

    def begin(self, count):
        self._begun = True
        self._send([one for one in (self._next() for _ in range(count)) if one])

    def data_received(self, data):
        data, at, answers = self._rest + data, 0, []
        while len(data) - at >= 9:
            size = int.from_bytes(data[at : at + 3], "big")
            if len(data) - at < 9 + size:
                break
            self._hear(
                data[at + 3],
                data[at + 4],
                int.from_bytes(data[at + 5 : at + 9], "big"),
                data[at + 9 : at + 9 + size],
                answers,
            )
            at += 9 + size
        self._rest = data[at:]
        self._send(answers)

    def _hear(self, kind, flags, stream, body, answers):
        if kind == _DATA:  # the answer to a put; a refused one has none
            self._waits.append((time.perf_counter() - self._sent.pop(stream)) * 1000)
            if one := self._next():
                answers.append(one)
        elif kind == _HEADERS and flags & _END_STREAM and stream in self._sent:
            self._fail("etcd refused a put")
        elif kind in (_RESET, _GO_AWAY):
            self._fail("etcd ended a call")
        elif kind in (_SETTINGS, _PING) and not flags & _ACK:
            self.transport.write(_frame(kind, _ACK, 0, body if kind == _PING else b""))

    def _next(self):
        data = next(self._left, None)
        if data is None:
            return None
        stream, self._stream = self._stream, self._stream + 2
        self._sent[stream] = time.perf_counter()
        call = _call(data)
        head = _frame(_HEADERS, _END_HEADERS, stream, _HEAD)
        return head + _frame(_DATA, _END_STREAM, stream, call)

    def _send(self, calls):
        if calls:
            self.transport.write(b"".join(calls))
        if self._begun and not self._sent and not self.ended.done():
            self.ended.set_result(None)

    def _fail(self, said):
        if not self.ended.done():
            self.ended.set_exception(OSError(said))


def _frame(kind, flags, stream, body):
    return b"%b%c%c%b%b" % (
        len(body).to_bytes(3, "big"),
        kind,
        flags,
        stream.to_bytes(4, "big"),
        body,
    )


def _text(data):
    return b"%c%b" % (len(data), data)  # HPACK, no Huffman: none is over 126 bytes


# RFC 7541: two from the static table, the others written out and never indexed.
_HEAD = (
    b"\x83\x86\x04" + _text(b"/etcdserverpb.KV/Put") + b"\x01" + _text(b"127.0.0.1")
    + b"\x0f\x10" + _text(b"application/grpc") + b"\0" + _text(b"te")
    + _text(b"trailers")
)  # fmt: skip


def _call(data):
    """A PutRequest (1 key, 2 value) after the five bytes of gRPC."""
    key, size = secrets.token_bytes(16), len(data)
    length = b"%c" % size if size < 128 else b"%c%c" % (size & 127 | 128, size >> 7)
    body = b"\x0a" + _text(key) + b"\x12" + length + data
    return b"\0" + len(body).to_bytes(4, "big") + body
