"""Brings in files and folders: each file wholly or not at all, nothing twice."""

from __future__ import annotations

import hashlib
import os
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from wallet.actions.patient.company import Company, Whose
from wallet.actions.patient.media import OnMedium, said_of
from wallet.actions.patient.paths import named
from wallet.actions.patient.read_ahead import reading
from wallet.actions.patient.reading_aids import aids_for, remember_columns
from wallet.errors import CancelledError
from wallet.records.aids import Aids
from wallet.records.archive.manifest import About
from wallet.records.findings import MOST_FINDINGS, Cause, Finding, how_many
from wallet.records.found import batches
from wallet.records.person import Match, match
from wallet.records.reader import Given, companion
from wallet.records.receipt import Apart, Counts, FileAnswer, ImportAnswer, Outcome
from wallet.vault import held, identity, sources
from wallet.vault.intake import Intake, unheard
from wallet.vault.sources import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from wallet.actions.patient.paths import Named
    from wallet.actions.patient.session import Session
    from wallet.records.found import Found
    from wallet.records.reader import Reader
    from wallet.vault.intake import Heard

_PIECE = 1 << 20
_TOOL = "heartwood 1"


def silent(_done: int, _total: int, _count: int) -> None:
    """Tell nobody."""


def never() -> bool:
    """Go on to the end."""
    return False


def import_paths(
    wallet: Session,
    paths: Iterable[Path],
    *,
    now: datetime,
    progress: Callable[[int, int, int], None] = silent,
    cancelled: Callable[[], bool] = never,
    columns: str = "",
    whose: Whose = Whose.ASK,
) -> ImportAnswer:
    """Take records from files, and from every file in folders.

    Args:
        wallet: The open wallet.
        paths: Files and folders; what a file is, its bytes say and not its name.
        now: When the records arrived.
        progress: Hears bytes done, bytes in all, and records so far.
        cancelled: Asked between batches.
        columns: What the columns of the tables among them are, if a person says so
            (see `wallet.records.tables.columns.said`); it is remembered for next time.
        whose: Whether to hold apart a file that may be about somebody else.

    Raises:
        UsageError: *columns* does not fit.
        CancelledError: the file in work left nothing; those before it stay.
    """
    files = list(named(paths))
    if columns:
        remember_columns(wallet, files, columns)
    work = Work(wallet, now, progress, cancelled, whose=whose)
    work.read_about(files)
    return ImportAnswer(files=tuple(work.file(file) for file in files))


def claim(
    wallet: Session,
    key: str,
    *,
    now: datetime,
    progress: Callable[[int, int, int], None] = silent,
    cancelled: Callable[[], bool] = never,
) -> FileAnswer:
    """Take in a file that was held apart: the patient says that it is theirs.

    Raises:
        UsageError: no file held apart goes by *key*.
        CancelledError: it stays as it was.
    """
    one = held.find(wallet.store, key, person=wallet.person)
    work = Work(wallet, now, progress, cancelled, whose=Whose.MINE)
    work.read_about(())
    work.total = one.size
    return work.claimed(one)


class _ApartError(Exception):
    """A file speaks of somebody who may not be the patient."""

    def __init__(self, company: Company, answer: FileAnswer) -> None:
        self.company = company
        self.answer = answer


class _UnsteadyError(Exception):
    """A file is no longer what its digest was made of."""


class _NothingNewError(Exception):
    """A file that was kept as it is gave no record this time either."""


