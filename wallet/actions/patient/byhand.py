"""What a patient writes herself: a new record, a correction, a step back.

A correction is a new version on the record's chain, whoever the record is from; what
was there stays beneath it and can be put on top again.
"""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wallet.actions.patient import written_id
from wallet.errors import UsageError
from wallet.records.byhand import corrections
from wallet.records.byhand.forms import FORMS, Field, Form, Kind, checked, form_of
from wallet.records.byhand.resources import written
from wallet.records.fhir.facts import Names
from wallet.records.found import derived_record
from wallet.records.receipt import Counts, FileAnswer
from wallet.vault import intake, records, versions
from wallet.vault.intake import Intake
from wallet.vault.sources import BY_HAND, Origin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wallet.actions.patient.session import Session
    from wallet.records.byhand.corrections import Read
    from wallet.records.found import Found
    from wallet.records.record import Record

__all__ = ["FORMS", "Field", "Filled", "Form", "Kind", "add", "correct", "filled"]

SOURCE_NAME = "You wrote this"
_FORMAT = "by-hand"
_SAFE_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as a record fills it in now."""

    form: Form
    said: Mapping[str, str]


def add(
    wallet: Session, category: str, entries: Mapping[str, str], *, now: datetime
) -> str:
    """Write a new record; answers its id.

    Args:
        wallet: The open wallet.
        category: Which form: the data class of the record.
        entries: Text by the keys of the form's fields.
        now: When it was written.

    Raises:
        UsageError: there is no such form, or a field is not as it should be.
    """
    said = checked(form_of(category), entries)
    resource = written(category, said, subject=_subject(wallet), name=str(uuid.uuid4()))
    with wallet.store.transaction():
        taking = _intake(wallet, now)
        found = _found(resource, taking.salt)
        taking.take([found])
        record_id = taking.newest
        _finish(taking, found)
    return record_id.hex()


def filled(wallet: Session, record_id: str) -> Filled | None:
    """What a record says, as a form; None where it cannot be corrected here.

    Raises:
        UsageError: there is no such record.
    """
    record = records.show(
        wallet.store, written_id.record_id(record_id), person=wallet.person
    )
    read = _read(record)
    return None if read is None else Filled(form=read.form, said=read.said)


def correct(
    wallet: Session, record_id: str, entries: Mapping[str, str], *, now: datetime
) -> bool:
    """Write a newer version of a record; answers whether anything is different now.

    Args:
        wallet: The open wallet.
        record_id: Which record.
        entries: The fields that are to say something else; an empty text empties one.
        now: When it was written.

    Raises:
        UsageError: there is no such record, nothing of it can be corrected, or a field
            is not as it should be.
    """
    record = records.show(
        wallet.store, written_id.record_id(record_id), person=wallet.person
    )
    read = _read(record)
    if read is None:
        raise UsageError(
            "this kind of record cannot be corrected; write a note beside it instead"
        )
    said = checked(read.form, entries, known=read.said)
    if said == read.said:
        return False
    resource = corrections.corrected(_parsed(record.body), read, said)
    kept = record if said["name"] == read.said["name"] else None
    _put_on_top(wallet, record, resource, kept, author=intake.PATIENT, now=now)
    return True


def go_back(wallet: Session, record_id: str, number: int, *, now: datetime) -> None:
    """Put an earlier version on top of a record's chain again.

    Raises:
        UsageError: there is no such record or version, or it is on top already.
    """
    name = written_id.record_id(record_id)
    record = records.show(wallet.store, name, person=wallet.person)
    every = versions.of(wallet.store, name, person=wallet.person)
    found = next((one for one in every if one.number == number), None)
    if found is None:
        raise UsageError("this record has no such version")
    if found.body == record.body:
        raise UsageError("this version is the one that holds now")
    resource = _parsed(found.body)
    _put_on_top(wallet, record, resource, None, author=found.author, now=now)


def _put_on_top(
    wallet: Session,
    record: Record,
    resource: dict[str, Any],
    kept: Record | None,
    *,
    author: str,
    now: datetime,
) -> None:
    """A newer version; *kept* is the record whose name stays, where it does."""
    with wallet.store.transaction():
        taking = _intake(wallet, now)
        found = _found(resource, taking.salt)
        if kept is not None and found.facts is not None:
            # It may have come from beside the record, by a reference.
            provider = found.facts.provider or kept.provider
            facts = found.facts._replace(title=kept.title, provider=provider)
            words = f"{kept.title} {found.words}"
            found = found._replace(facts=facts, words=words)
        row = records.row_of(wallet.store, record.record_id, person=wallet.person)
        taking.correct(row, found, author=author)
        _finish(taking, found)


def is_correctable(record: Record) -> bool:
    """Whether there is a form for a record, which comes with its body."""
    return _read(record) is not None


def _read(record: Record) -> Read | None:
    return corrections.read(
        _parsed(record.body),
        title=record.title,
        provider=record.provider,
        written=record.start_as_written,
    )


def _intake(wallet: Session, now: datetime) -> Intake:
    origin = Origin(
        name=SOURCE_NAME,
        # Of nothing: a digest of a few words would give them away to a guesser.
        sha256=secrets.token_bytes(32),
        size=0,
        at=now,
        dev=wallet.dev,
        person=wallet.person,
        kind=BY_HAND,
    )
    return Intake(wallet.store, origin)


def _finish(taking: Intake, found: Found) -> None:
    answer = FileAnswer(path="", format=_FORMAT, sha256="", counts=Counts(new=1))
    taking.finish(tail=b"", format_name=_FORMAT, answer=answer.remembered())
    assert found.raw  # noqa: S101 what is written is its own source


def _found(resource: dict[str, Any], salt: bytes) -> Found:
    made = derived_record(
        resource, place="", reader="", salt=salt, names=Names(), words=SOURCE_NAME
    )
    return made._replace(raw=made.derived, derived=b"")


def _subject(wallet: Session) -> str:
    """How a new record names its patient: as the records that are here do."""
    for held in records.timeline(wallet.store, person=wallet.person, category="person"):
        if held.rtype == "Patient":
            shown = records.show(wallet.store, held.record_id, person=wallet.person)
            given = _parsed(shown.body).get("id")
            if isinstance(given, str) and given:
                return f"Patient/{given}"
    return "Patient/me"


def _parsed(body: bytes) -> dict[str, Any]:
    """A resource whose numbers stay as they were written."""
    held = json.loads(body, parse_float=Decimal, parse_int=_whole)
    if not isinstance(held, dict):
        raise TypeError("a record's body is a JSON object")
    return held


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _SAFE_DIGITS else Decimal(digits)
