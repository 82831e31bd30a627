"""The header of a Continuity of Care Document: whom it is about and where it is from.

Source: C-CDA 2.1, US Realm Header (2.16.840.1.113883.10.20.22.1.1) and CCD (1.2). What
the header asks for and the wallet does not know is said to be unknown.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from wallet.exports.cda.item import template
from wallet.exports.cda.markup import NOTHING, Markup, element, together
from wallet.exports.cda.values import (
    LOINC,
    UNKNOWN,
    address,
    coded,
    contact,
    ids,
    items,
    moment,
    person_name,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

Json = Any

PROLOG = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<?xml-stylesheet type="text/xsl" href="STYLE.XSL"?>\n'
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
)
TITLE = "Health summary, kept and handed over by the patient"
_CONFIDENTIALITY = "2.16.840.1.113883.5.25"
_SEX = {"male": "M", "female": "F", "other": "UN"}
_RACE = "2.16.840.1.113883.6.238"
_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"


def document_id(patient_name: str) -> str:
    """The number of the document, as random as the names of its package."""
    package = uuid.UUID(patient_name.removeprefix("urn:uuid:"))
    return str(uuid.uuid5(package, "C-CDA"))


def header(
    patient: dict[str, Json],
    *,
    patient_name: str,
    made_at: datetime,
    level: str,
    span: tuple[str, str],
) -> Markup:
    """Everything before the body.

    Args:
        patient: The Patient as it may leave; empty where the scope leaves it out.
        patient_name: Its ``urn:uuid`` name in this package.
        made_at: When the document was made.
        level: Its confidentiality: N, R or V.
        span: The first and the last day that records in it speak of, FHIR dates.
    """
    made = made_at.isoformat(timespec="seconds")
    return together(
        (
            element("realmCode", {"code": "US"}),
            element(
                "typeId",
                {"root": "2.16.840.1.113883.1.3", "extension": "POCD_HD000040"},
            ),
            template("2.16.840.1.113883.10.20.22.1.1", "2015-08-01"),
            template("2.16.840.1.113883.10.20.22.1.2", "2015-08-01"),
            element("id", {"root": document_id(patient_name)}),
            coded("code", "34133-9", LOINC, "Summarization of Episode Note"),
            element("title", {}, TITLE),
            moment("effectiveTime", made),
            confidentiality(level),
            element("languageCode", {"code": "en-US"}),
            _record_target(patient, patient_name),
            _author(made),
            _custodian(),
            _service(span, made),
        )
    )


def confidentiality(level: str) -> Markup:
    """The confidentialityCode of a document or section."""
    return coded("confidentialityCode", level, _CONFIDENTIALITY)


def _record_target(patient: dict[str, Json], name: str) -> Markup:
    places = [address(one) for one in items(patient.get("address"))]
    contacts = [contact(one) for one in items(patient.get("telecom"))]
    role = element(
        "patientRole",
        {},
        ids(patient, name),
        *(places or [element("addr", UNKNOWN)]),
        *(contacts or [element("telecom", UNKNOWN)]),
        element("patient", {}, *_person(patient)),
    )
    return element("recordTarget", {}, role)


def _person(patient: dict[str, Json]) -> Iterator[Markup]:
    names = [person_name(one) for one in items(patient.get("name"))]
    yield from names or [element("name", UNKNOWN)]
    sex = _SEX.get(text_of(patient.get("gender")))
    yield element(
        "administrativeGenderCode",
        {"code": sex, "codeSystem": "2.16.840.1.113883.5.1"} if sex else UNKNOWN,
    )
    yield moment("birthTime", patient.get("birthDate"))
    died = patient.get("deceasedDateTime")
    if died or patient.get("deceasedBoolean") is True:
        yield element("sdtc:deceasedInd", {"value": "true"})
    if died:
        yield moment("sdtc:deceasedTime", died)
    yield _group(patient, "race", "raceCode")
    yield _group(patient, "ethnicity", "ethnicGroupCode")
    for held in items(patient.get("communication")):
        language = held.get("language")
        codes = items(language.get("coding") if isinstance(language, dict) else None)
        code = next((text_of(one.get("code")) for one in codings(codes)), "")
        if code:
            wanted = "true" if held.get("preferred") is True else "false"
            yield element(
                "languageCommunication",
                {},
                element("languageCode", {"code": code}),
                element("preferenceInd", {"value": wanted}),
            )


def codings(held: list[dict[str, Json]]) -> Iterator[dict[str, Json]]:
    """The codings that name a language (BCP 47)."""
    yield from (one for one in held if "47" in str(one.get("system", "47")))


def _group(patient: dict[str, Json], word: str, name: str) -> Markup:
    for extension in items(patient.get("extension")):
        if extension.get("url") == f"{_US_CORE}{word}":
            for part in items(extension.get("extension")):
                held = part.get("valueCoding")
                if isinstance(held, dict) and part.get("url") == "ombCategory":
                    shown = text_of(held.get("display"))
                    return coded(name, text_of(held.get("code")), _RACE, shown)
    return element(name, UNKNOWN)


def _author(made: str) -> Markup:
    """The program that put it together: who wrote each part stands with the part."""
    device = element(
        "assignedAuthoringDevice",
        {},
        element("manufacturerModelName", {}, "Heartwood"),
        element("softwareName", {}, "Heartwood, for the patient"),
    )
    who = element(
        "assignedAuthor",
        {},
        element("id", UNKNOWN),
        element("addr", UNKNOWN),
        element("telecom", UNKNOWN),
        device,
    )
    return element("author", {}, moment("time", made), who)


def _custodian() -> Markup:
    keeper = element(
        "representedCustodianOrganization",
        {},
        element("id", UNKNOWN),
        element("name", {}, "The patient"),
        element("telecom", UNKNOWN),
        element("addr", UNKNOWN),
    )
    return element("custodian", {}, element("assignedCustodian", {}, keeper))


def _service(span: tuple[str, str], made: str) -> Markup:
    first, last = span
    when = element(
        "effectiveTime",
        {},
        moment("low", first) if first else element("low", UNKNOWN),
        moment("high", last or made),
    )
    event = element("serviceEvent", {"classCode": "PCPR"}, when)
    return element("documentationOf", {}, event) if event else NOTHING
