"""The header of a CDA document: the document itself, patient, keeper and visit.

Source: HL7 CDA R2 4.2 (header), C-CDA 2.1 US Realm Header
(2.16.840.1.113883.10.20.22.1.1), HL7 "C-CDA on FHIR".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.records.cda import times, values
from wallet.records.cda.conditions import visit_class
from wallet.records.cda.setting import (
    Mapped,
    actor,
    identify,
    name_of,
    tidy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.cda.setting import Setting
    from wallet.records.xml_tree import Node

Json = dict[str, Any]

_SEX = {"M": "male", "F": "female", "UN": "other"}
_HL7 = "http://terminology.hl7.org/CodeSystem/"
_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_RACES = "urn:oid:2.16.840.1.113883.6.238"
_NO_TYPE = {"text": "Document"}


def title(root: Node) -> str:
    """What the document calls itself; empty if it does not."""
    given = root.one("title")
    said = " ".join(given.text.split()) if given is not None else ""
    if not said:
        code = root.one("code")
        said = code.get("displayName") if code is not None else ""
    return said[:200]


def composition(
    root: Node, setting: Setting, *, sections: list[Json], name: str
) -> Mapped:
    """The document as a record: what it is, of when, by whom, and its sections.

    Args:
        root: The document.
        setting: Its author and patient.
        sections: Composition.section, without what they say.
        name: What the document is called if it has no title.
    """
    custodian = values.spoken_name(
        root.one("custodian/assignedCustodian/representedCustodianOrganization/name")
    )
    resource: Json = {
        "resourceType": "Composition",
        "status": "final",
        "type": setting.concept(root.one("code")) or _NO_TYPE,
        "subject": setting.subject,
        **setting.dated,
        "author": [{"display": setting.author or "Not named"}],
        "title": title(root) or name,
        "custodian": {"display": custodian} if custodian else None,
        "section": sections,
    }
    return Mapped(root, identify(tidy(resource), root))


def patient_name(root: Node) -> str:
    """The id of the patient, the same in every document of one keeper of numbers."""
    role = root.one("recordTarget/patientRole")
    found = values.identifiers(role.all("id")) if role is not None else []
    if found:
        return name_of("Patient", found[0])
    document = values.identifiers(root.all("id"))
    return name_of("Patient", document[0] if document else {"value": "not numbered"})


def patient(target: Node, name: str) -> Mapped | None:
    """The person a document is about."""
    role = target.one("patientRole")
    if role is None:
        return None
    person = role.one("patient") or role
    resource: Json = {
        "resourceType": "Patient",
        "id": name,
        "identifier": values.identifiers(role.all("id")),
        "name": values.listed(person.all("name"), values.human_name),
        "telecom": values.listed(role.all("telecom"), values.contact),
        "address": values.listed(role.all("addr"), values.address),
        "gender": _sex(person),
        "birthDate": times.point(person.one("birthTime"))[:10],
        "maritalStatus": values.concept(person.one("maritalStatusCode"), _plain),
        "communication": list(_languages(person)),
        "contact": list(_guardians(person)),
        "extension": list(_extensions(person)),
    }
    died = times.point(person.one("sdtc:deceasedTime"))
    told = person.one("sdtc:deceasedInd")
    if died:
        resource["deceasedDateTime"] = died
    elif told is not None and told.get("value") in ("true", "false"):
        resource["deceasedBoolean"] = told.get("value") == "true"
    keeper = values.spoken_name(role.one("providerOrganization/name"))
    resource["managingOrganization"] = {"display": keeper} if keeper else None
    return Mapped(target, tidy(resource))


def _plain(node: Node | None) -> str:
    return " ".join(node.text.split()) if node is not None else ""


def _sex(person: Node) -> str:
    code = person.one("administrativeGenderCode")
    if code is None:
        return ""
    return _SEX.get(code.get("code"), "unknown")


def _languages(person: Node) -> Iterator[Json]:
    for held in person.all("languageCommunication"):
        code = held.one("languageCode")
        if code is not None and code.get("code"):
            language = {
                "coding": [{"system": "urn:ietf:bcp:47", "code": code.get("code")}]
            }
            wanted = held.one("preferenceInd")
            if wanted is not None and wanted.get("value") == "true":
                yield {"language": language, "preferred": True}
            else:
                yield {"language": language}


def _guardians(person: Node) -> Iterator[Json]:
    for held in person.all("guardian"):
        name = held.one("guardianPerson/name")
        said: Json = {
            "relationship": [
                one for one in [values.concept(held.one("code"), _plain)] if one
            ],
            "name": values.human_name(name) if name is not None else None,
            "telecom": values.listed(held.all("telecom"), values.contact),
        }
        if said["name"]:
            yield tidy(said)


def _extensions(person: Node) -> Iterator[Json]:
    for name, word in (("raceCode", "race"), ("ethnicGroupCode", "ethnicity")):
        code = person.one(name)
        said = values.concept(code, _plain)
        if said is None or "coding" not in said:
            continue
        coding = said["coding"][0]
        if coding.get("system") == _RACES:
            yield {
                "url": f"{_US_CORE}{word}",
                "extension": [
                    {"url": "ombCategory", "valueCoding": coding},
                    {"url": "text", "valueString": said.get("text") or coding["code"]},
                ],
            }


def organization(custodian: Node) -> Mapped | None:
    """The organisation that keeps the document."""
    held = custodian.one("assignedCustodian/representedCustodianOrganization")
    if held is None:
        return None
    name = values.spoken_name(held.one("name"))
    found = values.identifiers(held.all("id"))
    if not name:
        return None
    resource: Json = {
        "resourceType": "Organization",
        "identifier": found,
        "name": name,
        "telecom": values.listed(held.all("telecom"), values.contact),
        "address": values.listed(held.all("addr"), values.address),
    }
    if found:
        resource["id"] = name_of("Organization", found[0], name)
    return Mapped(custodian, tidy(resource))


def visit(component: Node, setting: Setting) -> Mapped | None:
    """The visit a document tells of (encompassingEncounter)."""
    node = component.one("encompassingEncounter")
    if node is None:
        return None
    code = setting.concept(node.one("code"))
    names = [
        actor(held.one("assignedEntity"))
        for kind in ("responsibleParty", "encounterParticipant")
        for held in node.all(kind)
    ]
    place = values.spoken_name(node.one("location/healthCareFacility/location/name"))
    keeper = values.spoken_name(
        node.one("location/healthCareFacility/serviceProviderOrganization/name")
    )
    resource: Json = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": visit_class(node.one("code")),
        "type": [code] if code else [],
        "subject": setting.subject,
        "period": times.period(node.one("effectiveTime")),
        "participant": [
            {"individual": {"display": name}} for name in dict.fromkeys(names) if name
        ],
        "location": [{"location": {"display": place}}] if place else [],
        "serviceProvider": {"display": keeper} if keeper else None,
    }
    if not resource["period"] and not code and not any(names):
        return None
    return Mapped(component, identify(tidy(resource), node))
