"""The list of contents on an IHE XDM medium (METADATA.XML).

Source: IHE ITI TF-2 3.32 (Distribute Document Set on Media), TF-3 4.2 (document entry
and submission set in ebRIM 3.0). What the list must say and the wallet does not know
(kind of place, field of medicine) is said to be unknown.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.exports.cda.markup import Markup, element
from wallet.exports.cda.values import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.exports.parts import Part

_ENTRY = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_SUBMISSION = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
_REGISTRY = "urn:oasis:names:tc:ebxml-regrep"
_LOINC = "2.16.840.1.113883.6.1"
_NULL = "2.16.840.1.113883.5.1008"
_LEVELS = {"N": "normal", "R": "restricted", "V": "very restricted"}
_CLASS = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
_CONFIDENTIALITY = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
_FORMAT = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
_FACILITY = "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"
_PRACTICE = "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"
_TYPE = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
_CONTENT_TYPE = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"
_PIECE = 1 << 20
_IHE_FORMATS = "1.3.6.1.4.1.19376.1.2.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One document on the medium.

    ``loinc`` and ``shown`` say what kind it is, ``form`` is its IHE format code,
    ``level`` its confidentiality: N, R or V.
    """

    uri: str
    media_type: str
    title: str
    name: str
    size: int
    sha1: str
    loinc: str
    shown: str
    form: str
    level: str


def metadata(listed: list[Listed], *, package: str, made_at: datetime) -> bytes:
    """The list as a file.

    Args:
        listed: Every document, in the order of the medium.
        package: The ``urn:uuid`` name of the patient in this package.
        made_at: When the medium was written.
    """
    patient = f"{package.removeprefix('urn:uuid:')}^^^&{_oid(package)}&ISO"
    made = stamp(made_at.isoformat(timespec="seconds"))[:14]
    objects = [
        _document(one, f"Document{number:02}", patient, made)
        for number, one in enumerate(listed, start=1)
    ]
    objects.append(_submission(package, patient, made))
    objects.append(
        element(
            "Classification",
            {
                "id": "cl-set",
                "classifiedObject": "SubmissionSet",
                "classificationNode": _SUBMISSION,
            },
        )
    )
    objects += [_member(f"Document{number:02}") for number in range(1, len(listed) + 1)]
    held = element(
        "RegistryObjectList", {"xmlns": f"{_REGISTRY}:xsd:rim:3.0"}, *objects
    )
    whole = element("SubmitObjectsRequest", {"xmlns": f"{_REGISTRY}:xsd:lcm:3.0"}, held)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{whole}\n'.encode()


def sha1_of(part: Part) -> str:
    """SHA-1, because the list has no other: it finds accidents, and proves nothing."""
    made = hashlib.sha1(usedforsecurity=False)
    with part.read() as source:
        while piece := source.read(_PIECE):
            made.update(piece)
    return made.hexdigest()


def _document(one: Listed, name: str, patient: str, made: str) -> Markup:
    kinds = (
        (_CLASS, one.loinc, _LOINC, one.shown),
        (
            _CONFIDENTIALITY,
            one.level,
            "2.16.840.1.113883.5.25",
            _LEVELS.get(one.level, one.level),
        ),
        (_FORMAT, one.form, _IHE_FORMATS, one.form),
        (_FACILITY, "UNK", _NULL, "unknown"),
        (_PRACTICE, "UNK", _NULL, "unknown"),
        (_TYPE, one.loinc, _LOINC, one.shown),
    )
    return element(
        "ExtrinsicObject",
        {
            "id": name,
            "objectType": _ENTRY,
            "status": f"{_REGISTRY}:StatusType:Approved",
            "mimeType": one.media_type,
        },
        _slot("creationTime", made),
        _slot("hash", one.sha1),
        _slot("languageCode", "en-US"),
        _slot("size", str(one.size)),
        _slot("sourcePatientId", patient),
        _slot("URI", one.uri),
        _named(one.title),
        *(
            _classified(f"cl-{name}-{number}", name, kind)
            for number, kind in enumerate(kinds, start=1)
        ),
        _external(
            f"id-{name}-1",
            name,
            "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427",
            patient,
            "XDSDocumentEntry.patientId",
        ),
        _external(
            f"id-{name}-2",
            name,
            "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab",
            _oid(one.name),
            "XDSDocumentEntry.uniqueId",
        ),
    )


def _submission(package: str, patient: str, made: str) -> Markup:
    name = "SubmissionSet"
    own = uuid.uuid5(uuid.UUID(package.removeprefix("urn:uuid:")), "XDM")
    kind = (_CONTENT_TYPE, "34133-9", _LOINC, "Summarization of Episode Note")
    return element(
        "RegistryPackage",
        {"id": name, "status": f"{_REGISTRY}:StatusType:Approved"},
        _slot("submissionTime", made),
        _named("Health records, handed over by the patient"),
        _classified("cl-set-1", name, kind),
        _external(
            "id-set-1",
            name,
            "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446",
            patient,
            "XDSSubmissionSet.patientId",
        ),
        _external(
            "id-set-2",
            name,
            "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832",
            _oid(package),
            "XDSSubmissionSet.sourceId",
        ),
        _external(
            "id-set-3",
            name,
            "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8",
            f"2.25.{own.int}",
            "XDSSubmissionSet.uniqueId",
        ),
    )


def _member(name: str) -> Markup:
    return element(
        "Association",
        {
            "id": f"as-{name}",
            "associationType": f"{_REGISTRY}:AssociationType:HasMember",
            "sourceObject": "SubmissionSet",
            "targetObject": name,
        },
        _slot("SubmissionSetStatus", "Original"),
    )


def _slot(name: str, value: str) -> Markup:
    held = element("ValueList", {}, element("Value", {}, value))
    return element("Slot", {"name": name}, held)


def _named(title: str) -> Markup:
    return element("Name", {}, element("LocalizedString", {"value": title}))


def _classified(name: str, of: str, kind: tuple[str, str, str, str]) -> Markup:
    scheme, code, system, shown = kind
    return element(
        "Classification",
        {
            "id": name,
            "classificationScheme": scheme,
            "classifiedObject": of,
            "nodeRepresentation": code,
        },
        _slot("codingScheme", system),
        _named(shown),
    )


def _external(name: str, of: str, scheme: str, value: str, said: str) -> Markup:
    return element(
        "ExternalIdentifier",
        {
            "id": name,
            "registryObject": of,
            "identificationScheme": scheme,
            "value": value,
        },
        _named(said),
    )


def _oid(name: str) -> str:
    """The object identifier of a UUID (ITU-T X.667)."""
    return f"2.25.{uuid.UUID(name.removeprefix('urn:uuid:')).int}"
