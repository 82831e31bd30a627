"""Makes a resource keep the rules of FHIR R4 where that loses nothing, else says why.

The gate of every FHIR dress. What is added is that something is not known, what is
taken away is what says nothing; anything else is for the patient to decide.

Source: FHIR R4 2.1.27 missing data, extension ``data-absent-reason``.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from wallet.records.fhir.elements import Element, elements_of
from wallet.records.fhir.narrative import XHTML, is_safe
from wallet.records.fhir.primitives import fits
from wallet.records.fhir.validity import Fault, Flaw, flaws_of

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_WRITTEN = "http://hl7.org/fhir/StructureDefinition/originalText"
_TIMES = ("date", "dateTime", "instant", "time")
_HARMLESS = re.compile(r"[\d:+./TZ -]{1,40}|[\w.-]{1,20}", re.ASCII)  # no sentence
_ROUNDS = 8
_SAYS_NOTHING = frozenset(
    {"CodeableConcept", "Coding", "HumanName", "Identifier", "Period", "Reference"}
    | {"Quantity", "Range", "Ratio", "Money", "Address", "ContactPoint"}
    | {"Attachment"}
)
"""Types that may consist of the reason why nothing is known, and nothing else."""
_PERSON = ("beneficiary", "patient", "subject")
_TAG = re.compile(r"<[^>]*>")
_NO_SECONDS = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(Z|[+-]\d\d:\d\d)", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)


def mended(
    resource: dict[str, Json],
    *,
    person: str,
    type_of: Callable[[str], str | None] = lambda _reference: None,
    number: Callable[[str], Json] = str,
) -> tuple[dict[str, Json], tuple[Flaw, ...]]:
    """The resource with every flaw mended that can be, and the flaws that are left.

    Args:
        resource: R4 with a ``resourceType``; changed in place where it is mended.
        person: The name of the one Patient, for whom these records are.
        type_of: As `validity.flaws_of`.
        number: Makes a decimal of its digits, as the writer of JSON wants it.
    """
    for _ in range(_ROUNDS):
        flaws = flaws_of(resource, type_of=type_of)
        # From behind, so that places in lists stay what they are.
        tried = [_mend(resource, flaw, person, number) for flaw in reversed(flaws)]
        if not any(tried):
            return resource, tuple(flaws)
    return resource, tuple(flaws_of(resource, type_of=type_of))


def without(resource: dict[str, Json], flaws: tuple[Flaw, ...]) -> dict[str, Json]:
    """The resource without the elements that have a flaw; for one that has to go."""
    bad = {str(flaw.place[0]) for flaw in flaws if flaw.place}
    bad |= {name.removeprefix("_") for name in bad}
    return {
        key: value
        for key, value in resource.items()
        if key == "resourceType" or key.removeprefix("_") not in bad
    }


def unknown() -> dict[str, Json]:
    """An element that says that its value is not known."""
    return {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}


def _mend(
    resource: dict[str, Json], flaw: Flaw, person: str, number: Callable[[str], Json]
) -> bool:
    """Whether one flaw was mended; the others are where they were, or before it."""
    if flaw.fault is Fault.MISSING:
        around, name = flaw.place[:-1], str(flaw.place[-1])
        kind = _kind_at(resource, around)
        return _add(_at(resource, around), kind, name, person)
    if flaw.fault is Fault.RULE:
        mend = _RULES.get(flaw.rule)
        holder = _at(resource, flaw.place)
        return mend is not None and isinstance(holder, dict) and mend(holder)
    holder = _at(resource, flaw.place[:-1])
    if not flaw.place or not isinstance(holder, (dict, list)):
        return False  # mended with what was around it
    if flaw.fault is Fault.EMPTY:
        return _drop(resource, flaw.place)
    value = _at(resource, flaw.place)
    if flaw.fault is Fault.SHAPE:
        return _reshape(holder, flaw.place[-1], value)
    element = _element_at(resource, flaw.place)
    return (
        element is not None
        and type(value) is str
        and _mend_text(holder, flaw, value, element, number)
    )


def _mend_text(
    holder: Json,
    flaw: Flaw,
    value: str,
    element: Element,
    number: Callable[[str], Json],
) -> bool:
    key, in_format = flaw.place[-1], flaw.fault is Fault.FORMAT
    if in_format and _rewrite(holder, key, value, element, number):
        return True
    odd = in_format and element.kind in _TIMES
    odd = odd or (flaw.fault is Fault.CODE and element.plain and not element.needed)
    return (
        odd
        and isinstance(holder, dict)
        and _as_written(holder, str(key), value, element)
    )


def _at(resource: Json, place: tuple[str | int, ...]) -> Json:
    held = resource
    for step in place:
        try:
            held = held[step]
        except (IndexError, KeyError, TypeError):
            return None
    return held


def _drop(resource: dict[str, Json], place: tuple[str | int, ...]) -> bool:
    """Take away what is empty, unless an extension stands beside it in a list."""
    holder, key = _at(resource, place[:-1]), place[-1]
    if isinstance(holder, list):
        around = _at(resource, place[:-2])
        if isinstance(around, dict) and f"_{place[-2]}" in around:
            return False
    try:
        del holder[key]
    except (IndexError, KeyError):
        return False
    return True


def _reshape(holder: Json, key: str | int, value: Json) -> bool:
    """One where a list belongs, or a list of one where one belongs."""
    if not isinstance(key, str) or not isinstance(holder, dict):
        return False
    if isinstance(value, list):
        if len(value) != 1 or isinstance(value[0], list):
            return False
        holder[key] = value[0]
        return True
    if isinstance(value, dict) and value and not key.startswith("_"):
        holder[key] = [value]
        return True
    return False


def _as_written(
    holder: dict[str, Json], key: str, value: str, element: Element
) -> bool:
    """A date or code as the source wrote it, beside as much of it as R4 has."""
    if not _HARMLESS.fullmatch(value) or f"_{key}" in holder:
        return False
    said = {"extension": [{"url": _WRITTEN, "valueString": value}]}
    day = value[:10]
    if element.kind == "dateTime" and fits(day, "dateTime"):
        holder[key] = day
    else:
        del holder[key]
        said["extension"] += unknown()["extension"]
    holder[f"_{key}"] = said
    return True


def _rewrite(
    holder: Json,
    key: str | int,
    value: str,
    element: Element,
    number: Callable[[str], Json],
) -> bool:
    kind = element.kind
    if kind == "xhtml":
        named = value.replace("<div", f'<div xmlns="{XHTML}"', 1)
        holder[key] = named if is_safe(named) else _plain_narrative(value)
        return True
    plain: Json = value.strip()
    if kind == "code":
        plain = " ".join(value.split())
    elif kind in ("dateTime", "instant"):
        plain = _NO_SECONDS.sub(r"\1:00\2", plain)
    elif kind == "decimal" and _NUMBER.fullmatch(plain):
        plain = number(plain)
    elif kind == "boolean" and plain in ("true", "false"):
        plain = plain == "true"
    elif kind in ("integer", "positiveInt", "unsignedInt") and plain.isdecimal():
        plain = int(plain)
    if plain == "":
        del holder[key]
        return True
    if not fits(plain, kind):
        return False
    holder[key] = plain
    return True


def _plain_narrative(text: str) -> str:
    """The words of a narrative without whatever else it had."""
    words = html.unescape(_TAG.sub(" ", text))
    said = "".join(sign for sign in words if sign.isprintable() or sign.isspace())
    shown = html.escape(" ".join(said.split()) or "-", quote=False)
    return f'<div xmlns="{XHTML}"><p>{shown}</p></div>'


def _element_at(
    resource: dict[str, Json], place: tuple[str | int, ...]
) -> Element | None:
    """What the release says of the plain element at *place*."""
    named = [n for n, step in enumerate(place) if isinstance(step, str)]
    if not named:
        return None
    kind = _kind_at(resource, place[: named[-1]])
    return elements_of(kind).get(str(place[named[-1]]))


def _kind_at(resource: dict[str, Json], place: tuple[str | int, ...]) -> str:
    """The type of the object at *place*; empty where the release has none there."""
    held: Json = resource
    kind = str(resource.get("resourceType"))
    for step in place:
        held = _at(held, (step,))
        if isinstance(held, dict) and kind == "Resource":
            kind = str(held.get("resourceType"))
        if not isinstance(step, str):
            continue
        element = elements_of(kind).get(step)
        if step in ("extension", "modifierExtension"):
            kind = "Extension"
        else:
            kind = element.kind if element else ""
        if isinstance(held, dict) and kind == "Resource":
            kind = str(held.get("resourceType"))
    return kind


def _add(holder: Json, kind: str, name: str, person: str) -> bool:
    """A needed element that says that nothing is known, or who the person is."""
    if not isinstance(holder, dict):
        return False
    elements = elements_of(kind)
    choices = {key: one for key, one in elements.items() if one.choice == name}
    if choices:
        key = next(
            (key for key, one in choices.items() if one.kind == "CodeableConcept"),
            next(iter(choices)),
        )
        return _add_one(holder, key, choices[key], person)
    element = elements.get(name)
    return element is not None and _add_one(holder, name, element, person)


def _add_one(holder: dict[str, Json], key: str, element: Element, person: str) -> bool:
    if element.plain:
        return _add_plain(holder, key, element)
    value: Json
    if key in _PERSON and "Patient" in element.targets:
        value = {"reference": person}
    elif element.kind in _SAYS_NOTHING:
        value = unknown()
    elif "." in element.kind:  # a part of a resource, of parts that are not known
        value = {}
        needed = {
            key: one
            for key, one in elements_of(element.kind).items()
            if one.needed and not one.choice
        }
        if not needed or not all(
            _add_one(value, key, one, person) for key, one in needed.items()
        ):
            return False
    else:
        return False
    holder[key] = [value] if element.many else value
    return True


def _add_plain(holder: dict[str, Json], key: str, element: Element) -> bool:
    if element.codes is not None:
        if "unknown" not in element.codes:
            return False
        holder[key] = ["unknown"] if element.many else "unknown"
        return True
    if element.many or element.kind in ("xhtml", "uri", "boolean"):
        return False
    holder[f"_{key}"] = unknown()
    return True


def _unit(held: dict[str, Json]) -> bool:
    """A unit's code without a code system is but a word."""
    if held.get("unit", held.get("code")) != held.get("code"):
        return False
    held["unit"] = held.pop("code")
    return True


