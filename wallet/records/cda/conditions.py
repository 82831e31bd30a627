"""Problems, allergies, procedures and visits as FHIR resources.

Source: C-CDA 2.1, problem concern (4.3) and observation (4.4), encounter diagnosis
(4.80), allergy concern (4.30) and observation (4.7), reaction (4.9), severity (4.8),
procedure activities (4.12 to 4.14), encounter (4.49), under
2.16.840.1.113883.10.20.22; HL7 "C-CDA on FHIR".
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wallet.records.cda import times, values
from wallet.records.cda.sections import About
from wallet.records.cda.setting import (
    Mapped,
    actor,
    coded,
    comments,
    identify,
    is_denied,
    performer,
    templates,
    tidy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.cda.setting import Setting
    from wallet.records.xml_tree import Node

Json = dict[str, Any]
_WORD = re.compile(r"[^\W\d_]{3,}")

_HL7 = "http://terminology.hl7.org/CodeSystem/"
_SNOMED = "http://snomed.info/sct"
_ROOT = "2.16.840.1.113883.10.20."
ALLERGY = frozenset({f"{_ROOT}22.4.7", f"{_ROOT}1.18", f"{_ROOT}24.3.90"})
PROBLEM = frozenset({f"{_ROOT}22.4.4", f"{_ROOT}1.28"})
_CONCERN = f"{_ROOT}22.4.132"
DIAGNOSES = frozenset(
    {f"{_ROOT}22.4.80", f"{_ROOT}22.4.33", f"{_ROOT}22.4.34", f"{_ROOT}22.4.65"}
)
_STATUS_PART = frozenset({"33999-4"})
_SEVERITY = frozenset({f"{_ROOT}22.4.8", f"{_ROOT}1.55"})
_REACTION = frozenset({f"{_ROOT}22.4.9", f"{_ROOT}1.54"})
_CRITICALITY = f"{_ROOT}22.4.145"
_OVER = {"413322009": "resolved", "73425007": "inactive", "55561003": "active"}
_OVER |= {
    "277022003": "remission",
    "246455001": "recurrence",
    "255227004": "recurrence",
}
_FROM_ACT = {"active": "active", "completed": "resolved", "suspended": "inactive"}
_FROM_ACT |= {"aborted": "inactive", "cancelled": "inactive"}
# Codes that stand for a whole kind: denied, they say that there is nothing at all.
_ANYTHING = frozenset({"55607006", "64572001", "404684003", "418799008", "282291009"})
_ANY_ALLERGY = {
    "419199007": ("716186003", "No known allergies"),
    "420134006": ("716186003", "No known allergies"),
    "416098002": ("409137002", "No known allergies to medicines"),
    "419511003": ("409137002", "No known allergies to medicines"),
    "414285001": ("429625007", "No known allergies to food"),
    "235719002": ("429625007", "No known allergies to food"),
}
_ALLERGY_KINDS = {
    "419511003": "medication",
    "416098002": "medication",
    "59037007": "medication",
    "414285001": "food",
    "235719002": "food",
    "426232007": "environment",
    "232347008": "environment",
}
_INTOLERANCES = frozenset({"59037007", "235719002", "420134006", "418038007"})
_SEVERITIES = {"255604002": "mild", "6736007": "moderate", "24484000": "severe"}
_SEVERITIES |= {"371923003": "mild", "371924009": "moderate", "399166001": "severe"}
_CRITICAL = {"CRITH": "high", "CRITL": "low", "CRITU": "unable-to-assess"}


def problem(node: Node, setting: Setting, *, around: str = "") -> Iterator[Mapped]:
    """A problem observation; *around* is the status of the concern it is in."""
    setting = setting.within(node)
    code = setting.named(node, "value") or setting.concept(node.one("code"))
    if code is None:
        return
    when = node.one("effectiveTime")
    start, end = times.span(when)
    ended = bool(end) or times.is_open(when)
    resource: Json = {
        "resourceType": "Condition",
        "clinicalStatus": coded(
            f"{_HL7}condition-clinical", _clinical(node, around, ended=ended)
        ),
        "category": [coded(f"{_HL7}condition-category", _category(setting))],
        "code": code,
        "subject": setting.subject,
        "onsetDateTime": start,
        "abatementDateTime": end,
        "recordedDate": times.first(node.one("author/time")),
        "recorder": setting.by(),
        "severity": _severity(node, setting),
        "bodySite": [
            said for one in node.all("targetSiteCode") if (said := setting.concept(one))
        ],
        "note": comments(node, setting),
    }
    if setting.visit and _category(setting) == "encounter-diagnosis":
        resource["encounter"] = {"reference": setting.visit}
    if is_denied(node):
        _deny(resource, node)
    yield Mapped(node, identify(tidy(resource), node))


def _deny(resource: Json, node: Node) -> None:
    del resource["clinicalStatus"]
    codes = {code for _, code in values.codes(node.one("value"))}
    resource["verificationStatus"] = coded(f"{_HL7}condition-ver-status", "refuted")
    if codes & _ANYTHING:
        resource["code"] = {
            "coding": [{"system": _SNOMED, "code": "160245001"}],
            "text": "No known health conditions",
        }
        resource["verificationStatus"] = coded(
            f"{_HL7}condition-ver-status", "confirmed"
        )
        resource["clinicalStatus"] = coded(f"{_HL7}condition-clinical", "active")
    else:
        said = resource["code"].get("text", "")
        resource["code"] = {
            **resource["code"],
            "text": f"Not found: {said}".strip(" :"),
        }


def _category(setting: Setting) -> str:
    if setting.about is About.VISITS:
        return "encounter-diagnosis"
    if setting.about is About.CONCERNS:
        return "health-concern"
    return "problem-list-item"


def _clinical(node: Node, around: str, *, ended: bool) -> str:
    for held in node.under("entryRelationship/observation"):
        code = held.one("code")
        if code is not None and code.get("code") in _STATUS_PART:
            status = held.one("value")
            if status is not None and status.get("code") in _OVER:
                said = _OVER[status.get("code")]
                # con-4: what has an end is over (FHIR R4 Condition).
                return (
                    "resolved" if ended and said in ("active", "recurrence") else said
                )
    if ended:
        return "resolved"
    return _FROM_ACT.get(around, "active")


def _severity(node: Node, setting: Setting) -> Json | None:
    for held in node.under("entryRelationship/observation"):
        if _SEVERITY & templates(held):
            return setting.concept(held.one("value"))
    return None


def allergy(node: Node, setting: Setting, *, around: str = "") -> Iterator[Mapped]:
    """An allergy or intolerance observation."""
    setting = setting.within(node)
    kind = node.one("value")
    # Before C-CDA the kind stood in the code (CCD 1.0, C32).
    kinds = {code for _, code in values.codes(kind) | values.codes(node.one("code"))}
    substance = None
    for entity in node.under("participant/participantRole/playingEntity"):
        substance = setting.concept(entity.one("code"))
        name = values.spoken_name(entity.one("name"))
        if name and (substance is None or "coding" not in substance):
            substance = {"text": name}
        if substance:
            substance = _named_by_its_code(substance)
            break
    if substance is None:
        substance = setting.named(node, "value")
    if substance is None:
        return
    when = node.one("effectiveTime")
    start, _ = times.span(when)
    resource: Json = {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": coded(
            f"{_HL7}allergyintolerance-clinical",
            _allergy_status(node, around, ended=bool(times.span(when)[1])),
        ),
        "verificationStatus": coded(
            f"{_HL7}allergyintolerance-verification", "confirmed"
        ),
        "type": "intolerance" if kinds & _INTOLERANCES else "allergy",
        "category": sorted(
            {_ALLERGY_KINDS[code] for code in kinds & set(_ALLERGY_KINDS)}
        ),
        "criticality": _criticality(node),
        "code": substance,
        "patient": setting.subject,
        "onsetDateTime": start,
        "recordedDate": times.first(node.one("author/time")),
        "recorder": setting.by(),
        "reaction": list(_reactions(node, setting)),
        "note": comments(node, setting),
    }
    if not kinds & (_INTOLERANCES | set(_ALLERGY_KINDS) | {"419199007"}):
        del resource["type"]
    if is_denied(node):
        _deny_allergy(resource, kinds, has_substance=substance != setting.concept(kind))
    yield Mapped(node, identify(tidy(resource), node))


def _named_by_its_code(substance: Json) -> Json:
    """A substance by its coded name, where the text beside it is of another thing.

    Some systems let the text of an allergen point at the reaction: an allergy to
    aspirin would be called "Hives".
    """
    text = str(substance.get("text", "")).lower()
    names = [one["display"] for one in substance.get("coding", ()) if "display" in one]
    if not names or any(
        word in text for name in names for word in _WORD.findall(name.lower())
    ):
        return substance
    return {**substance, "text": names[0]}


def _deny_allergy(resource: Json, kinds: set[str], *, has_substance: bool) -> None:
    none = next(
        (_ANY_ALLERGY[code] for code in sorted(kinds & set(_ANY_ALLERGY))), None
    )
    said = resource["code"].get("text", "")
    general = {one.get("code") for one in resource["code"].get("coding", ())}
    if none and (
        not has_substance or general & {"105590001", "410942007", "762766007"}
    ):
        resource["code"] = {
            "coding": [{"system": _SNOMED, "code": none[0]}],
            "text": none[1],
        }
        return
    resource["code"] = {**resource["code"], "text": f"Not allergic: {said}".strip(" :")}
    del resource["clinicalStatus"]
    resource["verificationStatus"] = coded(
        f"{_HL7}allergyintolerance-verification", "refuted"
    )


def _allergy_status(node: Node, around: str, *, ended: bool) -> str:
    said = _clinical(node, around, ended=ended)
    return {"recurrence": "active", "remission": "inactive"}.get(said, said)


def _criticality(node: Node) -> str:
    for held in node.under("entryRelationship/observation"):
        value = held.one("value")
        if _CRITICALITY in templates(held) and value is not None:
            return _CRITICAL.get(value.get("code"), "")
    return ""


def _reactions(node: Node, setting: Setting) -> Iterator[Json]:
    overall = _severity_word(node)
    for held in node.under("entryRelationship/observation"):
        if not _REACTION & templates(held):
            continue
        said = setting.named(held, "value")
        if said is None:
            continue
        yield tidy(
            {
                "manifestation": [said],
                "onset": times.span(held.one("effectiveTime"))[0],
                "severity": _severity_word(held) or overall,
            }
        )


def _severity_word(node: Node) -> str:
    for held in node.under("entryRelationship/observation"):
        value = held.one("value")
        if _SEVERITY & templates(held) and value is not None:
            return _SEVERITIES.get(value.get("code"), "")
    return ""


_DONE = {
    "completed": "completed",
    "active": "in-progress",
    "aborted": "stopped",
    "cancelled": "not-done",
    "held": "on-hold",
    "suspended": "on-hold",
    "new": "preparation",
}


def procedure(node: Node, setting: Setting) -> Iterator[Mapped]:
    """Something done: a procedure, or an act or observation in its section."""
    setting = setting.within(node)
    code = setting.named(node, "code")
    if code is None:
        return
    status = node.one("statusCode")
    resource: Json = {
        "resourceType": "Procedure",
        "status": _DONE.get(
            status.get("code") if status is not None else "", "unknown"
        ),
        "code": code,
        "subject": setting.subject,
        "bodySite": [
            said for one in node.all("targetSiteCode") if (said := setting.concept(one))
        ],
        "note": comments(node, setting),
        "reasonCode": list(reasons(node, setting)),
    }
    if is_denied(node):
        resource["status"] = "not-done"
    times.put_when(resource, "performed", node.one("effectiveTime"))
    who = performer(node) or setting.author
    if who:
        resource["performer"] = [{"actor": {"display": who}}]
    yield Mapped(node, identify(tidy(resource), node))


def reasons(node: Node, setting: Setting) -> Iterator[Json]:
    """Why it was done, where an entry says so itself."""
    for held in node.all("entryRelationship"):
        if held.get("typeCode") == "RSON":
            for inner in held.all("observation"):
                said = setting.concept(inner.one("value"))
                if said:
                    yield said


_VISIT_CODES = frozenset(
    {"AMB", "EMER", "FLD", "HH", "IMP", "ACUTE", "NONAC", "OBSENC", "PRENC", "SS", "VR"}
)
_VISIT_STATUS = {"completed": "finished", "active": "in-progress", "new": "planned"}
_VISIT_STATUS |= {"cancelled": "cancelled", "aborted": "cancelled"}
_ACT_CODE = f"{_HL7}v3-ActCode"


def visit(node: Node, setting: Setting) -> Iterator[Mapped]:
    """An encounter, and every diagnosis made there as a record of its own."""
    setting = setting.within(node)
    code = setting.concept(node.one("code"))
    planned = node.get("moodCode") not in ("EVN", "")
    status = node.one("statusCode")
    known = _VISIT_STATUS.get(status.get("code") if status is not None else "", "")
    resource: Json = {
        "resourceType": "Encounter",
        "status": "planned" if planned else known or "finished",
        "class": visit_class(node.one("code")),
        "type": [code] if code else [],
        "subject": setting.subject,
        "period": times.period(node.one("effectiveTime")),
        "participant": [
            {"individual": {"display": name}}
            for held in node.all("performer")
            if (name := actor(held.one("assignedEntity")))
        ],
        "location": list(_places(node)),
        "reasonCode": list(reasons(node, setting)),
    }
    identify(resource, node)
    yield Mapped(node, tidy(resource))
    name = str(resource.get("id", ""))
    inner = replace(setting, visit=f"Encounter/{name}" if name else "")
    for act in node.under("entryRelationship/act"):
        if templates(act) & DIAGNOSES or any(
            templates(held) & PROBLEM
            for held in act.under("entryRelationship/observation")
        ):
            for held in act.under("entryRelationship/observation"):
                yield from problem(held, inner)


def visit_class(code: Node | None) -> Json:
    """The class of a visit, where one of its codes is one; else a blank one."""
    for _, one in sorted(values.codes(code)):
        if one in _VISIT_CODES:
            return {"system": _ACT_CODE, "code": one}
    return {"system": f"{_HL7}v3-NullFlavor", "code": "UNK"}


def _places(node: Node) -> Iterator[Json]:
    for role in node.under("participant/participantRole"):
        said = values.spoken_name(role.one("playingEntity/name"))
        if role.get("classCode") == "SDLOC" and said:
            yield {"location": {"display": said}}
