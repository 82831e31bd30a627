"""Two notes of one ledger that cannot both be true, in a file anybody can check.

    heartwood/1/fork
    part BYTES
    ...as many bytes: the note that was believed
    part BYTES
    ...as many bytes: the note that was offered

Every line ends with LF; a part follows its line at once, byte for byte. A part is a
signed checkpoint, or a tlog-proof (C2SP) whose extra data is a leaf hash. Notes of one
size convict by themselves. Of two sizes they convict with two proofs, of one index and
different leaves: a longer tree keeps every leaf of a shorter one (RFC 6962 2.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger import proof
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.merkle import HASH_SIZE, verify_inclusion
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.ledger.checkpoint import Note, Vkey
    from wallet.ledger.proof import Proof

MAGIC = b"heartwood/1/fork\n"
MAX_FORK = 2 * proof.MAX_PROOF + 1_024
_PART = re.compile(rb"part ([1-9][0-9]{0,6})", re.ASCII)
_LONGEST_LINE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two histories: a note, and a leaf it covers where a proof came."""

    note: Note
    proof: Proof | None
    raw: bytes


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
        and there are no two proofs.

        Raises:
            RefusedError: ``signature_wrong``: the ledger did not sign both, and
                ``malformed``: the file contradicts itself or accuses nobody.
        """
        for side in (self.trusted, self.offered):
            side.note.verify_log(log)
            _check_leaf(side)
        one, other = self.trusted.note.checkpoint, self.offered.note.checkpoint
        if one == other:
            raise RefusedError(Reason.MALFORMED, "fork of one history")
        return one.size == other.size or _leaves_differ(
            self.trusted.proof, self.offered.proof
        )


def write(*, trusted: bytes, offered: bytes) -> bytes:
    """The file: each side a signed note, or a tlog-proof that carries its leaf hash.

    Raises:
        RefusedError: ``malformed``: this is no pair of notes of one ledger.
    """
    data = MAGIC + b"".join(b"part %d\n" % len(one) + one for one in (trusted, offered))
    parse(data)
    return data


def parse(data: bytes) -> Fork:
    """Read the file strictly.

    Raises:
        RefusedError: ``unknown_version`` for another first line, ``malformed``.
    """
    if not data.startswith(MAGIC):
        raise RefusedError(Reason.UNKNOWN_VERSION, "fork version")
    if len(data) > MAX_FORK:
        raise RefusedError(Reason.MALFORMED, "fork size")
    trusted, at = _side(data, len(MAGIC))
    offered, at = _side(data, at)
    if at != len(data):
        raise RefusedError(Reason.MALFORMED, "fork end")
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
    if not raw.startswith(proof.MAGIC.encode()):
        return Side(note=parse_note(raw), proof=None, raw=raw), end
    read = proof.parse(raw)
    if read.extra is None or len(read.extra) != HASH_SIZE:
        raise RefusedError(Reason.MALFORMED, "fork leaf")
    return Side(note=read.note, proof=read, raw=raw), end


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
