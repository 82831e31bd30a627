"""Says inside a resource that its patient wrote or corrected it, and reads that again.

``meta.tag`` with HL7 v3 ObservationValue ``PATAST`` ("patient asserted"): a tag goes
along in every dress and restricts nobody.
"""

from __future__ import annotations

from typing import Any

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
CODE = "PATAST"
WRITTEN = "Written by the patient"
CORRECTED = "Corrected by the patient"


def marked(resource: dict[str, Any], words: str) -> dict[str, Any]:
    """*resource* with the mark, whose words are `WRITTEN` or `CORRECTED`.

    What the patient wrote stays written by the patient when she corrects it.
    """
    meta = resource.get("meta")
    meta = dict(meta) if isinstance(meta, dict) else {}
    tags = meta.get("tag")
    tags = list(tags) if isinstance(tags, list) else []
    if not author_words(resource):
        tags.append({"system": SYSTEM, "code": CODE, "display": words})
    return {**resource, "meta": {**meta, "tag": tags}}


def author_words(resource: dict[str, Any]) -> str:
    """What the mark says; empty where there is none."""
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, dict) and (tag.get("system"), tag.get("code")) == (
            SYSTEM,
            CODE,
        ):
            return CORRECTED if tag.get("display") == CORRECTED else WRITTEN
    return ""