def _contact(held: dict[str, Json]) -> bool:
    held["system"] = "email" if "@" in str(held.get("value")) else "other"
    return True


def _ended(held: dict[str, Json]) -> bool:
    """Over since a day: what else the source said of it stands in a note."""
    concept = held.get("clinicalStatus")
    coding = concept.get("coding") if isinstance(concept, dict) else []
    said = [str(one.get("code")) for one in coding or [] if isinstance(one, dict)]
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    held["clinicalStatus"] = {"coding": [{"system": system, "code": "inactive"}]}
    if said:
        words = f"The source gives an end and also says: {', '.join(said)}."
        notes = held.get("note")
        held["note"] = [*(notes if isinstance(notes, list) else []), {"text": words}]
    return True


def _status_unknown(held: dict[str, Json]) -> bool:
    held["clinicalStatus"] = unknown()
    return True


def _name_unknown(held: dict[str, Json]) -> bool:
    held["_name"] = unknown()
    return True


def _times_unknown(held: dict[str, Json]) -> bool:
    """An appointment that names no end, or no time at all."""
    missing = [name for name in ("start", "end") if name not in held]
    for name in missing:
        held[f"_{name}"] = unknown()
    return bool(missing)


def _section_without_text(held: dict[str, Json]) -> bool:
    """A heading and nothing under it."""
    title = held.get("title")
    div = _plain_narrative(title if isinstance(title, str) else "")
    held["text"] = {"status": "empty", "div": div}
    return True


def _without_labels_inside(held: dict[str, Json]) -> bool:
    """What is contained has no labels or versions: those of the whole count."""
    changed = False
    for one in held.get("contained", ()):
        meta = one.get("meta") if isinstance(one, dict) else None
        if isinstance(meta, dict):
            for key in ("versionId", "lastUpdated", "security"):
                changed = meta.pop(key, None) is not None or changed
            if not meta:
                del one["meta"]
    return changed


_RULES: dict[str, Callable[[dict[str, Json]], bool]] = {
    "ait-1": _status_unknown,
    "app-2": _times_unknown,
    "app-3": _times_unknown,
    "cmp-1": _section_without_text,
    "con-4": _ended,
    "cpt-2": _contact,
    "dom-4": _without_labels_inside,
    "dom-5": _without_labels_inside,
    "org-1": _name_unknown,
    "qty-3": _unit,
}
