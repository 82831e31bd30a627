"""Read every public file of a log anew and compare it with a replica. PROTOCOL.md 9."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from wallet.errors import LedgerForkedError, RefusedError, TurnedAwayError
from wallet.ledger import fork
from wallet.ledger.audit_hashes import differing_hashes
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.merkle import leaf_hashes
from wallet.ledger.sync import Source, read_bundle
from wallet.ledger.tiles import WIDTH, decode_bundle
from wallet.ledger.tree import Tree
from wallet.ledger.two_histories import held_side, offered_side
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.ledger.checkpoint import Note
    from wallet.ledger.replica import Replica

_UNREADABLE = b""
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_ALIGNED = 4_096


class Kind(StrEnum):
    """What is wrong with an entry, its published hash, or the whole history.

    STATUS_ROOT: the operator logged another root over the states than its own entries
    give. No state follows it; the entry itself is the evidence.
    AFTER_END: the operator went on in a shard that was sealed, or gave the next one
    another end. Both logs bear its signature.
    """

    ALTERED = "altered"
    MISSING = "missing"
    ADDED = "added"
    HASH = "hash"
    REWRITTEN = "rewritten"
    STATUS_ROOT = "status_root"
    AFTER_END = "after_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference; a rewritten history comes with both signed notes."""

    kind: Kind
    index: int
    trusted: bytes = b""
    offered: bytes = b""

    @property
    def notes(self) -> dict[str, str]:
        """The signed notes of a rewritten history, as text."""
        return fork.notes_in(trusted=self.trusted, offered=self.offered)


class PublicFiles(Source, Protocol):
    """All public files of a log: what a sync reads, and the hashes beside it."""

    def tile(self, level: int, n: int, width: int) -> bytes:
        """Hashes of tile *n* of a level; raises as `Source.bundle`."""


def audit(replica: Replica, source: PublicFiles) -> list[Finding]:
    """Name every entry that is no longer what this copy holds; none is good.

    A checkpoint that too few witnesses signed is not believed, but it accuses: files
    are compared all the same, and another history under the log's own signature is
    evidence against it, whoever else signed.

    Raises:
        RefusedError: Nothing differs, but the checkpoint is not signed as it must be,
            or (``malformed``) not over the files that are shown.
        UnreachableError: Nobody answers: that is cannot tell.
    """
    note = parse_note(source.checkpoint())
    doubt, rewritten = _judge(replica, note)
    shown = min(note.checkpoint.size, replica.size)
    theirs = _read(source, shown)
    ours = replica.leaves[:]
    findings = _compare(ours, theirs)
    if pushed := sum(one.kind is Kind.ADDED for one in findings):
        # What was slipped in has pushed as many others past the end.
        longer = _read(source, shown + pushed)
        findings = min(findings, _compare(ours, longer), key=len)
    if rewritten is None:
        try:
            rewritten = _accuse(replica, note, source)
        except RefusedError as torn:
            doubt = doubt or torn
    first = min((finding.index for finding in findings), default=shown)
    hashes = differing_hashes(source, ours=ours[:shown], theirs=theirs)
    findings += [Finding(kind=Kind.HASH, index=index) for index in hashes]
    findings += wrong_roots(replica)
    if rewritten is not None:
        trusted, offered = rewritten.trusted, rewritten.offered
        return [
            Finding(kind=Kind.REWRITTEN, index=first, trusted=trusted, offered=offered),
            *findings,
        ]
    if doubt is not None and not findings:
        raise doubt
    return findings


def wrong_roots(replica: Replica) -> list[Finding]:
    """The logged status roots that this copy has recomputed and found wrong."""
    return [Finding(kind=Kind.STATUS_ROOT, index=one) for one in replica.wrong_roots]


def is_taken_down(replica: Replica, source: Source) -> bool:
    """Whether *source* denies all entries of a log, as one does that was retired.

    Only of a shard that takes nothing any more is that no loss: the caller must know.

    Raises:
        UnreachableError: Nobody answers.
    """
    try:
        source.bundle(0, min(WIDTH, replica.size))
    except TurnedAwayError as turned:
        return turned.status == HTTPStatus.GONE
    return False


