"""The rows of a tree that new entries change: bundles, tiles, one row each.

C2SP tlog-tiles: a full tile gives one hash to the level above; a partial never does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError
from wallet.ledger.merkle import root
from wallet.ledger.tiles import WIDTH, encode_bundle
from wallet.server.log.shelf import HASH, hashes_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def edges(size: int) -> list[tuple[int, int]]:
    """The partial tiles, level and number, of a tree of *size* entries."""
    found, level = [], 0
    while size:
        if size % WIDTH:
            found.append((level, size // WIDTH))
        size, level = size // WIDTH, level + 1
    return found


def grow_bundles(
    first: int, entries: Sequence[bytes], *, bundle: Callable[[int], bytes]
) -> Iterator[tuple[int, bytes]]:
    """Number and whole content of each bundle that *entries* at *first* change.

    Raises:
        StoreDamagedError: the partial *bundle* is not what the size says.
    """
    here = 0
    while here < len(entries):
        n, used = divmod(first + here, WIDTH)
        piece = entries[here : here + WIDTH - used]
        before = bundle(n) if used else b""
        if _count(before) != used:
            raise StoreDamagedError("an entry bundle is not as long as the log")
        yield n, before + encode_bundle(piece)
        here += len(piece)


def grow_tiles(
    first: int, hashes: Sequence[bytes], *, tile: Callable[[int, int], bytes]
) -> Iterator[tuple[int, int, bytes]]:
    """Level, number and whole content of each tile that *hashes* at *first* change.

    Raises:
        StoreDamagedError: a partial *tile* is not what the size says.
    """
    level = 0
    while hashes:
        above: list[bytes] = []
        here = 0
        while here < len(hashes):
            n, used = divmod(first + here, WIDTH)
            piece = hashes[here : here + WIDTH - used]
            before = tile(level, n) if used else b""
            if len(before) != used * HASH:
                raise StoreDamagedError("a tile is not as long as the log")
            data = before + b"".join(piece)
            yield level, n, data
            if len(data) == WIDTH * HASH:
                above.append(root(hashes_in(data)))
            here += len(piece)
        first, hashes, level = first // WIDTH, above, level + 1


def _count(bundle: bytes) -> int:
    here = count = 0
    while here < len(bundle):
        here += 2 + int.from_bytes(bundle[here : here + 2], "big")
        count += 1
    return count if here == len(bundle) else -1
