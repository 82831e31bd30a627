"""Notes, tags, files and marks that a patient puts on her records.

None of them is ever part of a package: see `wallet.vault.remarks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from wallet.actions.patient import written_id
from wallet.actions.patient.pdf_text import read_pdf
from wallet.errors import UsageError
from wallet.exports.own_notes import own_notes
from wallet.records.labels import PATIENT, PRIVATE
from wallet.records.record import Label
from wallet.records.sensitivity import ACT_CODE
from wallet.vault import private, records, remarks
from wallet.vault.remarks import Attachment, Note, Remarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from wallet.actions.patient.session import Session
    from wallet.exports.parts import Part

__all__ = ["Attachment", "Note", "Remarks"]

MOST_FILE = 64 << 20
MOST_NOTE = 4_000
MOST_TAG = 40
_PART = 4 << 20
_MOST_WORDS = 60_000
_MOST_NAME = 120
_SHORT_ID = 8
_HERS = Label(code=PRIVATE, system=ACT_CODE, basis=PATIENT)
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


def of(wallet: Session, record_id: str) -> Remarks:
    """Everything that was added to a record.

    Raises:
        UsageError: there is no such record.
    """
    return remarks.of(
        wallet.store, written_id.record_id(record_id), person=wallet.person
    )


def add_note(wallet: Session, record_id: str, text: str, *, now: datetime) -> str:
    """Put a note beside a record; answers its id.

    Raises:
        UsageError: there is no such record, or the note is empty or too long.
    """
    said = "\n".join(line.rstrip() for line in text.strip().splitlines())
    said = "".join(sign for sign in said if sign == "\n" or sign.isprintable())
    if not said:
        raise UsageError("a note holds at least one word")
    if len(said) > MOST_NOTE:
        raise UsageError(f"a note holds at most {MOST_NOTE} letters")
    with wallet.store.transaction():
        return remarks.add_note(
            wallet.store,
            written_id.record_id(record_id),
            said,
            at=now,
            person=wallet.person,
        )


def remove_note(wallet: Session, record_id: str, note_id: str) -> None:
    """Take a note away for good.

    Raises:
        UsageError: this record has no such note.
    """
    with wallet.store.transaction():
        remarks.remove_note(
            wallet.store,
            written_id.record_id(record_id),
            _short(note_id),
            person=wallet.person,
        )
    wallet.store.checkpoint()


def add_tag(wallet: Session, record_id: str, name: str) -> None:
    """Put a tag on a record.

    Raises:
        UsageError: there is no such record, or the tag is empty or too long.
    """
    said = _tag(name)
    if not said or len(said) > MOST_TAG:
        raise UsageError(f"a tag has one to {MOST_TAG} letters")
    with wallet.store.transaction():
        remarks.add_tag(
            wallet.store, written_id.record_id(record_id), said, person=wallet.person
        )


def remove_tag(wallet: Session, record_id: str, name: str) -> None:
    """Take a tag away.

    Raises:
        UsageError: this record does not have it.
    """
    with wallet.store.transaction():
        remarks.remove_tag(
            wallet.store,
            written_id.record_id(record_id),
            _tag(name),
            person=wallet.person,
        )


def attach(wallet: Session, record_id: str, file: Path, *, now: datetime) -> str:
    """Keep a PDF or a picture beside a record; answers the attachment's id.

    The file itself stays where it was.

    Raises:
        UsageError: there is no such record, or the file is not to be had, is too
            large or is neither a PDF nor a picture.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_FILE + 1)
    except OSError:
        raise UsageError("this file cannot be read") from None
    if len(data) > MOST_FILE:
        raise UsageError(f"a file beside a record has at most {MOST_FILE >> 20} MB")
    kind = next((kind for start, kind in _KINDS if data.startswith(start)), "")
    if not kind:
        raise UsageError("only a PDF or a picture can be kept beside a record")
    read = read_pdf(data) if kind == "application/pdf" else None
    text = f"{read.title} {read.text}".strip()[:_MOST_WORDS] if read else ""
    with wallet.store.transaction():
        return remarks.attach(
            wallet.store,
            written_id.record_id(record_id),
            _parts(data),
            name=_name(file.name),
            media_type=kind,
            text=text,
            at=now,
            person=wallet.person,
        )


def save_attachment(
    wallet: Session, record_id: str, attachment_id: str, sink: BinaryIO
) -> None:
    """Write an attached file as it was.

    Raises:
        UsageError: this record has no such file.
    """
    parts = remarks.open_attachment(
        wallet.store,
        written_id.record_id(record_id),
        _short(attachment_id),
        person=wallet.person,
    )
    sink.writelines(parts)


def detach(wallet: Session, record_id: str, attachment_id: str) -> None:
    """Take an attached file away for good, with its key.

    Raises:
        UsageError: this record has no such file.
    """
    with wallet.store.transaction():
        remarks.detach(
            wallet.store,
            written_id.record_id(record_id),
            _short(attachment_id),
            person=wallet.person,
        )
    wallet.store.checkpoint()


def keep_private(wallet: Session, record_id: str) -> None:
    """Mark a record as private: from now on it is shared only where that is ticked.

    Raises:
        UsageError: there is no such record.
    """
    with wallet.store.transaction():
        private.mark(
            wallet.store, written_id.record_id(record_id), _HERS, person=wallet.person
        )


def end_private(wallet: Session, record_id: str) -> None:
    """Take that mark away again; marks of others stay.

    Raises:
        UsageError: there is no such record, or she did not mark it.
    """
    with wallet.store.transaction():
        private.unmark(
            wallet.store,
            written_id.record_id(record_id),
            _HERS.code,
            person=wallet.person,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Added:
    """See `wallet.exports.own_notes`."""

    title: str
    when: str
    notes: tuple[Note, ...]
    tags: tuple[str, ...]
    files: tuple[tuple[str, Callable[[], Iterator[bytes]]], ...]


def own_parts(wallet: Session) -> tuple[Part, ...]:
    """Everything a patient added to any record, for her own copy only."""
    found = []
    for record_id in remarks.having_any(wallet.store, person=wallet.person):
        record = records.show(wallet.store, record_id, person=wallet.person)
        held = remarks.of(wallet.store, record_id, person=wallet.person)
        found.append(
            _Added(
                title=record.title,
                when=record.start_as_written,
                notes=held.notes,
                tags=held.tags,
                files=tuple(
                    (one.name, partial(_pieces, wallet, record_id, one))
                    for one in held.attachments
                ),
            )
        )
    return own_notes(found, scratch=wallet.scratch_folder)


def _pieces(wallet: Session, record_id: bytes, file: Attachment) -> Iterator[bytes]:
    return remarks.open_attachment(
        wallet.store, record_id, _short(file.attachment_id), person=wallet.person
    )


def _parts(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _PART):
        yield data[start : start + _PART]


def _tag(name: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in name)
    return " ".join(plain.split())


def _name(given: str) -> str:
    """The name of a file, for eyes: no folder, no sign that moves the cursor."""
    plain = "".join(s for s in given if s.isprintable()).replace("/", "-")
    return plain[-_MOST_NAME:] or "file"


def _short(text: str) -> bytes:
    missing = "this record has nothing of that name"
    return written_id.written_id(text, size=_SHORT_ID, missing=missing)
