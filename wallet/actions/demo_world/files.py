"""The invented history as the files a patient would be handed, one per place."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import orjson

from wallet.actions.demo_world import (
    care,
    conditions,
    documents,
    labs,
    medicines,
    vaccines,
    visits,
    vitals,
)
from wallet.actions.demo_world import person as person_
from wallet.actions.demo_world.places import (
    COUNSELLING,
    HOSPITAL,
    LABORATORY,
    PHARMACY,
    PRACTICE,
    places,
)
from wallet.actions.demo_world.world import Resource, World, moment

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

_PARTS = (
    person_.person,
    places,
    person_.coverage,
    conditions.conditions,
    conditions.allergies,
    medicines.medicines,
    visits.encounters,
    labs.labs,
    vitals.vitals,
    vaccines.vaccines,
    care.procedures,
    documents.reports,
    documents.documents,
    care.goals,
    care.plans,
)
_SHAPES = {
    PRACTICE: "collection",
    HOSPITAL: "transaction",
    LABORATORY: "ndjson",
    PHARMACY: "collection",
    COUNSELLING: "collection",
}
_STAFF_AND_PLACES = ("Practitioner", "Organization")


def history(*, seed: str, last_day: date) -> dict[str, list[Resource]]:
    """Every resource by the place whose file holds it, references as Type/id."""
    world = World(seed=seed, last_day=last_day)
    filed: dict[str, list[Resource]] = {place: [] for place in _SHAPES}
    for part in _PARTS:
        for place, resource in part(world):
            filed[place].append(resource)
    named = {
        f"{resource['resourceType']}/{resource['id']}": resource
        for resources in filed.values()
        for resource in resources
        if resource["resourceType"] in _STAFF_AND_PLACES
    }
    for resources in filed.values():
        resources.extend(_mentioned(resources, named))
    return filed


def write(folder: Path, *, seed: str, last_day: date) -> list[Path]:
    """Write one file for each place into *folder* and return them in a fixed order."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for place, resources in history(seed=seed, last_day=last_day).items():
        shape = _SHAPES[place]
        path = folder / f"{place}.{'ndjson' if shape == 'ndjson' else 'json'}"
        path.write_bytes(_file(shape, resources, last_day))
        written.append(path)
    return written


def _file(shape: str, resources: list[Resource], last_day: date) -> bytes:
    if shape == "ndjson":
        return b"".join(orjson.dumps(resource) + b"\n" for resource in resources)
    bundle = {
        "resourceType": "Bundle",
        "type": shape,
        "timestamp": moment(last_day, 6),
        "entry": [_entry(shape, resource) for resource in resources],
    }
    return orjson.dumps(bundle, option=orjson.OPT_INDENT_2) + b"\n"


def _entry(shape: str, resource: Resource) -> Resource:
    url = f"urn:uuid:{uuid.UUID(resource['id'])}"
    entry: Resource = {"fullUrl": url, "resource": _within(resource)}
    if shape == "transaction":
        name = f"{resource['resourceType']}/{resource['id']}"
        entry["request"] = {"method": "PUT", "url": name}
    return entry


def _within(value: Any) -> Any:  # noqa: ANN401 any JSON
    """The same with references as a bundle with urn:uuid names writes them."""
    if isinstance(value, list):
        return [_within(item) for item in value]
    if isinstance(value, dict):
        return {
            key: "urn:uuid:" + item.rpartition("/")[2]
            if key == "reference"
            else _within(item)
            for key, item in value.items()
        }
    return value


def _mentioned(resources: list[Resource], named: dict[str, Resource]) -> list[Resource]:
    """Staff and places of other files that this file mentions."""
    here = {f"{made['resourceType']}/{made['id']}" for made in resources}
    wanted = sorted(_references(resources) - here)
    return [named[name] for name in wanted if name in named]


def _references(value: Any) -> set[str]:  # noqa: ANN401 any JSON
    if isinstance(value, list):
        return {name for item in value for name in _references(item)}
    if isinstance(value, dict):
        found = {name for item in value.values() for name in _references(item)}
        if isinstance(value.get("reference"), str):
            found.add(value["reference"])
        return found
    return set()
