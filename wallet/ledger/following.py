"""Which logs a home follows: those its trust file names, and shards these announce.

The trust file decides whose word counts: log keys, witnesses, quorum. A link
(`shard_link`) only announces. One thing follows from it, and only where all of this
holds; what is missing, or said twice with two keys, teaches nothing:

1. The link stands in a verified copy of a shard that is followed already, under the
   quorum of the trust file; no second history of that shard was ever seen.
2. The operator of that shard signed it: whoever signed its first status root; of a
   shard that was learned itself, whom the link to it named.
3. It names the very next half-year of the same network and purpose, and one key for it.
4. The new log counts under the same witnesses and quorum only. A trust file that asks
   for no quorum learns nothing.
5. The trust file does not name that log itself: what it says of it stands.

Nothing is written into the trust file: what is believed is worked out anew from the
copies each time. `links.json` beside them only remembers how far they were searched.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.checkpoint import LOG_KIND, vkey_for
from wallet.ledger.fetch import LedgerClient
from wallet.ledger.replica import Replica
from wallet.ledger.shard import Shard
from wallet.ledger.shard_link import (
    Relation,
    ShardLink,
    first_operator,
    links_in,
    parse_link,
)
from wallet.ledger.sources import mirror_prefix
from wallet.statement import Name, may_be

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wallet.ledger.fetch import Http
    from wallet.ledger.policy import Policy

_MOST_LINKS = 64  # a shard has three; more are no reason to search for ever


@dataclass(slots=True)
class _Read:
    """How far a copy was searched, and where something was found."""

    size: int = 0
    root: int | None = None  # the first status root
    links: list[int] = field(default_factory=list)


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
        self._operators: dict[str, bytes] = {}  # of logs that were learned
        self._read = _load(folder / "links.json")
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
        return tuple(self._operators)

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
        copy = self._copies[origin]
        sealed = [at for at, link in self._links(origin) if link.relation is _SEAL]
        return bool(sealed) and copy.size > sealed[0] + 1

    def after_end(self, origin: str) -> int | None:
        """The first entry of a shard that stands where nothing may, if there is one.

        After its seal there may only be status roots, and nothing at all after the end
        that the next shard holds. 0: that end is of another history altogether.
        """
        copy, shard = self._copies[origin], Shard.read(origin)
        if shard.half_year is None:
            return None
        sealed = [at for at, link in self._links(origin) if link.relation is _SEAL]
        later = shard.at(shard.half_year.next).origin
        told = self._links(later) if later in self._copies else []
        ends = {link.final for _, link in told if link.other == origin} - {None}
        for end in ends:
            if end is None or copy.size < end.size:
                continue
            if copy.root_at(end.size) != end.root:
                return 0
            if copy.size > end.size:
                return end.size
        start = sealed[0] + 1 if sealed else copy.size
        for index, data in enumerate(copy.entries(start, copy.size), start):
            if not may_be(data, Name.STATUS_ROOT):
                return index
        return None

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def learn(self) -> tuple[str, ...]:
        """Take up the shards that the copies announce by now; those that are new."""
        new: list[str] = []
        before = json.dumps(_told(self._read))
        waiting = list(self._copies)
        while waiting:
            origin = waiting.pop(0)
            link = self._announced(origin)
            if link is not None and self._take_up(link, announced_in=origin):
                new.append(link.other)
                waiting.append(link.other)
        if json.dumps(_told(self._read)) != before:
            _save(self._folder / "links.json", self._read)
        return tuple(new)

    def _client(self, url: str) -> LedgerClient:
        if url not in self._sources:
            self._sources[url] = LedgerClient(url, self._http)
        return self._sources[url]

    def _announced(self, origin: str) -> ShardLink | None:
        """The next shard, where this copy names it as the rule wants."""
        copy, shard = self._copies[origin], Shard.read(origin)
        if shard.half_year is None or copy.policy.warns:
            return None
        if copy.is_forked or copy.quorum_time is None:
            return None
        wanted = shard.at(shard.half_year.next).origin
        links = [link for _, link in self._links(origin)]
        named = {
            (link.log_key, link.other_operator): link
            for link in links
            if link.relation is not Relation.PREVIOUS and link.other == wanted
        }
        return next(iter(named.values())) if len(named) == 1 else None

    def _take_up(self, link: ShardLink, *, announced_in: str) -> bool:
        policy = self._copies[announced_in].policy
        url = sibling_url(self._urls[announced_in], announced_in, link.other)
        if link.other in self._copies or url is None:
            return False
        vkey = vkey_for(link.other, LOG_KIND, link.log_key)
        if vkey.public in {party.vkey.public for party in policy.logs.values()}:
            return False  # one key never speaks for two logs
        self._open(link.other, policy=policy.with_log(vkey, url), url=url)
        self._operators[link.other] = link.other_operator
        return True

    def _open(self, origin: str, *, policy: Policy, url: str) -> None:
        self._copies[origin] = Replica.open(
            self._folder / self._place(origin), origin=origin, policy=policy
        )
        self._urls[origin] = url

    def _links(self, origin: str) -> list[tuple[int, ShardLink]]:
        """The links of a shard that its operator signed."""
        copy, read = self._copies[origin], self._search(origin)
        operator = self._operators.get(origin)
        if operator is None and read.root is not None:
            found = first_operator(copy, read.root, read.root + 1)
            operator = None if found is None else found[1]
        told = []
        for at in read.links:
            with suppress(RefusedError):
                link = parse_link(copy.entries(at, at + 1)[0], origin=origin)
                told.append((at, link))
        return [(at, link) for at, link in told if link.operator == operator]

    def _search(self, origin: str) -> _Read:
        """Search what of a shard's copy is new since the last time."""
        copy = self._copies[origin]
        read = self._read.setdefault(origin, _Read())
        found = [*read.links, *([] if read.root is None else [read.root])]
        if read.size > copy.size or any(at >= copy.size for at in found):
            read = self._read[origin] = _Read()  # of a copy that was there before
        if Shard.read(origin).half_year is None or read.size == copy.size:
            return read
        if read.root is None:
            root = first_operator(copy, read.size, copy.size)
            read.root = None if root is None else root[0]
        read.links += [at for at, _ in links_in(copy, read.size, copy.size)]
        del read.links[_MOST_LINKS:]
        read.size = copy.size
        return read


