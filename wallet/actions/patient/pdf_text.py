"""The text of a PDF, asked of a confined process; see `attachments.pdf_child`."""

from __future__ import annotations

from wallet.actions.patient.confined import ask
from wallet.records.aids import PdfText


def read_pdf(data: bytes) -> PdfText | None:
    """The text of *data*; None where it cannot be read in the limits set for it."""
    held = ask("pdf_child", data)
    if held is None:
        return None
    return PdfText(
        pages=int(held.get("pages", 0)),
        title=str(held.get("title", "")),
        text=str(held.get("text", "")),
        is_locked=bool(held.get("locked", False)),
    )
