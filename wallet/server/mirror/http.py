"""A mirror over HTTP (C2SP tlog-mirror, tlog-tiles): a plain ASGI application.

    GET  /HEX/checkpoint               newest published note it stands behind
    GET  /HEX/tile/L/N[.p/W]           hashes; /HEX/tile/entries/N[.p/W] entries
    POST /HEX/v1/entries               a status change -> 202 {"handed_on": true}, or
                                       {"index": n} where the log has it already
    GET  /pending/HEX/checkpoint       newest note its log has shown here
    POST /add-checkpoint               as a witness's; answers no line
    POST /add-entries                  header only: the entries are read from the log;
                                       signature line, 404, 409, 422
    GET  /mirror.json                  its name, key and logs, and since when one is
                                       not served any more
    GET  /health                       200, for it serves whatever the log does:
                                       {"handed_on": n, "not_followed": {origin: why}}
    GET  /metrics                      Prometheus text, format 0.0.4

HEX is hex(SHA-256(origin)). Of a shard that was taken down only the checkpoint is left,
and 410 is said for the rest. Callers' addresses are never read.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson

from wallet.errors import TurnedAwayError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import MAX_ENTRY
from wallet.ledger.sources import origin_hash
from wallet.ledger.tiles import parse_path
from wallet.server.http.asgi import (
    BYTES,
    FOREVER,
    JSON,
    TEXT,
    answer,
    nowhere,
    read_body,
)
from wallet.server.http.prometheus import PROMETHEUS, escape
from wallet.server.http.stamp_header import stamp_in
from wallet.server.mirror.mirror import BehindError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallet.server.http.asgi import Receive, Scope, Send
    from wallet.server.mirror.mirror import Mirror

INFO = b"text/x.tlog.mirror-info"
_MAX_REQUEST = 1 << 16
_MAX_HEADER = 2 + 255 + 8 + 8 + 2 + 1024
_MAX_SIZE = (1 << 63) - 1


class MirrorApp:
    """The ASGI application of one mirror."""

    def __init__(self, mirror: Mirror, *, clock: Callable[[], float]) -> None:
        """*clock* gives the POSIX seconds it cosigns at."""
        self._mirror, self._clock = mirror, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            TurnedAwayError: to be answered by whoever serves this.
        """
        match [scope["method"], *scope["path"].split("/")[1:]]:
            case ["POST", "add-checkpoint"]:
                body = await read_body(receive, cap=_MAX_REQUEST)
                lines = await asyncio.to_thread(self._mirror.add_checkpoint, body)
                await answer(send, lines, kind=TEXT)
            case ["POST", "add-entries"]:
                body = await read_body(receive, cap=_MAX_HEADER)
                await self._add_entries(body, send)
            case ["GET", "pending", name, "checkpoint"]:
                await answer(
                    send, await self._note(self._mirror.pending, name), kind=TEXT
                )
            case ["GET", name, "checkpoint"]:
                note = await self._note(self._mirror.checkpoint, name)
                await answer(send, note, kind=TEXT)
            case ["GET", name, "tile", *rest]:
                file = await asyncio.to_thread(self._file, name, "/".join(rest))
                await answer(send, file, kind=BYTES, keep=FOREVER)
            case ["POST", name, "v1", "entries"]:
                data = await read_body(receive, cap=MAX_ENTRY)
                await self._take(name, data, stamp_in(scope), send)
            case ["GET", "mirror.json"]:
                await answer(send, orjson.dumps(self._about()), kind=JSON)
            case ["GET", "metrics"]:
                text = await asyncio.to_thread(metrics, self._mirror)
                await answer(send, text.encode(), kind=PROMETHEUS)
            case ["GET", "health"]:
                said = {
                    "handed_on": self._mirror.handing_on.waiting,
                    "not_followed": self._mirror.not_followed,
                }
                await answer(send, orjson.dumps(said), kind=JSON)
            case _:
                raise nowhere(scope, _method(scope["path"]))

    def _about(self) -> dict[str, object]:
        vkey = self._mirror.vkey
        logs = []
        for origin in self._mirror.origins:
            since = self._mirror.retired(origin)
            told = {"origin": origin, "prefix": origin_hash(origin)}
            logs.append({**told, "retired": since} if since else told)
        return {"name": vkey.name, "vkey": vkey.text, "logs": logs}

    async def _note(self, find: Callable[[str], bytes | None], name: str) -> bytes:
        note = await asyncio.to_thread(find, name)
        if note is None:
            raise TurnedAwayError(404, "nothing seen of this log")
        return note

    def _file(self, name: str, path: str) -> bytes:
        copy = self._mirror.open_copy(name)
        try:
            level, n, width = parse_path(f"tile/{path}")
        except ValueError:
            raise TurnedAwayError(404, "no such tile") from None
        found = copy.bundle(n, width) if level is None else copy.tile(level, n, width)
        if found is None:
            raise TurnedAwayError(404, "no such tile")
        return found

    async def _add_entries(self, body: bytes, send: Send) -> None:
        origin, end = _header(body)
        try:
            line = await asyncio.to_thread(
                self._mirror.add_entries, origin, end=end, seconds=int(self._clock())
            )
        except BehindError as behind:
            info = b"%d\n%d\n\n" % (behind.pending, behind.following)
            await answer(send, info, kind=INFO, status=409)
        else:
            await answer(send, line, kind=TEXT)

    async def _take(self, name: str, data: bytes, stamp: bytes, send: Send) -> None:
        copy = self._mirror.open_copy(name)
        index = await asyncio.to_thread(
            self._mirror.handing_on.take,
            copy,
            data,
            stamp=stamp,
            seconds=int(self._clock()),
        )
        if index is None:
            await answer(send, b'{"handed_on":true}', kind=JSON, status=202)
        else:
            await answer(send, orjson.dumps({"index": index}), kind=JSON)


