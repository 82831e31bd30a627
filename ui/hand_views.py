"""What the pages for a patient's own hand show, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a form; *kind* is ``line``, ``text`` or ``date``."""

    key: str
    name: str
    kind: str = "line"
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSheet:
    """A form, by the kind of record it makes; its first field has to be filled in."""

    category: str
    name: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLine:
    """A label in words, why it is there, and whether the patient put it there."""

    words: str
    reason: str
    hers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine:
    """One note and when it was written."""

    key: str
    text: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """One attached file and what it is."""

    key: str
    name: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSheet:
    """One version: who and when, what it says differently, whether it counts now."""

    number: int
    title: str
    changes: tuple[str, ...] = ()
    holds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandSheet:
    """Everything of a patient's own hand on one record.

    *form* is missing where nothing of the record can be corrected; *said* is what
    stands in its fields now. *author* says that she wrote or corrected it.
    """

    key: str
    title: str
    about: str
    author: str = ""
    form: FormSheet | None = None
    said: Mapping[str, str] | None = None
    marks: tuple[MarkLine, ...] = ()
    notes: tuple[NoteLine, ...] = ()
    tags: tuple[str, ...] = ()
    files: tuple[FileLine, ...] = ()
    versions: tuple[VersionSheet, ...] = ()

    @property
    def private(self) -> bool:
        """Tell whether she keeps it private."""
        return any(mark.hers for mark in self.marks)

    @property
    def bare(self) -> bool:
        """Tell whether there is nothing of it to show beside the record."""
        return not (self.author or self.marks or self.notes or self.tags or self.files)
