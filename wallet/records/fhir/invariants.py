"""The rules of FHIR R4 between elements, by the names the release gives them.

Those of severity error that a patient's records can break; each answers for one object
of a type, `broken_around` for a resource with what it contains. An element that is
there but not as it should be is told elsewhere: here it counts as there.

Source: ``constraint`` of the StructureDefinitions of FHIR R4 (4.0.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.records.fhir import bundle_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = Any
_UCUM = "http://unitsofmeasure.org"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_OVER = frozenset({"resolved", "remission", "inactive"})
_ERROR = "entered-in-error"
_UNTIMED = ("proposed", "cancelled", "waitlist")  # what may have no time yet


def broken(kind: str, held: dict[str, Json]) -> Iterator[str]:
    """The names of the rules that an object of the type *kind* breaks."""
    for name, keeps in _RULES.get(kind, ()):
        if not keeps(held):
            yield name


def rules_of(kind: str) -> Iterator[tuple[Callable[[dict[str, Json]], bool], bool]]:
    """The rules of a type, each with whether it asks only what is there."""
    for name, keeps in _RULES.get(kind, ()):
        yield keeps, name in _BY_NAMES


def broken_around(resource: dict[str, Json], local: set[str]) -> Iterator[str]:
    """The names of the rules that a resource breaks with what it contains.

    Args:
        resource: Not a contained one.
        local: What references in it name with ``#``, without that sign.
    """
    contained = resource.get("contained")
    held = contained if isinstance(contained, list) else []
    inner = [one for one in held if isinstance(one, dict)]
    names = {one["id"] for one in inner if isinstance(one.get("id"), str)}
    if local - names - {""}:
        yield "ref-1"
    for one in inner:
        yield from _inside(one)
    # Canonicals and addresses may name it too, and it may point outwards itself.
    if names - local and names - local - _named_elsewhere(resource, inner):
        yield "dom-3"


def _inside(held: dict[str, Json]) -> Iterator[str]:
    if "contained" in held:
        yield "dom-2"
    meta = held.get("meta")
    if isinstance(meta, dict):
        if "versionId" in meta or "lastUpdated" in meta:
            yield "dom-4"
        if "security" in meta:
            yield "dom-5"


def _named_elsewhere(
    resource: dict[str, Json], inner: list[dict[str, Json]]
) -> set[Json]:
    found: set[str] = set()
    _local(resource, found)
    outward: set[Json] = set()
    for one in inner:
        theirs: set[str] = set()
        _local(one, theirs)
        if "" in theirs:
            outward.add(one.get("id"))
    return found | outward


def _local(value: Json, found: set[str]) -> None:
    """Every local name in *value*; ``#`` itself is an empty one."""
    if isinstance(value, str):
        if value[:1] == "#":
            found.add(value[1:])
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            _local(item, found)


def _has(held: dict[str, Json], *names: str) -> bool:
    return any(name in held or f"_{name}" in held for name in names)


def _chosen(held: dict[str, Json], choice: str) -> bool:
    """Whether one of the types of *choice* stands there."""
    return any(
        key.lstrip("_").startswith(choice)
        and key.lstrip("_")[len(choice) :][:1].isupper()
        for key in held
    )


def _codes(held: dict[str, Json], name: str, system: str = "") -> set[str]:
    concept = held.get(name)
    coding = concept.get("coding") if isinstance(concept, dict) else None
    return {
        str(one.get("code"))
        for one in (coding if isinstance(coding, list) else [])
        if isinstance(one, dict) and (not system or one.get("system") == system)
    }


def _ordered(held: dict[str, Json], first: str, last: str) -> bool:
    """Whether two dates are in order, as far as both are exact."""
    start, end = held.get(first), held.get(last)
    if not isinstance(start, str) or not isinstance(end, str):
        return True
    exact = min(len(start), len(end), 10)
    return start[:exact] <= end[:exact]


def _low_to_high(held: dict[str, Json]) -> bool:
    low, high = held.get("low"), held.get("high")
    if not isinstance(low, dict) or not isinstance(high, dict):
        return True
    if low.get("unit") != high.get("unit") or low.get("code") != high.get("code"):
        return True
    try:
        return float(low["value"]) <= float(high["value"])
    except (KeyError, TypeError, ValueError):
        return True


def _measure(held: dict[str, Json]) -> bool:
    """A value has a code, and a system is that of units."""
    coded = _has(held, "code") or not _has(held, "value")
    return coded and held.get("system", _UCUM) == _UCUM


def _duration(held: dict[str, Json]) -> bool:
    return not _has(held, "code") or (
        held.get("system") == _UCUM and _has(held, "value")
    )


def _ratio(held: dict[str, Json]) -> bool:
    above, below = _has(held, "numerator"), _has(held, "denominator")
    return above == below and (above or "extension" in held)


def _not_coded_again(held: dict[str, Json]) -> bool:
    """obs-7: no component bears the code of the whole, where the whole has a value."""
    parts = held.get("component")
    if not isinstance(parts, list) or not _chosen(held, "value"):
        return True
    own = _pairs(held)
    return not any(own & _pairs(part) for part in parts if isinstance(part, dict))


def _pairs(held: dict[str, Json]) -> set[tuple[str, str]]:
    concept = held.get("code")
    coding = concept.get("coding") if isinstance(concept, dict) else None
    return {
        (str(one.get("system")), str(one.get("code")))
        for one in (coding if isinstance(coding, list) else [])
        if isinstance(one, dict)
    }


