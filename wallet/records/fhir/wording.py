"""The words of a FHIR value: text, CodeableConcept, Coding, Reference or name."""

from __future__ import annotations

from typing import Any

from wallet.records.plain.names import plain_names

Json = Any
"""Whatever a JSON parser returns."""


def words_of(value: Json) -> str:
    """The words of a text, CodeableConcept, Coding, Reference, name or list of them."""
    if isinstance(value, dict):
        return _words_in(value)
    if isinstance(value, list):
        return ", ".join(filter(None, map(words_of, value[:3])))
    return value if isinstance(value, str) else ""


def _words_in(value: dict[str, Json]) -> str:
    for key in ("text", "display"):
        said = value.get(key)
        if isinstance(said, str) and said:
            return said
    if "family" in value or "given" in value:
        return _name(value)
    coding = value.get("coding")
    if coding:
        return _of_codings(coding)
    if "code" in value and "system" in value:
        return _of_codings([value])
    return words_of(value.get("name"))


def _name(value: dict[str, Json]) -> str:
    parts: list[str] = []
    for key in ("prefix", "given", "family", "suffix"):
        part = value.get(key)
        parts += part if isinstance(part, list) else [part] if part else []
    return " ".join(str(part) for part in parts)


def _of_codings(codings: Json) -> str:
    if not isinstance(codings, list):
        return ""
    known = [coding for coding in codings if isinstance(coding, dict)]
    for coding in known:
        said = coding.get("display")
        if isinstance(said, str) and said:
            return said
    for coding in known:
        plain = plain_names().get((str(coding.get("system")), str(coding.get("code"))))
        if plain:
            return plain
    return ""
