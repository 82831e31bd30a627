"""Fetch from mirrors what a restored database has lost. PROTOCOL.md 9.

Somebody holds a checkpoint under our own signature that is larger than what lies here.
Nothing may be signed before every entry of it is back, exactly as it was: a mirror is
not believed, its entries must make up that very checkpoint on top of our own.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wallet.errors import (
    HistoryMissingError,
    RefusedError,
    StoreDamagedError,
    TurnedAwayError,
    UnreachableError,
)
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import leaf_hash, parse_entry
from wallet.ledger.sync import read_bundle
from wallet.ledger.tiles import WIDTH
from wallet.ledger.tree import Tree
from wallet.server.log.storage import Admitted
from wallet.statement import Name, may_be

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.ledger.checkpoint import Checkpoint
    from wallet.ledger.sync import Source
    from wallet.server.log.storage import Storage

_LOG = logging.getLogger(__name__)
_HASH = 32


class Refill:
    """Brings one log's storage up to what it once signed."""

    def __init__(
        self, storage: Storage, *, origin: str, mirrors: Sequence[Source]
    ) -> None:
        """*mirrors* are asked in order."""
        self._storage, self._origin, self._mirrors = storage, origin, mirrors

    def up_to(self, note: bytes) -> None:
        """Append every entry that *note*, which bears our signature, covers besides.

        Raises:
            HistoryMissingError: no mirror gives them.
            StoreDamagedError: the storage did not take them as they were.
        """
        wanted = parse_note(note).checkpoint
        size = self._storage.integrate()
        for mirror in self._mirrors:
            try:
                entries = self._verified(mirror, size, wanted)
            except (RefusedError, TurnedAwayError, UnreachableError):
                continue
            if entries is not None:
                self._append(size, entries, wanted)
                _LOG.warning(
                    "entries %d to %d came back from a mirror", size, wanted.size - 1
                )
                return
        raise HistoryMissingError(signed=wanted.size, held=size)

    def _verified(
        self, mirror: Source, size: int, wanted: Checkpoint
    ) -> list[bytes] | None:
        """The entries after *size*, if with ours they make up that checkpoint."""
        entries: list[bytes] = []
        for n in range(size // WIDTH, -(-wanted.size // WIDTH)):
            width = min(WIDTH, wanted.size - n * WIDTH)
            part = read_bundle(mirror, n, width)
            if len(part) != width:
                return None
            entries += part[max(size - n * WIDTH, 0) :]
        tree = Tree(self._leaves(size))
        tree.extend(map(leaf_hash, entries))
        return entries if tree.root() == wanted.root else None

    def _leaves(self, size: int) -> list[bytes]:
        found: list[bytes] = []
        for n in range(-(-size // WIDTH)):
            width = min(WIDTH, size - n * WIDTH)
            data = self._storage.tile(0, n, width) or b""
            found += [data[at * _HASH : (at + 1) * _HASH] for at in range(width)]
        return found

    def _append(self, size: int, entries: list[bytes], wanted: Checkpoint) -> None:
        for at in range(0, len(entries), WIDTH):
            part = entries[at : at + WIDTH]
            placed = self._storage.append([self._admitted(one) for one in part])
            if placed != [*range(size + at, size + at + len(part))]:
                raise StoreDamagedError("entries from a mirror got other indices")
        self._storage.integrate()
        if self._storage.tree.root(wanted.size) != wanted.root:
            raise StoreDamagedError("entries from a mirror were not kept as they were")

    def _admitted(self, data: bytes) -> Admitted:
        """What admission made of an entry once; it verified then."""
        if not may_be(data, Name.STATUS):
            return Admitted(data=data)
        try:
            change = parse_entry(data, origin=self._origin).change
        except RefusedError:
            return Admitted(data=data)
        return Admitted(
            data=data, target=change.index, state=change.state, seq=change.seq
        )
