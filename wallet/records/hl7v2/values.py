"""HL7 v2 data types as FHIR R4 values: codes, names, times, identifiers, quantities.

HL7 v2.5.1 chapter 2A; the names of code systems are table 0396. Nothing is guessed: a
code of an unknown system keeps its text, a time without a zone keeps its day.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wallet.records.hl7v2.syntax import Segment

Json = dict[str, Any]

_SYSTEMS = {
    "LN": "http://loinc.org",
    "LOINC": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SNM": "http://snomed.info/sct",
    "SNOMED": "http://snomed.info/sct",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "MVX": "http://hl7.org/fhir/sid/mvx",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "I10": "http://hl7.org/fhir/sid/icd-10-cm",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9CDX": "http://hl7.org/fhir/sid/icd-9-cm",
    "C4": "http://www.ama-assn.org/go/cpt",
    "CPT": "http://www.ama-assn.org/go/cpt",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "RXN": "http://www.nlm.nih.gov/research/umls/rxnorm",
}
UCUM = "http://unitsofmeasure.org"
_TIME = re.compile(
    r"(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)?(\d\d)?(?:\.\d+)?)?([+-]\d{4})?"
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_COMPARED = re.compile(r"\s*(<=|>=|<|>)\s*")
_RANGE = re.compile(
    r"\s*([+-]?\d+(?:\.\d+)?)\s*(?:-|to|\u2013)\s*([+-]?\d+(?:\.\d+)?)\s*\S*\s*"
)
# GLUCOSE names something, K63.3 and 12345 do not.
_WORD = re.compile(r"[A-Za-z]{3}")
_MOST_DIGITS = 40


def concept(segment: Segment, written: str) -> Json:
    """A CodeableConcept of a CE, CWE or CNE; empty where nothing is said."""
    codings = []
    for first in (1, 4):
        code = segment.within(written, first)
        display = segment.within(written, first + 1)
        system = _SYSTEMS.get(segment.within(written, first + 2).upper())
        if not code:
            continue
        # Codes of the sender's own have no address; they keep their words.
        coding = {"system": system, "code": code} if system else {"code": code}
        codings.append({**coding, "display": display} if display else coding)
    text = next((said for at in (9, 2, 5) if (said := segment.within(written, at))), "")
    if not text and codings and _WORD.search(codings[0]["code"]):
        text = codings[0]["code"]
    found: Json = {"coding": codings} if codings else {}
    return {**found, "text": text} if text else found


def concept_of(segment: Segment, field: int) -> Json:
    """The CodeableConcept of the first repetition of *field*."""
    first = next(iter(segment.repeats(field)), "")
    return concept(segment, first)


def moment(written: str, *, zone: str = "") -> str:
    """A FHIR date or instant of a DT, DTM or TS; empty where it is none.

    *zone* is that of the message (MSH-7), which holds where a value names none. Without
    any a time of day means nothing, so the day is kept.
    """
    found = _TIME.fullmatch(written.strip())
    if found is None or not int(found[1]):
        return ""
    year, month, day, hour, minute, second, own = found.groups()
    if month is None or month == "00":
        return year
    if day is None or day == "00":
        return f"{year}-{month}"
    date = f"{year}-{month}-{day}"
    shift = own or zone
    if hour is None or not shift:
        return date
    return f"{date}T{hour}:{minute or '00'}:{second or '00'}{shift[:3]}:{shift[3:]}"


def zone_of(written: str) -> str:
    """The time zone of a message, from its own time; empty where it names none."""
    found = _TIME.fullmatch(written.strip())
    return (found[7] or "") if found else ""


def name(segment: Segment, written: str) -> Json:
    """A HumanName of an XPN."""
    given = [part for at in (2, 3) if (part := segment.within(written, at))]
    found: Json = {}
    if family := segment.within(written, 1):
        found["family"] = family
    if given:
        found["given"] = given
    for key, at in (("suffix", 4), ("prefix", 5)):
        if said := segment.within(written, at):
            found[key] = [said]
    return found


def called(segment: Segment, field: int) -> str:
    """What a person or place in an XCN, XON, XPN or PL is called, in one line."""
    first = next(iter(segment.repeats(field)), "")
    if not first:
        return ""
    family, given = segment.within(first, 2), segment.within(first, 3)
    if family:
        prefix = segment.within(first, 6)
        return " ".join(filter(None, (prefix, given, family)))
    alone = segment.within(first, 1)
    return alone if _WORD.search(alone) else ""


def identifiers(segment: Segment, field: int) -> list[Json]:
    """Identifiers of a CX or EI, with who gave them."""
    found = []
    for written in segment.repeats(field):
        value = segment.within(written, 1)
        by = segment.within(written, 4, 1) or segment.within(written, 2)
        oid = segment.within(written, 4, 2) or segment.within(written, 3)
        if not value:
            continue
        one: Json = {"value": value}
        if re.fullmatch(r"[0-9]+(?:\.[0-9]+)+", oid):
            one["system"] = f"urn:oid:{oid}"
        if by:
            one["assigner"] = {"display": by}
        found.append(one)
    return found


def number(written: str) -> Decimal | None:
    """A decimal as it is written; None where it is none."""
    text = written.strip()
    if not _NUMBER.fullmatch(text) or len(text) > _MOST_DIGITS:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def quantity(written: str, unit: Json) -> Json | None:
    """A Quantity of ``5.2``, ``<5`` or ``>= 3``; None where there is no number."""
    sign = _COMPARED.match(written)
    value = number(written[sign.end() :] if sign else written)
    if value is None:
        return None
    found: Json = {"value": value, **unit}
    return {**found, "comparator": sign[1]} if sign else found


def unit_of(segment: Segment, field: int) -> Json:
    """Unit of a Quantity, with its UCUM code where it says that it is one."""
    first = next(iter(segment.repeats(field)), "")
    code, text = segment.within(first, 1), segment.within(first, 2)
    if segment.within(first, 3).upper() == "UCUM" and code:
        # A long name of the unit is for people who look it up, not beside a number.
        return {"unit": code, "system": UCUM, "code": code}
    said = code or text
    return {"unit": said} if said else {}


def reference_range(written: str, unit: Json) -> list[Json]:
    """The laboratory's own range: numbers where they are, always its words."""
    text = " ".join(written.split())
    if not text:
        return []
    found: Json = {"text": text}
    between = _RANGE.fullmatch(text)
    sign = _COMPARED.match(text)
    if between:
        low, high = number(between[1]), number(between[2])
        found |= {"low": {"value": low, **unit}, "high": {"value": high, **unit}}
    elif sign and (value := number(text[sign.end() :].split(" ")[0])) is not None:
        end = "high" if sign[1].startswith("<") else "low"
        found[end] = {"value": value, **unit}
    return [found]
