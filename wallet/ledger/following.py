"""Which logs a home follows: those its trust file names, and shards these announce.

The trust file decides whose word counts: log keys, witnesses, quorum. What a link adds
to it, and by which rules, `shard_chain` says. Nothing is written into the trust file:
what is believed is worked out anew from the copies each time. `links.json` beside them
only remembers how far they were searched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.link_search import LinkSearch
from wallet.ledger.replica import Replica
from wallet.ledger.shard import Shard
from wallet.ledger.shard_chain import ShardChain
from wallet.ledger.sources import mirror_prefix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wallet.ledger.fetch import Http
    from wallet.ledger.policy import Policy


class Following:
    """The verified copies in a home and where each is read from."""

    def __init__(
        self,
        folder: Path,
        *,
        policy: Policy,
        url: str,
        http: Http,
        place: Callable[[str], str] | None = None,
    ) -> None:
        """Open the copies below *folder* of every log that is followed by now.

        *url* serves the logs for which the policy names no address; *place* says where
        below *folder* the copy of an origin lies, `folder_of` if it is not given.

        Raises:
            StoreDamagedError: a copy is not what it was.
        """
        self._folder, self._default = folder, url
        self._http, self._place = http, place or folder_of
        self._sources: dict[str, LedgerClient] = {}
        self._urls: dict[str, str] = {}
        self._copies: dict[str, Replica] = {}
        self._search = LinkSearch(folder / "links.json")
        self._chain = ShardChain(self._copies, self._search)
        for origin, party in policy.logs.items():
            self._open(origin, policy=policy, url=party.url or url)
        self.learn()

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs that are followed, those of the trust file first."""
        return tuple(self._copies)

    @property
    def learned(self) -> tuple[str, ...]:
        """Those of them that the trust file does not name."""
        return self._chain.origins_learned

    def replica(self, origin: str) -> Replica:
        """The copy of a log that is followed."""
        return self._copies[origin]

    def source(self, origin: str) -> LedgerClient:
        """Where the files of a log that is followed are read, and entries sent."""
        return self._client(self._urls[origin])

    def sources(self, origin: str) -> list[LedgerClient]:
        """Where the files of a log are read, in order: its own server, then mirrors."""
        return [self.source(origin), *self.mirrors(origin)]

    def mirrors(self, origin: str) -> list[LedgerClient]:
        """The mirrors of a log that its trust file names (`Policy.mirrors`)."""
        parties = self._copies[origin].policy.mirrors
        return [
            self._client(mirror_prefix(party.url, origin))
            for party in parties
            if party.url is not None
        ]

    def is_complete(self, origin: str) -> bool:
        """Whether a shard was sealed and this copy holds all of it."""
        return self._chain.is_complete(origin)

    def after_end(self, origin: str) -> int | None:
        """The first entry of a shard that stands where nothing may (`ShardChain`)."""
        return self._chain.after_end(origin)

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def learn(self) -> tuple[str, ...]:
        """Take up the shards that the copies announce by now; those that are new."""
        new: list[str] = []
        waiting = list(self._copies)
        while waiting:
            other = self._take_up(waiting.pop(0))
            if other is not None:
                new.append(other)
                waiting.append(other)
        self._search.save()
        return tuple(new)

    def _client(self, url: str) -> LedgerClient:
        if url not in self._sources:
            self._sources[url] = LedgerClient(url, self._http)
        return self._sources[url]

    def _take_up(self, origin: str) -> str | None:
        """Follow the log that the copy of *origin* announces, if it is new."""
        told = self._chain.announced(origin)
        if told is None:
            return None
        link, vkey = told
        url = sibling_url(self._urls[origin], origin, link.other)
        if url is None:
            return None
        policy = self._copies[origin].policy.with_log(vkey, url)
        self._open(link.other, policy=policy, url=url)
        self._chain.learned(link)
        return link.other

    def _open(self, origin: str, *, policy: Policy, url: str) -> None:
        self._copies[origin] = Replica.open(
            self._folder / self._place(origin), origin=origin, policy=policy
        )
        self._urls[origin] = url


def folder_of(origin: str) -> str:
    """A folder name for an origin; the replica inside says exactly whose it is."""
    return re.sub(r"[^a-z0-9.-]+", "_", origin.lower())


def sibling_url(url: str, origin: str, other: str) -> str | None:
    """Where *other* lies, if *origin* lies at *url* and that ends as it does."""
    here, there = Shard.read(origin).path, Shard.read(other).path
    base = url.rstrip("/").removesuffix("/" + here)
    return f"{base}/{there}" if here and base != url.rstrip("/") else None
