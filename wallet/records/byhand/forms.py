"""The forms a patient fills in: few fields in plain names, only the name obligatory.

A form is named after the data class it makes (`record.CATEGORIES`); what is written
into one is a mapping from a field's key to text. `checked` is the one gate: whatever
passes it can be made into a record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from wallet.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_LINE = 200
MOST_TEXT = 20_000
_FIRST_YEAR, _LAST_YEAR = 1850, 2150
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_MOST_DIGITS = 20
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Kind(StrEnum):
    """What a field takes."""

    LINE = "line"
    TEXT = "text"
    DATE = "date"
    """A day, a month or a year: ``2024-03-09``, ``2024-03``, ``2024``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its key for programs, its name and an example for people."""

    key: str
    name: str
    kind: Kind = Kind.LINE
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form; the first field is the only one that has to be filled in."""

    category: str
    name: str
    fields: tuple[Field, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its fields, in their order."""
        return tuple(field.key for field in self.fields)


def _date(key: str, name: str) -> Field:
    return Field(key=key, name=name, kind=Kind.DATE)


FORMS: tuple[Form, ...] = (
    Form(
        category="medicine",
        name="A medicine",
        fields=(
            Field(key="name", name="Name and strength", example="Ibuprofen 400 mg"),
            Field(key="how", name="How you take it", example="One in the evening"),
            _date("since", "Since"),
            _date("until", "Stopped"),
        ),
    ),
    Form(
        category="allergy",
        name="An allergy",
        fields=(
            Field(key="name", name="What you react to", example="Penicillin"),
            Field(key="reaction", name="What happens", example="Skin rash"),
            _date("since", "Since"),
        ),
    ),
    Form(
        category="condition",
        name="A condition",
        fields=(
            Field(key="name", name="What you have or had", example="High pressure"),
            _date("since", "Since"),
            _date("until", "Over since"),
        ),
    ),
    Form(
        category="vaccine",
        name="A vaccine",
        fields=(
            Field(key="name", name="Vaccine", example="Tetanus"),
            _date("date", "When"),
            Field(key="by", name="Given by", example="Dr. Lind"),
        ),
    ),
    Form(
        category="visit",
        name="A visit",
        fields=(
            Field(key="name", name="What it was for", example="Check-up"),
            _date("date", "When"),
            Field(key="by", name="Who you saw, or where", example="Dr. Lind"),
        ),
    ),
    Form(
        category="vital",
        name="A measurement",
        fields=(
            Field(key="name", name="What you measured", example="Blood pressure"),
            Field(key="value", name="Value", example="128/82"),
            Field(key="unit", name="Unit", example="mmHg"),
            _date("date", "When"),
        ),
    ),
    Form(
        category="test",
        name="A lab value",
        fields=(
            Field(key="name", name="Test", example="Total cholesterol"),
            Field(key="value", name="Value", example="5.2"),
            Field(key="unit", name="Unit", example="mmol/L"),
            _date("date", "When"),
            Field(key="by", name="Laboratory or doctor", example="City Laboratory"),
        ),
    ),
    Form(
        category="document",
        name="A note",
        fields=(
            Field(key="name", name="Title", example="Questions for Dr. Lind"),
            Field(key="text", name="What you want to write", kind=Kind.TEXT),
            _date("date", "About which day"),
        ),
    ),
)
OTHER = Form(
    category="other",
    name="This record",
    fields=(Field(key="name", name="Name"), _date("date", "When")),
)
"""What can be corrected in a record that no form makes."""


def form_of(category: str) -> Form:
    """The form that makes records of *category*.

    Raises:
        UsageError: there is none.
    """
    for form in FORMS:
        if form.category == category:
            return form
    named = ", ".join(form.category for form in FORMS)
    raise UsageError(f"there is no such form; there are: {named}")


def checked(
    form: Form, entries: Mapping[str, str], *, known: Mapping[str, str] = _NOTHING
) -> dict[str, str]:
    """*entries* cleaned, every field of *form* there, empty where nothing was said.

    Args:
        form: The form that was filled in.
        entries: What was written, by field.
        known: What stood in the fields before; it is taken as it is, and stays where
            nothing was written.

    Raises:
        UsageError: a field is not of this form, missing or not as it should be; the
            sentence names it.
    """
    for key in entries:
        if key not in form.keys:
            raise UsageError(
                f"{key} is no field here; there are: {', '.join(form.keys)}"
            )
    found = dict(known)
    for field in form.fields:
        text = entries.get(field.key, known.get(field.key, ""))
        same = text == known.get(field.key)
        found[field.key] = text if same else _clean(field, text)
    first = form.fields[0]
    if not found[first.key]:
        raise UsageError(f"{first.name}: this has to be filled in")
    if found.get("unit") and not found.get("value"):
        raise UsageError("Value: there is a unit without a value")
    ends, begins = found.get("until", ""), found.get("since", "")
    if begins and ends and ends < begins[: len(ends)]:
        last = next(field for field in form.fields if field.key == "until")
        raise UsageError(f"{last.name}: this lies before the beginning")
    return found


def _clean(field: Field, text: str) -> str:
    most = MOST_TEXT if field.kind is Kind.TEXT else MOST_LINE
    if field.kind is Kind.TEXT:
        said = "\n".join(
            "".join(sign for sign in line if sign.isprintable()).rstrip()
            for line in text.strip().splitlines()
        )
    else:
        said = " ".join("".join(s if s.isprintable() else " " for s in text).split())
    if len(said) > most:
        raise UsageError(f"{field.name}: this is longer than {most} letters")
    if field.kind is Kind.DATE and said:
        _check_date(field, said)
    return said


def _check_date(field: Field, said: str) -> None:
    """A day that exists, in years a record can be of."""
    match = _DATE.fullmatch(said)
    year, month, day = (
        (int(part or 1) for part in match.groups()) if match else (0,) * 3
    )
    try:
        date(year, month, day)
    except ValueError:
        raise UsageError(
            f"{field.name}: write a day as 2024-03-09, a month as 2024-03 or a year"
        ) from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise UsageError(f"{field.name}: the year {year} cannot be meant")


def number_of(said: str) -> Decimal | None:
    """A value that is one number, decimal comma or point; None where it is words.

    >>> number_of("5,40"), number_of("128/82"), number_of("1e9999")
    (Decimal('5.40'), None, None)
    """
    plain = said.replace(",", ".") if said.count(",") == 1 and "." not in said else said
    if not re.fullmatch(
        rf"-?\d{{1,{_MOST_DIGITS}}}(?:\.\d{{1,{_MOST_DIGITS}}})?", plain
    ):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None
