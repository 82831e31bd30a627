"""Replicas of the first version: changes in the mark, no tiles above level 0."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError
from wallet.ledger.edge import Edge, split
from wallet.ledger.leaf_index import LeafIndex
from wallet.ledger.status import Told
from wallet.ledger.tiles import WIDTH

if TYPE_CHECKING:
    from wallet.ledger.replica_files import FirstMark, Mark, ReplicaFiles


def brought_up(files: ReplicaFiles, first: FirstMark) -> Mark:
    """Write what the first version did not; give the mark of today.

    Stopped in the middle, it is simply done again: the mark is replaced last.

    Raises:
        StoreDamagedError: The tiles do not give the root it remembers.
    """
    edge, index, copies = Edge(), LeafIndex(), list[int]()
    size = first.mark.size
    for n in range(-(-size // WIDTH)):
        width = min(WIDTH, size - n * WIDTH)
        leaves = split(files.tile(0, n, width), width)
        copies += index.extend(b"".join(leaves))
        for tile in edge.append(leaves):
            if tile.level:
                files.put_tile(*tile)
    if edge.root() != first.mark.root:
        raise StoreDamagedError("replica root")
    for tile in edge.partials():
        if tile.level:
            files.put_tile(*tile)
    files.settle()
    covered = files.changes.append(
        first.mark.changes, Told(first.changes, copies, first.wrong_roots)
    )
    mark = replace(first.mark, changes=covered)
    files.save(mark)
    return mark
