"""Nobody holds a caller by trickling: bytes go out and come in at a least pace.

A timeout of a socket begins anew with every byte, so that a server which sends one
byte a second would hold its caller for ever. Here the whole of a request, and the whole
of an answer with its headers, has a span: some patience and what its size may take.
"""

from __future__ import annotations

import http.client
import io
import time
from typing import TYPE_CHECKING, Any

import urllib3

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

_PIECE = 1 << 16
_SLOWEST = 1 << 14  # bytes a second
_KERNEL = 4 << 20  # bytes that are taken from us before they have left the machine


class _Span:
    """The time that so many bytes may take."""

    def __init__(self, patience: float) -> None:
        self._end = time.monotonic() + patience

    def left(self, moved: int) -> float:
        """Seconds left after *moved* bytes.

        Raises:
            TimeoutError: there are none.
        """
        left = self._end + moved / _SLOWEST - time.monotonic()
        if left <= 0:
            raise TimeoutError("too slow")
        return left


def pieces(body: bytes, *, patience: float) -> Iterator[bytes]:
    """A request body in pieces, as long as the server takes them fast enough."""
    span = _Span(patience)
    for at in range(0, len(body), _PIECE):
        span.left(at)
        yield body[at : at + _PIECE]


def answer_span(body: bytes | None, *, patience: float) -> float:
    """How long an answer may take, while the end of *body* may still be on its way."""
    return patience + min(len(body or b""), _KERNEL) / _SLOWEST


class _Reading(io.RawIOBase):
    """The bytes of one answer."""

    def __init__(self, source: io.BufferedReader, door: socket.socket) -> None:
        super().__init__()
        self._source, self._door = source, door
        self._span, self._moved = _Span(door.gettimeout() or 0.0), 0

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, into: Any) -> int:  # noqa: ANN401 any writable buffer
        """Read what is there, waiting only as long as the span allows."""
        self._door.settimeout(self._span.left(self._moved))
        piece = self._source.read1(len(into))
        into[: len(piece)] = piece
        self._moved += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the socket's file as well."""
        self._source.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer that must come in time, its headers included."""

    def __init__(self, sock: socket.socket, *args: Any, **kept: Any) -> None:  # noqa: ANN401 as the library calls it
        super().__init__(sock, *args, **kept)
        self.fp = io.BufferedReader(_Reading(self.fp, sock))


class _Plain(urllib3.connection.HTTPConnection):
    response_class = _Answer


class _Secure(urllib3.connection.HTTPSConnection):
    response_class = _Answer


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Secure


POOLS = {"http": _PlainPool, "https": _SecurePool}
