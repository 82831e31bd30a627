"""What a patient added to her records, for her own copy of everything and no other.

A page of text that any program opens, and beside it every file as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from wallet.exports.facts import spoken_date
from wallet.exports.parts import Part, fitting_name, of_bytes, spooled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import Protocol

    class WrittenNote(Protocol):
        """A note and when it was written."""

        @property
        def text(self) -> str:
            """Its lines."""

        @property
        def written_at(self) -> datetime:
            """In UTC."""

    class Added(Protocol):
        """One record with what was added to it."""

        @property
        def title(self) -> str:
            """What the record is called."""

        @property
        def when(self) -> str:
            """Its date as it was written; empty if there is none."""

        @property
        def notes(self) -> Sequence[WrittenNote]:
            """In the order they came."""

        @property
        def tags(self) -> Sequence[str]:
            """By name."""

        @property
        def files(self) -> Sequence[tuple[str, Callable[[], Iterator[bytes]]]]:
            """Name and bytes of each attached file."""


FOLDER = "my-notes"
PATH = f"{FOLDER}/notes.txt"
_HEAD = (
    "What I wrote beside my records. Nobody I share records with gets this page;\n"
    "whoever holds this folder can read it.\n"
)


def own_notes(records: Sequence[Added], *, scratch: Path) -> tuple[Part, ...]:
    """The page and every file; nothing where nothing was added.

    Args:
        records: Those that something was added to.
        scratch: A private folder for what does not fit in memory.
    """
    if not records:
        return ()
    text = [_HEAD]
    parts: list[Part] = []
    for record in records:
        day = spoken_date(record.when) if record.when else "without a date"
        text.append(f"\n{record.title} ({day})")
        text += [f"  Tag: {name}" for name in record.tags]
        for note in record.notes:
            written = spoken_date(note.written_at.date().isoformat())
            lines = note.text.replace("\n", "\n    ")
            text.append(f"  Note of {written}:\n    {lines}")
        for given, pieces in record.files:
            name = fitting_name(FOLDER, len(parts) + 1, given)
            parts.append(_file(name, pieces, scratch))
            text.append(f"  File: {name.rpartition('/')[2]} ({given})")
    page = "\n".join((*text, "")).encode("utf-8", "replace")
    return (of_bytes(PATH, page), *parts)


def _file(name: str, pieces: Callable[[], Iterator[bytes]], scratch: Path) -> Part:
    def write(sink: BinaryIO) -> None:
        sink.writelines(pieces())

    return spooled(name, write, scratch=scratch)
