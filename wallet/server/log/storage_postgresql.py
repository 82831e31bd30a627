"""A log in PostgreSQL: several front ends give indices, one integrator grows the tree.

A front end's transaction locks the one row of *seq_coord* for as long as it takes to
hand out indices, hands its batch over in *seq* and is durable when it is answered. An
integrator moves batches from *seq* into bundles and tiles; its transaction begins by
swapping the size, so that a second one, whoever believes to lead, changes nothing.
The steps are functions with a name, for whoever wants to stop between two of them.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError, UsageError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.tile_tree import TileTree
from wallet.ledger.tiles import WIDTH, decode_bundle, encode_bundle
from wallet.server.log import statements
from wallet.server.log import statements_postgresql as sql
from wallet.server.log.growth import edges, grow_bundles, grow_tiles
from wallet.server.log.placing import Past, is_plain, leaves_of, place, targets_of
from wallet.server.log.postgresql import Pool, run, run_all, run_unless_known, settle
from wallet.server.log.shelf import Shelf
from wallet.server.log.storage import Admitted, Declined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wallet.server.log.placing import Placed
    from wallet.server.log.postgresql import Connection, Database
    from wallet.server.log.storage import LoggedChange

_LOG = logging.getLogger(__name__)
MOST_WAITING = 65_536  # entries the tree may be behind before only ends are taken
_AT_ONCE = 64  # batches, of at most a bundle each, in one transaction of the integrator
_VERSION = 1
_LAYING_OUT = 0x48574C4F  # key of an advisory lock


class PostgresqlStorage:
    """The tables of one log in one database; every thread may use it."""

    def __init__(self, database: Database) -> None:
        """Work on the tables of *database*, which stand (`open_storage`)."""
        self._database = database
        self._shelf = Shelf(database.rows)
        self.tree = TileTree(self._shelf.whole_tile)
        self._integrating = threading.Lock()
        self._next = 0  # the least index that was never answered, as far as we know

    def close(self) -> None:
        """Let go of the connections."""
        self._database.close()

    @property
    def size(self) -> int:
        """How many entries the tree holds; there may be more, durable but waiting."""
        return self._shelf.size

    @property
    def published(self) -> bytes | None:
        """The note that was published last."""
        return self._shelf.published

    def publish(self, note: bytes) -> None:
        """Keep the note that everybody may see from now on; never a smaller one."""
        size = parse_note(note).checkpoint.size
        with self._database.transaction() as db:
            run(db, sql.PUBLISH, note, size, size)
            settle(db)

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """Exactly *width* hashes, or None where there are not so many."""
        return self._shelf.tile(level, n, width)

    def bundle(self, n: int, width: int) -> bytes | None:
        """Exactly *width* entries, or None where there are not so many."""
        return self._shelf.bundle(n, width)

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Entries of the tree from *start* to before *end*, a bundle at a time."""
        return self._shelf.entries(start, end)

    def entry(self, index: int) -> bytes | None:
        """One durable entry, also while it waits for the tree."""
        for first, data in self._database.rows(sql.WAITING, index):
            waiting: list[bytes] = decode_bundle(data)[index - first :]
            if waiting:
                return waiting[0]
        return self._shelf.entry(index)

    def index_of(self, leaf: bytes) -> int | None:
        """Where a published leaf hash stands; of the others the writer tells."""
        rows = self._database.rows(sql.INDEX_OF, leaf)
        return rows[0][0] if rows else None

    def indices_of(self, leaves: Sequence[bytes]) -> Mapping[bytes, int]:
        """Where those of these leaf hashes stand that are published."""
        rows = self._database.rows(sql.INDICES_OF, b"".join(leaves), len(leaves))
        return {bytes(leaf): index for leaf, index in rows}

    def ended_by(self, target: int) -> int | None:
        """Index of the published change that ended *target*."""
        rows = self._database.rows(sql.ENDED_BY, target, int(State.ENDED))
        return rows[0][0] if rows else None

    def changes(self, target: int) -> int:
        """How many changes of *target* are logged."""
        return self._shelf.changes(target)

    def changes_between(self, low: int, high: int) -> Sequence[LoggedChange]:
        """Status changes logged at *low* to before *high*, in ledger order."""
        return self._shelf.changes_between(low, high)

    def append(self, batch: Sequence[Admitted]) -> list[int | Declined]:
        """Make *batch* durable in one transaction; the index of each.

        Even a batch of copies commits something: a standby that has this commit has
        what was answered.

        Raises:
            StoreDamagedError: the database has lost what was answered before.
        """
        leaves = leaves_of(batch)
        if 0 < len(batch) <= WIDTH and is_plain(batch, leaves):
            with self._database.transaction() as db:
                new = _add_new(db, batch, leaves, least=self._next)
                if new is not None:
                    settle(db)
            if new is not None:
                self._next = max(self._next, new + len(batch))
                return [*range(new, new + len(batch))]
        return self._append_with_care(batch, leaves)

    def _append_with_care(
        self, batch: Sequence[Admitted], leaves: list[bytes]
    ) -> list[int | Declined]:
        """Append what may repeat or change something, or meets a log that is behind."""
        with self._database.transaction() as db:
            first, size, past = _claim(db, leaves, targets_of(batch))
            self._check_kept(first)
            taken = [*range(len(batch))]
            if first - size >= MOST_WAITING:
                taken = [n for n in taken if batch[n].ends or leaves[n] in past.known]
            placed = place(
                [batch[n] for n in taken],
                [leaves[n] for n in taken],
                first=first,
                past=past,
            )
            _hand_over(db, first, placed)
            settle(db)
        self._next = max(self._next, first + len(placed.entries))
        answers: list[int | Declined] = [Declined.BEHIND] * len(batch)
        for n, answer in zip(taken, placed.answers, strict=True):
            answers[n] = answer
        return answers

    def append_at(self, build: Callable[[int], bytes]) -> int:
        """Append what *build* makes for the very index it will have; that index.

        Over one connection (`OneConnection`) *build* reads within the transaction.
        """
        with self._database.transaction() as db:
            first, _, _ = _claim(db, [], [])
            batch = [Admitted(data=build(first))]
            placed = place(batch, leaves_of(batch), first=first, past=Past())
            _hand_over(db, first, placed)
            settle(db)
        return first

    def _check_kept(self, first: int) -> None:
        """Refuse to go on where the database has lost what we answered.

        Replication that is set up well never does; a wrong failover does, and says
        nothing. Whoever looks after the ledger must hear of it.
        """
        if first < self._next:
            said = f"the database answers from before entry {self._next - 1}"
            _LOG.error("%s, which was answered: nothing is taken any more", said)
            raise StoreDamagedError(said)

    def integrate(self) -> int:
        """Bring the tree up to all that is durable; the size it has then.

        Where another grows it at the same time, that is the size both have seen.
        """
        with self._integrating:
            size, seen = self.size, -1
            while size != seen:
                seen = size
                size = self._integrate_some(size) or self.size
            return size

    def _integrate_some(self, size: int) -> int | None:
        """Move some batches into the tree; None: there are none, or others did it."""
        with self._database.transaction() as db:
            end, entries = _read_batches(db, size)
            if end == size or not _advance(db, size, end):
                return None
            _write_tree(db, size, entries)
            _forget_batches(db, end)
            settle(db)
        return end


