"""A proof of logging that a stranger can check offline.

C2SP tlog-proof at commit 5ba5ee8.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.checkpoint import MAX_NOTE, Note, parse_note
from wallet.ledger.checkpoint.vkey import strict_base64
from wallet.ledger.merkle import verify_inclusion
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wallet.ledger.policy import Policy

MAX_EXTRA = 32 << 10
_MAX_HEAD = 1 << 16
MAX_PROOF = _MAX_HEAD + MAX_NOTE
MAGIC = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_MAX_PATH = 63
_HASH_SIZE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof that was read; nothing of it is verified yet."""

    index: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes | None


def write(
    index: int, path: Sequence[bytes], note: bytes, extra: bytes | None = None
) -> bytes:
    """Write a proof: index, path from the leaf side, and the note as it is.

    Nothing vouches for *extra*: it may help to find what is proven, and no more.

    Raises:
        ValueError: *extra* is longer than `MAX_EXTRA`.
    """
    if len(extra or b"") > MAX_EXTRA:
        raise ValueError("extra data too long for a proof")
    lines = [MAGIC]
    if extra is not None:
        lines.append(f"extra {base64.b64encode(extra).decode()}")
    lines.append(f"index {index}")
    lines += [base64.b64encode(sibling).decode() for sibling in path]
    return "\n".join([*lines, "", ""]).encode() + note


def parse(data: bytes) -> Proof:
    """Read a proof strictly.

    Raises:
        RefusedError: ``unknown_version`` for another first line, ``malformed``.
    """
    head, gap, note = data.partition(b"\n\n")
    if len(head) > _MAX_HEAD or len(note) > MAX_NOTE:
        raise RefusedError(Reason.MALFORMED, "proof size")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise RefusedError(Reason.MALFORMED, "proof characters") from None
    if first != MAGIC:
        raise RefusedError(Reason.UNKNOWN_VERSION, "proof version")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = strict_base64(lines.pop(0).removeprefix("extra "), place="proof extra")
        if len(extra) > MAX_EXTRA:
            raise RefusedError(Reason.MALFORMED, "proof extra")
    index = _INDEX.fullmatch(lines[0]) if lines else None
    if index is None or not gap:
        raise RefusedError(Reason.MALFORMED, "proof index")
    path = tuple(strict_base64(line, place="proof path") for line in lines[1:])
    if len(path) > _MAX_PATH or any(len(sibling) != _HASH_SIZE for sibling in path):
        raise RefusedError(Reason.MALFORMED, "proof path")
    return Proof(index=int(index[1]), path=path, note=parse_note(note), extra=extra)


def verify(
    proof: Proof, *, leaf: bytes, policy: Policy, origin: str
) -> datetime | None:
    """Check that a checkpoint under quorum covers the leaf hash *leaf*.

    Answers the quorum time (None only under a policy that asks for no quorum).

    Raises:
        RefusedError: ``malformed``, ``signature_wrong``, ``no_quorum``, or
            ``not_in_copy`` for a log outside the policy.
    """
    checkpoint = proof.note.checkpoint
    if checkpoint.origin != origin:
        raise RefusedError(Reason.MALFORMED, "proof origin")
    moment = policy.accept(proof.note)
    verify_inclusion(
        leaf=leaf,
        index=proof.index,
        size=checkpoint.size,
        path=proof.path,
        root=checkpoint.root,
    )
    return moment
