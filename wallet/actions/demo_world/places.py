"""The places Maya's records come from, and the people who work there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wallet.actions.demo_world.pieces import refer, start, term
from wallet.actions.demo_world.world import Filed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.demo_world.world import Resource, World

PRACTICE = "lind-family-practice"
HOSPITAL = "harbour-hospital"
LABORATORY = "city-laboratory"
PHARMACY = "elm-street-pharmacy"
COUNSELLING = "willow-court-counselling"

PLACES: dict[str, str] = {
    PRACTICE: "Lind Family Practice",
    HOSPITAL: "Harbour Hospital",
    LABORATORY: "City Laboratory",
    PHARMACY: "Elm Street Pharmacy",
    COUNSELLING: "Willow Court Counselling",
}


class Person(NamedTuple):
    """Somebody who works at a place."""

    place: str
    prefix: str
    given: str
    family: str

    @property
    def name(self) -> str:
        """As it stands under a letter."""
        return " ".join(filter(None, (self.prefix, self.given, self.family)))


STAFF: dict[str, Person] = {
    "lind": Person(PRACTICE, "Dr.", "Henrik", "Lind"),
    "nurse": Person(PRACTICE, "", "Paula", "Mensah"),
    "heart": Person(HOSPITAL, "Dr.", "Tomas", "Varga"),
    "bones": Person(HOSPITAL, "Dr.", "Ines", "Calloway"),
    "eyes": Person(HOSPITAL, "Dr.", "Rui", "Tanaka"),
    "lab": Person(LABORATORY, "Dr.", "Selma", "Brandt"),
    "pharmacist": Person(PHARMACY, "", "Joseph", "Adeyemi"),
    "therapist": Person(COUNSELLING, "", "Nora", "Castellan"),
}


def who(world: World, key: str) -> Resource:
    """A reference to one of the staff, with the name to show."""
    return refer(world, "Practitioner", key, display=STAFF[key].name)


def where(world: World, place: str) -> Resource:
    """A reference to a place, with the name to show."""
    return refer(world, "Organization", place, display=PLACES[place])


def places(world: World) -> Iterator[Filed]:
    """Each place and its people, in its own file."""
    for key, name in PLACES.items():
        made = start(world, "Organization", key)
        kind = term("organization-type", "prov")
        yield Filed(key, {**made, "active": True, "type": [kind], "name": name})
    for key, person in STAFF.items():
        made = start(world, "Practitioner", key)
        name_ = {"family": person.family, "given": [person.given]}
        if person.prefix:
            name_["prefix"] = [person.prefix]
        yield Filed(person.place, {**made, "active": True, "name": [name_]})