class Work:
    """One import: what it has done so far, and who wants to know.

    ``heard`` hears every record on its way in; a review reads along by it.
    """

    def __init__(
        self,
        wallet: Session,
        now: datetime,
        progress: Callable[[int, int, int], None],
        cancelled: Callable[[], bool],
        *,
        whose: Whose,
        heard: Heard | None = None,
    ) -> None:
        """See `import_paths`."""
        self._whose = whose
        self._heard = heard
        self.asked_about: frozenset[int] = frozenset()
        self._wallet = wallet
        self._now = now
        self._progress = progress
        self._cancelled = cancelled
        self._done = 0
        self._count = 0
        self.total = 0
        self.aids = Aids()
        self.said: Mapping[Path, OnMedium] = {}

    def read_about(self, files: Sequence[Named]) -> None:
        """Find out what helps to read *files*, and how much they are."""
        self.aids = aids_for(self._wallet, files, now=self._now)
        self.said = said_of(files)
        self.total = sum(file.size for file in files)

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
        apart = held.by_digest(store, digest, person=person)
        if apart is not None and self._whose is Whose.ASK:
            return self._seen(_still_apart(apart, str(path)), size)
        file.seek(0)
        origin = self._origin(path.name, digest, size)
        said = self.said.get(path) or OnMedium(origin.name, About())
        try:
            with store.transaction():
                answer = self._take(str(path), file, origin, said)
                _check(answer, steady=_stamp(file) == stamp, again=before is not None)
                if before is not None:
                    sources.forget_older(store, digest, person=person)
                if apart is not None:
                    held.drop(store, apart)
                return answer
        except _NothingNewError:
            return self._seen(known, 0)
        except _ApartError as mixed:
            with store.transaction():
                answer = self._hold(file, origin, said, mixed)
                _check(answer, steady=_stamp(file) == stamp, again=False)
                return answer

    def _origin(self, name: str, digest: bytes, size: int) -> Origin:
        return Origin(
            name=name,
            sha256=digest,
            size=size,
            at=self._now,
            dev=self._wallet.dev,
            person=self._wallet.person,
            tool_version=_TOOL,
        )

    def claimed(self, one: held.Held) -> FileAnswer:
        """Take in a file that was held apart, from the bytes that are kept."""
        store = self._wallet.store
        origin = self._origin(one.name, one.sha256, one.size)
        about = About(labels=one.medium.labels, title=one.medium.title)
        with store.transaction(), held.opened(store, one) as file:
            said = OnMedium(one.medium.name, about)
            answer = self._take(one.name, file, origin, said)
            held.drop(store, one)
        return answer

    def _hold(
        self, file: BinaryIO, origin: Origin, said: OnMedium, mixed: _ApartError
    ) -> FileAnswer:
        """Keep a file apart; settled where all in it are known to be others."""
        store, person = self._wallet.store, self._wallet.person
        known = [
            one
            for other in held.files(store, person=person)
            if other.state is held.State.OTHER
            for one in other.people
        ]
        people = mixed.company.people
        others = mixed.company.strangers
        settled = all(match(one, known) is Match.SAME for one in others)
        file.seek(0)
        key = held.hold(
            store,
            origin,
            file,
            people=people,
            medium=held.Medium(
                name=said.name, title=said.about.title, labels=said.about.labels
            ),
            state=held.State.OTHER if settled else held.State.OPEN,
            format_name=mixed.answer.format,
            answer=mixed.answer.remembered(),
        )
        differs = mixed.company.differs
        apart = Apart(key=key, people=people, differs=differs, settled=settled)
        return replace(mixed.answer, apart=apart)

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

    def _take(
        self, path: str, file: BinaryIO, origin: Origin, said: OnMedium
    ) -> FileAnswer:
        store = self._wallet.store
        intake = Intake(store, origin, heard=self._heard or unheard)
        known = identity.known(store, person=origin.person)
        company = Company(known, whose=self._whose)
        given = Given(
            file=file,
            salt=intake.salt,
            on_bytes=self._read,
            name=said.name,
            title=said.about.title,
            labels=said.about.labels,
            aids=self.aids,
        )
        with self._opened(given, origin, said) as reader:
            rest = self._take_all(reader, intake, company)
        reader.findings += said.findings
        if company.is_mixed:
            raise _ApartError(company, _apart(path, origin, reader, intake, rest))
        intake.name_late(reader.name_of)
        if reader.late:
            intake.label_late(reader.late)
        alike = intake.questions()
        self.asked_about = intake.asked_about() if alike else frozenset()
        answer = _answer(path, origin, reader, intake.counts, alike=alike)
        intake.finish(
            tail=reader.tail, format_name=reader.format, answer=answer.remembered()
        )
        self._progress(self._done, self.total, self._count)
        return answer

    def _opened(
        self, given: Given, origin: Origin, said: OnMedium
    ) -> AbstractContextManager[Reader]:
        if said.about.companion:
            return nullcontext(companion(given))
        return reading(given, size=origin.size)

    def _take_all(self, reader: Reader, intake: Intake, company: Company) -> Counts:
        """Take every piece in; from the first stranger on only count what is left."""
        so_far, rest = self._count, Counts()
        for batch in batches(reader.found()):
            self._go_on()
            company.meet(batch)
            if company.is_mixed:
                rest = rest.plus(_counted(batch))
            else:
                intake.take(batch)
            self._count = so_far + intake.counts.total + rest.total
            self._progress(self._done, self.total, self._count)
        return rest

    def _read(self, size: int) -> None:
        self._go_on()  # also where a large file brings no record for long
        self._done += size

    def _go_on(self) -> None:
        if self._cancelled():
            raise CancelledError("the import was stopped")


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


def _counted(batch: Sequence[Found]) -> Counts:
    """What no record is made of: what can be read is kept, the rest is not readable."""
    failed = sum(
        1 for one in batch if one.outcome is Outcome.FAILED and not one.goes_on
    )
    readable = sum(
        1
        for one in batch
        if one.facts is not None
        or (one.outcome is Outcome.KEPT_RAW and not one.goes_on)
    )
    return Counts(kept_raw=readable, failed=failed)


def _apart(
    path: str, origin: Origin, reader: Reader, intake: Intake, rest: Counts
) -> FileAnswer:
    counts = intake.counts.plus(rest)
    reader.findings.insert(0, Finding(place="/", cause=Cause.HELD_APART))
    kept = Counts(kept_raw=counts.total - counts.failed, failed=counts.failed)
    return _answer(path, origin, reader, kept, alike=0)


def _still_apart(one: held.Held, path: str) -> FileAnswer:
    settled = one.state is held.State.OTHER
    apart = Apart(key=one.key, people=one.people, settled=settled)
    return replace(FileAnswer.recalled(one.answer, path=path), apart=apart)


def _answer(
    path: str, origin: Origin, reader: Reader, counts: Counts, *, alike: int
) -> FileAnswer:
    # What could not be read comes before what is only not quite by the rules.
    findings = sorted(reader.findings, key=lambda one: one.is_flaw)
    return FileAnswer(
        path=path,
        format=reader.format,
        sha256=origin.sha256.hex(),
        counts=counts,
        findings=tuple(findings[:MOST_FINDINGS]),
        findings_total=how_many(reader.findings),
        alike=alike,
    )
