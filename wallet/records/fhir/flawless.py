"""A quick yes for resources that break no rule; whoever gets none asks `validity`.

Objects of one type that have the same keys in the same order share all that the keys
alone decide: which elements are known, needed or one too many. That is worked out once
for each such shape; what is left for every object is to look at its values. A yes is
always right. A no only means that somebody has to look closely: at flaws, and at what
is too rare to be quick about (contained resources, extensions of plain values, depth).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from wallet.records.fhir.elements import IN_EVERY, Element, elements_of
from wallet.records.fhir.invariants import rules_of
from wallet.records.fhir.primitives import fits
from wallet.records.fhir.resource_types import CATEGORY, named_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Json = Any
    Test = Callable[[Any], object]
    Step = tuple[type, Test]
    """The class a value has to be of, and what must be true of it."""
    Shape = tuple[tuple[Step, ...], Test | None]

_DEEPEST = 16
"""Objects within each other; `validity` allows at least twice as many."""
_MOST_SHAPES = 4_096
_NUMBERS = (int, float)
_LONGEST_WORD = 200
_MOST_WORDS = 1_024
_COMMON_DAY = r"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
_COMMON_TIME = (
    r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?"
    r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)"
)
_COMMON = {
    "date": re.compile(_COMMON_DAY, re.ASCII).fullmatch,
    "dateTime": re.compile(f"{_COMMON_DAY}(?:{_COMMON_TIME})?", re.ASCII).fullmatch,
    "instant": re.compile(f"{_COMMON_DAY}{_COMMON_TIME}", re.ASCII).fullmatch,
}


class _Words(dict[str, bool]):
    """Systems and codes that were right: the same few stand in every record."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __missing__(self, text: str) -> bool:
        right = fits(text, self._kind)
        if right and len(text) <= _LONGEST_WORD and len(self) < _MOST_WORDS:
            self[text] = right
        return right


_QUICK: dict[str, Test] = {
    # Whoever is longer than nothing without its blanks says something.
    **dict.fromkeys(("markdown", "string"), str.strip),
    **{kind: _Words(kind).__getitem__ for kind in ("canonical", "code", "uri", "url")},
}
_CLASSES: dict[str, type] = {"boolean": bool, "decimal": Decimal} | dict.fromkeys(
    ("integer", "positiveInt", "unsignedInt"), int
)


def is_flawless(resource: dict[str, Json]) -> bool:
    """Whether `validity.flaws_of` is certain to find nothing in *resource*."""
    rtype = resource.get("resourceType")
    if type(rtype) is not str or not (rtype in CATEGORY or rtype == "Bundle"):
        return False
    return _objects(rtype, 0)(resource)


@cache
def _objects(kind: str, level: int) -> Callable[[dict[str, Json]], bool]:
    """Looks at objects of the type *kind* that lie in *level* others."""
    shapes: dict[tuple[str, ...], Shape] = {}

    def hold(held: dict[str, Json]) -> bool:
        names = tuple(held)
        steps, rule = shapes.get(names) or _learned(shapes, names, kind, level)
        for value, (is_a, test) in zip(held.values(), steps):  # noqa: B905 as many
            if value.__class__ is is_a:
                if not test(value):
                    return False
            elif is_a is not Decimal or value.__class__ not in _NUMBERS:
                return False
        return rule is None or bool(rule(held))

    return hold


def _learned(
    shapes: dict[tuple[str, ...], Shape], names: tuple[str, ...], kind: str, level: int
) -> Shape:
    """A shape that is new; it is kept while there is room for any."""
    if not _room.left:
        return _NEVER
    shape = _shape(names, kind, level)
    known = elements_of(kind)
    # No name that is kept is a stranger's, and so none is a long one.
    if shape is not _NEVER or all(name in known for name in names):
        shapes[names] = shape
        _room.left -= 1
    return shape


class _Room:
    """How many shapes may still be kept: a hostile file has another in each line."""

    left = _MOST_SHAPES


_room = _Room()
_SAYS_NOTHING: tuple[tuple[str, ...], ...] = ((), ("id",))
_NEVER: Shape = ((), lambda _held: False)


def _shape(names: tuple[str, ...], kind: str, level: int) -> Shape:
    """What is left to look at in objects with these names."""
    known = elements_of(kind)
    steps: list[Step] = []
    for name in names:
        element = known.get(name) or IN_EVERY.get(name)
        if element is not None and element.kind != "Resource":
            steps.append(_step(element, level))
        elif name == "resourceType" and not level:
            steps.append((str, str.isalpha))
        else:
            return _NEVER
    if names in _SAYS_NOTHING or level >= _DEEPEST or not _has_needed(known, names):
        return _NEVER
    rules: list[Test] = []
    there = dict.fromkeys(names)
    for keeps, by_names in rules_of(kind):
        if not by_names:
            rules.append(keeps)
        elif not keeps(there):
            return _NEVER
    return tuple(steps), _all_of(rules)


def _all_of(rules: Sequence[Test]) -> Test | None:
    if len(rules) > 1:
        return lambda held: all(keeps(held) for keeps in rules)
    return rules[0] if rules else None


def _has_needed(known: dict[str, Element], names: tuple[str, ...]) -> bool:
    """Whether every needed element is there, and of no choice two."""
    chosen = [known[name].choice for name in names if name in known]
    there = {*names, *chosen}
    needed = {one.choice or name for name, one in known.items() if one.needed}
    chosen = [choice for choice in chosen if choice]
    return needed <= there and len(chosen) == len(set(chosen))


def _step(element: Element, level: int) -> Step:
    step = _of_one(element, level)
    return (list, _each(*step)) if element.many else step


def _each(is_a: type, test: Test) -> Test:
    def hold(items: Sequence[Json]) -> bool:
        for item in items:
            if item.__class__ is not is_a or not test(item):
                return False
        return bool(items)

    return hold


def _of_one(element: Element, level: int) -> Step:
    kind, codes = element.kind, element.codes
    if element.plain:
        if codes is not None:
            return str, codes.__contains__
        return _CLASSES.get(kind, str), _plain(kind)
    inner = _objects(kind, level + 1)
    if kind == "Reference":
        return dict, _referring(inner, element.targets)
    return dict, inner if codes is None else _coded(inner, codes)


def _plain(kind: str) -> Test:
    if kind == "boolean":
        return type  # both of its values will do
    if kind == "decimal":
        return Decimal.is_finite
    common = _COMMON.get(kind)
    if common is not None:
        return lambda text: common(text) is not None or fits(text, kind)
    return _QUICK.get(kind) or (lambda value: fits(value, kind))


def _referring(
    inner: Callable[[dict[str, Json]], bool], targets: frozenset[str]
) -> Test:
    def hold(held: dict[str, Json]) -> bool:
        reference = held.get("reference", "")
        if reference.__class__ is not str or reference[:1] == "#":
            return False
        if targets and "/" in reference:
            rtype = named_type(reference)
            if rtype is not None and rtype not in targets:
                return False
        return inner(held)

    return hold


def _coded(inner: Callable[[dict[str, Json]], bool], codes: frozenset[str]) -> Test:
    def hold(held: dict[str, Json]) -> bool:
        coding = held.get("coding")
        if coding.__class__ is not list or not inner(held):
            return False
        return any(one.get("code") in codes for one in coding)

    return hold
