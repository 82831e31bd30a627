"""Whether a resource keeps the rules of FHIR R4, and each place where it does not.

What HL7's JSON schema of the release asks for (known elements, lists, formats, bound
codes) and what it cannot see: needed elements and choices, two values where one may
stand, targets of references, empty things, and the release's own rules (`invariants`).
Profiles and terminologies are not looked at. Pure: a parsed resource in, flaws out.

Source: FHIR R4 (4.0.1) 2.6 JSON, 2.24 data types, ElementDefinitions of the release.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.records.fhir.elements import IN_EVERY, Element, elements_of
from wallet.records.fhir.flawless import is_flawless
from wallet.records.fhir.invariants import broken, broken_around
from wallet.records.fhir.primitives import fits
from wallet.records.fhir.resource_types import CATEGORY, named_type

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any
"""Whatever a JSON parser returns; numbers may be a `Decimal` or a subclass of str."""

MOST = 64
"""Flaws told of one resource; the rest is more of the same."""
_DEEPEST = 64
_A_NAME = {"id"}  # a name of nothing (ele-1), unless it stands beside a plain value


class Fault(StrEnum):
    """What is wrong at one place; the list is closed."""

    CODE = "code"
    """A code that is none of those the element must be of."""
    EMPTY = "empty"
    """An element without anything in it."""
    FORMAT = "format"
    """A date, number or name that is not written as such a one."""
    MISSING = "missing"
    """A needed element is not there."""
    RULE = "rule"
    """A rule between elements is broken; ``rule`` has its name in the release."""
    SHAPE = "shape"
    """A list, an object or a plain value where another of these belongs."""
    TARGET = "target"
    """A reference to a type that may not stand there, or to nothing."""
    TWO = "two"
    """Two types of value where one may stand."""
    UNKNOWN = "unknown"
    """An element the release does not have there."""


class Flaw(NamedTuple):
    """One place where a rule is not kept.

    ``place`` are keys and list positions from the resource; ``element`` is the
    element as the release names it (``Observation.component.code``), never a value.
    """

    place: tuple[str | int, ...]
    fault: Fault
    element: str
    rule: str = ""

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer (RFC 6901)."""
        return "".join(f"/{_escaped(str(step))}" for step in self.place)


def unknown(_reference: str) -> None:
    """Nobody knows what a reference names, beyond what it says itself."""


def flaws_of(
    resource: dict[str, Json],
    *,
    type_of: Callable[[str], str | None] = unknown,
) -> list[Flaw]:
    """Every flaw of *resource*, at most `MOST`, in the order of its elements.

    Args:
        resource: With a ``resourceType``; a type R4 does not have is one flaw.
        type_of: The type of what a reference names, None if that is not known.
    """
    if type_of is unknown and is_flawless(resource):
        return []
    walk = _Walk(type_of)
    walk.resource(resource)
    for rule in broken_around(resource, walk.local):
        walk.tell(Fault.RULE, rule=rule)
    return walk.found


@dataclass(frozen=True, slots=True)
class _Type:
    elements: dict[str, Element]
    needed: tuple[tuple[str, ...], ...]
    choices: dict[str, tuple[str, ...]]


@cache
def _type(name: str) -> _Type:
    elements = elements_of(name)
    choices: dict[str, tuple[str, ...]] = {}
    for key, held in elements.items():
        if held.choice:
            choices[held.choice] = (*choices.get(held.choice, ()), key)
    needed = {
        choices[held.choice] if held.choice else (key,): None
        for key, held in elements.items()
        if held.needed
    }
    return _Type(elements, tuple(needed), choices)


