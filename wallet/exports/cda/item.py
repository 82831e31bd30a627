"""One record on its way into a document, and the parts every statement has."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wallet.exports.cda.markup import NOTHING, Markup, element
from wallet.exports.cda.values import (
    UNKNOWN,
    coded,
    concept,
    ids,
    items,
    moment,
    stamp,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wallet.exports.parts import Mark

Json = Any

TEMPLATES = "2.16.840.1.113883.10.20.22.4."
_CONFIDENTIALITY = "2.16.840.1.113883.5.25"
_SECURITY = "2.16.840.1.113883.1.11.20457"
_ACT_CODE = "2.16.840.1.113883.5.4"
_ACT_REASON = "2.16.840.1.113883.5.8"
_DS4P = "2.16.840.1.113883.3.445."
_LEVELS = frozenset({"U", "L", "M", "N", "R", "V"})
_ACTORS = ("performer", "asserter", "recorder", "requester", "informationSource")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A record as it may leave; ``anchor`` names its row in the narrative.

    ``medicine`` is what a reference to a medicine means: a CodeableConcept.
    """

    resource: dict[str, Json]
    name: str
    anchor: str
    labels: Sequence[Mark] = ()
    medicine: Json = None

    @property
    def ids(self) -> Markup:
        """Its numbers."""
        return ids(self.resource, self.name)

    def own_id(self, part: str) -> Markup:
        """A number for *part* of the statement, which no other part has.

        Readers take two statements without a number for one.
        """
        name = uuid.UUID(self.name.removeprefix("urn:uuid:"))
        return element("id", {"root": str(uuid.uuid5(name, part))})

    @property
    def told(self) -> Markup:
        """Where the narrative says it."""
        return element("text", {}, element("reference", {"value": f"#{self.anchor}"}))


def template(root: str, release: str = "") -> Markup:
    """The rules a statement follows, as C-CDA asks: with and without its release."""
    bare = element("templateId", {"root": root})
    dated = element("templateId", {"root": root, "extension": release})
    return Markup(f"{bare}{dated}" if release else bare)


def status(code: str) -> Markup:
    """statusCode; unknown where there is no fitting one."""
    return element("statusCode", {"code": code} if code else UNKNOWN)


def relation(kind: str, *inner: str, inverted: str = "") -> Markup:
    """entryRelationship; *inverted* is ``true`` where the inner speaks of the outer."""
    held = {"typeCode": kind, "inversionInd": inverted}
    return element("entryRelationship", held, *inner)


def author(name: str, written: Json = None) -> Markup:
    """Who said it, and when."""
    if not name and not stamp(written):
        return NOTHING
    person = element("assignedPerson", {}, element("name", {}, name)) if name else ""
    who = element("assignedAuthor", {}, element("id", UNKNOWN), Markup(person))
    return element("author", {}, moment("time", written), who)


def performer(name: str) -> Markup:
    """Who did it."""
    if not name:
        return NOTHING
    person = element("assignedPerson", {}, element("name", {}, name))
    who = element("assignedEntity", {}, element("id", UNKNOWN), person)
    return element("performer", {}, who)


def actor_of(resource: dict[str, Json]) -> str:
    """The name of whoever did it or said it."""
    for key in _ACTORS:
        for held in items(resource.get(key)):
            inner = held.get("actor") or held.get("member")
            who = inner if isinstance(inner, dict) else held
            if name := text_of(who.get("display")):
                return name
    return ""


def behind(item: Item) -> Markup:
    """What ends every statement: remarks, and its labels."""
    return Markup("".join([*_comments(item), *_marked(item)]))


def _comments(item: Item) -> Iterator[Markup]:
    """Comment Activity (C-CDA 2.1, 4.64)."""
    for note in items(item.resource.get("note")):
        if said := text_of(note.get("text")):
            act = element(
                "act",
                {"classCode": "ACT", "moodCode": "EVN"},
                template(f"{TEMPLATES}64"),
                coded("code", "48767-8", "2.16.840.1.113883.6.1", "Annotation comment"),
                element("text", {}, said),
                status("completed"),
            )
            yield relation("SUBJ", act, inverted="true")


def _marked(item: Item) -> Iterator[Markup]:
    """Every label of the record as a privacy annotation (HL7 DS4P for CDA)."""
    said = [_annotation(label) for label in item.labels]
    if said:
        organizer = element(
            "organizer",
            {"classCode": "CLUSTER", "moodCode": "EVN"},
            template("2.16.840.1.113883.3.3251.1.4"),
            status("active"),
            *(element("component", {"typeCode": "COMP"}, one) for one in said),
        )
        yield relation("COMP", organizer)


def _annotation(label: Mark) -> Markup:
    if label.code in _LEVELS and label.system.endswith("Confidentiality"):
        kind, code, system = "12", "SECCLASSOBS", _CONFIDENTIALITY
    elif label.system.endswith("ActReason"):
        kind, code, system = "22", "SECCONOBS", _ACT_REASON
    else:
        kind, code, system = "14", "SECCATOBS", _ACT_CODE
    return element(
        "observation",
        {"classCode": "OBS", "moodCode": "EVN"},
        template(f"{_DS4P}21"),
        template(f"{_DS4P}{kind}"),
        coded("code", code, _SECURITY),
        coded("value", label.code.strip(), system, **{"xsi:type": "CE"}),
    )


def reasons(resource: dict[str, Json]) -> Markup:
    """Why it was done, where the record says so itself."""
    said = [
        relation(
            "RSON",
            element(
                "observation",
                {"classCode": "OBS", "moodCode": "EVN"},
                template(f"{TEMPLATES}19", "2014-06-09"),
                element("id", UNKNOWN),
                coded("code", "55607006", "2.16.840.1.113883.6.96", "Problem"),
                status("completed"),
                concept("value", why, kind="CD"),
            ),
        )
        for why in items(resource.get("reasonCode"))
    ]
    return Markup("".join(said))
