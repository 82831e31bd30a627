"""What a person reads of one record: when, what, how much, where; nothing else.

Reads any FHIR R4 resource with care: what is not there or not as expected is left
out, never guessed.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Any

from wallet.records.byhand.authorship import author_words

Json = Any
"""Whatever a JSON parser returns; every getter here expects anything."""

_WHEN = (
    *("effectiveDateTime", "effectivePeriod", "effectiveInstant", "onsetDateTime"),
    *("onsetPeriod", "authoredOn", "occurrenceDateTime", "performedDateTime"),
    *("performedPeriod", "period", "startDate", "started", "date", "recordedDate"),
    *("dateAsserted", "created", "issued"),
)
_WHAT = (
    *("code", "medicationCodeableConcept", "vaccineCode", "type", "title"),
    *("description", "name", "class", "deviceName", "relationship"),
)
_WHO = ("performer", "requester", "recorder", "asserter", "author", "participant")
_FLAGS = {
    "H": "above the usual range",
    "HH": "far above the usual range",
    "L": "below the usual range",
    "LL": "far below the usual range",
    "N": "in the usual range",
}
_GONE = frozenset({"resolved", "inactive", "remission", "completed", "stopped"}) | {
    "cancelled",
    "entered-in-error",
    "on-hold",
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_MOST_TEXT = 20_000
_MOST_DECIMALS = 5
_MEANT_DIGITS = 4
_MEANT_PLACES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One line of the readable page; ``when`` sorts, ``shown`` is for eyes."""

    when: str
    shown: str
    what: str
    value: str
    usual: str
    more: str
    place: str
    letter: str
    ongoing: bool
    until: str


def facts(resource: dict[str, Json], *, title: str, place: str) -> Facts:
    """Read one resource; *title* and *place* are what the wallet calls them."""
    when = _when(resource)
    return Facts(
        when=when,
        shown=spoken_date(when),
        what=title or words(_first(resource, _WHAT)) or resource["resourceType"],
        value=_value(resource),
        usual=_usual(resource),
        more=_more(resource),
        place=_said_by(resource, _actor(resource) or place),
        letter=_letter(resource),
        ongoing=_ongoing(resource),
        until=_until(resource),
    )


def _said_by(resource: dict[str, Json], place: str) -> str:
    """Whose word it is: what the patient wrote says so wherever it is shown."""
    hers = author_words(resource)
    return f"{hers}: {place}" if hers and place else hers or place


def _until(resource: dict[str, Json]) -> str:
    period = resource.get("effectivePeriod") or resource.get("period")
    end = period.get("end") if isinstance(period, dict) else None
    end = end or resource.get("abatementDateTime")
    return spoken_date(end) if isinstance(end, str) else ""


def spoken_date(when: str) -> str:
    """A FHIR date as people say it, no more exact than it is.

    >>> spoken_date("2026-11-12T08:10:00Z"), spoken_date("2026-11"), spoken_date("")
    ('12 November 2026', 'November 2026', 'Date not known')
    """
    year, _, rest = when[:10].partition("-")
    month, _, day = rest.partition("-")
    if not year:
        return "Date not known"
    if not (month.isdigit() and 1 <= int(month) <= len(_MONTHS)):
        return year
    said = f"{_MONTHS[int(month) - 1]} {year}"
    return f"{int(day)} {said}" if day.isdigit() else said


