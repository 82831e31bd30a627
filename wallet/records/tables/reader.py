"""Tables of laboratory values, vaccines and medicines: one row, one record.

The row's own text is in the original and can be found by search. A row that cannot be
read is named by its line and counted; a number that could be two numbers, or a date
that could be two days, stays the text it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wallet.records.documents import Derived, Document
from wallet.records.findings import Cause, Finding
from wallet.records.hl7v2.values import reference_range
from wallet.records.tables import columns as mapping
from wallet.records.tables import rows as table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.reader import Given
    from wallet.records.tables.columns import Columns
    from wallet.records.tables.rows import Row, Table

Json = dict[str, Any]

VERSION = 1
_LOINC = re.compile(r"\d{1,5}-\d")
_DIGITS = re.compile(r"(?:.*cvx)?(\d{1,7})")
_COMPARED = re.compile(r"\s*(<=|>=|<|>|\u2264|\u2265)\s*")
_SIGNS = {"\u2264": "<=", "\u2265": ">="}
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def reader(given: Given) -> Document:
    """See `reader.Reader`."""
    return Document(given, form="table", version=VERSION, parse=parse)


def fits(head: bytes) -> bool:
    """Whether the first bytes of a file look like a table with a head."""
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    text = table.text_of(head)
    # The last line may be cut off in the middle.
    cut = text.rfind("\n")
    return table.separator_of(text[:cut] if cut > 0 else text) is not None


def parse(data: bytes, given: Given) -> Iterator[Derived | Finding]:
    """A record of every row, once it is known which column is what."""
    held = table.read_table(data)
    found = given.aids.columns.get(mapping.fingerprint(held.head))
    found = found or mapping.guess(held.head)
    if found is None:
        yield Derived("/", cause=Cause.COLUMNS_UNKNOWN)
        return
    work = _Rows(held, found)
    if found.date is not None and not work.order:
        yield Finding(place="/", cause=Cause.DATES_UNCLEAR)
    people: set[str] = set()
    for row in held.rows:
        person = work.cell(row, found.person)
        if person and person not in people:
            people.add(person)
            if len(people) == 2:  # noqa: PLR2004 the second one is the news
                yield Finding(place=f"line {row.number}", cause=Cause.OTHER_PERSON)
        yield work.record(row)


class _Rows:
    """One table with its meaning: what its numbers and dates are written like."""

    def __init__(self, held: Table, columns: Columns) -> None:
        self._columns = columns
        dates = [
            *table.column(held.rows, columns.date),
            *table.column(held.rows, columns.end),
        ]
        numbers = [
            cell
            for at in (columns.value, columns.low, columns.high)
            for cell in table.column(held.rows, at)
        ]
        self.order = columns.order or table.date_order(dates)
        self._decimal = columns.decimal or table.decimal_sign(
            numbers, separator=held.sign
        )

    def cell(self, row: Row, at: int | None) -> str:
        """One cell; empty where there is none."""
        return row.cells[at] if at is not None and at < len(row.cells) else ""

    def record(self, row: Row) -> Derived:
        """The record of a row, or why it is none."""
        place = f"line {row.number}"
        code = self._code(row)
        if not code:
            return Derived(place, cause=Cause.NOT_A_RECORD)
        make = {"test": self._test, "vaccine": self._vaccine}
        resource = make.get(self._columns.kind, self._medicine)(row, code)
        person = self.cell(row, self._columns.person)
        if person:
            about = "patient" if self._columns.kind == "vaccine" else "subject"
            resource[about] = {"identifier": {"value": person}}
        return Derived(place, resource, words=" ".join(filter(None, row.cells)))

    def _code(self, row: Row) -> Json:
        codings = []
        for at, system, pattern in (
            (self._columns.loinc, "http://loinc.org", _LOINC),
            (self._columns.cvx, "http://hl7.org/fhir/sid/cvx", _DIGITS),
            (
                self._columns.rxnorm,
                "http://www.nlm.nih.gov/research/umls/rxnorm",
                _DIGITS,
            ),
        ):
            found = pattern.fullmatch(self.cell(row, at))
            if found:
                code = found[found.lastindex or 0]
                codings.append({"system": system, "code": code})
        name = self.cell(row, self._columns.name)
        held: Json = {"coding": codings} if codings else {}
        return {**held, "text": name} if name else held

    def _date(self, row: Row, at: int | None) -> str:
        return table.date_of(self.cell(row, at), order=self.order)

    def _test(self, row: Row, code: Json) -> Json:
        columns = self._columns
        written = self.cell(row, columns.unit)
        unit = {"unit": written} if written else {}
        found: Json = {
            "resourceType": "Observation",
            "status": "unknown",
            "category": [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}],
            "code": code,
            **self._value(self.cell(row, columns.value), unit),
        }
        if when := self._date(row, columns.date):
            found["effectiveDateTime"] = when
        if limits := self._limits(row, unit):
            found["referenceRange"] = limits
        if lab := self.cell(row, columns.lab):
            found["performer"] = [{"display": lab}]
        notes = [self.cell(row, columns.comment)]
        if not when and self.cell(row, columns.date):
            notes.append(f"Date as written: {self.cell(row, columns.date)}")
        if any(notes):
            found["note"] = [{"text": note} for note in notes if note]
        return found

    def _value(self, written: str, unit: Json) -> Json:
        if not written:
            reason = {"system": _ABSENT, "code": "unknown"}
            return {"dataAbsentReason": {"coding": [reason]}}
        amount = self._amount(written, unit)
        if amount is not None:
            return {"valueQuantity": amount}
        return {"valueString": f"{written} {unit.get('unit', '')}".strip()}

    def _amount(self, written: str, unit: Json) -> Json | None:
        sign = _COMPARED.match(written)
        rest = written[sign.end() :] if sign else written
        value = table.number_of(rest, decimal=self._decimal)
        if value is None:
            return None
        found: Json = {"value": value, **unit}
        if sign:
            found["comparator"] = _SIGNS.get(sign[1], sign[1])
        return found

    def _limits(self, row: Row, unit: Json) -> list[Json]:
        low = self._amount(self.cell(row, self._columns.low), unit)
        high = self._amount(self.cell(row, self._columns.high), unit)
        limits = {k: v for k, v in (("low", low), ("high", high)) if v}
        if limits:
            return [limits]
        words = self.cell(row, self._columns.range)
        if self._decimal == ",":
            words = words.replace(",", ".")
        return reference_range(words, unit)

    def _vaccine(self, row: Row, code: Json) -> Json:
        when = self._date(row, self._columns.date)
        found: Json = {
            "resourceType": "Immunization",
            "status": "completed",
            "vaccineCode": code,
        }
        if when:
            return {**found, "occurrenceDateTime": when}
        return {**found, "occurrenceString": "no date"}

    def _medicine(self, row: Row, code: Json) -> Json:
        found: Json = {
            "resourceType": "MedicationStatement",
            "status": "unknown",
            "medicationCodeableConcept": code,
        }
        period = {
            key: when
            for key, at in (("start", self._columns.date), ("end", self._columns.end))
            if (when := self._date(row, at))
        }
        if period:
            found["effectivePeriod"] = period
        if how := self.cell(row, self._columns.how):
            found["dosage"] = [{"text": how}]
        return found
