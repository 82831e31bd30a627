"""Two notes of one ledger that cannot both be true, in a file anybody can check.

    heartwood/1/fork              (2 where a part is a grown note)
    part BYTES
    ...as many bytes: the note that was believed
    part BYTES
    ...as many bytes: the note that was offered

Every line ends with LF; a part follows its line at once, byte for byte. A part is a
signed checkpoint, a tlog-proof (C2SP) whose extra data is a leaf hash, or a grown note:

    old SIZE
    root over the first SIZE leaves, then the consistency proof; base64, one a line

    ...the signed checkpoint (so far as a C2SP add-checkpoint request, but for the root)

Notes of one size convict by themselves. Notes of two sizes convict in two ways. Two
proofs of one index and different leaves do: a longer tree keeps every leaf of a shorter
one (RFC 6962 2.1). And a grown note does, whose first leaves are not what the ledger
signed for that many: the longer history was never a continuation of the shorter.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger import proof
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.merkle import HASH_SIZE, verify_consistency, verify_inclusion
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.ledger.checkpoint import Note, Vkey
    from wallet.ledger.proof import Proof

MAGIC = b"heartwood/1/fork\n"
MAGIC_GROWN = b"heartwood/2/fork\n"
MAX_FORK = 2 * proof.MAX_PROOF + 1_024
_GROWN = b"old "
_OLD = re.compile(rb"old (0|[1-9][0-9]{0,18})", re.ASCII)
_MAX_HASHES = 1 + 63
_PART = re.compile(rb"part ([1-9][0-9]{0,6})", re.ASCII)
_LONGEST_LINE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """What the first *size* leaves of a longer tree are, and why."""

    size: int
    root: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two histories: a note, and a leaf or a prefix that it proves."""

    note: Note
    proof: Proof | None
    raw: bytes
    prefix: Prefix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Two sides that were read; nothing of them is verified yet."""

    trusted: Side
    offered: Side

    @property
    def origin(self) -> str:
        """The ledger both notes speak for."""
        return self.trusted.note.checkpoint.origin

    def verify(self, log: Vkey) -> bool:
        """Check both signatures; whether the notes contradict each other.

        False where they may both be true as far as this file shows: their sizes differ
        and nothing proves what is in both.

        Raises:
            RefusedError: ``signature_wrong``: the ledger did not sign both, and
                ``malformed``: the file contradicts itself or accuses nobody.
        """
        for side in (self.trusted, self.offered):
            side.note.verify_log(log)
            _check_leaf(side)
            _check_prefix(side)
        one, other = self.trusted.note.checkpoint, self.offered.note.checkpoint
        if one == other:
            raise RefusedError(Reason.MALFORMED, "fork of one history")
        return (
            one.size == other.size
            or _leaves_differ(self.trusted.proof, self.offered.proof)
            or _prefix_differs(self.trusted, self.offered)
            or _prefix_differs(self.offered, self.trusted)
        )


def grown(note: bytes, *, old: int, root: bytes, path: Sequence[bytes]) -> bytes:
    """A side: a signed note, and the proof that *root* is over its first *old* leaves.

    *path* is the consistency proof of RFC 6962 2.1.2 between the two sizes.
    """
    lines = [b"old %d" % old, *map(base64.b64encode, (root, *path))]
    return b"\n".join(lines) + b"\n\n" + note


def note_in(side: bytes) -> bytes:
    """The signed note of a side that `write` takes, without what it proves besides.

    Raises:
        RefusedError: ``malformed``: it is no such side.
    """
    if side.startswith(_GROWN):
        return side.partition(b"\n\n")[2]
    if side.startswith(proof.MAGIC.encode()):
        return proof.parse(side).note.raw
    return side


def notes_in(*, trusted: bytes, offered: bytes) -> dict[str, str]:
    """The signed notes of both sides as text, by side; an empty side has none."""
    sides = {"trusted": trusted, "offered": offered}
    return {name: note_in(side).decode() for name, side in sides.items() if side}


def write(*, trusted: bytes, offered: bytes) -> bytes:
    """The file: each side a signed note, a tlog-proof with its leaf hash, or `grown`.

    Raises:
        RefusedError: ``malformed``: this is no pair of notes of one ledger.
    """
    is_grown = trusted.startswith(_GROWN) or offered.startswith(_GROWN)
    magic = MAGIC_GROWN if is_grown else MAGIC
    data = magic + b"".join(b"part %d\n" % len(one) + one for one in (trusted, offered))
    parse(data)
    return data


def parse(data: bytes) -> Fork:
    """Read the file strictly.

    Raises:
        RefusedError: ``unknown_version`` for another first line, ``malformed``.
    """
    if not data.startswith((MAGIC, MAGIC_GROWN)):
        raise RefusedError(Reason.UNKNOWN_VERSION, "fork version")
    if len(data) > MAX_FORK:
        raise RefusedError(Reason.MALFORMED, "fork size")
    trusted, at = _side(data, len(MAGIC))
    offered, at = _side(data, at)
    if at != len(data):
        raise RefusedError(Reason.MALFORMED, "fork end")
    is_grown = trusted.prefix is not None or offered.prefix is not None
    if is_grown is not data.startswith(MAGIC_GROWN):
        raise RefusedError(Reason.MALFORMED, "fork version")
    if trusted.note.checkpoint.origin != offered.note.checkpoint.origin:
        raise RefusedError(Reason.MALFORMED, "fork origin")
    return Fork(trusted=trusted, offered=offered)


def _side(data: bytes, at: int) -> tuple[Side, int]:
    """One part, and where it ends."""
    line, gap, _ = data[at : at + _LONGEST_LINE].partition(b"\n")
    told = _PART.fullmatch(line)
    if told is None or not gap:
        raise RefusedError(Reason.MALFORMED, "fork part")
    start = at + len(line) + 1
    end = start + int(told[1])
    if end > len(data) or end - start > proof.MAX_PROOF:
        raise RefusedError(Reason.MALFORMED, "fork part")
    raw = data[start:end]
    if raw.startswith(_GROWN):
        return _grown_side(raw), end
    if not raw.startswith(proof.MAGIC.encode()):
        return Side(note=parse_note(raw), proof=None, raw=raw), end
    read = proof.parse(raw)
    if read.extra is None or len(read.extra) != HASH_SIZE:
        raise RefusedError(Reason.MALFORMED, "fork leaf")
    return Side(note=read.note, proof=read, raw=raw), end


def _grown_side(raw: bytes) -> Side:
    head, gap, rest = raw.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    told = _OLD.fullmatch(first)
    if told is None or not gap or not 0 < len(lines) <= _MAX_HASHES:
        raise RefusedError(Reason.MALFORMED, "fork prefix")
    try:
        hashes = [base64.b64decode(line, validate=True) for line in lines]
    except binascii.Error:
        raise RefusedError(Reason.MALFORMED, "fork prefix") from None
    canonical = [*map(base64.b64encode, hashes)] == lines  # one encoding a hash
    if not canonical or any(len(one) != HASH_SIZE for one in hashes):
        raise RefusedError(Reason.MALFORMED, "fork prefix")
    prefix = Prefix(size=int(told[1]), root=hashes[0], path=tuple(hashes[1:]))
    return Side(note=parse_note(rest), proof=None, raw=raw, prefix=prefix)


def _check_prefix(side: Side) -> None:
    if side.prefix is not None:
        verify_consistency(
            old=side.prefix.size,
            new=side.note.checkpoint.size,
            old_root=side.prefix.root,
            new_root=side.note.checkpoint.root,
            path=side.prefix.path,
        )


def _check_leaf(side: Side) -> None:
    if side.proof is not None:
        verify_inclusion(
            leaf=side.proof.extra or b"",
            index=side.proof.index,
            size=side.note.checkpoint.size,
            path=side.proof.path,
            root=side.note.checkpoint.root,
        )


def _leaves_differ(one: Proof | None, other: Proof | None) -> bool:
    return (
        one is not None
        and other is not None
        and one.index == other.index
        and one.extra != other.extra
    )


def _prefix_differs(longer: Side, shorter: Side) -> bool:
    """Whether *longer* proves that it does not begin with what *shorter* is.

    Raises:
        RefusedError: ``malformed``: it proves that it does.
    """
    here = shorter.note.checkpoint
    if longer.prefix is None or longer.prefix.size != here.size:
        return False
    if longer.prefix.root == here.root:
        raise RefusedError(Reason.MALFORMED, "fork of one history")
    return True
