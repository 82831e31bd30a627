"""The rules of FHIR R4 for a Bundle and its entries, by the names the release gives.

Each answers for one object, as those of `invariants` do, which hands them out.

Source: ``constraint`` of StructureDefinition Bundle, FHIR R4 (4.0.1): bdl-1 to bdl-12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any
_ASKED = frozenset({"batch", "transaction", "history"})
_ANSWERED = frozenset({"batch-response", "transaction-response", "history"})


def _entries(held: dict[str, Json]) -> list[dict[str, Json]]:
    entries = held.get("entry")
    found = entries if isinstance(entries, list) else []
    return [one for one in found if isinstance(one, dict)]


def _only_with(name: str, kinds: frozenset[str]) -> Callable[[dict[str, Json]], bool]:
    """Every entry has *name* if the bundle is of *kinds*, and none has it otherwise."""

    def keeps(held: dict[str, Json]) -> bool:
        wanted = held.get("type") in kinds
        return all((name in one) == wanted for one in _entries(held))

    return keeps


def _total(held: dict[str, Json]) -> bool:
    return "total" not in held or held.get("type") in ("searchset", "history")


def _searched(held: dict[str, Json]) -> bool:
    of_search = held.get("type") == "searchset"
    return of_search or not any("search" in one for one in _entries(held))


def _named_once(held: dict[str, Json]) -> bool:
    """bdl-7: two entries under one name are two versions, or the bundle a history."""
    if held.get("type") == "history":
        return True
    seen = set()
    for one in _entries(held):
        resource = one.get("resource")
        meta = resource.get("meta") if isinstance(resource, dict) else None
        version = meta.get("versionId") if isinstance(meta, dict) else None
        name = (str(one.get("fullUrl")), str(version))
        if "fullUrl" in one and name in seen:
            return False
        seen.add(name)
    return True


def _document(held: dict[str, Json]) -> bool:
    return held.get("type") == "document"


def _identified(held: dict[str, Json]) -> bool:
    identifier = held.get("identifier")
    named = isinstance(identifier, dict) and {"system", "value"} <= identifier.keys()
    return named or not _document(held)


def _begins_with(kind: str, rtype: str) -> Callable[[dict[str, Json]], bool]:
    def keeps(held: dict[str, Json]) -> bool:
        if held.get("type") != kind:
            return True
        first = next((one.get("resource") for one in _entries(held)), None)
        return isinstance(first, dict) and first.get("resourceType") == rtype

    return keeps


def _unversioned(held: dict[str, Json]) -> bool:
    return "/_history/" not in str(held.get("fullUrl", ""))


BUNDLE: tuple[tuple[str, Callable[[dict[str, Json]], bool]], ...] = (
    ("bdl-1", _total),
    ("bdl-2", _searched),
    ("bdl-3", _only_with("request", _ASKED)),
    ("bdl-4", _only_with("response", _ANSWERED)),
    ("bdl-7", _named_once),
    ("bdl-9", _identified),
    ("bdl-10", lambda held: not _document(held) or "timestamp" in held),
    ("bdl-11", _begins_with("document", "Composition")),
    ("bdl-12", _begins_with("message", "MessageHeader")),
)
ENTRY: tuple[tuple[str, Callable[[dict[str, Json]], bool]], ...] = (
    ("bdl-5", lambda held: bool({"resource", "request", "response"} & held.keys())),
    ("bdl-8", _unversioned),
)
