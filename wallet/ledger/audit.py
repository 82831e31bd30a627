"""Read every public file of a log anew and compare it with a replica. PROTOCOL.md 9."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING

from wallet.errors import LedgerForkedError, RefusedError, TurnedAwayError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import leaf_hash
from wallet.ledger.sync import read_bundle
from wallet.ledger.tiles import WIDTH
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.ledger.replica import Replica
    from wallet.ledger.sync import Source

_UNREADABLE = b""
_ALIGNED = 4_096


class Kind(StrEnum):
    """What is wrong with an entry, or with the whole history."""

    ALTERED = "altered"
    MISSING = "missing"
    ADDED = "added"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference; a rewritten history comes with both signed notes."""

    kind: Kind
    index: int
    trusted: bytes = b""
    offered: bytes = b""


def audit(replica: Replica, source: Source) -> list[Finding]:
    """Name every entry that is no longer what this copy holds; none is good.

    Raises:
        RefusedError: The checkpoint itself is not signed and witnessed as it must.
        UnreachableError: Nobody answers: that is cannot tell.
    """
    note_bytes = source.checkpoint()
    note = parse_note(note_bytes)
    try:
        replica.check(note_bytes)
    except LedgerForkedError as forked:
        rewritten = [forked]
    except RefusedError as refused:
        if refused.reason is not Reason.COPY_TOO_OLD:
            raise
        rewritten = []
    else:
        rewritten = []
    shown = min(note.checkpoint.size, replica.size)
    findings = _compare(replica.leaves, _read(source, shown))
    if not rewritten and findings and note.checkpoint.size > replica.size:
        try:
            replica.accuse(note_bytes, _read(source, note.checkpoint.size))
        except LedgerForkedError as forked:
            rewritten = [forked]
    first = min((finding.index for finding in findings), default=shown)
    histories = [
        Finding(
            kind=Kind.REWRITTEN, index=first, trusted=one.trusted, offered=one.offered
        )
        for one in rewritten
    ]
    return histories + findings


def _read(source: Source, size: int) -> list[bytes]:
    """Leaf hashes of what is served; an unreadable bundle stands as unreadable."""
    found: list[bytes] = []
    for n in range(-(-size // WIDTH)):
        width = min(WIDTH, size - n * WIDTH)
        try:
            found += map(leaf_hash, read_bundle(source, n, width))
        except TurnedAwayError as refused:
            if refused.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                raise
        except RefusedError:
            found += [_UNREADABLE] * width
    return found


def _compare(ours: Sequence[bytes], theirs: Sequence[bytes]) -> list[Finding]:
    shorter = min(len(ours), len(theirs))
    start = next((i for i in range(shorter) if ours[i] != theirs[i]), shorter)
    tail = 0
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
