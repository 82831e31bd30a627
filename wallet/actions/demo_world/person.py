"""Maya herself: who she is and who pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.demo_world.pieces import patient, start, term
from wallet.actions.demo_world.places import PLACES, PRACTICE
from wallet.actions.demo_world.world import YEARS, Filed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.demo_world.world import World

NAME = "Maya Rosander"
_MEMBER = "urn:oid:2.16.840.1.113883.4.3.999.1"


def person(world: World) -> Iterator[Filed]:
    """The same Patient in the file of every place."""
    made = start(world, "Patient", "maya") | {
        "identifier": [
            {
                "type": term("v2-0203", "MR"),
                "system": _MEMBER,
                "value": f"MR-{int(world.between(100_000, 999_999, 'number'))}",
            }
        ],
        "active": True,
        "name": [{"use": "official", "family": "Rosander", "given": ["Maya", "Elin"]}],
        "telecom": [{"system": "phone", "value": "+1 555 0142", "use": "mobile"}],
        "gender": "female",
        "birthDate": "1961-04-17",
        "address": [
            {
                "use": "home",
                "line": ["14 Orchard Lane"],
                "city": "Elmbridge",
                "postalCode": "00142",
                "country": "US",
            }
        ],
        "communication": [
            {
                "language": {
                    "coding": [{"system": "urn:ietf:bcp:47", "code": "en"}],
                    "text": "English",
                },
                "preferred": True,
            }
        ],
    }
    for place in PLACES:
        yield Filed(place, made)


def coverage(world: World) -> Iterator[Filed]:
    """Two insurers, one after the other."""
    spans = ((YEARS, 4.0, "cancelled"), (4.0, 0.0, "active"))
    for number, (begins, ends, status) in enumerate(spans):
        member = int(world.between(10_000, 99_999, "member", number))
        period = {"start": world.ago(begins).isoformat()}
        if ends:
            period["end"] = world.ago(ends, days=1).isoformat()
        made = start(world, "Coverage", number) | {
            "status": status,
            "subscriberId": f"EM-{member}",
            "beneficiary": patient(world),
            "relationship": term("subscriber-relationship", "self"),
            "period": period,
            "payor": [{"display": "Elmbridge Mutual"}],
        }
        yield Filed(PRACTICE, made)
