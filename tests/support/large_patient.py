"""One patient with as many records as asked for: the demo's history, told many times.

The same count gives the same bytes; every resource has an id of its own.
"""

import itertools
from datetime import UTC, date, datetime, timedelta

import orjson

from wallet.actions.demo_world.files import history
from wallet.actions.demo_world.places import PRACTICE

LAST_DAY = date(2026, 11, 1)
_KINDS = "http://terminology.hl7.org/CodeSystem/observation-category"
_NOT_TWICE = {"Patient", "Coverage"}


def resources(count):
    """Serialized resources of one person, *count* of them, no two the same."""
    return itertools.islice(_endless(), count)


def write_bundle(path, count):
    """A collection bundle of *count* records, one entry a line; never all in memory."""
    with path.open("wb") as out:
        out.write(b'{"resourceType":"Bundle","type":"collection","entry":[')
        for number, (name, body) in enumerate(resources(count)):
            url = f'{{"fullUrl":"urn:uuid:{name}","resource":'.encode()
            out.write((b",\n" if number else b"\n") + url + body + b"}")
        out.write(b"\n]}\n")
    return path


def readings(count, *, title):
    """Body weights of one person, twice a day, each a record of its own."""
    first = datetime(2026, 11, 1, 7, tzinfo=UTC)
    for number in range(count):
        yield {
            "resourceType": "Observation",
            "id": f"reading-{number}",
            "status": "final",
            "category": [{"coding": [{"system": _KINDS, "code": "vital-signs"}]}],
            "code": {
                "coding": [{"system": "http://loinc.org", "code": "8335-2"}],
                "text": title,
            },
            "effectiveDateTime": (first - timedelta(hours=12 * number)).isoformat(),
            "valueQuantity": {"value": 60 + number % 173 / 10, "unit": "kg"},
        }


def _endless():
    first = None
    for telling in itertools.count():
        seen = set()
        filed = history(seed=f"large {telling}", last_day=LAST_DAY)
        person = filed[PRACTICE][0]["id"]
        first = first or person
        for resource in itertools.chain.from_iterable(filed.values()):
            again = resource["id"] in seen
            seen.add(resource["id"])
            if again or (telling and resource["resourceType"] in _NOT_TWICE):
                continue
            body = orjson.dumps(resource).replace(person.encode(), first.encode())
            yield resource["id"], body
