"""What files would bring, before anything of them is kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from wallet.actions.patient.company import Whose
from wallet.actions.patient.importing import Work, never, silent
from wallet.actions.patient.paths import named
from wallet.actions.patient.reading_aids import remember_columns
from wallet.records.receipt import FileAnswer, ImportAnswer, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from wallet.actions.patient.paths import Named
    from wallet.actions.patient.session import Session
    from wallet.records.found import Found

MOST_LINES = 500


class Mark(StrEnum):
    """What a record would be here."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    ALIKE = "alike"
    KEPT = "kept_raw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record as it would come in; ``when`` is as it is written there."""

    category: str
    title: str
    when: str
    value: str
    unit: str
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReview:
    """What one file would bring.

    ``kinds`` counts what would be new or changed, by category; ``lines`` are its
    first records, ``lines_total`` counts all. Both are empty for a file that would be
    held apart.
    """

    answer: FileAnswer
    kinds: tuple[tuple[str, int], ...] = ()
    lines: tuple[Line, ...] = ()
    lines_total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What an import would bring, file by file; nothing of it is kept."""

    files: tuple[FileReview, ...]

    @property
    def answer(self) -> ImportAnswer:
        """What the import itself would say."""
        return ImportAnswer(files=tuple(file.answer for file in self.files))


def review_paths(
    wallet: Session,
    paths: Iterable[Path],
    *,
    now: datetime,
    progress: Callable[[int, int, int], None] = silent,
    cancelled: Callable[[], bool] = never,
    columns: str = "",
    whose: Whose = Whose.ASK,
) -> Review:
    """Import for show: the same reading, the same comparing, and all of it undone.

    Files are reviewed one after the other, so that what a later one repeats of an
    earlier one is marked too. Arguments and errors as in `importing.import_paths`.
    """
    files = list(named(paths))
    with wallet.store.rehearsal():
        if columns:
            remember_columns(wallet, files, columns)
        reading = _Reading()
        work = Work(wallet, now, progress, cancelled, whose=whose, heard=reading.hear)
        work.read_about(files)
        return Review(files=tuple(reading.review(work, file) for file in files))


@dataclass(slots=True)
class _Reading:
    """Reads along with an import and remembers what a person would like to see."""

    left: int = MOST_LINES
    kinds: Counter[str] = field(default_factory=Counter)
    lines: list[tuple[Line, int]] = field(default_factory=list)
    total: int = 0

    def hear(self, found: Found, outcome: Outcome, row: int) -> None:
        """One record on its way in."""
        facts = found.facts
        assert facts is not None  # noqa: S101 only records are heard of
        self.total += 1
        if outcome in (Outcome.NEW, Outcome.CHANGED):
            self.kinds[facts.category] += 1
        if len(self.lines) < self.left:
            line = Line(
                category=facts.category,
                title=facts.title,
                when=facts.written,
                value=facts.value,
                unit=facts.unit,
                mark=Mark(outcome.value),
            )
            self.lines.append((line, row))

    def review(self, work: Work, file: Named) -> FileReview:
        """Read one file to its end."""
        self.kinds, self.lines, self.total = Counter(), [], 0
        work.asked_about = frozenset()
        answer = work.file(file)
        if answer.apart is not None or not answer.taken:
            apart = answer.apart and replace(answer.apart, key="")
            return FileReview(answer=replace(answer, apart=apart))
        lines = tuple(
            replace(line, mark=Mark.ALIKE) if row in work.asked_about else line
            for line, row in self.lines
        )
        self.left -= len(lines)
        return FileReview(
            answer=answer,
            kinds=tuple(self.kinds.most_common()),
            lines=lines,
            lines_total=self.total,
        )