def _abated(held: dict[str, Json]) -> bool:
    if not _chosen(held, "abatement"):
        return True
    return bool(_OVER & _codes(held, "clinicalStatus"))


def _in_error(held: dict[str, Json], system: str) -> bool:
    return _ERROR in _codes(held, "verificationStatus", _TERMINOLOGY + system)


_ALLERGY = "allergyintolerance-verification"
_CONDITION = "condition-ver-status"


def _not_home(name: str) -> Callable[[dict[str, Json]], bool]:
    def keeps(held: dict[str, Json]) -> bool:
        items = held.get(name)
        return not isinstance(items, list) or not any(
            isinstance(one, dict) and one.get("use") == "home" for one in items
        )

    return keeps


def _any_of(*names: str) -> Callable[[dict[str, Json]], bool]:
    return lambda held: _has(held, *names)


def _not_both(one: str, other: str) -> Callable[[dict[str, Json]], bool]:
    return lambda held: not (_has(held, one) and _has(held, other))


def _needs(one: str, other: str) -> Callable[[dict[str, Json]], bool]:
    return lambda held: not _has(held, one) or _has(held, other)


_QUANTITY = ("qty-3", _needs("code", "system"))
_RULES: dict[str, tuple[tuple[str, Callable[[dict[str, Json]], bool]], ...]] = {
    "Age": (("age-1", _measure), _QUANTITY),
    "AllergyIntolerance": (
        ("ait-1", lambda h: _in_error(h, _ALLERGY) or _has(h, "clinicalStatus")),
        (
            "ait-2",
            lambda h: not (_in_error(h, _ALLERGY) and _has(h, "clinicalStatus")),
        ),
    ),
    "Appointment": (
        ("app-2", lambda h: _has(h, "start") == _has(h, "end")),
        ("app-3", lambda h: h.get("status") in _UNTIMED or _has(h, "start", "end")),
    ),
    "Appointment.participant": (("app-1", _any_of("type", "actor")),),
    "Attachment": (("att-1", _needs("data", "contentType")),),
    "Bundle": bundle_rules.BUNDLE,
    "Bundle.entry": bundle_rules.ENTRY,
    "CarePlan.activity": (("cpl-3", _not_both("detail", "reference")),),
    "Composition.section": (
        ("cmp-1", _any_of("text", "entry", "section")),
        ("cmp-2", _not_both("emptyReason", "entry")),
    ),
    "Condition": (
        ("con-4", _abated),
        (
            "con-5",
            lambda h: not (_in_error(h, _CONDITION) and _has(h, "clinicalStatus")),
        ),
    ),
    "Condition.evidence": (("con-2", _any_of("code", "detail")),),
    "Condition.stage": (("con-1", _any_of("summary", "assessment")),),
    "Consent": (("ppc-1", _any_of("policy", "policyRule")),),
    "ContactPoint": (("cpt-2", _needs("value", "system")),),
    "Count": (("cnt-3", _measure), _QUANTITY),
    "Distance": (("dis-1", _measure), _QUANTITY),
    "Duration": (("drt-1", _duration), _QUANTITY),
    "Extension": (("ext-1", lambda h: ("extension" in h) != _chosen(h, "value")),),
    "FamilyMemberHistory": (
        ("fhs-1", lambda h: not (_aged(h) and _chosen(h, "born"))),
        ("fhs-2", lambda h: _aged(h) or not _has(h, "estimatedAge")),
    ),
    "Goal.target": (
        ("gol-1", lambda h: not _chosen(h, "detail") or _has(h, "measure")),
    ),
    "Immunization.education": (("imm-1", _any_of("documentType", "reference")),),
    "MedicationAdministration.dosage": (
        ("mad-1", lambda h: _has(h, "dose") or _chosen(h, "rate")),
    ),
    "MedicationDispense": (
        ("mdd-1", lambda h: _ordered(h, "whenPrepared", "whenHandedOver")),
    ),
    "Observation": (
        (
            "obs-6",
            lambda h: not (_has(h, "dataAbsentReason") and _chosen(h, "value")),
        ),
        ("obs-7", _not_coded_again),
    ),
    "Observation.referenceRange": (("obs-3", _any_of("low", "high", "text")),),
    "Organization": (
        ("org-1", _any_of("identifier", "name")),
        ("org-2", _not_home("address")),
        ("org-3", _not_home("telecom")),
    ),
    "Patient.contact": (
        ("pat-1", _any_of("name", "telecom", "address", "organization")),
    ),
    "Period": (("per-1", lambda h: _ordered(h, "start", "end")),),
    "Quantity": (_QUANTITY,),
    "QuestionnaireResponse.item": (("qrs-1", _not_both("answer", "item")),),
    "Range": (("rng-2", _low_to_high),),
    "Ratio": (("rat-1", _ratio),),
    "ServiceRequest": (("prr-1", _needs("orderDetail", "code")),),
}


def _aged(held: dict[str, Json]) -> bool:
    return _chosen(held, "age")


_BY_NAMES = frozenset(
    {"app-1", "app-2", "att-1", "cmp-1", "cmp-2", "con-1", "con-2", "cpl-3", "cpt-2"}
    | {"ext-1", "fhs-1", "fhs-2", "gol-1", "imm-1", "mad-1", "obs-3", "obs-6", "org-1"}
    | {"pat-1", "ppc-1", "prr-1", "qrs-1", "qty-3", "rat-1"}
)
