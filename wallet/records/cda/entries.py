"""Which mapping an entry of a section gets: by what it says it is, else by its section.

An entry that no mapping understands gives nothing and is kept as it is (C-CDA lets
sections hold any entry).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.records.cda import care, conditions, medicines, observations, privacy
from wallet.records.cda.sections import About
from wallet.records.cda.setting import templates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.cda.setting import Mapped, Setting
    from wallet.records.xml_tree import Node

_ROOT = "2.16.840.1.113883.10.20.22.4."
_STATEMENTS = frozenset(
    {"act", "encounter", "observation", "observationMedia", "organizer"}
    | {"procedure", "substanceAdministration", "supply"}
)
_HAPPENED = frozenset({"", "EVN"})
_VACCINE = f"{_ROOT}52"
_FAMILIES = frozenset({f"{_ROOT}45", "2.16.840.1.113883.10.20.1.23"})
_PROCEDURES = frozenset({f"{_ROOT}12", f"{_ROOT}13", f"{_ROOT}14"})
_PRODUCT = f"{_ROOT}37"
_SUPPLY = f"{_ROOT}50"
# Observations inside such acts say something of the act itself.
_SAYING = frozenset({"REFR", "SUBJ", "COMP", "SPRT", "RSON", "CAUS", "MFST", "GEVL"})
_CONDITION_SECTIONS = (About.PROBLEMS, About.CONCERNS, About.VISITS)


def read(entry: Node, setting: Setting) -> list[Mapped]:
    """Every record an entry holds; none where it is not understood."""
    found: list[Mapped] = []
    for node in entry.elements:
        if node.name in _STATEMENTS:
            found += statement(node, setting)
    return found


def statement(node: Node, setting: Setting) -> Iterator[Mapped]:
    """One clinical statement (CDA R2 4.3.6)."""
    match node.name:
        case "encounter":
            yield from conditions.visit(node, setting)
        case "substanceAdministration":
            yield from _administration(node, setting)
        case "supply":
            yield from _supply(node, setting)
        case "procedure":
            yield from _procedure(node, setting)
        case "observationMedia":
            yield from care.picture(node, setting)
        case "observation":
            yield from _observation(node, setting)
        case "organizer":
            yield from _organizer(node, setting)
        case "act":
            yield from _act(node, setting)
        case _:
            return


def _administration(node: Node, setting: Setting) -> Iterator[Mapped]:
    given = node.get("moodCode") in _HAPPENED
    if given and (setting.about is About.VACCINES or _VACCINE in templates(node)):
        yield from medicines.vaccine(node, setting)
    else:
        yield from medicines.medicine(node, setting)


def _supply(node: Node, setting: Setting) -> Iterator[Mapped]:
    planned = node.get("moodCode") not in _HAPPENED
    if planned and setting.about is not About.DEVICES:
        yield from care.planned(node, setting)
    elif setting.about is About.MEDICINES and _SUPPLY not in templates(node):
        yield from medicines.dispense(node, setting)
    else:
        yield from care.device(node, setting)


def _procedure(node: Node, setting: Setting) -> Iterator[Mapped]:
    if node.get("moodCode") not in _HAPPENED:
        yield from care.planned(node, setting)
        return
    yield from conditions.procedure(node, setting)
    for role in node.under("participant/participantRole"):
        if _PRODUCT in templates(role):
            yield from care.device(node, setting)
            return


def _observation(node: Node, setting: Setting) -> Iterator[Mapped]:
    held, mood = templates(node), node.get("moodCode")
    if mood == "GOL" or (setting.about is About.GOALS and f"{_ROOT}121" in held):
        yield from care.goal(node, setting)
    elif mood not in _HAPPENED:
        yield from care.planned(node, setting)
    elif held & conditions.ALLERGY:
        yield from conditions.allergy(node, setting)
    elif held & conditions.PROBLEM:
        yield from conditions.problem(node, setting)
    elif setting.about is About.ALLERGIES and node.one("participant") is not None:
        yield from conditions.allergy(node, setting)
    elif setting.about is About.PROBLEMS and _has_coded_value(node):
        yield from conditions.problem(node, setting)
    elif setting.about is About.PROCEDURES:
        yield from conditions.procedure(node, setting)
    else:
        yield from observations.observation(node, setting)


def _has_coded_value(node: Node) -> bool:
    value = node.one("value")
    kind = value.get("type").rpartition(":")[2] if value is not None else ""
    return value is not None and (kind in ("CD", "CE", "CV", "ST") or not kind)


def _organizer(node: Node, setting: Setting) -> Iterator[Mapped]:
    held = templates(node)
    if setting.about is About.FAMILY or held & _FAMILIES:
        yield from observations.family(node, setting)
    elif care.TEAM in held or setting.about is About.TEAM:
        yield from care.team(node, setting)
    else:
        yield from observations.panel(node, setting)
        inside = setting.within(node)
        for component in node.all("component"):
            for inner in component.elements:
                if inner.name in _STATEMENTS - {"observation", "organizer"}:
                    yield from statement(inner, inside)


def _act(node: Node, setting: Setting) -> Iterator[Mapped]:
    held = templates(node)
    if care.NOTE in held:
        yield from care.note(node, setting)
    elif care.COVERAGE in held or setting.about is About.PAYERS:
        yield from care.coverage(node, setting)
    elif held & _PROCEDURES and node.get("moodCode") in _HAPPENED:
        yield from conditions.procedure(node, setting)
    else:
        inner = list(_inside(node, setting))
        if inner:
            yield from inner
        elif node.get("moodCode") not in _HAPPENED:
            yield from care.planned(node, setting)
        elif setting.about is About.PROCEDURES:
            yield from conditions.procedure(node, setting)


def _inside(node: Node, setting: Setting) -> Iterator[Mapped]:
    """What a concern, an intervention or another act around statements holds."""
    setting = setting.within(node)
    status = node.one("statusCode")
    around = status.get("code") if status is not None else ""
    for relation in node.all("entryRelationship"):
        kind = relation.get("typeCode") or "SUBJ"
        if kind not in _SAYING:
            continue
        for inner in relation.elements:
            if inner.name not in _STATEMENTS:
                continue
            own = templates(inner)
            if inner.name != "observation":
                yield from statement(inner, setting)
            elif privacy.is_annotation(inner):
                continue
            elif own & conditions.ALLERGY or setting.about is About.ALLERGIES:
                yield from conditions.allergy(inner, setting, around=around)
            elif own & conditions.PROBLEM or setting.about in _CONDITION_SECTIONS:
                yield from conditions.problem(inner, setting, around=around)
            else:
                yield from _observation(inner, setting)