def metrics(mirror: Mirror) -> str:
    """How far each copy and each served checkpoint has come, in Prometheus text."""
    rows: dict[str, list[str]] = {}
    for origin in mirror.origins:
        name = origin_hash(origin)
        copy, served = mirror.copy(name), mirror.checkpoint(name)
        size = 0 if served is None else parse_note(served).checkpoint.size
        facts = {
            "entries_held": copy.size,
            "entries_served": size,
            "forked": int(copy.forked is not None),
            "retired": int(mirror.retired(origin) is not None),
        }
        for key, value in facts.items():
            line = f'heartwood_mirror_{key}{{origin="{escape(origin)}"}} {value}'
            rows.setdefault(key, []).append(line)
    rows["handed_on"] = [f"heartwood_mirror_handed_on {mirror.handing_on.waiting}"]
    lines = []
    for key, found in rows.items():
        lines += [f"# TYPE heartwood_mirror_{key} gauge", *found]
    return "\n".join([*lines, ""])


def _method(path: str) -> str | None:
    """The method of a place, or None where there is none."""
    match path.split("/")[1:]:
        case ["add-checkpoint" | "add-entries"] | [_, "v1", "entries"]:
            return "POST"
        case ["mirror.json" | "metrics" | "health"] | ["pending", _, "checkpoint"]:
            return "GET"
        case [_, "checkpoint"] | [_, "tile", *_]:
            return "GET"
        case _:
            return None


def _header(body: bytes) -> tuple[str, int]:
    """Origin and upload_end of an add-entries request that uploads nothing."""
    length = int.from_bytes(body[:2], "big")
    fixed = body[2 + length : 2 + length + 18]
    start, end = (int.from_bytes(fixed[at : at + 8], "big") for at in (0, 8))
    ticket = int.from_bytes(fixed[16:18], "big")
    if len(fixed) != 18 or len(body) != 2 + length + 18 + ticket:  # noqa: PLR2004 two counts and a length
        raise TurnedAwayError(400, "this mirror reads entries from the log itself")
    if start > end or end > _MAX_SIZE:
        raise TurnedAwayError(400, "bounds")
    try:
        return body[2 : 2 + length].decode(), end
    except UnicodeDecodeError:
        raise TurnedAwayError(400, "origin") from None
