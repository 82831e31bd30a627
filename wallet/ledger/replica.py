"""A verified copy of one log in a folder, the same for everyone. PROTOCOL.md 9."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from wallet.errors import LedgerForkedError, RefusedError, StoreDamagedError
from wallet.ledger import proof
from wallet.ledger.checkpoint import Note, parse_note
from wallet.ledger.clock import from_seconds
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.replica_files import Mark, ReplicaFiles
from wallet.ledger.replica_view import View
from wallet.ledger.status import StatusLog
from wallet.ledger.tiles import WIDTH
from wallet.ledger.tree import Tree
from wallet.verdict import CheckpointRef, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from wallet.ledger.policy import Policy


class Replica:
    """The entries of one origin under the newest checkpoint that had its quorum."""

    def __init__(self, files: ReplicaFiles, mark: Mark, policy: Policy) -> None:
        """Take up what *mark* covers; `open` is the way in."""
        self._files, self._policy = files, policy
        self._mark = mark
        self._take_up()
        self._trusted = self._still_trusted()

    @classmethod
    def open(cls, folder: Path, *, origin: str, policy: Policy) -> Self:
        """Open the copy in *folder*, an empty one if there is none yet.

        Raises:
            StoreDamagedError: Its files do not give the root it remembers, or they
                are of another log.
        """
        files = ReplicaFiles(folder)
        mark = files.load()
        if mark is None:
            mark = Mark(
                origin=origin,
                size=0,
                root=Tree().root(),
                note=None,
                quorum_seconds=None,
                fork=None,
                changes=(),
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
        return self._tree.leaves

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
        """The leaf hash of an entry."""
        return self._tree.leaves[index]

    def first_index(self, leaf: bytes) -> int | None:
        """The only index of a leaf hash that counts."""
        return self._status.first_index(leaf)

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
        return self._tree.root(size)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Path of an entry to the root at *size*, leaf side first."""
        return self._tree.inclusion(index, size)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Proof that the tree of *old* is a prefix of that of *new*."""
        return self._tree.consistency(old, new)

    def proof(self, index: int) -> bytes:
        """A C2SP tlog-proof of an entry under the newest checkpoint."""
        if self._mark.note is None:
            raise ValueError("no checkpoint yet")
        return proof.write(index, self.inclusion(index), self._mark.note)

    def at(self, moment: datetime) -> View | None:
        """The copy as of the newest stored checkpoint not after *moment*."""
        seconds = moment.timestamp()
        stored = [one for one in self._files.stored() if one[0] <= seconds]
        covered = [one for one in stored if one[1] <= self.size]
        if not covered or not self._trusted:
            return None
        newest = max(covered)
        return View(self, newest[1], newest[0])

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

    def extend(self, note_bytes: bytes, entries: list[bytes]) -> None:
        """Take a newer checkpoint and exactly the entries between.

        Raises:
            RefusedError: The note is not under quorum, smaller than this copy
                (``copy_too_old``), or not the root over these entries (``malformed``:
                whether that is a fork or altered files, `accuse` can tell).
            LedgerForkedError: It contradicts this copy; both notes are kept.
        """
        note, moment = self.check(note_bytes)
        offered = note.checkpoint
        if len(entries) != offered.size - self.size:
            raise RefusedError(Reason.MALFORMED, "number of entries")
        try:
            self._grow(offered.root, entries)
            self._commit(note, moment)
        except BaseException:
            self._take_up()  # a full disk, a stop: what the mark covers still holds
            raise

    def accuse(self, note_bytes: bytes, leaves: Sequence[bytes]) -> None:
        """Compare with all leaf hashes of an offered checkpoint.

        Returns where they do not make up that checkpoint, so prove nothing.

        Raises:
            LedgerForkedError: They do, and this copy is no prefix of them.
        """
        note, _ = self._accepted(note_bytes)
        theirs = Tree(leaves)
        if len(leaves) != note.checkpoint.size or theirs.root() != note.checkpoint.root:
            return
        if len(leaves) < self.size or theirs.root(self.size) != self.root:
            self._fork(note)

    def _take_up(self) -> None:
        self._tree = Tree(self._files.leaves(self._mark.size))
        if self._tree.root() != self._mark.root:
            raise StoreDamagedError("replica root")
        self._fresh: list[bytes] = []
        self._bundle: tuple[int, list[bytes]] = (-1, [])
        self._status = StatusLog(self._target)
        mark = self._mark
        self._status.restore(self._tree.leaves, mark.changes, mark.wrong_roots)

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
        if self._tree.root(size) != note.checkpoint.root:
            self._fork(note)

    def _fork(self, note: Note) -> None:
        fork = (self._mark.note or b"", note.raw)
        self._save(replace(self._mark, fork=fork))
        raise LedgerForkedError(trusted=fork[0], offered=fork[1])

    def _grow(self, root: bytes, entries: list[bytes]) -> None:
        before = self.size
        self._tree.extend(map(leaf_hash, entries))
        if self._tree.root() != root:
            raise RefusedError(Reason.MALFORMED, "checkpoint root")
        if entries:
            self._files.append(before, self._tree.leaves, entries)
        self._fresh = entries
        for index, entry in enumerate(entries, before):
            self._status.apply(index, entry, self.origin)

    def _commit(self, note: Note, moment: datetime | None) -> None:
        size, before = note.checkpoint.size, self.size
        seconds = None if moment is None else int(moment.timestamp())
        if seconds is not None:
            self._files.keep(seconds, size, note.raw)
        old = self._mark.quorum_seconds
        newer = old is None or (seconds is not None and seconds >= old)
        self._bundle = (-1, [])
        self._save(
            replace(
                self._mark,
                size=size,
                root=note.checkpoint.root,
                note=note.raw if size > before or newer else self._mark.note,
                quorum_seconds=seconds if newer else old,
                changes=self._status.changes,
                wrong_roots=self._status.wrong_roots,
            )
        )
        self._trusted, self._fresh = True, []
        if size > before:
            self._files.drop_partials(before)

    def _target(self, index: int) -> bytes:
        """What a status change aims at, also while its bundle is being taken."""
        fresh = index - self.size
        return self._fresh[fresh] if fresh >= 0 else self.entry(index)

    def _save(self, mark: Mark) -> None:
        self._files.save(mark)
        self._mark = mark

    def _read(self, n: int) -> list[bytes]:
        if self._bundle[0] != n:
            width = min(WIDTH, self.size - n * WIDTH)
            entries = self._files.bundle(n, width)
            covered = self._tree.leaves[n * WIDTH : n * WIDTH + width]
            if [leaf_hash(entry) for entry in entries] != list(covered):
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
