"""FHIR R4 data types as those of HL7 V3: times, codes, amounts, names, addresses.

Source: HL7 V3 Data Types R1 (as the CDA R2 schema has them), HL7 "C-CDA on FHIR". The
other way round is `wallet.records.cda.values` and `wallet.records.cda.times`.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from wallet.exports.cda.markup import NOTHING, Markup, element
from wallet.records.cda.values import SYSTEMS, UCUM

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
"""Whatever a JSON parser returns; every writer here expects anything."""

SNOMED = "2.16.840.1.113883.6.96"
LOINC = "2.16.840.1.113883.6.1"
UNKNOWN = {"nullFlavor": "UNK"}
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UNIT = re.compile(r"[!-~]{1,60}")
_NO_CODE = re.compile(r"\s")
_STAMP = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?"
    r"(Z|[+-]\d\d:\d\d)?)?)?)?"
)
_OIDS: dict[str, str] = {}
for _oid, _system in SYSTEMS.items():
    _OIDS.setdefault(_system, _oid)  # the first is the one in use today
_ROOTS = {
    "http://hl7.org/fhir/sid/us-ssn": "2.16.840.1.113883.4.1",
    "http://hl7.org/fhir/sid/us-npi": "2.16.840.1.113883.4.6",
}


def items(value: Json) -> list[dict[str, Json]]:
    """The objects of a list, or the one there is."""
    held = value if isinstance(value, list) else [value]
    return [one for one in held if isinstance(one, dict)]


def text_of(value: Json) -> str:
    """A text, on one line; empty if it is none."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def stamp(written: Json) -> str:
    """A FHIR date, dateTime or instant as TS; empty if it is none.

    >>> stamp("2013-08"), stamp("2013-08-15T14:30:05-05:00"), stamp("soon")
    ('201308', '20130815143005-0500', '')
    """
    found = _STAMP.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        return ""
    *digits, part, zone = found.groups()
    said = "".join(filter(None, digits))
    if zone:
        said += (part or "") + ("+0000" if zone == "Z" else zone.replace(":", ""))
    return said


def moment(name: str, written: Json) -> Markup:
    """TS; unknown where nothing is written."""
    said = stamp(written)
    return element(name, {"value": said} if said else UNKNOWN)


def span(name: str, start: Json, end: Json = None, *, over: str = "") -> Markup:
    """IVL_TS of a start and an end.

    Args:
        name: The element.
        start: FHIR date or dateTime; a start must stand there (C-CDA), unknown if not.
        end: The same; left out where it is empty.
        over: The ``nullFlavor`` of an end that there is, but not known when.
    """
    until = stamp(end)
    high = NOTHING
    if until or over:
        high = element("high", {"value": until} if until else {"nullFlavor": over})
    return element(name, {"xsi:type": "IVL_TS"}, moment("low", start), high)


def when(resource: dict[str, Json], stem: str, name: str = "effectiveTime") -> Markup:
    """``stemDateTime``, ``stemInstant`` or ``stemPeriod`` as effectiveTime."""
    period = resource.get(f"{stem}Period")
    if isinstance(period, dict):
        end = period.get("end")
        over = "" if end else "UNK"
        start = moment("low", period.get("start"))
        until = stamp(end)
        high = element("high", {"value": until} if until else {"nullFlavor": over})
        return element(name, {}, start, high)
    point = resource.get(f"{stem}DateTime") or resource.get(f"{stem}Instant")
    return moment(name, point)


def system_oid(system: Json) -> str:
    """The object identifier of a code system's address; empty if it has none."""
    if not isinstance(system, str):
        return ""
    bare = system.removeprefix("urn:oid:")
    return _OIDS.get(system) or (bare if _OID.fullmatch(bare) else "")


def ids(resource: dict[str, Json], name: str) -> Markup:
    """II: the numbers a source gave, then the name the record has in this package."""
    found = [one for held in items(resource.get("identifier")) if (one := _id(held))]
    own = element("id", {"root": name.removeprefix("urn:uuid:")})
    return Markup("".join([*found, own]))


def _id(held: dict[str, Json]) -> Markup:
    value, system = text_of(held.get("value")), held.get("system")
    if system == "urn:ietf:rfc:3986":
        root = value.removeprefix("urn:oid:").removeprefix("urn:uuid:")
        fits = _OID.fullmatch(root) or _UUID.fullmatch(root)
        return element("id", {"root": root}) if fits else NOTHING
    root = _ROOTS.get(system, "") if isinstance(system, str) else ""
    root = root or system_oid(system)
    if not root and isinstance(system, str):
        last = system.removeprefix("urn:uuid:")
        root = last if _UUID.fullmatch(last) else ""
    if not value or not root:
        return NOTHING
    return element("id", {"root": root, "extension": value})


def concept(
    name: str,
    value: Json,
    *,
    kind: str = "",
    prefer: str = "",
    text: str = "",
) -> Markup:
    """CD or CE of a CodeableConcept.

    Args:
        name: The element.
        value: The concept; a code of a system without an object identifier goes as
            its words.
        kind: ``xsi:type`` where the element may hold several.
        prefer: The object identifier of the system that C-CDA asks for here.
        text: The words, where the concept has none.
    """
    held = value if isinstance(value, dict) else {}
    codings = [one for coding in items(held.get("coding")) if (one := _coding(coding))]
    codings.sort(key=lambda one: one["codeSystem"] != prefer)
    said = text_of(held.get("text")) or _display(held) or text
    first = codings[0] if codings else {"nullFlavor": "OTH" if said else "UNK"}
    return element(
        name,
        {"xsi:type": kind, **first},
        element("originalText", {}, said) if said else NOTHING,
        *(element("translation", one) for one in codings[1:]),
    )


