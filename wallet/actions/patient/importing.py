"""Brings in files and folders: each file wholly or not at all, nothing twice."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, BinaryIO

from wallet.actions.patient.media import OnMedium, said_of
from wallet.actions.patient.paths import named
from wallet.actions.patient.reading_aids import aids_for, remember_columns
from wallet.errors import CancelledError
from wallet.records.aids import Aids
from wallet.records.manifest import About
from wallet.records.reader import Given, companion, open_reader
from wallet.records.receipt import (
    MOST_FINDINGS,
    Cause,
    Counts,
    FileAnswer,
    Finding,
    ImportAnswer,
)
from wallet.vault import sources
from wallet.vault.intake import Intake
from wallet.vault.sources import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from wallet.actions.patient.paths import Named
    from wallet.actions.patient.session import Session
    from wallet.records.found import Found
    from wallet.records.reader import Reader

_BATCH = 256
_BATCH_SIZE = 4 << 20
_PIECE = 1 << 20
_TOOL = "heartwood 1"


def _silent(_done: int, _total: int, _count: int) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False


def import_paths(
    wallet: Session,
    paths: Iterable[Path],
    *,
    now: datetime,
    progress: Callable[[int, int, int], None] = _silent,
    cancelled: Callable[[], bool] = _never,
    columns: str = "",
) -> ImportAnswer:
    """Take records from files, and from every file in folders.

    Args:
        wallet: The open wallet.
        paths: Files and folders; what a file is, its bytes say and not its name.
        now: When the records arrived.
        progress: Hears bytes done, bytes in all, and records so far.
        cancelled: Asked between batches.
        columns: What the columns of the tables among them are, if a person says so
            (see `wallet.records.columns.said`); it is remembered for next time.

    Raises:
        UsageError: *columns* does not fit.
        CancelledError: the file in work left nothing; those before it stay.
    """
    files = list(named(paths))
    if columns:
        remember_columns(wallet, files, columns)
    work = _Work(wallet, now, progress, cancelled)
    work.aids = aids_for(wallet, files, now=now)
    work.said = said_of(files)
    work.total = sum(file.size for file in files)
    return ImportAnswer(files=tuple(work.file(file) for file in files))


class _UnsteadyError(Exception):
    """A file is no longer what its digest was made of."""


class _NothingNewError(Exception):
    """A file that was kept as it is gave no record this time either."""


class _Work:
    """One import: what it has done so far, and who wants to know."""

    def __init__(
        self,
        wallet: Session,
        now: datetime,
        progress: Callable[[int, int, int], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._wallet = wallet
        self._now = now
        self._progress = progress
        self._cancelled = cancelled
        self._done = 0
        self._count = 0
        self.total = 0
        self.aids = Aids()
        self.said: Mapping[Path, OnMedium] = {}

    def file(self, file: Named) -> FileAnswer:
        """Take one file in, or say why not."""
        if file.cause is not None:
            return _not_taken(file.path, file.cause)
        try:
            with file.path.open("rb") as opened:
                return self._open(file.path, opened)
        except _UnsteadyError:
            return _not_taken(file.path, Cause.UNSTEADY_FILE)
        except OSError:
            return _not_taken(file.path, Cause.UNREADABLE_FILE)

    def _open(self, path: Path, file: BinaryIO) -> FileAnswer:
        stamp = _stamp(file)
        digest, size = self._digest(file)
        store, person = self._wallet.store, self._wallet.person
        before = sources.answer_of(store, digest, person=person)
        if before is not None:
            known = FileAnswer.recalled(before, path=str(path)).seen_again()
            if not known.may_be_read_now:
                return self._seen(known, size)
        file.seek(0)
        origin = Origin(
            name=path.name,
            sha256=digest,
            size=size,
            at=self._now,
            dev=self._wallet.dev,
            person=person,
            tool_version=_TOOL,
        )
        try:
            with store.transaction():
                answer = self._take(path, file, origin)
                _check(answer, steady=_stamp(file) == stamp, again=before is not None)
                if before is not None:
                    sources.forget_older(store, digest, person=person)
                return answer
        except _NothingNewError:
            return self._seen(known, 0)

    def _seen(self, answer: FileAnswer, size: int) -> FileAnswer:
        self._done += size
        self._count += answer.counts.total
        self._progress(self._done, self.total, self._count)
        return answer

    def _digest(self, file: BinaryIO) -> tuple[bytes, int]:
        digest, size = hashlib.sha256(), 0
        while piece := file.read(_PIECE):
            self._go_on()
            digest.update(piece)
            size += len(piece)
        return digest.digest(), size

    def _take(self, path: Path, file: BinaryIO, origin: Origin) -> FileAnswer:
        intake = Intake(self._wallet.store, origin)
        said = self.said.get(path) or OnMedium(origin.name, About())
        given = Given(
            file=file,
            salt=intake.salt,
            on_bytes=self._read,
            name=said.name,
            title=said.about.title,
            labels=said.about.labels,
            aids=self.aids,
        )
        reader = companion(given) if said.about.companion else open_reader(given)
        found = reader.found()
        so_far = self._count
        for batch in _batches(found):
            self._go_on()
            intake.take(batch)
            self._count = so_far + intake.counts.total
            self._progress(self._done, self.total, self._count)
        intake.name_late(reader.name_of)
        if reader.late:
            intake.label_late(reader.late)
        reader.findings += said.findings
        answer = _answer(path, origin, reader, intake.counts)
        intake.finish(
            tail=reader.tail, format_name=reader.format, answer=answer.remembered()
        )
        self._progress(self._done, self.total, self._count)
        return answer

    def _read(self, size: int) -> None:
        self._go_on()  # also where a large file brings no record for long
        self._done += size

    def _go_on(self) -> None:
        if self._cancelled():
            raise CancelledError("the import was stopped")


def _batches(found: Iterator[Found]) -> Iterator[list[Found]]:
    """Pieces by the hundred, fewer where they are large."""
    batch: list[Found] = []
    size = 0
    for piece in found:
        batch.append(piece)
        size += len(piece.raw)
        if len(batch) >= _BATCH or size >= _BATCH_SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _check(answer: FileAnswer, *, steady: bool, again: bool) -> None:
    """Undo what was taken in where it must not stay, or need not."""
    if not steady:
        raise _UnsteadyError
    if again and not answer.counts.brought:
        raise _NothingNewError


def _stamp(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def _not_taken(path: Path, cause: Cause) -> FileAnswer:
    return FileAnswer(
        path=str(path),
        format="unknown",
        sha256="",
        findings=(Finding(place="/", cause=cause),),
        findings_total=1,
        taken=False,
    )


def _answer(path: Path, origin: Origin, reader: Reader, counts: Counts) -> FileAnswer:
    return FileAnswer(
        path=str(path),
        format=reader.format,
        sha256=origin.sha256.hex(),
        counts=counts,
        findings=tuple(reader.findings[:MOST_FINDINGS]),
        findings_total=len(reader.findings),
    )
