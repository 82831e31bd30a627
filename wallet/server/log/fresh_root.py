"""What a log is about to sign, computed from its entries themselves.

Tiles and the table of changes are derived from entries once, when they are stored. A
disk that altered either since then would have the log sign what no reader can compute.
What was signed before is compared by the sign lock (`check_extends`); this is about
what is new, and costs nothing that grows with the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError
from wallet.ledger.entry import SHAPES, Entry, leaf_hash
from wallet.ledger.merkle import node_hash, root, split_point
from wallet.server.log.storage import LoggedChange
from wallet.statement import Name, may_be, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.server.log.storage import Storage


def fresh_root(storage: Storage, *, signed: int, size: int) -> bytes:
    """Root of *size* entries: up to *signed* out of the tiles, then of the entries.

    Raises:
        StoreDamagedError: the new entries do not give the root of the tiles, or not
            the changes of the table.
    """
    whole = storage.tree.root(size)
    if signed >= size:
        return whole
    entries = [*storage.entries(signed, size)]
    if len(entries) != size - signed:
        raise StoreDamagedError("an entry that was given an index cannot be read")
    if changes_of(signed, entries) != [*storage.changes_between(signed, size)]:
        raise StoreDamagedError("entries and the table of changes differ")
    leaves = [*map(leaf_hash, entries)]

    def over(low: int, high: int) -> bytes:
        if low >= signed:
            return root(leaves[low - signed : high - signed])
        if high <= signed:
            return storage.tree.subtree(low, high)
        middle = low + split_point(high - low)
        return node_hash(over(low, middle), over(middle, high))

    if over(0, size) != whole:
        raise StoreDamagedError("tiles and entries differ, nothing is signed")
    return whole


def changes_of(first: int, entries: Iterable[bytes]) -> list[LoggedChange]:
    """The status changes among *entries*, the first of which stands at *first*."""
    found = []
    for index, data in enumerate(entries, first):
        if may_be(data, Name.STATUS):
            told = Entry(parse(data, name=Name.STATUS, fields=SHAPES[Name.STATUS]))
            change = told.change
            found.append(LoggedChange(index, change.index, change.state, change.seq))
    return found
