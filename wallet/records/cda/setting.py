"""What an entry takes from the document around it, and how its record is named."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.records.cda import values
from wallet.records.cda.sections import About

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallet.records.xml_tree import Node

Json = dict[str, Any]

_SPACE = uuid.UUID("0b0a1b52-5f5c-5f0e-9d6e-6b5c3a2f7d11")
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_MOST_NAME = 200
_COMMENT = "2.16.840.1.113883.10.20.22.4.64"
_WHEN = (
    *("effectiveDateTime", "effectivePeriod", "occurrenceDateTime", "onsetDateTime"),
    *("onsetPeriod", "performedDateTime", "performedPeriod", "period", "startDate"),
    *("authoredOn", "whenHandedOver", "date"),
)
_CODED = ("code", "vaccineCode", "medicationCodeableConcept", "type", "description")


class Mapped(NamedTuple):
    """A FHIR R4 resource and the element it was read from."""

    node: Node
    resource: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The section and the document around an entry.

    ``patient`` is the relative reference of the patient; ``author`` names who wrote
    the part around, as CDA passes authors on (CDA R2 4.4). ``section`` is what the
    section is called here, ``visit`` the reference of the visit around an entry.
    """

    words: Callable[[Node | None], str]
    patient: str
    author: str
    date: str
    about: About = About.OTHER
    section: str = ""
    visit: str = ""

    def within(self, node: Node) -> Setting:
        """The same for what lies inside *node*: an author there speaks for it."""
        name = author_of(node)
        return replace(self, author=name) if name else self

    @property
    def dated(self) -> Json:
        """``date`` of a Composition, which must not be missing (R4, 1..1)."""
        if self.date:
            return {"date": self.date}
        return {"_date": {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}}

    @property
    def subject(self) -> Json:
        """The patient, to be put into a resource."""
        return {"reference": self.patient}

    def concept(self, node: Node | None) -> Json | None:
        """A code with its words."""
        return values.concept(node, self.words)

    def named(self, node: Node, path: str) -> Json | None:
        """The code under *path*; the statement's own text names it if need be."""
        found = self.concept(node.one(path))
        if found is not None and "text" in found:
            return found
        text = self.words(node.one("text"))
        if not text or len(text) > _MOST_NAME:
            return found
        return {**(found or {}), "text": text}

    def by(self) -> Json | None:
        """Who wrote it, as a reference that is only a name."""
        return {"display": self.author} if self.author else None


def author_of(node: Node) -> str:
    """The person, else the organisation or the device, that wrote *node*."""
    for author in node.all("author"):
        said = actor(author.one("assignedAuthor"))
        if said:
            return said
    return ""


def actor(assigned: Node | None) -> str:
    """The name of an assigned author, entity or participant."""
    if assigned is None:
        return ""
    for path in (
        "assignedPerson/name",
        "associatedPerson/name",
        "playingEntity/name",
        "representedOrganization/name",
        "scopingOrganization/name",
        "assignedAuthoringDevice/manufacturerModelName",
        "assignedAuthoringDevice/softwareName",
    ):
        said = values.spoken_name(assigned.one(path))
        if said:
            return said[:200]
    return ""


def performer(node: Node) -> str:
    """Who did it."""
    for held in node.all("performer"):
        said = actor(held.one("assignedEntity"))
        if said:
            return said
    return ""


def templates(node: Node) -> frozenset[str]:
    """The last numbers of all templates in C-CDA's own branches."""
    return frozenset(held.get("root") for held in node.all("templateId"))


def identify(resource: Json, node: Node) -> Json:
    """Give *resource* the numbers of *node*, and an id that a later copy has too.

    Some senders use one number for many entries, so what the entry is about and when
    it was are part of the id: a change of these makes another record, which is seen,
    where one record more would hide another.
    """
    found = values.identifiers(node.all("id"))
    if not found:
        return resource
    one = resource["resourceType"] == "Composition"  # which has no more than one
    resource["identifier"] = found[0] if one else found
    resource["id"] = name_of(resource["resourceType"], found[0], _anchor(resource))
    return resource


def name_of(rtype: str, number: Json, *more: str) -> str:
    """A UUID for a business identifier (RFC 9562 version 5), the same on every copy."""
    said = json.dumps([rtype, number.get("system", ""), number["value"], *more])
    return str(uuid.uuid5(_SPACE, said))


def another(name: str, number: int) -> str:
    """The id of a further record that would have the id *name*."""
    return str(uuid.uuid5(_SPACE, f"{name} {number}"))


def _anchor(resource: Json) -> str:
    about = next((resource[key] for key in _CODED if key in resource), None)
    if isinstance(about, list):
        about = about[0] if about else None
    if isinstance(about, dict):
        about = about.get("coding") or about.get("text")
        if isinstance(about, list):
            about = [[one.get("system"), one.get("code")] for one in about[:1]]
    when = next((resource[key] for key in _WHEN if key in resource), None)
    return json.dumps([about, when])


def is_denied(node: Node) -> bool:
    """``negationInd``: what is written did not happen or is not so."""
    return node.get("negationInd").lower() in ("true", "1")


def comments(node: Node, setting: Setting) -> list[Json]:
    """Annotations of Comment Activities below *node*."""
    found = []
    for kind in ("entryRelationship", "component"):
        for held in node.under(f"{kind}/act"):
            if _COMMENT in templates(held):
                said = setting.words(held.one("text"))
                if said:
                    found.append({"text": said})
    return found


def tidy(resource: Json) -> Json:
    """The resource without what is empty."""
    return {
        key: value
        for key, value in resource.items()
        if value is not None and value not in ("", [], {})
    }


def coded(system: str, code: str) -> Json:
    """A CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code}]}
