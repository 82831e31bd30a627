"""Results, vital signs, ways of life, abilities and families as FHIR observations.

Source: C-CDA 2.1 result (4.1, 4.2), vital sign (4.26, 4.27), social history (4.38,
4.78), functional and mental status (4.66 to 4.75), family history (4.45, 4.46), under
2.16.840.1.113883.10.20.22; HL7 "C-CDA on FHIR" for what becomes of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.records.cda import privacy, times, values
from wallet.records.cda.sections import About
from wallet.records.cda.setting import (
    Mapped,
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

_HL7 = "http://terminology.hl7.org/CodeSystem/"
_CATEGORY = f"{_HL7}observation-category"
_ABSENT = f"{_HL7}data-absent-reason"
_KINDS = {
    About.RESULTS: "laboratory",
    About.VITALS: "vital-signs",
    About.SOCIAL: "social-history",
    About.STATUS: "survey",
    About.DIRECTIVES: "survey",
    About.PROCEDURES: "procedure",
    About.NOTES: "exam",
    About.OTHER: "exam",
}
_STATUS = {
    "completed": "final",
    "active": "preliminary",
    "aborted": "cancelled",
    "cancelled": "cancelled",
    "held": "registered",
    "new": "registered",
    "suspended": "registered",
    "nullified": "entered-in-error",
    "obsolete": "amended",
}
_REPORT_STATUS = {"active": "partial", "obsolete": "amended"}
_NULLS = {
    "UNK": "unknown",
    "NASK": "not-asked",
    "ASKU": "asked-unknown",
    "NA": "not-applicable",
    "MSK": "masked",
    "NAV": "temp-unknown",
    "OTH": "unsupported",
}
_VITAL_TEMPLATE = "2.16.840.1.113883.10.20.22.4.27"
_RESULT_TEMPLATE = "2.16.840.1.113883.10.20.22.4.2"
_SCALE = "2.16.840.1.113883.10.20.22.4.86"
_ASSERTED = frozenset({"ASSERTION", "75326-9", "75321-0", "8689-2", "75275-8"})
_MOST_VALUES = 10


def observation(
    node: Node, setting: Setting, *, moment: Node | None = None
) -> Iterator[Mapped]:
    """One observation of any section; *moment* is the time of the panel around it."""
    if privacy.is_annotation(node):
        return
    setting = setting.within(node)
    resource: Json = {
        "resourceType": "Observation",
        "status": _STATUS.get(_code(node, "statusCode"), "unknown"),
        "category": [coded(_CATEGORY, _kind(node, setting))],
        "subject": setting.subject,
    }
    held = list(node.all("value"))
    code = setting.named(node, "code")
    asserts = _code(node, "code") in _ASSERTED and setting.about is not About.RESULTS
    named = _values(held[:1], setting).get("valueCodeableConcept") if asserts else None
    if named is not None:
        code, held = named, held[1:]
    if code is None:
        if not held:
            return
        code = {"text": setting.section or "Finding"}
    if is_denied(node):
        code = {**code, "text": f"Not found: {code.get('text', '')}".strip(" :")}
    resource["code"] = code
    when = node.one("effectiveTime")
    times.put_when(resource, "effective", when if times.first(when) else moment)
    who = performer(node) or setting.author
    resource["performer"] = [{"display": who}] if who else None
    resource |= _values(held, setting)
    resource["interpretation"] = [
        said for one in node.all("interpretationCode") if (said := setting.concept(one))
    ]
    resource["referenceRange"] = list(_ranges(node, setting))
    resource["method"] = setting.concept(node.one("methodCode"))
    resource["bodySite"] = setting.concept(node.one("targetSiteCode"))
    resource["note"] = [*resource.pop("note", []), *comments(node, setting)]
    resource["component"] = list(_components(node, setting))
    yield Mapped(node, identify(tidy(resource), node))


def panel(node: Node, setting: Setting) -> Iterator[Mapped]:
    """An organizer: its observations, and for results the report that groups them."""
    setting = setting.within(node)
    moment = node.one("effectiveTime")
    parts = [
        found
        for inner in node.under("component/observation")
        for found in observation(inner, setting, moment=moment)
    ]
    parts += [
        found
        for inner in node.under("component/organizer")
        for found in panel(inner, setting)
    ]
    if setting.about is About.RESULTS and node.one("code") is not None and parts:
        report = _report(node, setting, parts)
        if report is not None:
            yield report
    yield from parts


def _report(node: Node, setting: Setting, parts: list[Mapped]) -> Mapped | None:
    code = setting.named(node, "code")
    if code is None:
        return None
    status = _code(node, "statusCode")
    resource: Json = {
        "resourceType": "DiagnosticReport",
        "status": _REPORT_STATUS.get(status) or _STATUS.get(status, "unknown"),
        "category": [coded(f"{_HL7}v2-0074", "LAB")],
        "code": code,
        "subject": setting.subject,
    }
    times.put_when(resource, "effective", node.one("effectiveTime"))
    if "effectiveDateTime" not in resource and "effectivePeriod" not in resource:
        when = next(
            (
                part.resource["effectiveDateTime"]
                for part in parts
                if "effectiveDateTime" in part.resource
            ),
            None,
        )
        resource["effectiveDateTime"] = when
    who = performer(node) or setting.author
    resource["performer"] = [{"display": who}] if who else None
    resource["result"] = [
        {"reference": f"Observation/{part.resource['id']}"}
        for part in parts
        if part.resource["resourceType"] == "Observation" and "id" in part.resource
    ]
    return Mapped(node, identify(tidy(resource), node))


def _kind(node: Node, setting: Setting) -> str:
    held = templates(node)
    if _VITAL_TEMPLATE in held:
        return "vital-signs"
    if _RESULT_TEMPLATE in held:
        return "laboratory"
    return _KINDS.get(setting.about, "exam")


def _code(node: Node, name: str) -> str:
    held = node.one(name)
    return held.get("code") if held is not None else ""


def _values(held: list[Node], setting: Setting) -> Json:
    """``value[x]`` of the first value; further ones as notes."""
    said: Json = {}
    more: list[Json] = []
    for node in held[:_MOST_VALUES]:
        read = value(node, setting)
        if not read:
            continue
        if not said:
            said = read
        else:
            text = _spoken(read)
            more += [{"text": text}] if text else []
    if not said and held:
        null = held[0].get("nullFlavor")
        said = {"dataAbsentReason": coded(_ABSENT, _NULLS.get(null, "unknown"))}
    return {**said, "note": more} if more else said


def _spoken(read: Json) -> str:
    for key, one in read.items():
        if isinstance(one, dict):
            return str(one.get("text") or f"{one.get('value')} {one.get('unit', '')}")
        if key == "valueString":
            return str(one)
    return ""


def value(node: Node, setting: Setting) -> Json:
    """ANY: a value by its ``xsi:type``, else by what it holds."""
    kind = node.get("type").rpartition(":")[2] or _guessed(node)
    match kind:
        case "PQ" | "REAL" | "INT" | "PQR" | "MO":
            found = _named("valueQuantity", values.quantity(node))
        case "IVL_PQ" | "IVL_REAL" | "IVL_INT":
            span = values.interval(node) or {}
            found = {f"value{name}": one for name, one in span.items()}
        case "CD" | "CE" | "CV" | "CO" | "CS":
            found = _named("valueCodeableConcept", setting.concept(node))
        case "BL":
            found = _named("valueBoolean", _TRUTH.get(node.get("value").lower()))
        case "TS":
            found = _named("valueDateTime", times.point(node))
        case "IVL_TS":
            found = _named("valuePeriod", times.period(node))
        case "RTO" | "RTO_PQ_PQ" | "RTO_QTY_QTY":
            found = _named("valueRatio", _ratio(node))
        case _:
            found = {}
    if found or kind in ("CD", "CE", "CV", "CO", "CS", "BL"):
        return found
    text = setting.words(node) or node.get("value") or node.get("displayName")
    return _named("valueString", text)


_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def _named(name: str, held: object) -> Json:
    return {} if held is None or held == "" else {name: held}


def _ratio(node: Node) -> Json | None:
    upper = values.quantity(node.one("numerator"))
    lower = values.quantity(node.one("denominator"))
    return {"numerator": upper, "denominator": lower} if upper and lower else None


def _guessed(node: Node) -> str:
    if node.get("code"):
        return "CD"
    return "PQ" if node.get("unit") else "ST"


def _ranges(node: Node, setting: Setting) -> Iterator[Json]:
    for held in node.under("referenceRange/observationRange"):
        read: Json = {}
        for spoken in held.all("value"):
            for name in ("low", "high"):
                amount = values.quantity(spoken.one(name))
                if amount:
                    read[name] = amount
            if not read:
                plain = value(spoken, setting) if spoken.get("type") else {}
                said = _spoken(plain)
                if said:
                    read["text"] = said
        text = setting.words(held.one("text"))
        if text:
            read["text"] = text
        whom = setting.concept(held.one("interpretationCode"))
        if whom and read and _code(held, "interpretationCode") != "N":
            read["type"] = whom
        if read:
            yield read


def _components(node: Node, setting: Setting) -> Iterator[Json]:
    """The questions and answers of an assessment scale."""
    for held in node.under("entryRelationship/observation"):
        code = setting.concept(held.one("code"))
        if _SCALE in templates(held) and code:
            said = _values(list(held.all("value"))[:1], setting)
            said.pop("note", None)
            if said:
                yield {"code": code, **said}


def family(node: Node, setting: Setting) -> Iterator[Mapped]:
    """Family history organizer: one relative and what they had."""
    setting = setting.within(node)
    related = node.one("subject/relatedSubject")
    conditions = []
    for held in node.under("component/observation"):
        code = setting.concept(held.one("value")) or setting.concept(held.one("code"))
        if code is None:
            continue
        if is_denied(held):
            code = {**code, "text": f"Not found: {code.get('text', '')}".strip(" :")}
        condition: Json = {"code": code}
        for age in held.under("entryRelationship/observation"):
            amount = values.quantity(age.one("value"))
            if _code(age, "code") == "445518008" and amount:
                amount = {**amount, "system": values.UCUM, "code": "a"}
                condition["onsetAge"] = amount
            elif _code(age, "value") == "419099009":
                condition["outcome"] = {"text": "Died of it"}
        conditions.append(condition)
    relation = setting.concept(related.one("code")) if related is not None else None
    if relation is None and not conditions:
        return
    person = related.one("subject") if related is not None else None
    resource: Json = {
        "resourceType": "FamilyMemberHistory",
        "status": "completed",
        "patient": setting.subject,
        "date": setting.date,
        "relationship": relation or {"text": "Relative"},
        "condition": conditions,
    }
    if person is not None:
        resource["name"] = values.spoken_name(person.one("name"))
        resource["bornDate"] = times.point(person.one("birthTime"))[:10]
        died = times.point(person.one("sdtc:deceasedTime"))[:10]
        resource["deceasedDate"] = died
    yield Mapped(node, identify(tidy(resource), node))
