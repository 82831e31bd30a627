"""Small moves that turn an element of another FHIR release into its R4 shape.

Each works on one dictionary in place, does nothing where the element is not there or
is not as that release has it, and never raises: a stranger wrote the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any
"""Whatever a JSON parser returns."""

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
CLINICAL = f"{_TERMINOLOGY}condition-clinical"
VERIFIED = f"{_TERMINOLOGY}condition-ver-status"
ALLERGY_CLINICAL = f"{_TERMINOLOGY}allergyintolerance-clinical"
ALLERGY_VERIFIED = f"{_TERMINOLOGY}allergyintolerance-verification"
_DOSES = ("doseQuantity", "doseRange", "rateRatio", "rateRange", "rateQuantity")


def move(held: dict[str, Json], old: str, new: str) -> None:
    """Call *old* *new*, unless *new* is there already."""
    if old in held:
        value = held.pop(old)
        held.setdefault(new, value)


def move_choice(held: dict[str, Json], old: str, new: str) -> None:
    """The same for an element with types behind its name: ``occurrenceDateTime``."""
    for key in [key for key in held if key.startswith(old)]:
        if key[len(old) :][:1].isupper():
            move(held, key, new + key[len(old) :])


def drop(held: dict[str, Json], *keys: str) -> None:
    """Leave out what R4 has no place for; the original keeps it."""
    for key in keys:
        held.pop(key, None)


def listed(held: dict[str, Json], *keys: str) -> None:
    """One becomes a list of one."""
    for key in keys:
        if key in held and not isinstance(held[key], list):
            held[key] = [held[key]]


def single(held: dict[str, Json], *keys: str) -> None:
    """A list becomes its first."""
    for key in keys:
        if isinstance(held.get(key), list):
            if held[key]:
                held[key] = held[key][0]
            else:
                del held[key]


def dicts(value: Json) -> list[dict[str, Json]]:
    """Copies of the objects in a list, or of the one object."""
    found = value if isinstance(value, list) else [value]
    return [dict(one) for one in found if isinstance(one, dict)]


def each(
    held: dict[str, Json], key: str, change: Callable[[dict[str, Json]], None]
) -> None:
    """Change every object of a list."""
    found = dicts(held.get(key))
    for one in found:
        change(one)
    if found:
        held[key] = found


def concept(held: dict[str, Json], key: str, system: str, *unknown: str) -> None:
    """A code becomes a CodeableConcept; *unknown* are codes R4 has not."""
    code = held.get(key)
    if isinstance(code, str):
        if code in unknown:
            del held[key]
        else:
            held[key] = {"coding": [{"system": system, "code": code}]}


def renamed(held: dict[str, Json], key: str, **codes: str) -> None:
    """Codes that R4 spells otherwise; hyphens are written as underscores."""
    code = held.get(key)
    if isinstance(code, str):
        held[key] = codes.get(code.replace("-", "_"), code)


def noted(held: dict[str, Json], key: str) -> None:
    """Free text becomes a note."""
    said = held.pop(key, None)
    texts = said if isinstance(said, list) else [said]
    notes = [{"text": one} if isinstance(one, str) else one for one in texts if one]
    if notes:
        before = held.get("note")
        before = before if isinstance(before, list) else [before] if before else []
        held["note"] = [*before, *notes]


def refused(held: dict[str, Json], flag: str) -> None:
    """A flag that something was not done becomes the status that says so."""
    if held.pop(flag, None) is True:
        held["status"] = "not-done"


def reasons(held: dict[str, Json], key: str = "reason") -> None:
    """CodeableReference (R5), or a choice (DSTU2), becomes reasonCode, -Reference."""
    move(held, f"{key}CodeableConcept", f"{key}Code")
    listed(held, f"{key}Code", f"{key}Reference")
    codes, references = [], []
    for one in dicts(held.pop(key, [])):
        if "concept" in one or isinstance(one.get("reference"), dict):
            codes += dicts(one.get("concept", []))
            references += dicts(one.get("reference", []))
        elif "reference" in one:
            references.append(one)
        else:
            codes.append(one)
    if codes:
        held.setdefault(f"{key}Code", codes)
    if references:
        held.setdefault(f"{key}Reference", references)


def either(held: dict[str, Json], key: str) -> None:
    """One CodeableReference (R5) becomes the choice that R4 has in its place."""
    one = held.get(key)
    if isinstance(one, dict) and ("concept" in one or "reference" in one):
        del held[key]
        if "concept" in one:
            held[f"{key}CodeableConcept"] = one["concept"]
        elif isinstance(one["reference"], dict):
            held[f"{key}Reference"] = one["reference"]


def concept_of(held: dict[str, Json], key: str) -> None:
    """CodeableReferences (R5) where R4 has concepts only."""
    many = isinstance(held.get(key), list)
    found = [
        one["concept"] if "concept" in one else {"text": one["reference"]["display"]}
        for one in dicts(held.get(key))
        if "concept" in one or _shown(one.get("reference"))
    ]
    if any("concept" in one or "reference" in one for one in dicts(held.get(key))):
        held.pop(key)
        if found:
            held[key] = found if many else found[0]


def reference_of(held: dict[str, Json], key: str) -> None:
    """CodeableReferences (R5) where R4 has references only."""
    many = isinstance(held.get(key), list)
    found = [
        one["reference"]
        if isinstance(one.get("reference"), dict)
        else {"display": one["concept"].get("text")}
        for one in dicts(held.get(key))
        if isinstance(one.get("reference"), dict)
        or (isinstance(one.get("concept"), dict) and one["concept"].get("text"))
    ]
    if any(
        "concept" in one or isinstance(one.get("reference"), dict)
        for one in dicts(held.get(key))
    ):
        held.pop(key)
        if found:
            held[key] = found if many else found[0]


def _shown(reference: Json) -> bool:
    return isinstance(reference, dict) and isinstance(reference.get("display"), str)


def acted(held: dict[str, Json], key: str = "performer") -> None:
    """Whoever did it becomes an entry with an actor; a role becomes a function."""
    found = []
    for one in dicts(held.pop(key, [])):
        if "actor" in one:
            move(one, "role", "function")
            found.append(one)
        else:
            found.append({"actor": one})
    if found:
        held[key] = found


def actors(held: dict[str, Json], key: str = "performer") -> None:
    """The other way round: entries with an actor become references."""
    found = [
        one["actor"] if isinstance(one.get("actor"), dict) else one
        for one in dicts(held.pop(key, []))
    ]
    if found:
        held[key] = found


def agent(held: dict[str, Json], key: str = "requester") -> None:
    """STU3 names who asked as an agent on behalf of somebody."""
    one = held.get(key)
    if isinstance(one, dict) and "agent" in one:
        held[key] = one["agent"]


def doses(held: dict[str, Json], key: str = "dosageInstruction") -> None:
    """Dosage as R4 has it: amounts and rates under ``doseAndRate``."""
    if key not in held:
        return
    found = []
    for one in dicts(held[key]):
        move(one, "additionalInstructions", "additionalInstruction")  # DSTU2
        listed(one, "additionalInstruction")
        move(one, "siteCodeableConcept", "site")
        move(one, "quantityQuantity", "doseQuantity")
        move(one, "quantityRange", "doseRange")
        move(one, "asNeeded", "asNeededBoolean")  # R5
        move(one, "asNeededFor", "asNeededCodeableConcept")
        single(one, "asNeededCodeableConcept", "maxDosePerPeriod")
        if "asNeededCodeableConcept" in one:
            drop(one, "asNeededBoolean")
        given = {name: one.pop(name) for name in _DOSES if name in one}
        if given:
            one.setdefault("doseAndRate", [given])
        found.append(one)
    held[key] = found


def links(held: dict[str, Json]) -> None:
    """Pictures of a report: the list that R4 calls media."""
    move(held, "image", "media")
    move(held, "codedDiagnosis", "conclusionCode")
