"""Makes R4 of a resource of another FHIR release; what has no R4 is shown whole.

The source's bytes stay beside it, so a better mapping can always begin anew.
"""

from __future__ import annotations

import base64
import re
from importlib import import_module
from typing import Any

from wallet.records.fhir.release import DSTU2, R5, STU3

READERS = {DSTU2: "fhir-dstu2 1", STU3: "fhir-stu3 1", R5: "fhir-r5 1"}
"""Who mapped a resource, as the vault notes it: change the number with the mapping."""
_MODULES = {DSTU2: "dstu2", STU3: "stu3", R5: "r5"}
_SHAPES = (AttributeError, IndexError, KeyError, TypeError, ValueError)
_INNER = re.compile(r"(?<=[a-z])(?=[A-Z])")


def to_r4(resource: dict[str, Any], release: str) -> dict[str, Any] | None:
    """The same as R4; None where its type is not mapped or its shape is no such one."""
    try:
        return _mapped(resource, release)
    except _SHAPES:
        return None


def _mapped(resource: dict[str, Any], release: str) -> dict[str, Any] | None:
    known = import_module(f"wallet.records.fhir.{_MODULES[release]}").MAPPED
    change = known.get(resource["resourceType"])
    if change is None:
        return None
    held = dict(resource)
    if isinstance(held.get("contained"), list):
        held["contained"] = [_contained(inner, release) for inner in held["contained"]]
    change(held)
    return held


def _contained(inner: Any, release: str) -> Any:  # noqa: ANN401 JSON
    if not isinstance(inner, dict) or not isinstance(inner.get("resourceType"), str):
        return inner
    return _mapped(inner, release) or inner


def as_document(resource: dict[str, Any], raw: bytes) -> dict[str, Any]:
    """A document that holds *raw*, for what can be kept and shown but not mapped."""
    words = _INNER.sub(" ", resource["resourceType"]).capitalize()
    data = base64.b64encode(raw).decode()
    held: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "status": "current",
        "description": _title(resource) or words,
        "type": {"text": words},
        "content": [
            {"attachment": {"contentType": "application/fhir+json", "data": data}}
        ],
    }
    for key in ("id", "meta"):
        if key in resource:
            held[key] = resource[key]
    subject = resource.get("subject") or resource.get("patient")
    if isinstance(subject, dict):
        held["subject"] = subject
    return held


def _title(resource: dict[str, Any]) -> str:
    for key in ("title", "name", "description"):
        said = resource.get(key)
        if isinstance(said, str) and said:
            return said
    return ""
