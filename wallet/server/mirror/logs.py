"""Which logs a mirror holds: those of its policy, and shards that these announce.

By the rules of `wallet.ledger.shard_chain`, and from nothing but what the mirror itself
serves under a quorum: its copies run ahead of that, and nothing is learned there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import TurnedAwayError
from wallet.ledger.clock import from_seconds
from wallet.ledger.link_search import LinkSearch
from wallet.ledger.shard_chain import ShardChain
from wallet.ledger.sources import origin_hash
from wallet.server.mirror.copy import MirrorCopy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from wallet.ledger.ledger_client import LedgerClient
    from wallet.ledger.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where files are read: of the logs of a policy, by origin and in order.

    ``beside`` says where a shard is read that another one, the first, announces.
    """

    of: Mapping[str, Sequence[LedgerClient]]
    beside: Callable[[str, str], Sequence[LedgerClient]] = lambda _origin, _other: ()


class Log:
    """One log of a mirror; as much of its copy as lies under a quorum (`Followed`)."""

    def __init__(
        self,
        copy: MirrorCopy,
        *,
        policy: Policy,
        sources: Sequence[LedgerClient],
        newest: Callable[[Log], tuple[int, int] | None],
    ) -> None:
        """*policy* names the log.

        *newest* answers size and quorum seconds of what is served of it, None while
        that is nothing.
        """
        self.copy, self.policy, self.sources = copy, policy, sources
        self._newest = newest

    @property
    def origin(self) -> str:
        """Its name."""
        return self.copy.origin

    @property
    def size(self) -> int:
        """How many entries are served."""
        newest = self._newest(self)
        return 0 if newest is None else newest[0]

    @property
    def quorum_time(self) -> datetime | None:
        """When a quorum stood behind them; None while nothing is served."""
        newest = self._newest(self)
        return None if newest is None else from_seconds(newest[1])

    @property
    def is_forked(self) -> bool:
        """Whether the log has signed two histories."""
        return self.copy.forked is not None

    def entries(self, start: int, end: int) -> list[bytes]:
        """The entries from *start* up to before *end*."""
        return self.copy.entries(start, end)

    def first_index(self, leaf: bytes) -> int | None:
        """The only index of a leaf hash that counts."""
        return self.copy.first_index(leaf)

    def root_at(self, size: int) -> bytes:
        """The root over the first *size* entries."""
        return self.copy.root_at(size)


class Logs:
    """The logs of one mirror, by origin; `learn` may add to them."""

    def __init__(
        self,
        folder: Path,
        *,
        policy: Policy,
        sources: Sources,
        newest: Callable[[Log], tuple[int, int] | None],
    ) -> None:
        """Open the copy of every log of *policy* below *folder*.

        Raises:
            StoreDamagedError: the files of one are not what was verified.
        """
        self._folder, self._sources, self._newest = folder, sources, newest
        self._logs: dict[str, Log] = {}
        self._search = LinkSearch(folder / "links.json")
        self.chain = ShardChain(self._logs, self._search)
        for origin in policy.origins:
            self._open(origin, policy=policy, sources=sources.of[origin])

    @property
    def origins(self) -> tuple[str, ...]:
        """Every log there is by now."""
        return tuple(self._logs)

    def of(self, origin: str) -> Log:
        """One log.

        Raises:
            TurnedAwayError: 404.
        """
        try:
            return self._logs[origin]
        except KeyError:
            raise TurnedAwayError(404, "no such log") from None

    def named(self, name: str) -> Log:
        """The log whose origin hashes to *name*.

        Raises:
            TurnedAwayError: 404.
        """
        for origin in self.origins:
            if origin_hash(origin) == name:
                return self._logs[origin]
        raise TurnedAwayError(404, "no such log")

    def learn(self) -> tuple[Log, ...]:
        """Take up the shards that what is served announces by now; the new ones."""
        new: list[Log] = []
        waiting = [*self.origins]
        while waiting:
            one = self._take_up(waiting.pop(0))
            if one is not None:
                new.append(one)
                waiting.append(one.origin)
        self._search.save()
        return tuple(new)

    def _take_up(self, origin: str) -> Log | None:
        told = self.chain.announced(origin)
        if told is None:
            return None
        link, vkey = told
        sources = self._sources.beside(origin, link.other)
        if not sources:
            return None
        policy = self._logs[origin].policy.with_log(vkey, None)
        self.chain.learned(link)
        return self._open(link.other, policy=policy, sources=sources)

    def _open(
        self, origin: str, *, policy: Policy, sources: Sequence[LedgerClient]
    ) -> Log:
        folder = self._folder / origin_hash(origin)
        copy = MirrorCopy(folder, origin=origin, policy=policy)
        log = Log(copy, policy=policy, sources=sources, newest=self._newest)
        self._logs[origin] = log
        return log