def open_storage(url: str, *, origin: str) -> PostgresqlStorage:
    """Open or lay out the tables of *origin* in the database at *url*.

    Raises:
        UsageError: the database holds another log, or is no place for one.
        StoreUnreachableError: it does not answer.
    """
    storage = PostgresqlStorage(pool := Pool(url))
    try:
        with pool.transaction() as db:
            _lay_out(db, origin)
    except BaseException:
        storage.close()
        raise
    return storage


def _lay_out(db: Connection, origin: str) -> None:
    """Make the tables, unless they stand, for this very log."""
    run(db, "SELECT pg_advisory_xact_lock(?, hashtext(current_schema()))", _LAYING_OUT)
    (stands,) = run(db, "SELECT to_regclass('log') IS NOT NULL").fetchone() or (False,)
    if not stands:
        run_all(db, statements.TABLES + sql.TABLES)
        run(db, "INSERT INTO log (version, origin) VALUES (?, ?)", _VERSION, origin)
        settle(db)
        return
    if run(db, "SELECT version, origin FROM log").fetchone() != (_VERSION, origin):
        raise UsageError("the database holds another log, or another version of one")


def _add_new(
    db: Connection, batch: Sequence[Admitted], leaves: list[bytes], *, least: int
) -> int | None:
    """The index of the first of a plain *batch*; None: look closer, with care.

    Something in it stands already, the tree is far behind, or the next index is less
    than *least*.
    """
    count, data = len(batch), encode_bundle([item.data for item in batch])
    ranges = (count, least, MOST_WAITING, count)
    added = run_unless_known(db, sql.ADD_NEW, *ranges, b"".join(leaves), count, data)
    row = added.fetchone() if added else None
    return row[0] if row else None


