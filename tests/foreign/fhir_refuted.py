"""Findings that the file itself, or HL7's own definition, shows to be a judge's slip.

pyrofile 0.3 says of a choice inside a list that it is missing though it is there, and
of a list inside a list that its elements are there too often though each holds one.
FHIR.js does not know an element that the release defines by naming another one. Each
such sentence is held against the file; what cannot be refuted stands. Both look for a
value where the release asks for an element: one that only says in an extension why the
value is missing is there (FHIR R4 2.1.27; JSON 2.6.2). And pyrofile looks at no file
past 1 MiB, though the release sets that limit to a string (FHIR R4 2.24.0.1).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = Any
_LONGEST = 1_048_576  # of a string
_STEP = re.compile(r"(\w+)(?:\[(\d+|x)\])?")


def refuted(said: dict[str, str], piece: Json, definitions: Path) -> bool:
    """Whether what a judge said is not so.

    Args:
        said: ``judge``, ``rule``, ``place``, ``text`` and perhaps ``id``.
        piece: The file it was said of.
        definitions: A folder of HL7's definitions of the release, a file each.
    """
    place = said["place"]
    if said["rule"] == "structure.size":
        return all(len(text) <= _LONGEST for text in _strings(piece))
    if said["judge"] == "fhirjs" and said["text"] == "Unexpected property":
        return _defined(place, definitions)
    least = said["rule"].endswith(("cardinality.min", "profile.required"))
    least |= said["judge"] == "fhirjs" and said["text"] == "Missing property"
    holders = [
        holder
        for resource in _resources(piece, place.partition(".")[0], said.get("id"))
        for holder in _holders(resource, place)
    ]
    name = place.rpartition(".")[2]
    if least:
        return bool(holders) and all(_count(one, name) for one in holders)
    if (
        said["rule"] == "profile.element.cardinality.max"
        and " at most 1 " in said["text"]
    ):
        return bool(holders) and all(_count(one, name) <= 1 for one in holders)
    return False


def _defined(place: str, definitions: Path) -> bool:
    path = definitions / f"StructureDefinition-{place.partition('.')[0]}.json"
    element = re.sub(r"\[\d+\]", "", place)
    return path.is_file() and any(
        one["path"] == element
        for one in json.loads(path.read_bytes())["snapshot"]["element"]
    )


def _strings(held: Json) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    inner = held.values() if isinstance(held, dict) else held
    for one in inner if isinstance(held, dict | list) else ():
        yield from _strings(one)


def _resources(piece: Json, kind: str, identity: str | None) -> Iterator[Json]:
    entries = [one.get("resource", {}) for one in piece.get("entry", ())]
    outer = [piece, *entries]
    inner = [one for held in outer for one in held.get("contained", ())]
    for resource in (*outer, *inner):
        named = resource.get("id") if identity else None
        if resource.get("resourceType") == kind and named == identity:
            yield resource


def _holders(resource: Json, place: str) -> list[Json]:
    """The objects that hold the last element of *place*, in every list on the way."""
    held = [resource]
    for step in place.split(".")[1:-1]:
        found = _STEP.fullmatch(step)
        if found is None:
            return []
        name, number = found.groups()
        inner = [one[name] for one in held if name in one]
        lists = [one if isinstance(one, list) else [one] for one in inner]
        if number:
            lists = [one[int(number) : int(number) + 1] for one in lists]
        held = [one for items in lists for one in items if isinstance(one, dict)]
    return held


def _count(holder: Json, name: str) -> int:
    """How often an element stands in *holder*; of a choice, in any of its types."""
    plain = name.removesuffix("[x]")
    keys = {key.removeprefix("_") for key in holder}
    types = [key for key in keys if key.startswith(plain) and key[len(plain) :]]
    if plain in keys:
        found = holder.get(plain)
        return len(found) if isinstance(found, list) else 1
    return sum(key[len(plain)].isupper() for key in types)