class _Walk:
    """One pass over one resource; ``steps`` lead to where it stands."""

    def __init__(self, type_of: Callable[[str], str | None]) -> None:
        self._type_of = type_of
        self._steps: list[str | int] = []
        self._root, self._since = "Resource", 0
        self.found: list[Flaw] = []
        self.local: set[str] = set()

    def tell(self, fault: Fault, *more: str, rule: str = "") -> None:
        """Note a flaw where the walk stands, or *more* steps on."""
        if len(self.found) < MOST:
            steps = (*self._steps, *more)
            names = [step for step in steps[self._since :] if isinstance(step, str)]
            element = ".".join((self._root, *(name.lstrip("_") for name in names)))
            self.found.append(Flaw(steps, fault, element, rule))

    def resource(self, held: Json) -> None:
        """Check a resource, also a contained one."""
        rtype = held.get("resourceType") if isinstance(held, dict) else None
        if not isinstance(rtype, str) or not (rtype in CATEGORY or rtype == "Bundle"):
            self.tell(Fault.SHAPE)
            return
        before = self._root, self._since
        self._root, self._since = rtype, len(self._steps)
        self._group(held, rtype)
        self._root, self._since = before

    def _group(self, held: dict[str, Json], kind: str) -> None:
        """An object of the type *kind*."""
        if not held or (held.keys() == _A_NAME and kind != "Element"):
            self.tell(Fault.EMPTY)
            return
        if len(self._steps) > _DEEPEST:
            self.tell(Fault.SHAPE)
            return
        known = _type(kind)
        elements, steps = known.elements, self._steps
        for key, value in held.items():
            steps.append(key)
            element = elements.get(key) or IN_EVERY.get(key)
            if element is not None:
                self._element(value, element, held.get(f"_{key}"))
            elif key[:1] == "_":
                self._beside(value, elements.get(key[1:]))
            elif key != "resourceType" or kind != self._root:
                self.tell(Fault.UNKNOWN)
            steps.pop()
        self._between(held, kind, known)

    def _between(self, held: dict[str, Json], kind: str, known: _Type) -> None:
        """What holds for the elements of an object together."""
        for names in known.needed:
            if not any(name in held or f"_{name}" in held for name in names):
                self.tell(Fault.MISSING, _common(names, known.elements))
        for choice, names in known.choices.items():
            if len(held) > 1 and sum(map(held.__contains__, names)) > 1:
                self.tell(Fault.TWO, choice)
        for rule in broken(kind, held):
            self.tell(Fault.RULE, rule=rule)

    def _element(self, value: Json, element: Element, beside: Json) -> None:
        many = isinstance(value, list)
        if many != element.many:
            self.tell(Fault.EMPTY if value is None else Fault.SHAPE)
        elif not many:
            self._value(value, element)
        elif not value:
            self.tell(Fault.EMPTY)
        else:
            for number, item in enumerate(value):
                if item is not None or not _stands_in(beside, number):
                    self._steps.append(number)
                    self._value(item, element)
                    self._steps.pop()

    def _value(self, value: Json, element: Element) -> None:
        kind = element.kind
        if element.plain:
            self._plain(value, element)
        elif not isinstance(value, dict):
            self.tell(Fault.EMPTY if value is None else Fault.SHAPE)
        elif kind == "Resource":
            self.resource(value)
        else:
            self._group(value, kind)
            if kind == "Reference":
                self._reference(value.get("reference"), element.targets)
            elif element.codes is not None and not _is_of(value, element.codes):
                self.tell(Fault.CODE)

    def _plain(self, value: Json, element: Element) -> None:
        if value is None or value == "":
            self.tell(Fault.EMPTY)
        elif isinstance(value, (dict, list)):
            self.tell(Fault.SHAPE)
        elif not fits(value, element.kind):
            self.tell(Fault.FORMAT)
        elif element.codes is not None and value not in element.codes:
            self.tell(Fault.CODE)

    def _reference(self, reference: Json, targets: frozenset[str]) -> None:
        if not isinstance(reference, str):
            return
        if reference[:1] == "#":
            self.local.add(reference[1:])
        elif targets:
            rtype = self._type_of(reference) or named_type(reference)
            if rtype is not None and rtype not in targets:
                self.tell(Fault.TARGET)

    def _beside(self, value: Json, element: Element | None) -> None:
        """What stands under a name with an underscore: ids and extensions."""
        if element is None or not element.plain:
            self.tell(Fault.UNKNOWN)
        elif element.many != isinstance(value, list):
            self.tell(Fault.SHAPE)
        else:
            for one in value if element.many else [value]:
                if isinstance(one, dict):
                    self._group(one, "Element")
                elif one is not None or not element.many:
                    self.tell(Fault.SHAPE)


def _common(names: tuple[str, ...], elements: dict[str, Element]) -> str:
    return elements[names[0]].choice or names[0]


def _stands_in(beside: Json, number: int) -> bool:
    """Whether an extension stands where a list has nothing."""
    return (
        isinstance(beside, list)
        and number < len(beside)
        and isinstance(beside[number], dict)
    )


def _is_of(concept: dict[str, Json], codes: frozenset[str]) -> bool:
    """Whether a concept has one of the codes, or says in an extension why not."""
    coding = concept.get("coding")
    if not isinstance(coding, list) or not coding:
        return "extension" in concept
    return any(isinstance(one, dict) and one.get("code") in codes for one in coding)


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
