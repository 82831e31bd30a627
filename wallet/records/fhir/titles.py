"""What a record is called: by itself, by what it refers to, by its narrative.

Names of other resources of the file are remembered as they come by.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wallet.records.fhir.wording import words_of
from wallet.records.plain.names import VISIT_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = Any
"""Whatever a JSON parser returns."""


_MOST_TITLE = 200
_TITLE: Mapping[str, tuple[str, ...]] = {
    "Observation": ("code",),
    "Condition": ("code",),
    "Encounter": ("type", "reasonCode", "serviceType", "class"),
    "DocumentReference": ("description", "type", "content", "category"),
    "Composition": ("title", "type"),
    "ImagingStudy": ("description", "procedureCode", "reasonCode", "modality"),
    "CarePlan": ("title", "description", "category"),
    "Goal": ("description",),
    "Device": ("deviceName", "type", "modelNumber"),
    "DeviceUseStatement": ("device", "reasonCode"),
    "Coverage": ("payor", "type"),
    "Claim": ("item", "type"),
    "ExplanationOfBenefit": ("item", "type"),
    "FamilyMemberHistory": ("condition", "relationship"),
    "PractitionerRole": ("practitioner", "code", "specialty", "organization"),
    "RelatedPerson": ("name", "relationship"),
    "QuestionnaireResponse": ("_questionnaire", "questionnaire"),
    "Communication": ("topic", "payload", "category", "reasonCode"),
    "Consent": ("category", "scope"),
    "Provenance": ("activity", "reason"),
    "AuditEvent": ("subtype", "type"),
    "Media": ("content", "type", "modality"),
    "Specimen": ("type",),
    "Binary": (),
}
_ANY_TITLE = (
    *("code", "medicationCodeableConcept", "medicationReference", "vaccineCode"),
    *("title", "name", "type", "description", "category", "reasonCode", "serviceType"),
    *("relationship", "substance", "reaction"),
)
_NAMED = frozenset({"Medication", "Practitioner", "Organization", "Location", "Device"})
_TAG = re.compile(r"<[^>]*>")


class Names:
    """What other resources of the same file are called: ``Type/id`` to words."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def learn(self, resource: dict[str, Json], full_url: str, title: str) -> None:
        """Remember what a medicine, a person or a place is called."""
        rtype = resource["resourceType"]
        if rtype in _NAMED:
            given = resource.get("id")
            for key in (full_url, f"{rtype}/{given}" if given else ""):
                if key:
                    self._names[key] = title

    def of(self, reference: str) -> str:
        """The words behind a reference; empty if it was not read (yet)."""
        return self._names.get(reference, "")


def title_of(resource: dict[str, Json], rtype: str, names: Names) -> tuple[str, str]:
    """What a resource is called, and the reference whose name it still awaits."""
    awaits = ""
    for key in (*_TITLE.get(rtype, ()), *_ANY_TITLE):
        held = resource.get(key)
        if held is None:
            continue
        said = _title_words(held, resource, names)
        if said:
            return short(said), ""
        if key == "medicationReference" and isinstance(held, dict):
            awaits = str(held.get("reference") or "")
    return short(_visit_class(resource) or _narrative(resource)), awaits


def referred(held: dict[str, Json], resource: dict[str, Json], names: Names) -> str:
    """What a reference points at is called: contained, or read before."""
    reference = held.get("reference")
    if not isinstance(reference, str):
        return ""
    if not reference.startswith("#"):
        return names.of(reference)
    contained = resource.get("contained")
    for inner in contained if isinstance(contained, list) else ():
        if isinstance(inner, dict) and inner.get("id") == reference[1:]:
            for key in ("code", "name", "deviceName", "type"):
                said = words_of(inner.get(key))
                if said:
                    return said
    return ""


def short(said: str) -> str:
    """One line, of the length that a title may have."""
    said = " ".join(said.split())
    return said if len(said) <= _MOST_TITLE else said[: _MOST_TITLE - 3] + "..."


def _title_words(held: Json, resource: dict[str, Json], names: Names) -> str:
    first = held[0] if isinstance(held, list) and held else held
    if isinstance(first, str):
        return "" if "://" in first or first.startswith("urn:") else first
    if not isinstance(first, dict):
        return ""
    said = words_of(first)
    if not said and "reference" in first:
        said = referred(first, resource, names)
    for inner in ("attachment", "productOrService", "code", "manifestation"):
        if said or inner not in first or isinstance(first[inner], str):
            continue  # a bare code is no title
        part = first[inner]
        if inner == "attachment" and isinstance(part, dict):
            said = words_of(part.get("title"))
        else:
            said = words_of(part)
    if not said and isinstance(first.get("extension"), list):
        said = _display_extension(first["extension"])
    return said


def _display_extension(extensions: list[Json]) -> str:
    for extension in extensions:
        url = extension.get("url") if isinstance(extension, dict) else None
        if isinstance(url, str) and url.endswith("/display"):
            return words_of(extension.get("valueString"))
    return ""


def _visit_class(resource: dict[str, Json]) -> str:
    held = resource.get("class")
    return VISIT_NAMES.get(str(held.get("code")), "") if isinstance(held, dict) else ""


def _narrative(resource: dict[str, Json]) -> str:
    text = resource.get("text")
    div = text.get("div") if isinstance(text, dict) else None
    if not isinstance(div, str):
        return ""
    said = " ".join(_TAG.sub(" ", div).split())
    # A sentence may serve as a name; a generated table may not.
    return said if len(said) <= _MOST_TITLE else ""
