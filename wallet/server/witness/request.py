"""An add-checkpoint request, read strictly. C2SP tlog-witness.

old SIZE
consistency hashes, base64, one a line

...the signed note
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, TurnedAwayError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.merkle import HASH_SIZE

if TYPE_CHECKING:
    from wallet.ledger.checkpoint import Note

_MAX_PROOF = 63
_MAX_DIGITS = 19


def read_request(body: bytes) -> tuple[int, list[bytes], Note]:
    """The old size, the proof and the note.

    Raises:
        TurnedAwayError: 400.
    """
    head, gap, rest = body.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    digits = first.removeprefix(b"old ")
    plain = digits.isdigit() and len(digits) <= _MAX_DIGITS
    if not gap or not first.startswith(b"old ") or not plain:
        raise TurnedAwayError(400, "request")
    if str(int(digits)).encode() != digits or len(lines) > _MAX_PROOF:
        raise TurnedAwayError(400, "request")
    try:
        path = [base64.b64decode(line, validate=True) for line in lines]
        note = parse_note(rest)
    except (binascii.Error, RefusedError):
        raise TurnedAwayError(400, "request") from None
    canonical = [*map(base64.b64encode, path)] == lines  # one encoding a hash
    if not canonical or any(len(step) != HASH_SIZE for step in path):
        raise TurnedAwayError(400, "proof")
    return int(digits), path, note
