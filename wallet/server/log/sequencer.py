"""Gives entries their indices: many at once, durable before anybody is answered."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from wallet.errors import TurnedAwayError
from wallet.server.log.measures import Measures
from wallet.server.log.storage import Admitted, Declined
from wallet.server.log.waiting import Lone, Place, Post

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.server.log.storage import Storage
    from wallet.server.log.waiting import Outcome

_LOG = logging.getLogger(__name__)
BATCH = 256
WINDOW = 0.005
POOL = 4_096
OPENING = 3.0  # seconds; a caller hangs up after five
PATIENCE = 10.0  # seconds for one commit; afterwards nobody is kept waiting for it


class Sequencer:
    """The one writer of a ledger. Changes that end an entry always go first."""

    def __init__(
        self, storage: Storage, *, pool: int = POOL, measures: Measures | None = None
    ) -> None:
        """*pool* is how many entries may wait; ends are never counted."""
        self._storage = storage
        self._measures = measures or Measures()
        self._pool = pool
        self._ends: deque[Place] = deque()
        self._others: deque[Place] = deque()
        self._same: dict[bytes, Place] = {}
        self._ending: dict[int, Place] = {}
        self._some, self._open = asyncio.Event(), asyncio.Event()
        self._failed = 0  # commits, one after another

    def open(self) -> None:
        """Begin to give indices: nobody has seen a larger history than ours."""
        self._open.set()

    @property
    def is_open(self) -> bool:
        """Whether indices are given."""
        return self._open.is_set()

    @property
    def fill(self) -> float:
        """How full the pool is, 0 to 1."""
        return len(self._others) / self._pool

    async def submit(self, item: Admitted) -> int:
        """Wait until *item* is durable; its index.

        Raises:
            TurnedAwayError: 503, the pool is full or the ledger may not write yet;
                403, the entry has had its free changes meanwhile.
        """
        if item.target is None and not self._open.is_set():
            await self._wait_for_opening()
        lone = Lone()
        self._take(item, lone, 0)
        placed = await lone.settled
        if isinstance(placed, TurnedAwayError):
            raise placed
        return placed

    async def submit_many(
        self, items: Sequence[Admitted]
    ) -> list[int | TurnedAwayError]:
        """Wait until all *items* are durable or turned away; what became of each.

        Where `submit` raises, its error stands in the place of the index.
        """
        if not self.is_open and any(item.target is None for item in items):
            await self._wait_for_opening()
        if not items:
            return []
        post = Post(len(items))
        for at, item in enumerate(items):
            self._take(item, post, at)
        await post.settled
        return post.outcomes

    async def run(self) -> None:
        """Sequence until cancelled."""
        await self._open.wait()
        while True:
            await self._some.wait()
            if len(self._ends) + len(self._others) < BATCH:
                await asyncio.sleep(WINDOW)
            await self._commit(self._next())

    async def _wait_for_opening(self) -> None:
        """Give a start a moment."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._open.wait(), OPENING)

    def _take(self, item: Admitted, waiter: Post | Lone, at: int) -> None:
        """Let *waiter* wait for *item*, or hear at once why not."""
        place = self._same.get(item.leaf)
        if place is None and item.target is not None and item.ends:
            place = self._ending.get(item.target)
        if place is not None:
            place.join(waiter, at)
        elif (why := self._refusal(item)) is not None:
            waiter.tell(at, why)
        else:
            self._enqueue(Place(item, self._measures.clock(), waiter, at))

    def _refusal(self, item: Admitted) -> TurnedAwayError | None:
        """Why there is no place in the pool; changes may wait for the opening too."""
        if item.target is None and not self._open.is_set():
            return TurnedAwayError(503, "too few witnesses have answered yet")
        if len(self._others) >= self._pool and not item.ends:
            self._measures.pushbacks += 1
            return TurnedAwayError(503, "the pool is full")
        return None

    def _enqueue(self, place: Place) -> None:
        item = place.item
        self._same[item.leaf] = place
        if item.target is not None and item.ends:
            self._ending[item.target] = place
            self._ends.append(place)
        else:
            self._others.append(place)
        self._some.set()

    def _next(self) -> list[Place]:
        batch: list[Place] = []
        for queue in (self._ends, self._others):
            room = min(BATCH - len(batch), len(queue))
            batch += [queue.popleft() for _ in range(room)]
        if not self._ends and not self._others:
            self._some.clear()
        return batch

    async def _commit(self, batch: list[Place]) -> None:
        items, begun = [place.item for place in batch], self._measures.clock()
        outcomes: Sequence[Outcome]
        storing = asyncio.ensure_future(asyncio.to_thread(self._storage.append, items))
        storing.add_done_callback(_heard)
        try:
            placed = await asyncio.wait_for(asyncio.shield(storing), PATIENCE)
        except Exception as error:  # noqa: BLE001 every waiter must hear of it
            failed = TurnedAwayError(503, f"not stored: {type(error).__name__}")
            outcomes = [failed] * len(batch)
            self._note_failure(error)
        else:
            outcomes = _answers(placed)
            self._note_success()
            self._measure(batch, placed, begun)
        for place, outcome in zip(batch, outcomes, strict=True):
            item = place.item
            del self._same[item.leaf]
            if item.target is not None and item.ends:
                del self._ending[item.target]
            place.tell(outcome)

    def _note_failure(self, error: Exception) -> None:
        """Say it once, however often it is tried again. Its text may hold anything."""
        self._measures.failed_commits += 1
        self._measures.stores = False
        self._failed += 1
        if self._failed == 1:
            _LOG.error("nothing is stored: %s", type(error).__name__)

    def _note_success(self) -> None:
        self._measures.stores = True
        if self._failed:
            _LOG.warning("stored again, %d commits had failed", self._failed)
        self._failed = 0

    def _measure(
        self, batch: list[Place], placed: Sequence[int | Declined], begun: float
    ) -> None:
        """Time one commit, and how long each of its entries waited for it."""
        now = self._measures.clock()
        self._measures.commit_seconds.add(now - begun)
        waits = [now - place.since for place in batch]
        self._measures.sequencing_seconds.add_all(waits)
        indices = [one for one in placed if type(one) is int]
        if indices:
            ends = sum(one.item.target is not None and one.item.ends for one in batch)
            last = max(indices)
            self._measures.durable(last=last, entries=len(indices), ends=ends)


def _heard(storing: asyncio.Future[list[int | Declined]]) -> None:
    """Take note of a failure that came too late for anybody to wait for."""
    if not storing.cancelled():
        storing.exception()


def _answers(placed: Sequence[int | Declined]) -> list[Outcome]:
    return [one if type(one) is int else _answer(one) for one in placed]


def _answer(placed: int | Declined) -> Outcome:
    if isinstance(placed, int):
        return placed
    return TurnedAwayError(403 if placed is Declined.STAMP else 503, placed.value)
