"""How much work a stamp must show: it follows the pool. PROTOCOL.md 3, "Admission"."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from wallet.ledger import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST = 12
GOOD_FOR = 600.0  # seconds


class Difficulty:
    """The zero bits asked for just now, and the fewest that are still good."""

    def __init__(
        self,
        *,
        fill: Callable[[], float],
        clock: Callable[[], float],
        least: int = LEAST,
    ) -> None:
        """*fill* says how full the pool is, 0 to 1; *clock* never goes back."""
        if not 0 <= least <= stamp.MAX_BITS:
            raise ValueError("no such difficulty")
        self._fill, self._clock, self._least = fill, clock, least
        self._lock = threading.Lock()
        self._asked = least
        self._past: deque[tuple[float, int]] = deque()  # when given up, bits

    def asked(self) -> int:
        """What log.json says: from the least at an empty pool to 22 at a full one."""
        span = stamp.MAX_BITS - self._least
        bits = self._least + int(span * min(max(self._fill(), 0.0), 1.0))
        if bits != self._asked:
            with self._lock:
                self._past.append((self._clock(), self._asked))
                self._asked = bits
        return bits

    def good(self) -> int:
        """The fewest bits that were asked for within the last ten minutes."""
        asked = self.asked()
        if not self._past:  # as nearly always: every entry is asked about
            return asked
        with self._lock:
            while self._past and self._past[0][0] <= self._clock() - GOOD_FOR:
                self._past.popleft()
            return min([asked, *(bits for _, bits in self._past)])