def _claim(
    db: Connection, leaves: list[bytes], targets: list[int]
) -> tuple[int, int, Past]:
    """Be the only one who hands out indices, until the end of the transaction.

    Answers the next index, the size of the tree, and what the log holds of these.
    """
    with db.pipeline():
        claimed = run(db, sql.CLAIM)
        known = run(db, sql.KNOWN, b"".join(leaves), len(leaves))
        changed = run(db, sql.CHANGES, int(State.ENDED), targets) if targets else None
        row = claimed.fetchone()
        if row is None:
            raise StoreDamagedError("nobody knows the next index")
        changes = changed.fetchall() if changed else []
        past = Past(
            known={bytes(leaf): index for leaf, index in known},
            ended={target: end for target, end, _ in changes if end is not None},
            counted={target: count for target, _, count in changes},
        )
    return row[0], row[1], past


def _hand_over(db: Connection, first: int, placed: Placed) -> None:
    """Leave the new entries to the integrator, and say what is known from now on."""
    new = placed.entries
    with db.pipeline():
        run(db, sql.HANDED_OUT, first + len(new))
        if new:
            run(db, sql.ADD_LEAVES, b"".join(placed.leaves), first, len(new))
        for at in range(0, len(new), WIDTH):
            run(db, sql.ADD_BATCH, first + at, encode_bundle(new[at : at + WIDTH]))
        if placed.changes:
            run(db, sql.ADD_CHANGES, *map(list, zip(*placed.changes, strict=True)))


def _read_batches(db: Connection, size: int) -> tuple[int, list[bytes]]:
    """The entries that follow a tree of *size*, and where they end."""
    entries: list[bytes] = []
    for first, data in run(db, sql.BATCHES, size, size, _AT_ONCE):
        if first != size + len(entries):
            raise StoreDamagedError("a batch of entries is missing")
        entries += decode_bundle(data)
    return size + len(entries), entries


def _advance(db: Connection, size: int, end: int) -> bool:
    """Swap the size; whoever comes second waits here and then does nothing."""
    return run(db, statements.ADVANCE, end, size).rowcount == 1


def _write_tree(db: Connection, size: int, entries: list[bytes]) -> None:
    """Bundles and tiles, each row whole."""
    levels = edges(size)
    rows = run(db, sql.EDGES, [level for level, _ in levels], [n for _, n in levels])
    tiles: dict[tuple[int, int], bytes] = {(level, n): data for level, n, data in rows}
    found = run(db, statements.BUNDLE, size // WIDTH).fetchone()
    partial: bytes = found[0] if found else b""
    leaves = [*map(leaf_hash, entries)]
    with db.pipeline():
        for n, data in grow_bundles(size, entries, bundle=lambda _: partial):
            run(db, statements.PUT_BUNDLE, n, data)
        for level, n, data in grow_tiles(
            size, leaves, tile=lambda level, n: tiles.get((level, n), b"")
        ):
            run(db, statements.PUT_TILE, level, n, data)


def _forget_batches(db: Connection, end: int) -> None:
    """The tree holds them now."""
    run(db, sql.FORGET, end)
