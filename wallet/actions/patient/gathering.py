"""Choose records by a scope and dress them for a reader, or for the patient's stick."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from wallet.actions.patient.remarks import own_parts
from wallet.errors import CancelledError
from wallet.exports.dress import Notice
from wallet.exports.dresses import dresses, whole_history
from wallet.exports.naming import ADDRESS_BOOK
from wallet.exports.parts import fitting_name, spooled
from wallet.exports.trimming import GATHERING, Extent
from wallet.grants.manifest import Part, PartRef
from wallet.grants.scope import Clause
from wallet.vault import records, sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from wallet.actions.patient.session import Session
    from wallet.exports import parts as export_parts
    from wallet.grants.scope import Scope
    from wallet.records.record import Record

_ASK_EVERY = 200  # records: a few hundredths of a second


@dataclass(frozen=True, slots=True)
class Chosen(Collection["Record"]):
    """Records in the order they came in; their bodies are read as they are needed.

    ``cancelled`` is asked as they are read: what is made of them stops with them.
    """

    wallet: Session
    heads: tuple[Record, ...]
    cancelled: Callable[[], bool] = field(default=lambda: False, compare=False)

    def __len__(self) -> int:
        """How many."""
        return len(self.heads)

    def __iter__(self) -> Iterator[Record]:
        """Each with its body.

        Raises:
            CancelledError: as asked.
        """
        return self._read(self.heads)

    def of_types(self, types: Collection[str]) -> Iterator[Record]:
        """Those of some types, each with its body; the others are not read."""
        return self._read([head for head in self.heads if head.rtype in types])

    def _read(self, heads: Sequence[Record]) -> Iterator[Record]:
        bodies = records.with_bodies(self.wallet.store, heads)
        for number, record in enumerate(bodies):
            if number % _ASK_EVERY == 0:
                go_on(self.cancelled)
            yield record

    def __contains__(self, item: object) -> bool:
        """Whether a record is among them."""
        return item in self.heads


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a reader would see under a scope, counted before anything is signed."""

    shown: tuple[tuple[str, int], ...]
    left_out: int
    labelled: tuple[tuple[str, int], ...]
    first: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Parts ready to be sealed, and how many records of each class they show."""

    parts: tuple[Part, ...]
    contents: tuple[tuple[str, int], ...]


def choose(wallet: Session, scope: Scope) -> Chosen:
    """Every record the scope covers."""
    held = records.everything(wallet.store, person=wallet.person)
    return Chosen(wallet, tuple(record for record in held if scope.covers(record)))


def preview(wallet: Session, scope: Scope) -> Preview:
    """Count what *scope* shows and what it leaves out.

    Staff and places that follow whatever names them are neither.
    """
    shown: dict[str, int] = {}
    labelled: dict[str, int] = {}
    left_out, first = 0, None
    for record in records.everything(wallet.store, person=wallet.person):
        for label in record.sensitivity:
            labelled[label] = labelled.get(label, 0) + 1
        if not (scope.covers(record) and _goes_along(record, scope)):
            left_out += not _may_follow(record, scope)
            continue
        shown[record.category] = shown.get(record.category, 0) + 1
        if record.start is not None and (first is None or record.start < first):
            first = record.start
    return Preview(
        shown=tuple(shown.items()),
        left_out=left_out,
        labelled=tuple(labelled.items()),
        first=first,
    )


def gather(
    wallet: Session,
    scope: Scope,
    *,
    now: datetime,
    told: Callable[[int, int], None] = lambda _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Gathered:
    """The records under *scope* in every dress, ready to be sealed to one reader.

    Staff and places go along only where a record mentions them, and not if the scope
    excludes them or denies a label they carry. Raw source files never do. *told* hears
    how many of how many forms are done; *cancelled* is asked for as long as the parts
    are read.

    Raises:
        CancelledError: as asked.
    """
    chosen = replace(choose(wallet, scope), cancelled=cancelled)
    made = dresses(
        chosen,
        extent=Extent.WHOLE if scope.everything else Extent.SCOPED,
        notice=Notice.NAMED_READER,
        made_at=now,
        salt=secrets.token_bytes(32),
        scratch=wallet.scratch_folder,
        address_book=address_book(wallet, scope),
        told=told,
    )
    counts = Counter(
        record.category for record in chosen.heads if _goes_along(record, scope)
    )
    return Gathered(
        parts=tuple(_sealable(part, cancelled) for part in made),
        contents=tuple(sorted(counts.items())),
    )


def _goes_along(record: Record, scope: Scope) -> bool:
    """Whether a record of its type is in such a package by itself.

    A chosen part holds nothing that speaks about other records, and staff and places
    only beside the records that mention them.
    """
    return scope.everything or record.rtype not in GATHERING | ADDRESS_BOOK


def gather_everything(
    wallet: Session,
    scope: Scope,
    *,
    now: datetime,
    told: Callable[[int, int], None] = lambda _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[export_parts.Part, ...]:
    """The whole history for a folder or stick the patient keeps, with every source.

    Her notes, tags and files go along here and nowhere else. *told* hears how many of
    how many forms are done.

    Raises:
        CancelledError: as asked.
    """
    held = records.everything_kept(wallet.store, person=wallet.person)
    return whole_history(
        Chosen(
            wallet,
            tuple(record for record in held if scope.covers(record)),
            cancelled,
        ),
        told=told,
        made_at=now,
        salt=secrets.token_bytes(32),
        scratch=wallet.scratch_folder,
        originals=(*_originals(wallet), *own_parts(wallet)) if scope.everything else (),
    )


def address_book(wallet: Session, scope: Scope) -> Chosen:
    """Staff and places that no label and no exclusion holds back."""
    held = records.everything(wallet.store, person=wallet.person)
    return Chosen(wallet, tuple(one for one in held if _may_follow(one, scope)))


def _may_follow(record: Record, scope: Scope) -> bool:
    """Whether one of the staff or places goes along where a record names it."""
    in_any_class = replace(scope, include=(Clause(),))
    return record.rtype in ADDRESS_BOOK and in_any_class.covers(record)


def _originals(wallet: Session) -> Iterator[export_parts.Part]:
    """Every source file as it was taken in, under a name any stick takes."""
    held = sources.whole_sources(wallet.store, person=wallet.person)
    for number, source in enumerate(held, start=1):
        name = fitting_name("originals", number, source.name)
        yield _original(wallet, source, name)


def _original(wallet: Session, source: sources.Source, name: str) -> export_parts.Part:
    def write(sink: BinaryIO) -> None:
        sink.writelines(sources.original(wallet.store, source))

    return spooled(name, write, scratch=wallet.scratch_folder)


def _sealable(part: export_parts.Part, cancelled: Callable[[], bool]) -> Part:
    def read() -> BinaryIO:
        go_on(cancelled)
        return part.read()

    ref = PartRef(name=part.name, size=part.size, digest=part.digest)
    return Part(ref=ref, read=read)


def go_on(cancelled: Callable[[], bool]) -> None:
    """Return unless the person wants it stopped.

    Raises:
        CancelledError: as asked.
    """
    if cancelled():
        raise CancelledError("stopped as asked; nothing was changed")
