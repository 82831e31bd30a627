"""The codes in a picture, asked of a confined process; see `attachments.code_child`."""

from __future__ import annotations

from wallet.actions.patient.confined import ask


def read_codes(data: bytes) -> tuple[str, ...]:
    """The text of every QR code in *data*; none where it cannot be read."""
    held = ask("code_child", data)
    codes = held.get("codes") if held is not None else None
    return tuple(map(str, codes)) if isinstance(codes, list) else ()
