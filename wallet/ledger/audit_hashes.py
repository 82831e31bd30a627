"""Compare the published hash tiles of a log with the entries they stand for."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from wallet.errors import TurnedAwayError
from wallet.ledger.merkle import root
from wallet.ledger.tiles import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HASH = 32
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class Tiles(Protocol):
    """Where hash tiles are read."""

    def tile(self, level: int, n: int, width: int) -> bytes:
        """Hashes of tile *n* of a level."""


def differing_hashes(
    source: Tiles, *, ours: Sequence[bytes], theirs: Sequence[bytes]
) -> list[int]:
    """First index below each published hash that fits neither copy of the entries.

    A tile made again over tampered entries fits *theirs*; then the entries are named,
    not their hashes.

    Raises:
        TurnedAwayError, UnreachableError: as the source.
    """
    found: set[int] = set()
    level, mine, shown = 0, list(ours), list(theirs)
    while mine:
        for first, tile in _published(source, level, len(mine), len(shown)):
            if tile == b"".join(mine[first : first + WIDTH]):
                continue
            for place in range(first, min(first + WIDTH, len(mine))):
                at = (place - first) * _HASH
                fits = {mine[place], shown[place] if place < len(shown) else b""}
                if tile[at : at + _HASH] not in fits:
                    found.add(place * WIDTH**level)
        above = _above(mine)
        shown = above if shown == mine else _above(shown)
        level, mine = level + 1, above
    return sorted(found)


def _published(
    source: Tiles, level: int, size: int, left: int
) -> Iterator[tuple[int, bytes]]:
    """Every tile of a level and its first place; empty where there is none any more.

    Where a tile is not as wide as it was, one as wide as the *left* entries will do.
    """
    for n in range(-(-size // WIDTH)):
        wide, narrow = (min(WIDTH, whole - n * WIDTH) for whole in (size, left))
        data = _tile(source, level, n, wide)
        if not data and 0 < narrow < wide:
            data = _tile(source, level, n, narrow)
        yield n * WIDTH, data


def _tile(source: Tiles, level: int, n: int, width: int) -> bytes:
    try:
        return source.tile(level, n, width)
    except TurnedAwayError as refused:
        if refused.status not in _GONE:
            raise
        return b""


def _above(hashes: Sequence[bytes]) -> list[bytes]:
    whole = range(0, len(hashes) - WIDTH + 1, WIDTH)
    return [root(hashes[at : at + WIDTH]) for at in whole]
