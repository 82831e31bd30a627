"""A resource made fit to leave: references rewritten, and nothing that tells of others.

A scoped package is the coded facts of the records in it and no more: whatever text or
reference could name a record that was held back is taken out (DESIGN.md 5, "every
text, reference, attachment name and count in it obeys the scope").
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any
"""Whatever a JSON parser returns; walked, never trusted to have a shape."""


class Extent(StrEnum):
    """Whether an export is everything there is or a chosen part."""

    WHOLE = "whole"
    SCOPED = "scoped"


GATHERING = frozenset(
    {"AuditEvent", "Bundle", "Composition", "Consent", "List", "MessageHeader"}
    | {"Parameters", "Provenance", "Task", "DocumentManifest", "Linkage", "Binary"}
    | {"Claim", "ClaimResponse", "ExplanationOfBenefit"}
)
"""Types that exist to speak about other records, or that nobody can look into; a
scoped package has none. A bill lists whatever was done that day."""

_REFERENCE = frozenset({"reference", "type", "identifier", "display"})
_NOT_A_REFERENCE = frozenset({"class", "coding", "security", "tag", "valueCoding"})
_NAMES_OTHERS = frozenset(
    {"diagnosis", "evidence", "note", "reasonCode", "reasonReference"}
    | {"supportingInfo", "supportingInformation", "problem"}
)
"""Elements that say why, in terms of another record or in free words."""
_ACTORS = frozenset(
    {"actor", "asserter", "author", "custodian", "individual", "managingOrganization"}
    | {"member", "payor", "performer", "recorder", "requester", "serviceProvider"}
)
"""Elements that name who acted; a bare name there is part of the record itself."""
_CONTAINED = frozenset(
    {"Location", "Medication", "Organization", "Practitioner", "PractitionerRole"}
    | {"Specimen"}
)
_NEEDED = frozenset(
    {"actor", "condition", "item", "link", "location", "manipulated", "target"}
    | {"who"}
)
"""References a part of a resource cannot be without (cardinality 1..1 in R4)."""
_NEEDED_AT_TOP = {
    "Claim": ("provider",),
    "Coverage": ("payor",),
    "DeviceUseStatement": ("device",),
    "ExplanationOfBenefit": ("insurer", "provider"),
}
_DOCUMENTS = frozenset({"DocumentReference", "Media"})
"""Types whose attachment is the record itself; elsewhere it may hold anything."""
_WHOLE_RECORDS = ("xml", "json", "zip", "hl7", "cda")
"""In a media type: a file that holds more than the one record it is attached to."""
_FREE_VALUES = frozenset(
    {"valueAnnotation", "valueAttachment", "valueMarkdown", "valueString"}
)
_NOT_SHARED = "Not shared"


def trim(
    resource: dict[str, Json],
    *,
    extent: Extent,
    resolve: Callable[[str], str | None],
    person: str = "",
) -> dict[str, Json]:
    """The resource with every reference as *resolve* names it, or without it.

    Args:
        resource: A parsed FHIR R4 resource; it is not changed.
        extent: ``SCOPED`` also takes out narrative, notes and reasons.
        resolve: The new name of a reference's target, or None if it is not here.
        person: The new name of the patient, whom a scoped package names in its one
            Patient or nowhere.
    """
    walk = _Walk(resource, extent, resolve, person)
    trimmed: dict[str, Json] = {}
    for key, value in resource.items():
        kept = walk.element(key, value)
        if kept is not None:
            trimmed[key] = kept
    if "medicationReference" in resource and "medicationReference" not in trimmed:
        trimmed["medicationCodeableConcept"] = {"text": _NOT_SHARED}
    if extent is Extent.SCOPED and isinstance(trimmed.get("contained"), list):
        _drop_orphans(trimmed)
    for key in _NEEDED_AT_TOP.get(str(resource.get("resourceType")), ()):
        if key in resource and key not in trimmed:
            blank = {"display": _NOT_SHARED}
            trimmed[key] = [blank] if isinstance(resource[key], list) else blank
    return trimmed


def _drop_orphans(resource: dict[str, Json]) -> None:
    """Without what is contained and nothing refers to any more (R4, dom-3)."""
    named: set[str] = set()
    _local_names({key: resource[key] for key in resource if key != "contained"}, named)
    for held in resource["contained"]:
        _local_names(held, named)
    kept = [
        held
        for held in resource["contained"]
        if isinstance(held, dict) and f"#{held.get('id')}" in named
    ]
    resource["contained"] = kept
    if not kept:
        del resource["contained"]


def _local_names(value: Json, found: set[str]) -> None:
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str) and reference.startswith("#"):
            found.add(reference)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _local_names(item, found)


def _kept_contained(resource: dict[str, Json], extent: Extent) -> frozenset[str]:
    """Local names of contained resources that stay."""
    contained = resource.get("contained")
    if not isinstance(contained, list):
        return frozenset()
    return frozenset(
        f"#{held.get('id')}"
        for held in contained
        if isinstance(held, dict)
        and (extent is Extent.WHOLE or held.get("resourceType") in _CONTAINED)
    )


class _Walk:
    """One pass over one resource; None means: leave it out."""

    def __init__(
        self,
        resource: dict[str, Json],
        extent: Extent,
        resolve: Callable[[str], str | None],
        person: str,
    ) -> None:
        self._rtype = str(resource.get("resourceType"))
        self._scoped = extent is Extent.SCOPED
        self._resolve = resolve
        self._person = person
        self._contained = _kept_contained(resource, extent)

    def element(self, key: str, value: Json) -> Json:
        """What stays of the element *key*."""
        if self._scoped and (key in _NAMES_OTHERS or _is_narrative(key, value)):
            return None
        if key == "contained" and isinstance(value, list):
            value = [held for held in value if self._stays(held)]
        if isinstance(value, list):
            kept = [self._item(key, item) for item in value]
            return [item for item in kept if item is not None] or None
        return self._item(key, value)

    def _stays(self, held: Json) -> bool:
        return isinstance(held, dict) and f"#{held.get('id')}" in self._contained

    def _item(self, key: str, value: Json) -> Json:
        if isinstance(value, list):  # lists of lists do not occur in FHIR
            return None
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("reference"), str):
            return self._reference(value)
        if self._scoped and (
            (key not in _ACTORS and _is_bare_reference(key, value))
            or (self._rtype not in _DOCUMENTS and _is_attachment(value))
        ):
            return None
        return self._group(key, value)

    def _group(self, key: str, value: dict[str, Json]) -> Json:
        kept = {}
        for name, inner in value.items():
            if self._scoped and self._is_telling(key, name, value):
                continue
            left = self.element(name, inner)
            if left is not None:
                kept[name] = left
            elif name in _NEEDED:
                return None
        if self._scoped and "asNeededCodeableConcept" in value:
            kept["asNeededBoolean"] = True
        if not kept or kept.keys() == {"url"} != value.keys():
            return None
        return kept

    def _is_telling(self, key: str, name: str, value: dict[str, Json]) -> bool:
        """Whether the element *name* inside *key* may tell of something else."""
        if _is_attachment(value):
            kind = str(value.get("contentType", "")).lower()
            whole = any(word in kind for word in _WHOLE_RECORDS)
            return name == "url" or (name == "data" and whole)
        if key == "extension" and name in _FREE_VALUES:
            return self._rtype != "Patient"
        return name == "asNeededCodeableConcept" or (key == "meta" and name == "source")

    def _reference(self, value: dict[str, Json]) -> Json:
        target = value["reference"]
        if target.startswith("#"):
            if target == "#" or target in self._contained:
                return value
            return None if self._scoped else _words_only(value)
        name = self._resolve(target)
        if name is not None and self._scoped and name == self._person:
            return {"reference": name}
        if name is not None:
            return {**value, "reference": name}
        if self._scoped:
            return None
        return _words_only(value)


def _words_only(reference: dict[str, Json]) -> Json:
    """A reference to nothing: what it says beside."""
    kept = ("identifier", "display")
    return {key: reference[key] for key in kept if key in reference} or None


def _is_narrative(key: str, value: Json) -> bool:
    return key == "text" and isinstance(value, dict) and "div" in value


def _is_bare_reference(key: str, value: dict[str, Json]) -> bool:
    return (
        key not in _NOT_A_REFERENCE
        and ("display" in value or isinstance(value.get("identifier"), dict))
        and value.keys() <= _REFERENCE
    )


def _is_attachment(value: dict[str, Json]) -> bool:
    return "contentType" in value or "hash" in value or "data" in value
