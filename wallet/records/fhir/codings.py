"""The codings of a FHIR element, each as a system and a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
"""Whatever a JSON parser returns."""


def coded(resource: dict[str, Json], key: str) -> Iterator[tuple[str, str]]:
    """Every coding of a CodeableConcept, or of a list of them, that has a code."""
    held = resource.get(key)
    for concept in held if isinstance(held, list) else [held]:
        if not isinstance(concept, dict):
            continue
        codings = concept.get("coding")
        for coding in codings if isinstance(codings, list) else ():
            if isinstance(coding, dict) and isinstance(coding.get("code"), str):
                system = coding.get("system")
                yield system if isinstance(system, str) else "", coding["code"]
