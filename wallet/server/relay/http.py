"""The relay over HTTP: a plain ASGI application. Callers' addresses are never read.

    POST /v1/packages            u32 length, CBOR [origin, entry, put order], package
    GET  /v1/packages/OBJECT     the package (OBJECT in hex)
    POST /v1/orders              CBOR [origin, entry, order] -> CBOR releases
    POST /v1/notices             CBOR [origin, entry, notice] -> CBOR releases
    POST /v1/releases            the list of PROTOCOL.md 11, Open 11 -> share B, sealed
    GET  /v1/checkpoints/HEX     what its copy of a ledger stands on; HEX is
                                 hex(SHA-256(origin)), so that forks are found out
    GET  /v1/details             CBOR [bits]: how many first bits of R name a bucket
    GET  /v1/details/BITS/N      CBOR [[R, sealed details]...] of bucket N

Releases are [[k, index, at]...], one row an opening. A refusal is one line of text,
``reason: place``; 425 means ask again in a moment.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from wallet.cbor import encode
from wallet.errors import RefusedError, TurnedAwayError
from wallet.grants.receipt import MAX_REQUEST
from wallet.server.http.asgi import nowhere
from wallet.server.relay.messages import MAX_HEAD
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, MutableMapping
    from datetime import datetime
    from pathlib import Path

    from wallet.server.relay.relay import Relay, Releases, Ticket

    Scope: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_Found = TypeVar("_Found")
_PIECE = 1 << 18
_AT_ONCE = 8  # jobs but withdrawals; `serve` has twice as many threads
_FREE = 64 << 20  # bytes of disk that no deposit may take
_STATUS = {
    Reason.MALFORMED: 400,
    Reason.UNKNOWN_VERSION: 400,
    Reason.SIGNATURE_WRONG: 403,
    Reason.PACKAGE_MISSING: 404,
    Reason.PACKAGE_ALTERED: 422,
    Reason.NOT_IN_COPY: 425,
    Reason.CLOCK_DOUBTFUL: 503,
    Reason.COPY_TOO_OLD: 503,
    Reason.NO_QUORUM: 503,
    Reason.LEDGER_FORKED: 503,
}
_REFUSED = 403
_LATER = (425, 503)


class RelayApp:
    """The ASGI application over one `Relay`."""

    def __init__(
        self,
        relay: Relay,
        *,
        incoming: Path,
        clock: Callable[[], datetime],
        look: Callable[[], None],
    ) -> None:
        """Wire the relay.

        Args:
            relay: Decides.
            incoming: Folder for packages that are still arriving.
            clock: The relay's own clock.
            look: Brings the copy of the ledger up to date; called before the relay
                says that something is not logged yet.
        """
        self._relay = relay
        self._incoming = incoming
        self._clock = clock
        self._look = look
        self._looking: asyncio.Future[None] | None = None
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._arriving: dict[bytes, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            TurnedAwayError: to be answered by whoever serves this.
        """
        if scope["type"] != "http":
            return
        try:
            await self._route(scope, receive, send)
        except RefusedError as refused:
            status = _STATUS.get(refused.reason, _REFUSED)
            text = f"{refused.reason.value}: {refused.place}\n".encode()
            await _answer(send, text, status=status, kind=b"text/plain; charset=utf-8")

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        match [scope["method"], *scope["path"].split("/")[1:]]:
            case ["POST", "v1", "packages"]:
                await self._deposit(receive)
                await _answer(send, b"")
            case ["GET", "v1", "packages", name]:
                wanted = _hex(name)
                file = await self._in_turn(lambda: self._relay.package(wanted))
                await _send_file(send, file)
            case ["POST", "v1", "orders"]:
                body = await _body(receive, cap=MAX_HEAD)
                taken = await self._twice(self._relay.take_order, body)
                await _answer(send, _rows(taken))
            case ["POST", "v1", "notices"]:
                body = await _body(receive, cap=MAX_HEAD)
                await _answer(send, _rows(await self._notice(body)))
            case ["POST", "v1", "releases"]:
                body = await _body(receive, cap=MAX_REQUEST)
                share = await self._twice(self._relay.take_request, body)
                await _answer(send, share or b"")
            case ["GET", "v1", "checkpoints", name]:
                note = await self._in_turn(
                    lambda: self._relay.followed.checkpoint(name)
                )
                await _answer(send, note, kind=b"text/plain; charset=utf-8")
            case ["GET", "v1", "details"]:
                bits = await self._in_turn(self._relay.buckets.bits)
                await _answer(send, encode([bits]))
            case ["GET", "v1", "details", *asked] if len(asked) == 2:  # noqa: PLR2004
                bits, number = map(_number, asked)
                await _answer(
                    send, await self._in_turn(lambda: self._bucket(bits, number))
                )
            case ["GET", "health"]:
                await _answer(send, b"ok\n", kind=b"text/plain; charset=utf-8")
            case _:
                raise nowhere(scope, _method(scope["path"]))

    async def _in_turn(self, job: Callable[[], _Found]) -> _Found:
        """Run a job in a thread; a few at once, so that a withdrawal finds one free."""
        async with self._places:
            return await asyncio.to_thread(job)

    def _bucket(self, bits: int, number: int) -> bytes:
        return encode([list(pair) for pair in self._relay.buckets.within(bits, number)])

    async def _notice(self, body: bytes) -> Releases:
        """Withdrawals wait for nobody's turn, and for a look only if they must."""
        try:
            return await asyncio.to_thread(
                self._relay.take_notice, body, now=self._clock()
            )
        except RefusedError as refused:
            if refused.reason is not Reason.NOT_IN_COPY:
                raise
        await self._look_again()
        return await asyncio.to_thread(self._relay.take_notice, body, now=self._clock())

    async def _twice(self, take: Callable[..., _Found], body: bytes) -> _Found:
        """Ask; where the entry is not in the copy, look at the ledger and ask again."""
        try:
            return await self._in_turn(lambda: take(body, now=self._clock()))
        except RefusedError as refused:
            if refused.reason is not Reason.NOT_IN_COPY:
                raise
        await self._look_again()
        return await self._in_turn(lambda: take(body, now=self._clock()))

    async def _look_again(self) -> None:
        """Look at the ledger; whoever asks meanwhile waits for the same look."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(asyncio.to_thread(self._look))
        await asyncio.shield(self._looking)

    async def _deposit(self, receive: Receive) -> None:
        """Check the order in front, then write its package to the disk and keep it."""
        body = _Body(receive)
        size = int.from_bytes(await body.exactly(4), "big")
        if size > MAX_HEAD:
            raise RefusedError(Reason.MALFORMED, "order size")
        head = await body.exactly(size)
        ticket = await self._twice(self._relay.take_put, head)
        part = self._incoming / f"{secrets.token_hex(16)}.part"
        with self._room(ticket):
            try:
                digest, size = await _write(part, body, most=ticket.deposit.size)
                await self._in_turn(
                    lambda: self._relay.finish_put(
                        ticket, part, size=size, digest=digest
                    )
                )
            finally:
                part.unlink(missing_ok=True)

    @contextmanager
    def _room(self, ticket: Ticket) -> Iterator[None]:
        """One package of a permission arrives at a time, and only where it fits.

        Raises:
            TurnedAwayError: 503.
        """
        free = shutil.disk_usage(self._incoming).free - sum(self._arriving.values())
        if ticket.leaf in self._arriving:
            raise TurnedAwayError(503, "a package of this permission is arriving")
        if free < ticket.deposit.size + _FREE:
            raise TurnedAwayError(503, "no room just now")
        self._arriving[ticket.leaf] = ticket.deposit.size
        try:
            yield
        finally:
            del self._arriving[ticket.leaf]


class _Body:
    """A request body read piece by piece."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._rest = b""
        self._more = True

    async def piece(self) -> bytes:
        """The next bytes, empty at the end."""
        while not self._rest and self._more:
            message = await self._receive()
            if message["type"] != "http.request":
                raise RefusedError(Reason.MALFORMED, "body cut short")
            self._rest = message.get("body", b"")
            self._more = message.get("more_body", False)
        here, self._rest = self._rest, b""
        return here

    async def exactly(self, size: int) -> bytes:
        """The next *size* bytes.

        Raises:
            RefusedError: ``malformed``: there are fewer.
        """
        have = b""
        while len(have) < size:
            piece = await self.piece()
            if not piece:
                raise RefusedError(Reason.MALFORMED, "body cut short")
            have += piece
        self._rest = have[size:] + self._rest
        return have[:size]


