"""Links the shards of a family, and seals one when nothing can happen in it any more.

PROTOCOL.md 3; `wallet.ledger.shard_link` has the bytes. Every step can be done again:
a link has the same bytes each time, so that one that stands is found by its leaf hash,
and a crash between two steps is gone on from.

    the next shard is published          NEXT here, PREVIOUS there
    read-only, and drained               SEAL here, covered by a last root
    the last checkpoint is published     PREVIOUS there, with size and root of it
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from wallet.errors import WalletError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import leaf_hash
from wallet.ledger.shard import Phase, Shard
from wallet.ledger.shard_link import Relation, ShardLink, build_link
from wallet.server.log.storage import Admitted

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from datetime import datetime
    from typing import Any

    from wallet.keys.signing import Signer
    from wallet.ledger.checkpoint import Checkpoint, Vkey
    from wallet.server.log.sequencer import Sequencer
    from wallet.server.log.sign_lock import SignLock
    from wallet.server.log.storage import Storage

_LOG = logging.getLogger(__name__)
# Longer than a request may take that was let in before: what it was promised is kept.
DRAINED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One log of a family, as far as links are concerned."""

    vkey: Vkey
    operator: Signer
    storage: Storage
    sequencer: Sequencer
    lock: SignLock
    now: Callable[[], datetime]
    publish: Callable[[], Coroutine[Any, Any, None]]
    leads: Callable[[], bool]
    """Whether no other server can publish it, now and until this one lets go."""

    @property
    def origin(self) -> str:
        """Its name."""
        return self.vkey.name

    @property
    def shard(self) -> Shard:
        """Its name, read."""
        return Shard.read(self.origin)

    @property
    def published(self) -> Checkpoint | None:
        """The checkpoint everybody may see."""
        note = self.storage.published
        return None if note is None else parse_note(note).checkpoint

    def link(
        self, relation: Relation, other: Member, final: Checkpoint | None = None
    ) -> bytes:
        """What this log says of *other*."""
        said = ShardLink(
            relation=relation,
            other=other.origin,
            log_key=other.vkey.public,
            other_operator=other.operator.public,
            operator=self.operator.public,
            final=final,
        )
        return build_link(self.operator, origin=self.origin, link=said)

    def stands(self, link: bytes) -> int | None:
        """Where a link stands in this log."""
        return self.storage.index_of(leaf_hash(link))


class ShardKeeper:
    """Keeps the logs of one family in their order; `run` is its loop."""

    def __init__(self, members: Sequence[Member], *, every: float = 5.0) -> None:
        """*every* is the seconds between two looks."""
        self._members, self._every = members, every
        self._publishing: dict[str, asyncio.Task[None]] = {}
        self._settled: dict[str, Checkpoint] = {}
        self._said = ""

    async def run(self) -> None:
        """Publish every log, and look after links and seals, until cancelled."""
        try:
            while True:
                try:
                    await self.step()
                    self._said = ""
                except (WalletError, OSError, sqlite3.Error) as error:
                    self._complain(f"{type(error).__name__}: {error}")
                await asyncio.sleep(self._every)
        finally:
            for task in self._publishing.values():
                task.cancel()
            await asyncio.gather(*self._publishing.values(), return_exceptions=True)

    async def step(self) -> None:
        """Let each log publish that is not sealed for good; write every link due."""
        for member in self._members:
            await self._publish(member)
        for here, there in self._pairs():
            if there.published is None or here.published is None:
                continue  # what nobody can read yet is not announced
            if await asyncio.to_thread(self.seal_of, here) is None:
                await _write(here, here.link(Relation.NEXT, there))
                await _write(there, there.link(Relation.PREVIOUS, here))
                if self._is_drained(here):
                    await _write(here, here.link(Relation.SEAL, there))
            elif (final := await asyncio.to_thread(self._last, here)) is not None:
                await _write(there, there.link(Relation.PREVIOUS, here, final))

    def seal_of(self, here: Member) -> int | None:
        """Where a log was sealed; None while it was not."""
        for one, there in self._pairs():
            if one is here:
                return here.stands(here.link(Relation.SEAL, there))
        return None

    def final(self, here: Member) -> Checkpoint | None:
        """The last checkpoint of a sealed log: nothing was signed or stored since."""
        seal, published = self.seal_of(here), here.published
        if seal is None or published is None or published.size <= seal + 1:
            return None
        last = here.lock.last()
        signed = None if last is None else parse_note(last).checkpoint
        stored = here.storage.integrate()
        return published if signed == published and stored == published.size else None

    def forget(self, origin: str) -> None:
        """Look no more after a log that was taken down."""
        self._members = [one for one in self._members if one.origin != origin]

    def _last(self, here: Member) -> Checkpoint | None:
        """The last checkpoint of a log that nobody can publish any more."""
        settled = self._settled.get(here.origin)
        if settled is None or not here.leads():
            return None
        return settled if self.final(here) == settled else None

    async def _publish(self, member: Member) -> None:
        """Begin to publish a log, or stop once its last checkpoint is out.

        Whoever is stopped may have begun another turn: the last checkpoint is settled
        when it is still the last a look later. If it is not, publishing goes on.
        """
        name = member.origin
        task, final = (
            self._publishing.get(name),
            await asyncio.to_thread(self.final, member),
        )
        if final is None:
            self._settled.pop(name, None)
            if task is None:
                self._publishing[name] = asyncio.create_task(member.publish())
            elif task.done():
                task.result()  # what ended it ends this too
        elif task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            del self._publishing[name]
        else:
            self._settled[name] = final

    def _complain(self, said: str) -> None:
        if said != self._said:
            _LOG.warning("shards are not linked: %s", said)
        self._said = said

    def _pairs(self) -> list[tuple[Member, Member]]:
        """Neighbours in time, earlier first."""
        by_origin = {member.origin: member for member in self._members}
        found = []
        for member in self._members:
            shard = member.shard
            if shard.half_year is not None:
                after = by_origin.get(shard.at(shard.half_year.next).origin)
                if after is not None:
                    found.append((member, after))
        return sorted(found, key=lambda pair: pair[0].origin)

    def _is_drained(self, member: Member) -> bool:
        half_year, now = member.shard.half_year, member.now()
        if half_year is None or half_year.phase(now) is not Phase.READ_ONLY:
            return False
        return half_year.phase(now - DRAINED) is Phase.READ_ONLY


async def _write(member: Member, link: bytes) -> None:
    """Log a link unless it stands; into a log that is not open yet, a look later."""
    if not member.sequencer.is_open:
        return
    if await asyncio.to_thread(member.stands, link) is None:
        await member.sequencer.submit(Admitted(data=link))