def words(value: Json) -> str:
    """The words of a CodeableConcept, Coding, Reference, name or text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(filter(None, map(words, value)))
    return _words_of(value) if isinstance(value, dict) else ""


def _words_of(value: dict[str, Json]) -> str:
    if "family" in value or "given" in value:
        parts = (value.get(key) for key in ("prefix", "given", "family", "suffix"))
        return " ".join(words(part).replace(",", "") for part in parts if part)
    for key in ("text", "display"):
        if isinstance(value.get(key), str):
            return str(value[key])
    return words(value.get("coding") or value.get("code") or value.get("name"))


def _first(resource: dict[str, Json], keys: tuple[str, ...]) -> Json:
    return next((resource[key] for key in keys if resource.get(key)), None)


def _when(resource: dict[str, Json]) -> str:
    found = _first(resource, _WHEN)
    if isinstance(found, dict):
        found = found.get("start") or found.get("end")
    return found if isinstance(found, str) else ""


def _value(resource: dict[str, Json]) -> str:
    plain = _plain_value(resource)
    parts = resource.get("component")
    if plain or not isinstance(parts, list):
        return plain
    known = [part for part in parts if isinstance(part, dict)]
    shown = [
        f"{words(part.get('code'))}: {_plain_value(part)}"
        for part in known
        if _plain_value(part)
    ]
    return "; ".join(shown)


def _plain_value(holder: dict[str, Json]) -> str:
    key = next((key for key in holder if key.startswith("value")), "")
    value = holder.get(key)
    if key == "valueQuantity":
        return _amount(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    if key == "valueDateTime" and isinstance(value, str):
        return spoken_date(value)
    return words(value)


def _amount(value: Json) -> str:
    if not isinstance(value, dict) or "value" not in value:
        return ""
    unit = value.get("unit") or value.get("code") or ""
    comparator = value.get("comparator", "")
    return f"{comparator}{_short_number(value['value'])} {unit}".strip()


def _short_number(number: Json) -> str:
    """As written; only a value with more digits than anyone measures is shortened."""
    written = str(number)
    if len(written.partition(".")[2]) <= _MOST_DECIMALS:
        return written
    try:
        value = Decimal(written)
    except InvalidOperation:
        return written
    places = min(max(0, _MEANT_DIGITS - 1 - value.adjusted()), _MEANT_PLACES)
    return f"{value:.{places}f}"


def _usual(resource: dict[str, Json]) -> str:
    said = [_FLAGS[mark] for mark in _marks(resource) if mark in _FLAGS]
    ranges = resource.get("referenceRange")
    if isinstance(ranges, list) and ranges and isinstance(ranges[0], dict):
        said.append(_range(ranges[0]))
    return "; ".join(filter(None, said))


def _marks(resource: dict[str, Json]) -> list[str]:
    found = resource.get("interpretation")
    return [
        str(coding.get("code"))
        for concept in (found if isinstance(found, list) else [])
        if isinstance(concept, dict)
        for coding in concept.get("coding") or []
        if isinstance(coding, dict)
    ]


def _range(given: dict[str, Json]) -> str:
    low, high = _amount(given.get("low")), _amount(given.get("high"))
    if low and high:
        return f"usual: {low.split(' ')[0]} to {high}"
    if low or high:
        return f"usual: {low} or more" if low else f"usual: up to {high}"
    return words(given.get("text"))


def _more(resource: dict[str, Json]) -> str:
    said = [words(resource.get("conclusion"))]
    doses = resource.get("dosageInstruction") or resource.get("dosage")
    said += [words(dose) for dose in (doses if isinstance(doses, list) else [])]
    reactions = resource.get("reaction")
    for reaction in reactions if isinstance(reactions, list) else []:
        if isinstance(reaction, dict):
            said.append(words(reaction.get("manifestation")))
    if resource.get("title") and resource.get("description"):
        said.append(words(resource["description"]))
    end = resource.get("abatementDateTime")
    if isinstance(end, str):
        said.append(f"over since {spoken_date(end)}")
    said += [words(note) for note in resource.get("note") or []]
    return ". ".join(part.rstrip(".") for part in said if part)


def _actor(resource: dict[str, Json]) -> str:
    found = _first(resource, _WHO)
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            inner = one.get("actor") or one.get("individual") or one.get("member")
            actor = inner if isinstance(inner, dict) else one
            name = words(actor.get("display"))
            if name:
                return name
    return ""


def _ongoing(resource: dict[str, Json]) -> bool:
    """Whether it still holds, as far as the record says."""
    status = resource.get("clinicalStatus") or resource.get("status")
    if isinstance(status, dict):  # perhaps only the reason why nothing is known
        coding = status.get("coding")
        first = coding[0] if isinstance(coding, list) and coding else None
        status = first.get("code") if isinstance(first, dict) else None
    gone = isinstance(status, str) and status in _GONE
    return not gone and not resource.get("abatementDateTime")


def _letter(resource: dict[str, Json]) -> str:
    """The plain text inside a document."""
    if resource.get("resourceType") == "Composition":
        return _told(resource.get("section"))
    contents = resource.get("content")
    for content in contents if isinstance(contents, list) else []:
        held = content.get("attachment") if isinstance(content, dict) else None
        if isinstance(held, dict) and _is_text(held):
            try:
                data = base64.b64decode(held["data"], validate=True)
            except (binascii.Error, TypeError, ValueError):
                continue
            return data.decode("utf-8", "replace")[:_MOST_TEXT]
    return ""


def _told(sections: Json) -> str:
    """What the sections of a document say, a line for a row or a paragraph."""
    said = []
    for section in sections if isinstance(sections, list) else []:
        text = section.get("text") if isinstance(section, dict) else None
        div = text.get("div") if isinstance(text, dict) else None
        if isinstance(div, str):
            lines = _TAG.sub(" ", _BREAK.sub("\n", _CELL.sub(" | ", div))).split("\n")
            plain = (" ".join(unescape(line).split()) for line in lines)
            said.append("\n".join(filter(None, plain)))
    return "\n\n".join(filter(None, said))[:_MOST_TEXT]


# None of these looks past the next sign of a tag, however long the text is.
_CELL = re.compile(r"</t[dh]>\s{0,80}<t[dh]\b[^<>]*>")
_BREAK = re.compile(r"</?(?:p|li|tr|br|table|ul|ol|h\d|div)\b[^<>]*>")
_TAG = re.compile(r"<[^<>]*>")


def _is_text(held: dict[str, Json]) -> bool:
    kind = str(held.get("contentType", "")).partition(";")[0].strip().lower()
    return kind == "text/plain" and isinstance(held.get("data"), str)
