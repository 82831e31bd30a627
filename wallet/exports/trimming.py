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
    | {"Parameters", "Provenance", "Task"}
)
"""Types that exist to speak about other records; a scoped package has none."""

_REFERENCE = frozenset({"reference", "type", "identifier", "display"})
_NOT_A_REFERENCE = frozenset({"class", "coding", "security", "tag", "valueCoding"})
_NAMES_OTHERS = frozenset(
    {"diagnosis", "note", "reasonCode", "reasonReference", "supportingInfo"}
    | {"supportingInformation", "problem"}
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
_NEEDED = frozenset({"actor", "condition", "item", "link", "manipulated", "who"})
"""References a part of a resource cannot be without (cardinality 1..1 in R4)."""
_NEEDED_AT_TOP = {
    "Claim": ("provider",),
    "Coverage": ("payor",),
    "DeviceUseStatement": ("device",),
    "ExplanationOfBenefit": ("insurer", "provider"),
}
_NOT_SHARED = "Not shared"


def trim(
    resource: dict[str, Json],
    *,
    extent: Extent,
    resolve: Callable[[str], str | None],
) -> dict[str, Json]:
    """The resource with every reference as *resolve* names it, or without it.

    Args:
        resource: A parsed FHIR R4 resource; it is not changed.
        extent: ``SCOPED`` also takes out narrative, notes and reasons.
        resolve: The new name of a reference's target, or None if it is not here.
    """
    walk = _Walk(extent, resolve, _kept_contained(resource, extent))
    trimmed: dict[str, Json] = {}
    for key, value in resource.items():
        kept = walk.element(key, value)
        if kept is not None:
            trimmed[key] = kept
    if "medicationReference" in resource and "medicationReference" not in trimmed:
        trimmed["medicationCodeableConcept"] = {"text": _NOT_SHARED}
    for key in _NEEDED_AT_TOP.get(str(resource.get("resourceType")), ()):
        if key in resource and key not in trimmed:
            blank = {"display": _NOT_SHARED}
            trimmed[key] = [blank] if isinstance(resource[key], list) else blank
    return trimmed


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
        extent: Extent,
        resolve: Callable[[str], str | None],
        contained: frozenset[str],
    ) -> None:
        self._scoped = extent is Extent.SCOPED
        self._resolve = resolve
        self._contained = contained

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
        if self._scoped and key not in _ACTORS and _is_bare_reference(key, value):
            return None
        return self._group(key, value)

    def _group(self, key: str, value: dict[str, Json]) -> Json:
        kept = {}
        for name, inner in value.items():
            if self._scoped and (
                (key == "meta" and name == "source")
                or (name == "url" and _is_attachment(value))
            ):
                continue
            left = self.element(name, inner)
            if left is not None:
                kept[name] = left
            elif name in _NEEDED:
                return None
        return kept or None

    def _reference(self, value: dict[str, Json]) -> Json:
        target = value["reference"]
        if target.startswith("#"):
            return value if target == "#" or target in self._contained else None
        name = self._resolve(target)
        if name is not None:
            return {**value, "reference": name}
        if self._scoped:
            return None
        left = {key: value[key] for key in ("identifier", "display") if key in value}
        return left or None


def _is_narrative(key: str, value: Json) -> bool:
    return key == "text" and isinstance(value, dict) and "div" in value


def _is_bare_reference(key: str, value: dict[str, Json]) -> bool:
    return (
        key not in _NOT_A_REFERENCE
        and "display" in value
        and value.keys() <= _REFERENCE
    )


def _is_attachment(value: dict[str, Json]) -> bool:
    return "contentType" in value or "hash" in value or "data" in value
