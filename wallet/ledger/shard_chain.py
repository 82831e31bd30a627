"""What the copies of shards say of each other: which is next, and where one ends.

A link (`shard_link`) only announces. One thing follows from it, and only where all of
this holds; what is missing, or said twice with two keys, teaches nothing:

1. The link stands in a verified copy of a shard that is followed already, under the
   quorum of the trust file; no second history of that shard was ever seen.
2. The operator of that shard signed it: whoever signed its first status root; of a
   shard that was learned itself, whom the link to it named.
3. It names the very next half-year of the same network and purpose, and one key for it.
4. The new log counts under the same witnesses and quorum only. A trust file that asks
   for no quorum learns nothing.
5. The trust file does not name that log itself: what it says of it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wallet.ledger.checkpoint import LOG_KIND, Vkey, vkey_for
from wallet.ledger.shard import Shard
from wallet.ledger.shard_link import Copy, Relation, ShardLink
from wallet.statement import Name, may_be

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wallet.ledger.checkpoint import Checkpoint
    from wallet.ledger.link_search import LinkSearch
    from wallet.ledger.policy import Policy


class Followed(Copy, Protocol):
    """A verified copy of a log under the quorum of a trust file."""

    @property
    def policy(self) -> Policy:
        """Whose word it takes."""

    @property
    def is_forked(self) -> bool:
        """Whether two histories were seen."""

    @property
    def quorum_time(self) -> datetime | None:
        """The newest quorum time seen; None while there is none."""

    def root_at(self, size: int) -> bytes:
        """The root over the first *size* entries."""


class ShardChain:
    """The copies of one home, and what follows from the links in them."""

    def __init__(self, copies: Mapping[str, Followed], search: LinkSearch) -> None:
        """*copies* may grow; each learned log is told by `learned`."""
        self._copies, self._search = copies, search
        self._operators: dict[str, bytes] = {}

    @property
    def origins_learned(self) -> tuple[str, ...]:
        """The logs that the trust file does not name."""
        return tuple(self._operators)

    def learned(self, link: ShardLink) -> None:
        """From now on the log that *link* names is followed (rule 2)."""
        self._operators[link.other] = link.other_operator

    def announced(self, origin: str) -> tuple[ShardLink, Vkey] | None:
        """The next shard and its key, where this copy names it as rules 1 to 5 want."""
        copy, shard = self._copies[origin], Shard.read(origin)
        if shard.half_year is None or copy.policy.warns:
            return None
        if copy.is_forked or copy.quorum_time is None:
            return None
        wanted = shard.at(shard.half_year.next).origin
        named = {
            (link.log_key, link.other_operator): link
            for _, link in self._links(origin)
            if link.relation is not Relation.PREVIOUS and link.other == wanted
        }
        if len(named) != 1 or wanted in self._copies:
            return None
        link = next(iter(named.values()))
        vkey = vkey_for(link.other, LOG_KIND, link.log_key)
        if vkey.public in {party.vkey.public for party in copy.policy.logs.values()}:
            return None  # one key never speaks for two logs
        return link, vkey

    def is_complete(self, origin: str) -> bool:
        """Whether a shard was sealed and this copy holds all of it."""
        sealed = self._sealed(origin)
        return sealed is not None and self._copies[origin].size > sealed + 1

    def later(self, origin: str) -> Followed | None:
        """The copy of the shard that follows, if there is one."""
        shard = Shard.read(origin)
        if shard.half_year is None:
            return None
        return self._copies.get(shard.at(shard.half_year.next).origin)

    def final(self, origin: str) -> set[Checkpoint]:
        """The ends of a shard that the next one holds; more than one is a lie."""
        later = self.later(origin)
        told = [] if later is None else self._links(later.origin)
        ends = [link.final for _, link in told if link.other == origin]
        return {end for end in ends if end is not None}

    def after_end(self, origin: str) -> int | None:
        """The first entry of a shard that stands where nothing may, if there is one.

        After its seal there may only be status roots, and nothing at all after the end
        that the next shard holds. 0: that end is of another history altogether.
        """
        copy = self._copies[origin]
        if Shard.read(origin).half_year is None:
            return None
        for end in self.final(origin):
            if copy.size < end.size:
                continue
            if copy.root_at(end.size) != end.root:
                return 0
            if copy.size > end.size:
                return end.size
        sealed = self._sealed(origin)
        start = copy.size if sealed is None else sealed + 1
        for index, data in enumerate(copy.entries(start, copy.size), start):
            if not may_be(data, Name.STATUS_ROOT):
                return index
        return None

    def _sealed(self, origin: str) -> int | None:
        """Where a shard was sealed."""
        for at, link in self._links(origin):
            if link.relation is Relation.SEAL:
                return at
        return None

    def _links(self, origin: str) -> list[tuple[int, ShardLink]]:
        """The links of a shard that its operator signed."""
        copy, operator = self._copies[origin], self._operators.get(origin)
        return self._search.links(copy, operator=operator)
