"""What a log measures of itself while it runs: times and counts, nobody's entries."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from wallet.server.http.prometheus import Histogram

if TYPE_CHECKING:
    from collections.abc import Callable

_COMMIT = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)
_WAIT = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_VISIBLE = (0.5, 1, 2, 3, 5, 10, 20, 30, 60, 300, 600)
_MOST = 65_536  # commits that may wait for their publication and still be timed


class _Durable(NamedTuple):
    last: int  # index
    at: float
    entries: int
    ends: int


class Measures:
    """The figures of one server; only its event loop may touch them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """*clock* answers seconds and never goes back."""
        self.clock = clock
        self.commit_seconds = Histogram(_COMMIT)
        self.sequencing_seconds = Histogram(_WAIT)
        self.published_seconds = Histogram(_VISIBLE)
        self.ended_seconds = Histogram(_VISIBLE)
        self.pushbacks = self.failed_commits = 0
        self.stores = True  # unless the latest commit failed
        self.entries = 0  # that this server knows to be durable
        self.quorum_short = self.publications = 0
        self._waiting: deque[_Durable] = deque(maxlen=_MOST)

    def durable(self, *, last: int, entries: int, ends: int) -> None:
        """So many new entries, *last* among them, wait for their publication."""
        self.entries = max(self.entries, last + 1)
        self._waiting.append(_Durable(last, self.clock(), entries, ends))

    def visible(self, size: int) -> None:
        """A published note covers *size* entries."""
        while self._waiting and self._waiting[0].last < size:
            one = self._waiting.popleft()
            took = self.clock() - one.at
            self.published_seconds.add(took, one.entries)
            self.ended_seconds.add(took, one.ends)

    @property
    def unpublished_seconds(self) -> float:
        """How long the oldest commit has waited to be covered by a published note."""
        return self.clock() - self._waiting[0].at if self._waiting else 0.0