_SEAL = Relation.SEAL


def folder_of(origin: str) -> str:
    """A folder name for an origin; the replica inside says exactly whose it is."""
    return re.sub(r"[^a-z0-9.-]+", "_", origin.lower())


def sibling_url(url: str, origin: str, other: str) -> str | None:
    """Where *other* lies, if *origin* lies at *url* and that ends as it does."""
    here, there = Shard.read(origin).path, Shard.read(other).path
    base = url.rstrip("/").removesuffix("/" + here)
    return f"{base}/{there}" if here and base != url.rstrip("/") else None


def _told(read: dict[str, _Read]) -> dict[str, list[object]]:
    return {name: [one.size, one.root, one.links] for name, one in read.items()}


def _save(path: Path, read: dict[str, _Read]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(_told(read)), "utf-8")
    part.replace(path)


def _load(path: Path) -> dict[str, _Read]:
    """What was remembered; what does not read as that is searched for again."""
    try:
        told = json.loads(path.read_text("utf-8"))
        return {str(name): _one(row) for name, row in told.items()}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def _one(row: object) -> _Read:
    match row:
        case [int(size), int() | None as root, list(links)] if size >= 0:
            places = [*links, *([] if root is None else [root])]
            if all(type(at) is int and 0 <= at < size for at in places):
                return _Read(size, root, links)
    raise ValueError("not how far a copy was searched")
