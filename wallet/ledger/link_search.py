"""The links that stand in copies of shards, each searched for once.

How far a copy was searched is remembered in a file, and only that: what is believed of
a link is worked out anew each time (`shard_chain`).
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.shard import Shard
from wallet.ledger.shard_link import (
    Copy,
    ShardLink,
    first_operator,
    links_in,
    parse_link,
)

if TYPE_CHECKING:
    from pathlib import Path

_MOST_LINKS = 64  # a shard has three; more are no reason to search for ever


@dataclass(slots=True)
class _Read:
    """How far a copy was searched, and where something was found."""

    size: int = 0
    root: int | None = None  # the first status root
    links: list[int] = field(default_factory=list)


class LinkSearch:
    """Where the links of every copy stand, as far as it was searched.

    Several threads may ask.
    """

    def __init__(self, path: Path) -> None:
        """Go on from what *path* remembers."""
        self._path, self._read = path, _load(path)
        self._kept = json.dumps(_told(self._read))
        self._lock = threading.Lock()

    def links(
        self, copy: Copy, *, operator: bytes | None
    ) -> list[tuple[int, ShardLink]]:
        """The links of a shard that *operator* signed, by index.

        Without one: whoever signed its first status root.
        """
        with self._lock:
            read = self._search(copy)
        if operator is None and read.root is not None:
            found = first_operator(copy, read.root, read.root + 1)
            operator = None if found is None else found[1]
        told = []
        for at in read.links:
            with suppress(RefusedError):
                link = parse_link(copy.entries(at, at + 1)[0], origin=copy.origin)
                told.append((at, link))
        return [(at, link) for at, link in told if link.operator == operator]

    def save(self) -> None:
        """Remember how far was searched, if that is further than before."""
        with self._lock:
            told = json.dumps(_told(self._read))
            if told == self._kept:
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(".part")
            part.write_text(told, "utf-8")
            part.replace(self._path)
            self._kept = told

    def _search(self, copy: Copy) -> _Read:
        """Search what of a shard's copy is new since the last time."""
        origin, size = copy.origin, copy.size
        read = self._read.setdefault(origin, _Read())
        found = [*read.links, *([] if read.root is None else [read.root])]
        if read.size > size or any(at >= size for at in found):
            read = self._read[origin] = _Read()  # of a copy that was there before
        if Shard.read(origin).half_year is None or read.size == size:
            return read
        if read.root is None:
            root = first_operator(copy, read.size, size)
            read.root = None if root is None else root[0]
        read.links += [at for at, _ in links_in(copy, read.size, size)]
        del read.links[_MOST_LINKS:]
        read.size = size
        return read


def _told(read: dict[str, _Read]) -> dict[str, list[object]]:
    return {name: [one.size, one.root, one.links] for name, one in read.items()}


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