async def _body(receive: Receive, *, cap: int) -> bytes:
    body, have = _Body(receive), b""
    while piece := await body.piece():
        have += piece
        if len(have) > cap:
            raise RefusedError(Reason.MALFORMED, "body too long")
    return have


async def _write(part: Path, body: _Body, *, most: int) -> tuple[bytes, int]:
    digest, size = hashlib.sha256(), 0
    with part.open("wb") as out:
        while piece := await body.piece():
            size += len(piece)
            if size > most:
                raise RefusedError(Reason.PACKAGE_ALTERED, "deposit size")
            digest.update(piece)
            await asyncio.to_thread(out.write, piece)
        out.flush()
        await asyncio.to_thread(os.fsync, out.fileno())
    return digest.digest(), size


async def _answer(
    send: Send,
    body: bytes,
    *,
    status: int = 200,
    kind: bytes = b"application/octet-stream",
) -> None:
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *([(b"retry-after", b"1")] if status in _LATER else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_file(send: Send, path: Path) -> None:
    try:
        source = path.open("rb")
    except FileNotFoundError:
        raise RefusedError(Reason.PACKAGE_MISSING, "object") from None
    with source:
        size = os.fstat(source.fileno()).st_size
        headers = [
            (b"content-type", b"application/octet-stream"),
            (b"content-length", str(size).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while piece := await asyncio.to_thread(source.read, _PIECE):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _method(path: str) -> str | None:
    """The method of a place, or None where there is none."""
    match path.split("/")[1:]:
        case ["v1", "packages" | "orders" | "notices" | "releases"]:
            return "POST"
        case ["v1", "packages" | "checkpoints", _] | ["v1", "details"] | ["health"]:
            return "GET"
        case ["v1", "details", _, _]:
            return "GET"
        case _:
            return None


def _rows(releases: Releases) -> bytes:
    return encode([list(row) for row in releases])


def _hex(name: str) -> bytes:
    try:
        found = bytes.fromhex(name)
    except ValueError:
        found = b""
    if len(found) != 16 or found.hex() != name:  # noqa: PLR2004 an object id
        raise RefusedError(Reason.MALFORMED, "object id")
    return found


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:  # noqa: PLR2004
        raise RefusedError(Reason.MALFORMED, "bucket")
    return int(text)
