"""One connection to a server, which may take its share of it and no more.

uvicorn bounds neither headers nor the time a request may take to arrive, an answer to
be read, or how many requests are sent ahead: each would let one stranger fill memory
or hold every connection there is. Withdrawals must get through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from wallet.server.http.asgi import CONNECTION

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

MAX_OPEN = 800  # connections; below the 1,024 files a process may commonly have
MAX_HEAD = 16 << 10  # bytes of a request that are not its body
MAX_AHEAD = 8  # requests sent before the one at hand is answered
PATIENCE = 10.0  # seconds for a request, and for each piece of an answer
SLOWEST = 4 << 10  # bytes a second that a long request must arrive with
MAX_WRONG = 16  # signatures that do not verify: each costs more than a connection
LOOK_EVERY = 1.0


class _Line:
    """A transport that may be used when it is gone: uvloop calls that a fault."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 as the transport has it
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write, to whoever is still there."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def pause_reading(self) -> None:
        """Hold back what is still to come."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Let it come again."""
        if not self._transport.is_closing():
            self._transport.resume_reading()


class Door(HttpToolsProtocol):
    """A connection that is cut when it is too long, too slow or too many."""

    _began = _paused_at = _closing_at = 0.0
    _head = _body = _wrong = 0
    _looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, if need be in the place of whoever has been idle longest."""
        super().connection_made(cast("asyncio.Transport", _Line(transport)))
        self._began = self.loop.time()
        self._looking = self.loop.call_later(LOOK_EVERY, self._look)
        if len(self.connections) > MAX_OPEN:
            others = [cast("Door", one) for one in self.connections if one is not self]
            idle = [one for one in others if one.is_idle]
            min(idle, key=lambda one: one._began, default=self).transport.abort()  # noqa: SLF001 a door like this one

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    @property
    def wrongs_left(self) -> int:
        """How many more wrong signatures are looked at."""
        return max(MAX_WRONG - self._wrong, 0)

    def wrong(self, count: int) -> None:
        """Count wrong signatures; after the last, the connection ends."""
        self._wrong += count
        if not self.wrongs_left:
            self.cycle.keep_alive = False

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first
        return cycle is None or cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Take bytes; what is no body is counted, trailers and chunk marks too."""
        self._head += len(data)
        super().data_received(data)
        if self._head > MAX_HEAD + self._body // 16:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._began, self._head, self._body = self.loop.time(), 0, 0
        self.scope[CONNECTION] = self  # type: ignore[literal-required]

    def on_headers_complete(self) -> None:
        """Take the request up, unless too many wait before it."""
        if len(self.pipeline) >= MAX_AHEAD:
            self.transport.abort()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of body, which has caps of its own."""
        self._head -= len(body)
        self._body += len(body)
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if not self.transport.is_closing():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """End an answer: the next request has its own time."""
        self._began = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Note since when nobody reads the answer."""
        super().pause_writing()
        self._paused_at = self.loop.time()

    def resume_writing(self) -> None:
        """Somebody reads it again."""
        super().resume_writing()
        self._paused_at = 0.0

    def _look(self) -> None:
        """Cut a connection whose other side has stopped."""
        now = self.loop.time()
        if self.transport.is_closing():
            self._closing_at = self._closing_at or now
        if self._is_stuck(now):
            self.transport.abort()
            return
        self._looking = self.loop.call_later(LOOK_EVERY, self._look)

    def _is_stuck(self, now: float) -> bool:
        for since in (self._closing_at, self._paused_at):
            if since and now - since > PATIENCE:
                return True
        if self.flow.read_paused or not (self.is_idle or self.cycle.more_body):
            return False
        return now - self._began > PATIENCE + (self._head + self._body) / SLOWEST
