"""Whether a log does what it is for, and the figures behind it.

GET /health    {"healthy", "writes", "stores", "clock", "size", "published",
               "waiting_seconds", "checkpoint_age_seconds", "failing_witnesses":
               {name: why}}; 503 where it is not healthy
GET /metrics   Prometheus text; no address, no index, nothing of an entry

A log is healthy while it gives indices and publishes them: the last commit succeeded
("stores"), nothing durable has waited for longer than five intervals, and the newest
checkpoint is not older than five intervals after the next one was due, be there
anything new or not. A clock that witnesses have left behind ("clock") tells no age.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from wallet.errors import RefusedError
from wallet.ledger.checkpoint import parse_note
from wallet.server.http.prometheus import counter, gauge, gauges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wallet.ledger.policy import Policy
    from wallet.server.log.measures import Measures
    from wallet.server.log.panel import Panel
    from wallet.server.log.publisher import Pace
    from wallet.server.log.sequencer import Sequencer
    from wallet.server.log.storage import Storage

_INTERVALS = 5
_CLOCK_BEHIND = 120.0  # seconds behind the quorum of witnesses
_LEAST = 5.0  # seconds: an interval in tests is short, a busy machine is not dead


class Health:
    """What one server of a log says of itself."""

    def __init__(
        self,
        *,
        storage: Storage,
        sequencer: Sequencer,
        panel: Panel,
        policy: Policy,
        pace: Pace,
        measures: Measures,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """*clock* answers POSIX seconds."""
        self._storage, self._sequencer = storage, sequencer
        self._panel, self._policy, self._pace = panel, policy, pace
        self._measures, self._clock = measures, clock

    async def said(self) -> tuple[bool, dict[str, Any]]:
        """Whether it is healthy, and why."""
        size, published, age = await self._look()
        patience = max(_INTERVALS * self._pace.interval, _LEAST)
        waiting = self._measures.unpublished_seconds
        fresh = age is None or age <= self._pace.idle + patience
        stores = self._measures.stores
        writes = self._sequencer.is_open
        clock = age is None or age >= -_CLOCK_BEHIND
        healthy = writes and stores and clock and waiting <= patience and fresh
        return healthy, {
            "healthy": healthy,
            "writes": writes,
            "stores": stores,
            "clock": clock,
            "size": size,
            "published": published,
            "waiting_seconds": round(waiting, 3),
            "checkpoint_age_seconds": None if age is None else round(age, 3),
            "failing_witnesses": dict(self._panel.failing),
        }

    async def metrics(self) -> str:
        """Everything that was measured."""
        size, published, age = await self._look()
        return "\n".join([*self._lines(size, published, age), ""])

    def _lines(self, size: int, published: int, age: float | None) -> Iterable[str]:
        measures, name = self._measures, "heartwood_ledger_{}".format
        yield from gauge(name("writes_open"), self._sequencer.is_open)
        yield from gauge(name("entries"), size)
        yield from gauge(name("published_entries"), published)
        lag = max(measures.entries - size, 0)
        yield from gauge(name("integration_lag_entries"), lag)
        yield from gauge(name("pool_fill_ratio"), self._sequencer.fill)
        yield from gauge(name("unpublished_seconds"), measures.unpublished_seconds)
        if age is not None:
            yield from gauge(name("checkpoint_age_seconds"), age)
        asked = self._panel.cosigners
        behind = {one.name: max(size - one.size, 0) for one in asked}
        yield from gauges(name("witness_lag_entries"), "witness", behind)
        failing = {one.name: one.name in self._panel.failing for one in asked}
        yield from gauges(name("witness_failing"), "witness", failing)
        yield from counter(name("pushbacks_total"), measures.pushbacks)
        yield from counter(name("failed_commits_total"), measures.failed_commits)
        yield from counter(name("publications_total"), measures.publications)
        yield from counter(name("quorum_short_total"), measures.quorum_short)
        yield from measures.commit_seconds.lines(name("commit_seconds"))
        yield from measures.sequencing_seconds.lines(name("sequencing_seconds"))
        yield from measures.published_seconds.lines(name("published_seconds"))
        yield from measures.ended_seconds.lines(name("ended_to_visible_seconds"))

    async def _look(self) -> tuple[int, int, float | None]:
        """Entries in the tree, entries published, and the age of that note."""
        size = await asyncio.to_thread(lambda: self._storage.size)
        note = await asyncio.to_thread(lambda: self._storage.published)
        if note is None:
            return size, 0, None
        read = parse_note(note)
        published = read.checkpoint.size
        # Another server may have published it.
        self._measures.visible(published)
        try:
            moment = self._policy.accept(read)
        except RefusedError:  # published under other witnesses, before a restart
            moment = None
        age = None if moment is None else self._clock() - moment.timestamp()
        return size, published, age
