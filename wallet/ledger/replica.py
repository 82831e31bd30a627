"""A verified copy of one log in a folder, the same for everyone. PROTOCOL.md 9."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from wallet.errors import LedgerForkedError, RefusedError, StoreDamagedError
from wallet.ledger import proof
from wallet.ledger.change_file import NOTHING
from wallet.ledger.checkpoint import Checkpoint, Note, parse_note
from wallet.ledger.clock import from_seconds
from wallet.ledger.edge import Edge
from wallet.ledger.first_replica import brought_up
from wallet.ledger.growth import Growth
from wallet.ledger.kept_notes import check_kept, proven_seconds
from wallet.ledger.leaf_index import LeafIndex
from wallet.ledger.merkle import EMPTY_ROOT, leaf_hashes
from wallet.ledger.replica_files import FirstMark, Mark, ReplicaFiles
from wallet.ledger.replica_tiles import ReplicaTiles
from wallet.ledger.replica_view import View
from wallet.ledger.status import StatusLog
from wallet.ledger.tile_tree import TileTree
from wallet.ledger.tiles import WIDTH
from wallet.ledger.two_histories import held_side, offered_side
from wallet.verdict import CheckpointRef, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from wallet.ledger.entry import State
    from wallet.ledger.policy import Policy


class Replica:
    """The entries of one origin under the newest checkpoint that had its quorum.

    Opening reads the right edge of the tree alone, and holds it against the root it
    remembers. Everything else is read, and held against that root, when it is asked
    for: a tile with each proof, all leaf hashes with the first search among them.
    """

    def __init__(self, files: ReplicaFiles, mark: Mark, policy: Policy) -> None:
        """Take up what *mark* covers; `open` is the way in."""
        self._files, self._policy = files, policy
        self._mark = mark
        self._growth: Growth | None = None
        self._take_up()
        self._trusted = self._still_trusted()
        if self._trusted:
            proven = proven_seconds(files, mark, policy)
            self._mark = replace(mark, quorum_seconds=proven)

    @classmethod
    def open(cls, folder: Path, *, origin: str, policy: Policy) -> Self:
        """Open the copy in *folder*, an empty one if there is none yet.

        Raises:
            StoreDamagedError: Its files do not give the root it remembers, or they
                are of another log.
        """
        files = ReplicaFiles(folder)
        mark = files.load()
        if isinstance(mark, FirstMark):
            mark = brought_up(files, mark)
        if mark is None:
            mark = Mark(
                origin=origin,
                size=0,
                root=EMPTY_ROOT,
                note=None,
                quorum_seconds=None,
                fork=None,
                changes=NOTHING,
            )
            files.save(mark)
        if mark.origin != origin:
            raise StoreDamagedError("replica of another ledger")
        return cls(files, mark, policy)

    @property
    def origin(self) -> str:
        """The log this is a copy of."""
        return self._mark.origin

    @property
    def policy(self) -> Policy:
        """Whose word it takes."""
        return self._policy

    @property
    def size(self) -> int:
        """How many entries it holds; never goes back."""
        return self._mark.size

    @property
    def root(self) -> bytes:
        """The root over them."""
        return self._mark.root

    @property
    def note(self) -> bytes | None:
        """The signed checkpoint it stands on."""
        return self._mark.note

    @property
    def quorum_time(self) -> datetime | None:
        """The newest quorum time seen; never goes back.

        None while there is none, and where the note does not meet today's policy.
        """
        seconds = self._mark.quorum_seconds
        return from_seconds(seconds) if self._trusted and seconds is not None else None

    @property
    def forked(self) -> tuple[bytes, bytes] | None:
        """Both signed notes, trusted and offered, if two histories were seen."""
        return self._mark.fork

    @property
    def is_forked(self) -> bool:
        """Whether two histories were seen."""
        return self._mark.fork is not None

    @property
    def checkpoint_ref(self) -> CheckpointRef | None:
        """What an answer from this copy rests on."""
        if self._mark.note is None:
            return None
        return CheckpointRef(origin=self.origin, size=self.size, root=self.root)

    @property
    def leaves(self) -> Sequence[bytes]:
        """All leaf hashes."""
        return self._leaves.hashes

    def entry(self, index: int) -> bytes:
        """The bytes of an entry.

        Raises:
            ValueError: There is none.
            StoreDamagedError: The file does not hold what the tree covers.
        """
        return self.entries(index, index + 1)[0]

    def entries(self, start: int, end: int) -> list[bytes]:
        """The entries from *start* up to before *end*."""
        if not 0 <= start <= end <= self.size:
            raise ValueError("no such entries")
        found: list[bytes] = []
        for n in range(start // WIDTH, -(-end // WIDTH)):
            low, high = max(start - n * WIDTH, 0), min(end - n * WIDTH, WIDTH)
            found += self._read(n)[low:high]
        return found

    def leaf_hash(self, index: int) -> bytes:
        """The leaf hash of an entry.

        Raises:
            ValueError: There is none.
        """
        if not 0 <= index < self.size:
            raise ValueError("no such entries")
        return self._tiles.hashes(0, index // WIDTH)[index % WIDTH]

    def first_index(self, leaf: bytes) -> int | None:
        """The only index of a leaf hash that counts."""
        return self._leaves.first(leaf)

    def state(self, index: int, *, size: int | None = None) -> State:
        """What the entries read so far (or the first *size*) leave an entry in."""
        return self._status.state(index, size=size)

    def highest_seq(self, index: int, *, size: int | None = None) -> int:
        """The highest number seen in a status change of an entry."""
        return self._status.highest_seq(index, size=size)

    def status_root(self) -> bytes:
        """The root over the status chunks, as recomputed here."""
        return self._status.root()

    @property
    def wrong_roots(self) -> tuple[int, ...]:
        """Indices of logged status roots that are not what was recomputed here."""
        return self._status.wrong_roots

    def status_proof(self, index: int) -> tuple[bytes, list[bytes]]:
        """The status chunk of an entry, and its path to the root in the last entry."""
        return self._status.proof(index, size=self.size - 1)

    def root_at(self, size: int) -> bytes:
        """The root over the first *size* entries."""
        return self._tree.root(self._within(size))

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Path of an entry to the root at *size*, leaf side first."""
        return self._tree.inclusion(index, self._within(size))

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Proof that the tree of *old* is a prefix of that of *new*."""
        return self._tree.consistency(old, self._within(new))

    def proof(self, index: int) -> bytes:
        """A C2SP tlog-proof of an entry under the newest checkpoint."""
        if self._mark.note is None:
            raise ValueError("no checkpoint yet")
        return proof.write(index, self.inclusion(index), self._mark.note)

    def at(self, moment: datetime) -> View | None:
        """The copy as of the newest stored checkpoint not after *moment*.

        Raises:
            StoreDamagedError: that checkpoint is not as it was stored.
        """
        asked = moment.timestamp()
        stored = [one for one in self._files.stored() if one[0] <= asked]
        covered = [one for one in stored if one[1] <= self.size]
        if not covered or not self._trusted:
            return None
        # By size: where clocks were set back, time went on all the same.
        seconds, size = max(covered, key=lambda one: (one[1], one[0]))
        there = Checkpoint(self.origin, size, self.root_at(size))
        check_kept(self._files.kept(seconds, size), there, self._policy)
        return View(self, size, seconds)

    def stored_note(self, seconds: int, size: int) -> bytes:
        """The note of one stored checkpoint."""
        return self._files.kept(seconds, size)

    def note_of(self, size: int) -> bytes | None:
        """The newest stored checkpoint of exactly this size, if there is one."""
        if self.note is not None and size == self.size:
            return self.note
        found = [one for one in self._files.stored() if one[1] == size]
        return self.stored_note(*max(found)) if found else None

    def check(self, note_bytes: bytes) -> tuple[Note, datetime | None]:
        """Whether a note could be taken, before any entry is read for it.

        Raises:
            RefusedError, LedgerForkedError: as `extend`.
        """
        note, moment = self._accepted(note_bytes)
        size = note.checkpoint.size
        if self.is_forked or size <= self.size:
            self._compare(note)
        if size < self.size:
            raise RefusedError(Reason.COPY_TOO_OLD, "smaller checkpoint")
        return note, moment

    def growth(self, note_bytes: bytes) -> Growth:
        """Begin to take a newer checkpoint; nothing is believed before `commit`.

        Raises:
            RefusedError, LedgerForkedError: as `check`.
        """
        note, _ = self.check(note_bytes)
        return Growth(self._files, self._tiles.edge, note_bytes, note.checkpoint)

    def commit(self, growth: Growth) -> None:
        """Take what a growth brought, if it makes up its checkpoint.

        Raises:
            RefusedError: It is not the root over these entries (``malformed``: whether
                that is a fork or altered files, `accuse` can tell), or this copy went
                on meanwhile (``copy_too_old``).
            LedgerForkedError: as `check`.
        """
        note, moment = self.check(growth.note)
        if growth.start != self.size:
            raise RefusedError(Reason.COPY_TOO_OLD, "copy went on")
        growth.finish()
        self._growth = growth
        try:
            self._take(growth, note, moment)
        except BaseException:
            self._take_up()  # a full disk, a stop: what the mark covers still holds
            raise
        finally:
            self._growth = None

    def extend(self, note_bytes: bytes, entries: Sequence[bytes]) -> None:
        """Take a newer checkpoint and exactly the entries between.

        Raises:
            RefusedError, LedgerForkedError: as `commit`.
        """
        growth = self.growth(note_bytes)
        if len(entries) != growth.checkpoint.size - self.size:
            raise RefusedError(Reason.MALFORMED, "number of entries")
        begun = self.entries(self.size - self.size % WIDTH, self.size)
        everything = [*begun, *entries]
        for n in growth.bundles:
            at = (n - growth.bundles[0]) * WIDTH
            growth.take(n, everything[at : at + WIDTH])
        self.commit(growth)

    def accuse(self, note_bytes: bytes, leaves: Sequence[bytes]) -> None:
        """Compare with all leaf hashes of an offered checkpoint.

        Returns where they do not make up that checkpoint, so prove nothing.

        Raises:
            LedgerForkedError: They do, and this copy is no prefix of them.
        """
        note, _ = self._accepted(note_bytes)
        theirs, offered = Edge(), note.checkpoint
        theirs.append(leaves[: self.size])
        common = theirs.root() if len(theirs) == self.size else b""
        theirs.append(leaves[self.size :])
        if len(theirs) != offered.size or theirs.root() != offered.root:
            return
        if common != self.root:
            self._fork(note, offered_side(note, leaves, self.size))

    def _take_up(self) -> None:
        mark = self._mark
        self._tiles = ReplicaTiles.open(self._files, size=mark.size, trusted=mark.root)
        self._tree = TileTree(self._tiles.tile)
        self._bundle: tuple[int, list[bytes]] = (-1, [])
        self._leaves = LeafIndex(self._tiles.leaves)
        self._states: StatusLog | None = None

    @property
    def _status(self) -> StatusLog:
        if self._states is None:
            states = StatusLog(self._target, self._leaves)
            states.restore(self.size, self._files.changes.load(self._mark.changes))
            self._states = states
        return self._states

    def _target(self, index: int) -> bytes:
        """What a status change aims at, also while its bundle is being taken."""
        growth = self._growth
        if growth is None or index < growth.start:
            return self.entry(index)
        return growth.entry(index)

    def _within(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError("no such tree size")
        return size

    def _accepted(self, note_bytes: bytes) -> tuple[Note, datetime | None]:
        note = parse_note(note_bytes)
        if note.checkpoint.origin != self.origin:
            raise RefusedError(Reason.MALFORMED, "checkpoint origin")
        return note, self._policy.accept(note)

    def _compare(self, note: Note) -> None:
        if self._mark.fork is not None:
            trusted, offered = self._mark.fork
            raise LedgerForkedError(trusted=trusted, offered=offered)
        size = note.checkpoint.size
        if self.root_at(size) != note.checkpoint.root:
            self._fork(note, note.raw)

    def _fork(self, note: Note, offered: bytes) -> None:
        size = min(note.checkpoint.size, self.size)
        fork = (held_side(self, size), offered)
        self._save(replace(self._mark, fork=fork))
        raise LedgerForkedError(trusted=fork[0], offered=fork[1])

    def _take(self, growth: Growth, note: Note, moment: datetime | None) -> None:
        size, before = note.checkpoint.size, self.size
        seconds = None if moment is None else int(moment.timestamp())
        if seconds is not None:
            self._files.keep(seconds, size, note.raw)
        old = self._mark.quorum_seconds
        newer = old is None or (seconds is not None and seconds >= old)
        mark = replace(
            self._mark,
            note=note.raw if size > before or newer else self._mark.note,
            quorum_seconds=seconds if newer else old,
        )
        if size > before:
            self._move_on(growth, mark)
        else:
            self._save(mark)
        self._trusted = True

    def _move_on(self, growth: Growth, mark: Mark) -> None:
        """Let the tree and the states reach as far as *growth* does."""
        before, size, states = self.size, len(growth.edge), self._status
        found, at = states.found, growth.start
        for index, entry in growth.about_status():
            states.grow(growth.hashes(at, index))
            states.apply(index, entry, self.origin)
            at = index + 1
        states.grow(growth.hashes(at, size))
        covered = self._files.changes.append(mark.changes, states.told(found))
        tiles = ReplicaTiles(self._files, growth.edge)
        self._save(
            replace(mark, size=size, root=growth.checkpoint.root, changes=covered)
        )
        tiles.keep_known(self._tiles)
        tiles.learn(self._leaves.hashes, since=before)
        self._tiles, self._tree = tiles, TileTree(tiles.tile)
        self._bundle = (-1, [])
        self._files.drop_partials(before, size)

    def _save(self, mark: Mark) -> None:
        self._files.save(mark)
        self._mark = mark

    def _read(self, n: int) -> list[bytes]:
        if self._bundle[0] != n:
            width = min(WIDTH, self.size - n * WIDTH)
            entries = self._files.bundle(n, width)
            if leaf_hashes(entries) != self._tiles.hashes(0, n):
                raise StoreDamagedError("replica bundle")
            self._bundle = (n, entries)
        return self._bundle[1]

    def _still_trusted(self) -> bool:
        if self._mark.note is None:
            return False
        try:
            self._policy.accept(parse_note(self._mark.note))
        except RefusedError:
            return False
        return True
