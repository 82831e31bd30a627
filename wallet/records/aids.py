"""What a wallet knows that helps to read a file: a value, put together before reading.

Readers open nothing but the file they are given; trust lists, keys of links and what a
person said of columns reach them here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.records.smart.issuers import Issuers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wallet.records.tables.columns import Columns


_ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfText:
    """What a PDF file says: how many pages, its own title, and its text."""

    pages: int = 0
    title: str = ""
    text: str = field(default="", repr=False)
    is_locked: bool = False


def _unread(_data: bytes) -> PdfText | None:
    """Nobody reads PDF files here."""
    return None


def _no_codes(_data: bytes) -> tuple[str, ...]:
    """Nobody reads pictures here."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aids:
    """Help for readers.

    Attributes:
        now: The moment the file came, for what ends or has not begun.
        issuers: Whose SMART Health Cards are believed.
        link_keys: Keys of SMART Health Links, 32 bytes each, to open files with.
        read_pdf: Reads the text of a PDF file, away from this process.
        read_codes: Reads the QR codes of a picture, away from this process.
        columns: What the columns of a table are, by the fingerprint of their head.
    """

    now: datetime = _ALWAYS
    issuers: Issuers = field(default_factory=Issuers)
    link_keys: tuple[bytes, ...] = field(default=(), repr=False)
    read_pdf: Callable[[bytes], PdfText | None] = _unread
    read_codes: Callable[[bytes], tuple[str, ...]] = _no_codes
    columns: Mapping[str, Columns] = field(default_factory=dict)
