"""The answer of `clinic check --json`, kept as a file: what of it a stranger can prove.

A desk answers from its own copy of the ledger. The evidence beside the answer proves
that the permission's entry was logged, and under which checkpoint. That it stood is
what the desk counted itself, and no file of its own can prove that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from wallet.errors import RefusedError
from wallet.verdict import Reason

FIRST = b"{"
_PLACE = "check file"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFile:
    """What a desk said, and the bytes beside it; nothing of it is verified."""

    status: str
    reason: str
    entry: bytes
    proof: bytes | None


def read_check(data: bytes) -> CheckFile:
    """Read the JSON object strictly; what else it tells is passed over.

    Raises:
        RefusedError: ``malformed``: it is no answer of a check with evidence.
    """
    try:
        said = json.loads(data.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise RefusedError(Reason.MALFORMED, _PLACE) from None
    match said:
        case {
            "status": str(status),
            "reason": str(reason),
            "evidence": {"entry": str(entry), **more},
        }:
            proof = more.get("proof")
            return CheckFile(
                status=status,
                reason=reason,
                entry=_bytes(entry),
                proof=None if proof is None else _bytes(proof),
            )
        case _:
            raise RefusedError(Reason.MALFORMED, _PLACE)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _bytes(told: object) -> bytes:
    try:
        found = bytes.fromhex(told) if isinstance(told, str) else b""
    except ValueError:
        found = b""
    if not found or found.hex() != told:  # one encoding of the same bytes
        raise RefusedError(Reason.MALFORMED, _PLACE)
    return found