def _judge(
    replica: Replica, note: Note
) -> tuple[RefusedError | None, LedgerForkedError | None]:
    """What speaks against believing a checkpoint, and whether it is a second history.

    Raises:
        RefusedError: it is not even signed by the log.
    """
    try:
        replica.check(note.raw)
    except LedgerForkedError as forked:
        return None, forked
    except RefusedError as refused:
        if refused.reason is Reason.NO_QUORUM:
            return refused, None
        if refused.reason is not Reason.COPY_TOO_OLD:
            raise
    return None, None


def _accuse(
    replica: Replica, note: Note, source: PublicFiles
) -> LedgerForkedError | None:
    """Both notes, if the offered one is over a history that is not ours.

    Raises:
        RefusedError: ``malformed``: the files are not what the checkpoint is over, so
            that nothing they show, however good it looks, is what was signed.
    """
    size = note.checkpoint.size
    if size <= replica.size:
        if replica.root_at(size) == note.checkpoint.root:
            return None
        return LedgerForkedError(trusted=held_side(replica, size), offered=note.raw)
    leaves = _read(source, size)
    theirs = Tree(leaves)
    if len(leaves) != size or theirs.root() != note.checkpoint.root:
        raise RefusedError(Reason.MALFORMED, "checkpoint root")
    if theirs.root(replica.size) == replica.root:
        return None
    try:
        replica.accuse(note.raw, leaves)
    except LedgerForkedError as forked:
        return forked
    except RefusedError:
        pass  # too few witnesses for this copy to remember it, enough to show it
    offered = offered_side(note, leaves, replica.size)
    return LedgerForkedError(trusted=replica.note or b"", offered=offered)


def _read(source: Source, size: int) -> list[bytes]:
    """Leaf hashes of what is served; an unreadable bundle stands as unreadable."""
    found: list[bytes] = []
    for n in range(-(-size // WIDTH)):
        width = min(WIDTH, size - n * WIDTH)
        try:
            found += leaf_hashes(read_bundle(source, n, width))
        except TurnedAwayError as refused:
            if refused.status not in _GONE:
                raise
            found += leaf_hashes(_what_is_left(source, n, width))
        except RefusedError:
            found += [_UNREADABLE] * width
    return found


def _what_is_left(source: Source, n: int, width: int) -> list[bytes]:
    """The longest part of a bundle that is still served; its end names the gap."""
    low, high = 0, width
    left: list[bytes] = []
    while high - low > 1:
        middle = (low + high) // 2
        try:
            left = decode_bundle(source.bundle(n, middle))
        except TurnedAwayError as refused:
            if refused.status not in _GONE:
                raise
            high = middle
        except RefusedError:
            high = middle
        else:
            low = middle
    return left


def _compare(ours: Sequence[bytes], theirs: Sequence[bytes]) -> list[Finding]:
    shorter, start, tail = min(len(ours), len(theirs)), 0, 0
    while (
        start < shorter and ours[start : start + WIDTH] == theirs[start : start + WIDTH]
    ):
        start += WIDTH
    start = min(start, shorter)
    while start < shorter and ours[start] == theirs[start]:
        start += 1
    while tail < shorter - start and ours[-1 - tail] == theirs[-1 - tail]:
        tail += 1
    left = ours[start : len(ours) - tail]
    right = theirs[start : len(theirs) - tail]
    return [
        Finding(kind=kind, index=start + index)
        for kind, index in _differences(left, right)
    ]


def _differences(
    left: Sequence[bytes], right: Sequence[bytes]
) -> list[tuple[Kind, int]]:
    if max(len(left), len(right)) > _ALIGNED:
        steps = [("replace", 0, len(left), 0, len(right))]
    else:
        steps = [*SequenceMatcher(None, left, right, autojunk=False).get_opcodes()]
    found: list[tuple[Kind, int]] = []
    for step, low, high, other_low, other_high in steps:
        if step == "equal":
            continue
        both = min(high - low, other_high - other_low)
        pairs = range(both)
        found += [
            (Kind.ALTERED, low + at)
            for at in pairs
            if left[low + at] != right[other_low + at]
        ]
        found += [(Kind.MISSING, index) for index in range(low + both, high)]
        found += [(Kind.ADDED, index) for index in range(other_low + both, other_high)]
    return found
