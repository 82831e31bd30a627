"""POST /v1/entries: one entry, or up to 1,000 in one body.

One: the raw bytes, stamp in x-heartwood-stamp (16 hex digits) -> {"index": n}.
Many: content type application/vnd.heartwood.entries; each entry after its length as
two bytes, big-endian, as in a C2SP entry bundle; the stamps in x-heartwood-stamps, 8
bytes an entry in the same order, base64 (zeros where an entry needs none)
-> {"entries": [{"index": n} or {"refused": status, "said": text}, ...]}.

An index is durable when it is told. With "prefer: wait=published" each index comes with
"proof", a C2SP tlog-proof, unless nothing that covers it was published in time.

Whoever reads a post learns that its entries came together: what two people's privacy
keeps apart is never sent in one.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from wallet.errors import RefusedError, TurnedAwayError
from wallet.ledger.entry import MAX_ENTRY
from wallet.ledger.ledger_client import ENTRIES, MAX_POST, STAMP_HEADER, STAMPS_HEADER
from wallet.ledger.stamp import SIZE
from wallet.ledger.tiles import take_apart
from wallet.server.http.asgi import JSON, answer, connection, header, read_body
from wallet.server.http.door import MAX_WRONG
from wallet.server.http.stamp_header import stamp_in
from wallet.server.log.admission import Asked, WronglySignedError, is_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from wallet.server.http.asgi import Connection, Receive, Scope, Send
    from wallet.server.log.admission import Admission, Judged
    from wallet.server.log.published import Published
    from wallet.server.log.sequencer import Sequencer

    Turns = Callable[[], AbstractAsyncContextManager[object]]

Outcome: TypeAlias = "int | TurnedAwayError"

MAX_BODY = 1 << 20
_BODIES = 16  # posts of many entries that are taken at once
_AT_ONCE = 8  # pieces judged at once, ends apart; `serve` has twice as many threads
_PIECE = 128  # entries judged in one go


class Posts:
    """Takes posts: judges them on threads, hands them to the sequencer, answers."""

    def __init__(
        self, *, admission: Admission, sequencer: Sequencer, published: Published
    ) -> None:
        """Nothing is shared between posts but the places where they are judged."""
        self._admission = admission
        self._sequencer = sequencer
        self._published = published
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._bodies = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one post.

        Raises:
            TurnedAwayError: to be answered by whoever serves this.
        """
        if header(scope, "content-type") == ENTRIES.encode():
            said = {"entries": await self._many(scope, receive)}
        else:
            said = await self._one(scope, receive)
        await answer(send, orjson.dumps(said), kind=JSON)

    async def _one(self, scope: Scope, receive: Receive) -> dict[str, Any]:
        if header(scope, STAMPS_HEADER) is not None:
            raise TurnedAwayError(400, "stamps header in front of one entry")
        asked = Asked(await read_body(receive, cap=MAX_ENTRY), stamp_in(scope))
        (outcome,) = await self._outcomes([asked], connection(scope))
        if isinstance(outcome, TurnedAwayError):
            raise outcome
        return await self._told(outcome, _waits(scope))

    async def _many(self, scope: Scope, receive: Receive) -> list[dict[str, Any]]:
        if self._bodies >= _BODIES:
            raise TurnedAwayError(503, "too many posts at once")
        self._bodies += 1
        try:
            body = await read_body(receive, cap=MAX_BODY)
            asked = _asked(scope, body)
            outcomes = await self._outcomes(asked, connection(scope))
        finally:
            self._bodies -= 1
        waits = _waits(scope)
        return list(
            await asyncio.gather(*(self._told(one, waits) for one in outcomes))
            if waits
            else [_said(one) for one in outcomes]
        )

    async def _told(self, outcome: Outcome, waits: object) -> dict[str, Any]:
        said = _said(outcome)
        if waits and isinstance(outcome, int):
            proof = await self._published.proof(outcome)
            if proof is not None:
                said["proof"] = proof.decode()
        return said

    async def _outcomes(
        self, asked: Sequence[Asked], over: Connection | None
    ) -> list[Outcome]:
        """Judge and sequence; an end waits behind nothing that is not one."""
        ends = [at for at, one in enumerate(asked) if is_end(one.data)]
        others = [at for at in range(len(asked)) if at not in set(ends)]
        done = await asyncio.gather(
            self._placed([asked[at] for at in ends], over, nullcontext),
            self._placed([asked[at] for at in others], over, lambda: self._places),
        )
        outcomes = dict(zip([*ends, *others], [*done[0], *done[1]], strict=True))
        return [outcomes[at] for at in range(len(asked))]

    async def _placed(
        self, asked: Sequence[Asked], over: Connection | None, turns: Turns
    ) -> list[Outcome]:
        judged: list[Judged] = []
        for at in range(0, len(asked), _PIECE):
            piece = asked[at : at + _PIECE]
            left = MAX_WRONG if over is None else over.wrongs_left
            async with turns():
                found = await asyncio.to_thread(
                    self._admission.judge_many, piece, most_wrong=left
                )
            wrong = sum(isinstance(one, WronglySignedError) for one in found)
            if over is not None and wrong:
                over.wrong(wrong)
            judged += found
        admitted = [one for one in judged if not isinstance(one, int | TurnedAwayError)]
        placed = iter(await self._sequencer.submit_many(admitted))
        return [
            one if isinstance(one, int | TurnedAwayError) else next(placed)
            for one in judged
        ]


def _said(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, int):
        return {"index": outcome}
    return {"refused": outcome.status, "said": outcome.detail}


def _waits(scope: Scope) -> bool:
    """RFC 7240: what else is preferred is passed over."""
    preferred = (header(scope, "prefer") or b"").lower().split(b",")
    return any(one.strip() == b"wait=published" for one in preferred)


def _asked(scope: Scope, body: bytes) -> list[Asked]:
    if header(scope, STAMP_HEADER) is not None:
        raise TurnedAwayError(400, "stamp header in front of many entries")
    try:
        entries = take_apart(body, most=MAX_POST)
    except RefusedError:
        raise TurnedAwayError(400, "not 1 to 1,000 entries") from None
    if not entries:
        raise TurnedAwayError(400, "not 1 to 1,000 entries")
    text = header(scope, STAMPS_HEADER)
    if text is None:
        return [Asked(one, b"") for one in entries]
    try:
        stamps = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise TurnedAwayError(400, "stamps header") from None
    if len(stamps) != SIZE * len(entries):
        raise TurnedAwayError(400, "stamps header")
    return [
        Asked(one, stamps[at * SIZE : (at + 1) * SIZE])
        for at, one in enumerate(entries)
    ]
