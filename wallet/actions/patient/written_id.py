"""Names of records as `list` prints them and people copy them: hex digits."""

from __future__ import annotations

from wallet.errors import UsageError

_RECORD = 16


def record_id(text: str) -> bytes:
    """The 16 bytes of a record's name.

    Raises:
        UsageError: no record can have this name.
    """
    return written_id(text, size=_RECORD, missing="there is no such record")


def written_id(text: str, *, size: int, missing: str) -> bytes:
    """*size* bytes out of hex digits.

    Raises:
        UsageError: these are others; its sentence is *missing*.
    """
    try:
        name = bytes.fromhex(text)
    except ValueError:
        name = b""
    if len(name) != size:
        raise UsageError(missing)
    return name
