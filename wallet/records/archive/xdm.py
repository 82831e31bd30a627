"""What an IHE XDM medium says of its documents: titles, labels, sizes and hashes.

IHE ITI TF-2 3.32 (Distribute Document Set on Media): documents and a METADATA.XML in
each folder under IHE_XDM, in ebRIM 3.0 (TF-3 4.2). A medium without the list, or with
a damaged one, is read all the same.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from wallet.records.archive.manifest import About, Manifest
from wallet.records.cda.privacy import CONTAINER, UNREADABLE, based, level
from wallet.records.findings import Cause, Finding
from wallet.records.xml_tree import grow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wallet.records.archive.manifest import Read
    from wallet.records.record import Label
    from wallet.records.xml_tree import Node

FORM = "ihe-xdm"
_LIST = re.compile(r"(?:^|/)IHE_XDM/[^/]+/METADATA\.XML$", re.IGNORECASE)
_MEDIUM = re.compile(r"(?:^|/)IHE_XDM/[^/]+/[^/]", re.IGNORECASE)
_COMPANIONS = re.compile(
    r"(?:^|/)(?:INDEX\.HTML?|README\.TXT|METADATA\.XML)$|\.(?:XSLT?|CSS)$",
    re.IGNORECASE,
)
_CONFIDENTIALITY = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
_SHA1 = 40
_MOST_TITLE = 200


class Entry(NamedTuple):
    """One document as the list describes it; ``size`` is None where it says none."""

    uri: str
    title: str
    labels: tuple[Label, ...]
    size: int | None
    sha1: str


def manifest(names: Sequence[str], read: Read) -> Manifest | None:
    """What the list says of each file; None if this is no XDM medium."""
    if not any(_MEDIUM.search(name) for name in names):
        return None
    files = {name: About(companion=True) for name in names if _COMPANIONS.search(name)}
    by_name = {name.upper(): name for name in names}
    findings: list[Finding] = []
    for name in names:
        if not _LIST.search(name):
            continue
        folder = name.rpartition("/")[0]
        entries = entries_of(read(name) or b"")
        if entries is None:
            # What it said of their labels cannot be known.
            findings.append(Finding(place=name, cause=Cause.LIST_DAMAGED))
            labels = based((UNREADABLE,), CONTAINER)
            files |= {
                one: About(labels=labels)
                for one in names
                if one.startswith(f"{folder}/") and one not in files
            }
            continue
        for entry in entries:
            place = by_name.get(f"{folder}/{entry.uri}".upper())
            if place is None:
                findings.append(Finding(place=name, cause=Cause.LISTED_MISSING))
                continue
            if not _is_as_listed(entry, read(place)):
                findings.append(Finding(place=place, cause=Cause.LISTED_OTHERWISE))
            files[place] = About(labels=entry.labels, title=entry.title)
    return Manifest(form=FORM, files=files, findings=tuple(findings))


def entries_of(metadata: bytes) -> list[Entry] | None:
    """Every document of a METADATA.XML; None where it is damaged."""
    tree = grow(metadata)
    if tree.root is None or tree.breaks:
        return None
    return [
        entry
        for node in tree.root.every()
        if node.name == "ExtrinsicObject" and (entry := _entry(node)) is not None
    ]


def _entry(node: Node) -> Entry | None:
    uri = next(_slot(node, "URI"), "")
    if not uri:
        return None
    size = next(_slot(node, "size"), "")
    named = node.one("Name/LocalizedString")
    title = named.get("value")[:_MOST_TITLE] if named is not None else ""
    return Entry(
        uri=uri,
        title=title,
        labels=tuple(_labels(node)),
        size=int(size) if re.fullmatch(r"[0-9]{1,15}", size) else None,
        sha1=next(_slot(node, "hash"), "").lower(),
    )


def _slot(node: Node, name: str) -> Iterator[str]:
    for slot in node.all("Slot"):
        if slot.get("name") == name:
            for value in slot.under("ValueList/Value"):
                # A long URI is written in numbered parts, "1|...", "2|...".
                yield " ".join(value.text.split()).removeprefix("1|")


def _labels(node: Node) -> Iterator[Label]:
    for held in node.all("Classification"):
        if held.get("classificationScheme").lower() == _CONFIDENTIALITY:
            code = held.get("nodeRepresentation")
            if code:
                yield from based((level(code),), CONTAINER)


def _is_as_listed(entry: Entry, data: bytes | None) -> bool:
    """Whether a file has the size and the hash the list gives; True if it gives none.

    SHA-1 because the format says so: it finds accidents, and nothing is trusted for it.
    """
    if data is None:
        return True
    if entry.size is not None and entry.size != len(data):
        return False
    if len(entry.sha1) != _SHA1:
        return True
    return hashlib.sha1(data, usedforsecurity=False).hexdigest() == entry.sha1
