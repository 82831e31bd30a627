"""States and proofs over HTTP, all under the newest published checkpoint.

    GET  /status/head             the newest root entry: a tlog-proof, the entry in it
    GET  /status/vector           two bits an entry, in whole chunks; deflate or gzip
    GET  /status/delta?since=E    what changed since epoch E
    GET  /status/tile/L/N[.p/W]   hashes of the chunk tree (C2SP tlog-tiles)
    GET  /status/tile/entries/N[.p/W]    chunks
    GET  /v1/proof/INDEX          a C2SP tlog-proof of an entry
    GET  /v1/proof/hash/HEX       the same by leaf hash
    GET  /v1/bundle/INDEX         a stapled bundle

Everything below /status bears its epoch as its ETag, and changes with it; ?epoch=E
asks for that epoch or nothing (410 once a newer one is served). Whoever asks for one
entry tells which one: wallets never do, and a vector answers for all at once.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from wallet.errors import TurnedAwayError
from wallet.ledger.tiles import parse_path
from wallet.server.http.asgi import BYTES, TEXT, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallet.server.http.asgi import Scope, Send
    from wallet.server.log.status_view import StatusView

_AT_ONCE = 4  # answers made at once: `serve` has more threads than that
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_LEAF = re.compile(r"[0-9a-f]{64}", re.ASCII)
_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    body: bytes = field(repr=False)
    kind: bytes = BYTES
    tag: str | None = None
    more: tuple[tuple[bytes, bytes], ...] = ()


class StatusApp:
    """The part of a ledger's application that answers for states and proofs."""

    def __init__(self, view: StatusView) -> None:
        self._view = view
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, scope: Scope, send: Send) -> None:
        """Answer one GET.

        Raises:
            TurnedAwayError: to be answered by whoever serves this.
        """
        asked = _asked(scope)
        make = self._reply(scope, asked)
        async with self._places:
            reply = await asyncio.to_thread(make)
        epoch = asked.get("epoch")
        if epoch is not None and reply.tag != epoch:
            gone = reply.tag is not None and int(epoch) < int(reply.tag)
            raise TurnedAwayError(410 if gone else 404, "this epoch is not served")
        await _send(scope, send, reply)

    def _reply(self, scope: Scope, asked: dict[str, str]) -> Callable[[], _Reply]:
        view = self._view
        match scope["path"].split("/")[1:]:
            case ["status", "head"]:
                return lambda: _tagged(view.head(), kind=TEXT)
            case ["status", "vector"]:
                return lambda: self._vector(_coding(scope))
            case ["status", "delta"] if "since" in asked:
                return lambda: _tagged(view.delta(int(asked["since"])))
            case ["status", "tile", *_]:
                level, n, width = _tile(scope["path"].removeprefix("/status/"))
                return lambda: _tagged(view.tile(level, n, width))
            case ["v1", *rest]:
                return self._of_an_entry(rest)
            case _:
                raise TurnedAwayError(404, "no such place")

    def _of_an_entry(self, path: list[str]) -> Callable[[], _Reply]:
        view = self._view
        match path:
            case ["proof", "hash", leaf] if _LEAF.fullmatch(leaf):
                hashed = bytes.fromhex(leaf)
                return lambda: _Reply(body=view.proof_of(hashed), kind=TEXT)
            case ["proof", index] if _NUMBER.fullmatch(index):
                return lambda: _Reply(body=view.proof(int(index)), kind=TEXT)
            case ["bundle", index] if _NUMBER.fullmatch(index):
                return lambda: _Reply(body=view.bundle(int(index)))
            case _:
                raise TurnedAwayError(404, "no such place")

    def _vector(self, coding: str) -> _Reply:
        varies = (b"vary", b"accept-encoding")
        if coding == "identity":
            return _tagged(self._view.vector(), more=(varies,))
        epoch, body = self._view.deflated()
        if coding == "gzip":
            body = _gzipped(body)
        coded = (b"content-encoding", coding.encode())
        return _tagged((epoch, body), more=(varies, coded))


async def _send(scope: Scope, send: Send, reply: _Reply) -> None:
    """Send a reply, or 304 where the caller holds it already."""
    more: Sequence[tuple[bytes, bytes]] = reply.more
    if reply.tag is None:
        await answer(send, reply.body, kind=reply.kind, more=more)
        return
    coding = dict(more).get(b"content-encoding", b"")
    tag = (
        f'"{reply.tag}"'.encode()
        if not coding
        else b'"%s-%s"'
        % (
            reply.tag.encode(),
            coding,
        )
    )
    more = [*more, (b"etag", tag)]
    if tag in _header(scope, b"if-none-match").split(b", "):
        await answer(send, b"", kind=reply.kind, status=304, more=more)
    else:
        await answer(send, reply.body, kind=reply.kind, more=more)


def _tagged(
    made: tuple[int, bytes],
    *,
    kind: bytes = BYTES,
    more: tuple[tuple[bytes, bytes], ...] = (),
) -> _Reply:
    epoch, body = made
    return _Reply(body=body, kind=kind, tag=str(epoch), more=more)


def _asked(scope: Scope) -> dict[str, str]:
    """What follows the question mark: numbers, each at most once.

    Raises:
        TurnedAwayError: 400, anything else does.
    """
    try:
        pairs = parse_qsl(
            scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            max_num_fields=4,
        )
    except ValueError:
        raise TurnedAwayError(400, "question") from None
    asked = dict(pairs)
    known = {"since", "epoch"}.issuperset(asked)
    numbers = all(map(_NUMBER.fullmatch, asked.values()))
    if len(asked) != len(pairs) or not known or not numbers:
        raise TurnedAwayError(400, "question")
    return asked


def _coding(scope: Scope) -> str:
    """Which coding of the vector to send (RFC 9110 12.5.3): what was asked by name."""
    wanted = {
        name.strip()
        for name, _, weight in (
            part.lower().partition(b";")
            for part in _header(scope, b"accept-encoding").split(b",")
        )
        if weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    }
    return next(
        (one for one in ("deflate", "gzip") if one.encode() in wanted), "identity"
    )


def _header(scope: Scope, name: bytes) -> bytes:
    return b",".join(value for key, value in scope["headers"] if key == name)


def _tile(path: str) -> tuple[int | None, int, int]:
    try:
        level, n, width = parse_path(path)
    except ValueError:
        raise TurnedAwayError(404, "no such tile") from None
    if n >= 1 << 55:
        raise TurnedAwayError(404, "no such tile")
    return level, n, width


def _gzipped(deflated: bytes) -> bytes:
    """The same as gzip (RFC 1952), for readers that know no zlib stream."""
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
    return packer.compress(zlib.decompress(deflated)) + packer.flush()
