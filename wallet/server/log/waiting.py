"""Who waits for an entry in the pool of a sequencer, and how they hear of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from wallet.errors import TurnedAwayError
    from wallet.server.log.storage import Admitted

Outcome: TypeAlias = "int | TurnedAwayError"


class Post:
    """Who waits for some entries: told once, when the last of them is settled."""

    __slots__ = ("left", "outcomes", "settled")

    def __init__(self, count: int) -> None:
        """*settled* is done when all *count* outcomes are there."""
        self.outcomes: list[Outcome] = [0] * count
        self.left = count
        self.settled = asyncio.get_running_loop().create_future()

    def tell(self, at: int, outcome: Outcome) -> None:
        """What became of its entry *at*."""
        self.outcomes[at] = outcome
        self.left -= 1
        if not self.left and not self.settled.done():  # whoever gave up is done
            self.settled.set_result(None)


class Lone:
    """Who waits for one entry: as most do, and so with less ado than a post."""

    __slots__ = ("settled",)

    def __init__(self) -> None:
        """*settled* will be the outcome."""
        self.settled: asyncio.Future[Outcome]
        self.settled = asyncio.get_running_loop().create_future()

    def tell(self, _at: int, outcome: Outcome) -> None:
        """What became of it."""
        if not self.settled.done():
            self.settled.set_result(outcome)


class Place:
    """An entry in the pool, since when, and who waits for it: as which of a post.

    Hardly an entry is sent twice at once: the *others* who wait are few, mostly none.
    """

    __slots__ = ("at", "item", "others", "since", "waiter")

    def __init__(
        self, item: Admitted, since: float, waiter: Post | Lone, at: int
    ) -> None:
        """*since* is a moment of the clock that measures how long it waited."""
        self.item, self.since = item, since
        self.waiter, self.at = waiter, at
        self.others: list[tuple[Post | Lone, int]] | None = None

    def join(self, waiter: Post | Lone, at: int) -> None:
        """One more who waits for this very entry."""
        if self.others is None:
            self.others = []
        self.others.append((waiter, at))

    def tell(self, outcome: Outcome) -> None:
        """Let all who wait hear of it."""
        self.waiter.tell(self.at, outcome)
        for waiter, at in self.others or ():
            waiter.tell(at, outcome)
