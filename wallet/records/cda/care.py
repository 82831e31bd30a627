"""Plans, goals, teams, devices, insurance, notes and attached files as FHIR resources.

Source: C-CDA 2.1, planned acts (4.39 to 4.44, 4.120), goal (4.121), care team (4.500),
supply (4.50), product instance (4.37), coverage (4.60, 4.61), note (4.202), under
2.16.840.1.113883.10.20.22; HL7 "C-CDA on FHIR".
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from wallet.records.cda import times, values
from wallet.records.cda.setting import (
    Mapped,
    actor,
    coded,
    comments,
    identify,
    is_denied,
    templates,
    tidy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.cda.setting import Setting
    from wallet.records.xml_tree import Node

Json = dict[str, Any]

_HL7 = "http://terminology.hl7.org/CodeSystem/"
_ROOT = "2.16.840.1.113883.10.20.22.4."
NOTE = f"{_ROOT}202"
TEAM = f"{_ROOT}500"
COVERAGE = f"{_ROOT}60"
_POLICY = frozenset({f"{_ROOT}61", "2.16.840.1.113883.10.20.1.26"})
_ASKED = {
    "active": "active",
    "completed": "completed",
    "aborted": "revoked",
    "cancelled": "revoked",
    "held": "on-hold",
    "suspended": "on-hold",
    "new": "draft",
}
_INTENT = {"INT": "plan", "RQO": "order", "PRP": "proposal", "PRMS": "directive"}
_INTENT |= {"ARQ": "plan", "APT": "plan", "GOL": "plan"}
_GOAL = {"active": "active", "completed": "completed", "aborted": "cancelled"}
_GOAL |= {"cancelled": "cancelled", "held": "on-hold", "suspended": "on-hold"}
_TEAM_STATUS = {"active": "active", "completed": "inactive", "suspended": "suspended"}


def planned(node: Node, setting: Setting) -> Iterator[Mapped]:
    """A planned act, observation, procedure or supply: a wish, not a fact."""
    setting = setting.within(node)
    code = setting.named(node, "code") or setting.concept(
        node.one("product/manufacturedProduct/manufacturedMaterial/code")
    )
    if code is None:
        return
    resource: Json = {
        "resourceType": "ServiceRequest",
        "status": _ASKED.get(_status(node), "unknown"),
        "intent": _INTENT.get(node.get("moodCode"), "plan"),
        "code": code,
        "subject": setting.subject,
        "authoredOn": times.first(node.one("author/time")),
        "requester": setting.by(),
        "note": comments(node, setting),
    }
    times.put_when(resource, "occurrence", node.one("effectiveTime"))
    if is_denied(node):
        resource["doNotPerform"] = True
    yield Mapped(node, identify(tidy(resource), node))


def goal(node: Node, setting: Setting) -> Iterator[Mapped]:
    """A goal and what would be its measure."""
    setting = setting.within(node)
    code = setting.concept(node.one("code"))
    value = node.one("value")
    said = setting.words(value) if value is not None else ""
    text = setting.words(node.one("text"))
    if value is not None and setting.concept(value) and not said:
        said = (setting.concept(value) or {}).get("text", "")
    # "ASSERTION" and the like name no goal; what was written does.
    words = said or text or (code or {}).get("text", "")
    if not words:
        return
    resource: Json = {
        "resourceType": "Goal",
        "lifecycleStatus": _GOAL.get(_status(node), "active"),
        "description": {"text": words[:300]},
        "subject": setting.subject,
        "startDate": times.first(node.one("effectiveTime"))[:10],
        "expressedBy": setting.by(),
        "note": comments(node, setting),
    }
    if value is not None and code is not None:
        amount = values.quantity(value)
        if amount:
            resource["target"] = [{"measure": code, "detailQuantity": amount}]
    yield Mapped(node, identify(tidy(resource), node))


def team(node: Node, setting: Setting) -> Iterator[Mapped]:
    """A care team organizer: who takes part, and as what."""
    setting = setting.within(node)
    members = []
    for act in node.under("component/act"):
        for held in (*act.all("performer"), *act.all("participant")):
            entity = held.one("assignedEntity") or held.one("participantRole")
            name = actor(entity)
            if not name or entity is None:
                continue
            role = setting.concept(held.one("sdtc:functionCode"))
            role = role or setting.concept(held.one("functionCode"))
            role = role or setting.concept(entity.one("code"))
            member: Json = {"role": [role] if role else [], "member": {"display": name}}
            period = times.period(act.one("effectiveTime"))
            members.append(tidy({**member, "period": period}))
    for held in node.all("participant"):
        name = actor(held.one("participantRole")) or actor(held.one("associatedEntity"))
        if name and not any(one["member"]["display"] == name for one in members):
            members.append({"member": {"display": name}})
    if not members:
        return
    resource: Json = {
        "resourceType": "CareTeam",
        "status": _TEAM_STATUS.get(_status(node), "active"),
        "name": (setting.concept(node.one("code")) or {}).get("text") or "Care team",
        "subject": setting.subject,
        "period": times.period(node.one("effectiveTime")),
        "participant": members,
    }
    yield Mapped(node, identify(tidy(resource), node))


def device(node: Node, setting: Setting) -> Iterator[Mapped]:
    """A supply that is no medicine, or an implant: the device itself."""
    setting = setting.within(node)
    for role in node.under("participant/participantRole"):
        kind = setting.concept(role.one("playingDevice/code"))
        model = role.one("playingDevice/manufacturerModelName")
        name = " ".join(model.text.split()) if model is not None else ""
        if kind is None and not name:
            continue
        maker = values.spoken_name(role.one("scopingEntity/desc"))
        resource: Json = {
            "resourceType": "Device",
            "status": "active",
            "type": kind or {"text": name},
            "manufacturer": maker,
            "patient": setting.subject,
            "note": comments(node, setting),
        }
        if name:
            resource["deviceName"] = [{"name": name, "type": "model-name"}]
        codes = [one.get("extension") for one in role.all("id")]
        udi = next((code for code in codes if code.startswith("(01)")), "")
        if udi:
            resource["udiCarrier"] = [{"carrierHRF": udi}]
        yield Mapped(role, identify(tidy(resource), role))
        return
    what = setting.concept(
        node.one("product/manufacturedProduct/manufacturedMaterial/code")
    )
    if what is None:
        return
    resource = {
        "resourceType": "Device",
        "status": "active",
        "type": what,
        "patient": setting.subject,
    }
    yield Mapped(node, identify(tidy(resource), node))


def coverage(node: Node, setting: Setting) -> Iterator[Mapped]:
    """Insurance: every policy of a coverage act."""
    setting = setting.within(node)
    for policy in node.under("entryRelationship/act"):
        if not templates(policy) & _POLICY:
            continue
        payer = ""
        holder = ""
        for held in policy.all("performer"):
            payer = payer or actor(held.one("assignedEntity"))
        for held in policy.under("participant/participantRole"):
            for one in held.all("id"):
                holder = holder or one.get("extension")
        kind = setting.concept(policy.one("code"))
        if not payer and kind is None:
            continue
        period = None
        for held in policy.all("participant"):
            period = period or times.period(held.one("time"))
        resource: Json = {
            "resourceType": "Coverage",
            "status": "active",
            "type": kind,
            "subscriberId": holder,
            "beneficiary": setting.subject,
            "period": period,
            "payor": [{"display": payer or "Not named"}],
        }
        yield Mapped(policy, identify(tidy(resource), policy))


def note(node: Node, setting: Setting) -> Iterator[Mapped]:
    """A note activity: a document with its words or with the file itself."""
    setting = setting.within(node)
    text = node.one("text")
    content = attachment(text, setting)
    if content is None:
        return
    code = setting.concept(node.one("code"))
    when = times.first(node.one("author/time"), node.one("effectiveTime"))
    resource = document(content, setting, kind=code, when=when or setting.date)
    yield Mapped(node, identify(resource, node))


def document(content: Json, setting: Setting, *, kind: Json | None, when: str) -> Json:
    """A DocumentReference around an attachment."""
    return tidy(
        {
            "resourceType": "DocumentReference",
            "status": "current",
            "type": kind,
            "category": [
                coded(
                    "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
                    "clinical-note",
                )
            ],
            "subject": setting.subject,
            # ``date`` is an instant (R4), which a day is not; a period may be a day.
            "context": {"period": {"start": when}} if when else None,
            "author": [{"display": setting.author}] if setting.author else None,
            "content": [{"attachment": content}],
        }
    )


def attachment(text: Node | None, setting: Setting) -> Json | None:
    """ED: the file inside, its words, or the name of a file beside the document."""
    if text is None:
        return None
    if text.get("representation") == "B64":
        return _inside(text)
    reference = text.one("reference")
    if reference is not None and not reference.get("value").startswith("#"):
        target = reference.get("value")[:200]
        kind = text.get("mediaType")
        return tidy({"contentType": kind, "title": target}) if target else None
    said = setting.words(text)
    if not said:
        return None
    data = base64.b64encode(said.encode()).decode()
    return {"contentType": "text/plain", "data": data}


def _inside(text: Node) -> Json | None:
    data = "".join(text.text.split())
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None
    kind = text.get("mediaType") or "application/octet-stream"
    return {"contentType": kind, "data": data}


def picture(node: Node, setting: Setting) -> Iterator[Mapped]:
    """An embedded picture (observationMedia)."""
    setting = setting.within(node)
    content = attachment(node.one("value"), setting)
    if content is not None:
        resource = document(
            content, setting, kind={"text": "Picture"}, when=setting.date
        )
        yield Mapped(node, identify(resource, node))


def _status(node: Node) -> str:
    held = node.one("statusCode")
    return held.get("code") if held is not None else ""
