"""The header that bears the stamp of one entry. PROTOCOL.md 3, "Admission"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wallet.errors import TurnedAwayError
from wallet.ledger.ledger_client import STAMP_HEADER
from wallet.server.http.asgi import header

if TYPE_CHECKING:
    from wallet.server.http.asgi import Scope

_STAMP = re.compile(rb"[0-9a-f]{16}")


def stamp_in(scope: Scope) -> bytes:
    """The 8 bytes in front of an entry; none where there is no such header.

    Raises:
        TurnedAwayError: 400, it is not 16 hexadecimal digits.
    """
    text = header(scope, STAMP_HEADER)
    if text is None:
        return b""
    if _STAMP.fullmatch(text) is None:
        raise TurnedAwayError(400, "stamp header")
    return bytes.fromhex(text.decode())