def coded(name: str, code: str, system: str, display: str = "", **more: str) -> Markup:
    """A code this program chooses itself."""
    held = {"code": code, "codeSystem": system, "displayName": display}
    return element(name, {**more, **held})


def words_of(value: Json) -> str:
    """The words of a concept, for the narrative."""
    held = value if isinstance(value, dict) else {}
    return text_of(held.get("text")) or _display(held)


def _display(held: dict[str, Json]) -> str:
    shown = (text_of(one.get("display")) for one in items(held.get("coding")))
    return next(filter(None, shown), "")


def _coding(coding: dict[str, Json]) -> dict[str, str]:
    code, oid = coding.get("code"), system_oid(coding.get("system"))
    if not isinstance(code, str) or not code or not oid or _NO_CODE.search(code):
        return {}
    shown = text_of(coding.get("display"))
    return {"code": code, "codeSystem": oid, "displayName": shown}


def number(value: Json) -> str:
    """A number as it is written; empty if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return ""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return ""
    return str(value) if found.is_finite() else ""


def quantity(name: str, value: Json, *, kind: str = "") -> Markup:
    """PQ of a Quantity.

    A unit that is no UCUM stands in a translation, in words (C-CDA Examples, "Result
    Unit Non-UCUM").
    """
    held = value if isinstance(value, dict) else {}
    amount = number(held.get("value"))
    if not amount:
        return element(name, {"xsi:type": kind, **UNKNOWN})
    unit = text_of(held.get("code") or held.get("unit"))
    is_ucum = held.get("system") in (UCUM, None) and _UNIT.fullmatch(unit)
    if not unit:
        return element(name, {"xsi:type": kind, "value": amount, "unit": "1"})
    if is_ucum:
        return element(name, {"xsi:type": kind, "value": amount, "unit": unit})
    shown = text_of(held.get("unit")) or unit
    other = element(
        "translation", {"value": amount}, element("originalText", {}, shown)
    )
    return element(name, {"xsi:type": kind, **UNKNOWN}, other)


def bounded(name: str, value: Json, *, kind: str = "IVL_PQ") -> Markup:
    """IVL_PQ of a Quantity with a comparator, or of a Range."""
    held = value if isinstance(value, dict) else {}
    sign = held.get("comparator")
    if isinstance(sign, str) and sign[:1] in ("<", ">"):
        side = "high" if sign.startswith("<") else "low"
        bound = quantity(side, held)
        if not sign.endswith("="):
            head = f"<{side}"
            bound = Markup(bound.replace(head, f'{head} inclusive="false"', 1))
        return element(name, {"xsi:type": kind}, bound)
    sides = [
        quantity(side, held[side])
        for side in ("low", "high")
        if isinstance(held.get(side), dict)
    ]
    return element(name, {"xsi:type": kind}, *sides)


_NAME_USE = {"usual": "L", "official": "L", "nickname": "P", "anonymous": "A"}
_ADDRESS_USE = {"home": "HP", "work": "WP", "temp": "TMP"}
_ADDRESS_PARTS = (
    ("line", "streetAddressLine"),
    ("city", "city"),
    ("district", "county"),
    ("state", "state"),
    ("postalCode", "postalCode"),
    ("country", "country"),
)
_TELECOM = {
    "phone": "tel:",
    "fax": "fax:",
    "email": "mailto:",
    "url": "",
    "sms": "tel:",
}
_TELECOM_USE = {"home": "HP", "work": "WP", "mobile": "MC"}
_NOT_IN_A_URL = re.compile(r"[^A-Za-z0-9+().:/@_~%&=?#;,-]")


def person_name(held: dict[str, Json]) -> Markup:
    """PN of a HumanName."""
    parts = [
        element(name, {}, said)
        for key, name in (("prefix", "prefix"), ("given", "given"))
        for said in _texts(held.get(key))
    ]
    parts += [element("family", {}, said) for said in _texts(held.get("family"))]
    parts += [element("suffix", {}, said) for said in _texts(held.get("suffix"))]
    use = {"use": _NAME_USE.get(str(held.get("use")), "")}
    return element("name", use, *parts) if parts else _plain("name", use, held)


def _texts(value: Json) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if said := text_of(one):
            yield said


def address(held: dict[str, Json]) -> Markup:
    """AD of an Address."""
    parts = [
        element(name, {}, said)
        for key, name in _ADDRESS_PARTS
        for said in _texts(held.get(key))
    ]
    use = {"use": _ADDRESS_USE.get(str(held.get("use")), "")}
    return element("addr", use, *parts) if parts else _plain("addr", use, held)


def _plain(name: str, use: dict[str, str], held: dict[str, Json]) -> Markup:
    return element(name, use, text_of(held.get("text")))


def contact(held: dict[str, Json]) -> Markup:
    """TEL of a ContactPoint."""
    value = _NOT_IN_A_URL.sub("", text_of(held.get("value")))
    if not value:
        return element("telecom", UNKNOWN)
    scheme = _TELECOM.get(str(held.get("system")), "")
    use = _TELECOM_USE.get(str(held.get("use")), "")
    return element("telecom", {"use": use, "value": f"{scheme}{value}"})
