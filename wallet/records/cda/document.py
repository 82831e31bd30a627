"""A CDA document in parts: every part a record or a reason, and the bytes it is.

The parts lie one behind the other and never overlap. Whatever lies between them is
kept as well, so that the file can be put together again, and one part can go.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.records.cda import (
    care,
    entries,
    header,
    narrative,
    privacy,
    sections,
    times,
)
from wallet.records.cda.resumption import behind
from wallet.records.cda.setting import Mapped, Setting, another, author_of, tidy
from wallet.records.findings import Cause, Finding
from wallet.records.sameness import canonical
from wallet.records.sensitivity import by_rule
from wallet.records.xml_tree import Node, grow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wallet.records.record import Label
    from wallet.records.xml_tree import Tree

Json = dict[str, Any]

_MOST_WORDS = 60_000
_MOST_TITLE = 80
_NAMED = frozenset(
    {"display", "text", "title", "name", "family", "given", "valueString", "city"}
    | {"lotNumber", "description"}
)
_ROOTS = frozenset({"ClinicalDocument"})
_FRAGMENTS = frozenset({"section", "entry"})


class Part(NamedTuple):
    """One part of a document: bytes ``start`` to ``end`` of the tree's data.

    ``resource`` is FHIR R4, or None where ``cause`` says why there is none.
    """

    place: str
    start: int
    end: int
    resource: Json | None
    labels: tuple[Label, ...]
    words: str
    cause: Cause | None


class Document:
    """One CDA document, read as far as it can be; `parts` gives all of it."""

    def __init__(self, raw: bytes) -> None:
        self.tree: Tree = grow(raw, resume=behind)
        self.findings: list[Finding] = [
            Finding(place=f"line {broken.line}", cause=broken.cause)
            for broken in self.tree.breaks
        ]
        self.patients: list[str] = []
        root = self.tree.root
        self._title = header.title(root)[:_MOST_TITLE] if root is not None else ""
        self._seen: dict[str, bytes] = {}

    @property
    def is_cda(self) -> bool:
        """Whether there is a document at all."""
        root = self.tree.root
        return root is not None and root.name in _ROOTS

    @property
    def has_parts(self) -> bool:
        """Whether there is a document, or a section or an entry of one."""
        root = self.tree.root
        return root is not None and root.name in (*_ROOTS, *_FRAGMENTS)

    def parts(self) -> Iterator[Part]:
        """Every part in the order of the file."""
        root = self.tree.root
        if root is None:
            return
        words = narrative.Narratives(root).words
        name = header.patient_name(root)
        setting = Setting(
            words=words,
            patient=f"Patient/{name}",
            author=author_of(root) or _custodian(root),
            date=times.first(root.one("effectiveTime")),
        )
        around = self._of_whole(root)
        body = list(self._body(root, setting, around))
        body += self._behind(root)
        top = self._header(root, setting, around, name, body) if self.is_cda else ()
        yield from self._disjoint([*top, *body])

    def _behind(self, root: Node) -> Iterator[Part]:
        """What stands behind the end of the document."""
        for broken in self.tree.breaks:
            if broken.cause is Cause.TRAILING and broken.start >= root.end:
                place = f"line {broken.line}"
                start = max(broken.start, root.end)
                yield Part(place, start, broken.end, None, (), "", broken.cause)

    def _header(
        self,
        root: Node,
        setting: Setting,
        around: tuple[Label, ...],
        name: str,
        body: list[Part],
    ) -> Iterator[Part]:
        listed = [
            {"title": part.resource["section"][0]["title"]}
            for part in body
            if part.resource and part.resource["resourceType"] == "Composition"
        ]
        whole = header.composition(
            root, setting, sections=listed, name="Document about your health"
        )
        # The document bears the highest marks of all its parts.
        inside = dict.fromkeys(label for part in body for label in part.labels)
        labels = privacy.highest(around, privacy.based(inside, privacy.PARTS))
        yield self._part("document", whole, labels, end=len(self.tree.data))
        for number, target in enumerate(root.all("recordTarget")):
            own = name if not number else another(name, number)
            person = header.patient(target, own)
            self.patients += [own] if person else []
            yield self._one(_numbered("patient", number), target, person, around)
        for kind, reader in (
            ("custodian", header.organization),
            ("componentOf", lambda node: header.visit(node, setting)),
        ):
            for number, node in enumerate(root.all(kind)):
                found = reader(node) if node.whole else None
                if found is not None:
                    yield self._one(_numbered(kind, number), node, found, around)

    def _body(
        self, root: Node, setting: Setting, around: tuple[Label, ...]
    ) -> Iterator[Part]:
        number = 0
        waiting = list(root.under("component/structuredBody/component/section"))
        if root.name == "section":
            waiting = [root]
        elif root.name == "entry":
            yield from self._entry(root, setting, around, "entry")
        inherited = {id(section): around for section in waiting}
        while waiting:
            section = waiting.pop(0)
            number += 1
            outer = inherited[id(section)]
            labels = _of_section(section, outer)
            nested = list(section.under("component/section"))
            inherited |= {
                id(inner): privacy.based(labels, privacy.CONTAINER) for inner in nested
            }
            waiting = [*nested, *waiting]
            yield from self._section(section, setting, labels, number)
        for body in root.under("component/nonXMLBody"):
            content = care.attachment(body.one("text"), setting)
            found = None
            if content is not None:
                found = Mapped(
                    body,
                    care.document(
                        {**content, "title": header.title(root)}
                        if header.title(root)
                        else content,
                        setting,
                        kind=setting.concept(root.one("code")),
                        when=setting.date,
                    ),
                )
            yield self._one("body", body, found, around)

    def _section(
        self, section: Node, setting: Setting, labels: tuple[Label, ...], number: int
    ) -> Iterator[Part]:
        place = f"section {number} {sections.plain_name(section)}".strip()
        inside = replace(
            setting.within(section),
            about=sections.about(section),
            section=sections.plain_name(section),
        )
        lent = privacy.based(labels, privacy.CONTAINER)
        found = [
            part
            for count, entry in enumerate(section.all("entry"), start=1)
            for part in self._entry(entry, inside, lent, f"{place} entry {count}")
        ]
        told = self._told(section, inside, labels, found, place)
        if told is not None:
            yield told
        yield from found

    def _told(
        self,
        section: Node,
        setting: Setting,
        labels: tuple[Label, ...],
        inside: list[Part],
        place: str,
    ) -> Part | None:
        """What the section says in its own words; it may name every entry in it."""
        text = section.one("text")
        lines = narrative.lines(text) if text is not None else ""
        if text is None or not lines:
            return None
        name = sections.title(section)
        resource: Json = {
            "resourceType": "Composition",
            "status": "final",
            "type": setting.concept(section.one("code")) or {"text": name},
            "subject": setting.subject,
            **setting.dated,
            "author": [{"display": setting.author or "Not named"}],
            "title": f"{name} ({self._title})" if self._title else name,
            "section": [
                {
                    "title": name,
                    "text": {"status": "additional", "div": narrative.xhtml(text)},
                }
            ],
        }
        entries_labels = dict.fromkeys(
            label for part in inside for label in part.labels
        )
        marks = privacy.highest(labels, privacy.based(entries_labels, privacy.PARTS))
        mapped = Mapped(section, tidy(resource))
        return self._part(place, mapped, marks, words=f"{name}\n{lines}")

    def _entry(
        self, entry: Node, setting: Setting, lent: tuple[Label, ...], place: str
    ) -> Iterator[Part]:
        own = privacy.annotated(entry)
        labels = privacy.joined(own, lent)
        if not entry.whole:
            end = self._broken_end(entry)
            yield Part(place, entry.start, end, None, labels, "", self._why(entry))
            return
        try:
            found = entries.read(entry, setting)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            # One entry that surprises must not take the others with it.
            self.findings.append(Finding(place=place, cause=Cause.NOT_UNDERSTOOD))
            found = []
            cause = Cause.NOT_UNDERSTOOD
        else:
            cause = Cause.UNKNOWN_ENTRY
        if not found:
            if privacy.is_only_annotation(entry):
                cause = Cause.LABELS
            elif cause is Cause.UNKNOWN_ENTRY:
                self.findings.append(Finding(place=place, cause=cause))
            yield Part(place, entry.start, entry.end, None, labels, "", cause)
            return
        found.sort(key=lambda mapped: mapped.node.start)
        for count, mapped in enumerate(found):
            start = mapped.node.start if count else entry.start
            last = count + 1 == len(found)
            end = entry.end if last else found[count + 1].node.start
            where = place if len(found) == 1 else f"{place} part {count + 1}"
            yield self._part(where, mapped, labels, start=start, end=end)

    def _one(
        self,
        place: str,
        node: Node,
        found: Mapped | None,
        around: tuple[Label, ...],
    ) -> Part:
        labels = privacy.based(around, privacy.CONTAINER)
        if found is None or not node.whole:
            cause = Cause.UNKNOWN_ENTRY if node.whole else self._why(node)
            end = node.end if node.whole else self._broken_end(node)
            if node.whole:
                self.findings.append(Finding(place=place, cause=cause))
            return Part(place, node.start, end, None, labels, "", cause)
        return self._part(place, found, labels, start=node.start, end=node.end)

    def _part(
        self,
        place: str,
        mapped: Mapped,
        labels: tuple[Label, ...],
        *,
        start: int | None = None,
        end: int | None = None,
        words: str = "",
    ) -> Part:
        resource = mapped.resource
        said = words or " ".join(dict.fromkeys(_said(resource)))
        labels = privacy.distinct((*labels, *by_rule(resource, said)))
        resource = self._named(resource)
        if start is None:
            start = 0 if place == "document" else mapped.node.start
        if end is None:
            whole = mapped.node.whole
            end = mapped.node.end if whole else self._broken_end(mapped.node)
        return Part(place, start, end, resource, labels, said[:_MOST_WORDS], None)

    def _named(self, resource: Json) -> Json:
        """Another id where the same document gives one number to two things."""
        name = resource.get("id")
        if name is None:
            return resource
        digest = hashlib.sha256(canonical(resource)).digest()
        for count in range(1, 1_000):
            key = f"{resource['resourceType']}/{resource['id']}"
            if self._seen.setdefault(key, digest) == digest:
                return resource
            resource = {**resource, "id": another(name, count)}
            digest = hashlib.sha256(canonical(resource)).digest()
        return {key: held for key, held in resource.items() if key != "id"}

    def _of_whole(self, root: Node) -> tuple[Label, ...]:
        """What holds for all of it: its level, and the notice of 42 CFR Part 2."""
        own = privacy.own_level(root)
        if not own and self.tree.breaks:
            # It has to be there (CDA R2 4.2.1.10), so it is what was damaged.
            own = (privacy.UNREADABLE,)
        told: list[Label] = []
        for section in root.under("component/structuredBody/component/section"):
            if sections.about(section) is sections.About.PRIVACY:
                told += privacy.annotated(section)
            text = section.one("text")
            told += privacy.notice(text.text) if text is not None else ()
        return privacy.highest(own, told)

    def _broken_end(self, node: Node) -> int:
        """Where the break that a part ends in was left again."""
        ends = [broken.end for broken in self.tree.breaks if broken.start >= node.start]
        return min(ends, default=len(self.tree.data))

    def _why(self, node: Node) -> Cause:
        causes = [
            broken.cause for broken in self.tree.breaks if broken.start >= node.start
        ]
        return causes[0] if causes else Cause.NOT_XML

    def _disjoint(self, parts: Iterable[Part]) -> Iterator[Part]:
        """In the order of the file, and cut where one begins before another's end."""
        ordered = sorted(parts, key=lambda part: (part.start, part.end))
        for part, later in zip(ordered, [*ordered[1:], None], strict=True):
            limit = len(self.tree.data) if later is None else later.start
            yield part._replace(end=min(part.end, limit))


def _numbered(word: str, number: int) -> str:
    return word if not number else f"{word} {number + 1}"


def _custodian(root: Node) -> str:
    held = root.one("custodian")
    found = header.organization(held) if held is not None else None
    return str(found.resource["name"]) if found else ""


def _of_section(section: Node, around: tuple[Label, ...]) -> tuple[Label, ...]:
    lent = privacy.based(around, privacy.CONTAINER)
    return privacy.joined(privacy.own_level(section), lent)


def _said(value: object) -> Iterator[str]:
    """Every word of a resource that a person could have read."""
    waiting: list[object] = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, list):
            waiting += reversed(held)
        elif isinstance(held, dict):
            for key, inner in reversed(held.items()):
                if isinstance(inner, (dict, list)):
                    waiting.append(inner)
                if key in _NAMED:
                    texts = inner if isinstance(inner, list) else [inner]
                    yield from (text for text in texts if isinstance(text, str))
