"""The chosen records as an IHE XDM medium: a folder that portals and clinics read.

INDEX.HTM for eyes, README.TXT, and in IHE_XDM/SUBSET01 the clinical document with its
style sheet, every letter and picture that lies inside a record, and the list of them.
Source: IHE ITI TF-2 3.32.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING

from wallet.exports.cda.header import TITLE, document_id
from wallet.exports.cda.markup import NOTHING, element, together
from wallet.exports.cda.metadata import Listed, metadata, sha1_of
from wallet.exports.clinical_document import document, not_in_document
from wallet.exports.dress import Dress
from wallet.exports.facts import spoken_date
from wallet.exports.lines import is_shown, line_of
from wallet.exports.parts import of_bytes, of_types
from wallet.exports.shelf import Shelf
from wallet.records.fhir.facts import Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.exports.cda.document import Written
    from wallet.exports.dress import Selection
    from wallet.exports.naming import Naming
    from wallet.exports.parts import Part

FOLDER = "IHE_XDM/SUBSET01"
_ENDINGS = {
    "application/pdf": "PDF",
    "image/jpeg": "JPG",
    "image/png": "PNG",
    "image/tiff": "TIF",
}
_CCD = "urn:hl7-org:sdwg:ccda-structuredBody:2.1"
_BARE = "urn:ihe:iti:xds:2017:mimeTypeSufficient"
_MOST_TITLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Enclosed:
    """A file that lay inside a record."""

    name: str
    title: str
    media_type: str
    part: Part
    sha1: str


def write(chosen: Selection) -> Dress:
    """The medium as a folder."""
    naming = chosen.naming()
    parts = tuple(_medium(chosen, naming))
    missing = not_in_document(chosen, naming)
    held = len(chosen.records) - len(missing)
    return Dress(parts=parts, left_out=missing, held=held)


def _medium(chosen: Selection, naming: Naming) -> Iterator[Part]:
    enclosed = list(_enclosed(chosen, naming))
    made, written = document(chosen, f"{FOLDER}/DOC00001.XML", naming)
    listed = [_listed_document(naming.patient_name, made, written)]
    listed += [_listed(one, written.level) for one in enclosed]
    yield of_bytes("INDEX.HTM", _index(chosen, enclosed))
    yield of_bytes("README.TXT", _readme(chosen, enclosed, written))
    yield made
    yield from (one.part for one in enclosed)
    said = metadata(listed, package=naming.patient_name, made_at=chosen.made_at)
    yield of_bytes(f"{FOLDER}/METADATA.XML", said)
    sheet = files("resources").joinpath("cda", "STYLE.XSL").read_bytes()
    yield of_bytes(f"{FOLDER}/STYLE.XSL", sheet)


def _listed_document(patient: str, part: Part, written: Written) -> Listed:
    return Listed(
        uri=part.name.rpartition("/")[2],
        media_type="text/xml",
        title=TITLE,
        name=document_id(patient),
        size=part.size,
        sha1=sha1_of(part),
        loinc="34133-9",
        shown="Summarization of Episode Note",
        form=_CCD,
        level=written.level,
    )


def _listed(one: _Enclosed, level: str) -> Listed:
    return Listed(
        uri=one.part.name.rpartition("/")[2],
        media_type=one.media_type,
        title=one.title,
        name=one.name,
        size=one.part.size,
        sha1=one.sha1,
        loinc="34109-9",
        shown="Note",
        form=_BARE,
        level=level,
    )


def _enclosed(chosen: Selection, naming: Naming) -> Iterator[_Enclosed]:
    """Letters and pictures inside records, under plain numbers.

    A plain text stands in the narrative of the document already.
    """
    number, shelf = 1, Shelf(chosen.scratch)
    for record in of_types(chosen.records, ("DocumentReference",)):
        if not is_shown(record, chosen.extent):
            continue
        resource = naming.trimmed(record)
        known = line_of(record, resource, chosen.extent, Names()).facts.what
        contents = resource.get("content")
        for content in contents if isinstance(contents, list) else ():
            held = content.get("attachment") if isinstance(content, dict) else None
            if not isinstance(held, dict):
                continue
            kind = str(held.get("contentType", "")).partition(";")[0].strip().lower()
            data = _bytes_of(held.get("data"))
            if kind in _ENDINGS and data:
                number += 1
                path = f"{FOLDER}/DOC{number:05}.{_ENDINGS[kind]}"
                part = _aside(path, data, shelf)
                yield _Enclosed(
                    name=naming.of(record),
                    title=_title(known, held.get("title")),
                    media_type=kind,
                    part=part,
                    sha1=sha1_of(part),
                )


def _aside(path: str, data: bytes, shelf: Shelf) -> Part:
    """A file of the medium that is read again when the medium is written."""
    place, named = shelf.put(data), of_bytes(path, data)
    return replace(named, read=lambda: shelf.open(place))


def _bytes_of(data: object) -> bytes:
    if not isinstance(data, str):
        return b""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _title(*given: object) -> str:
    said = (" ".join(one.split()) for one in given if isinstance(one, str))
    return next(filter(None, said), "Document")[:_MOST_TITLE]


def _index(chosen: Selection, enclosed: list[_Enclosed]) -> bytes:
    made = spoken_date(chosen.made_at.date().isoformat())
    links = [(f"{FOLDER}/DOC00001.XML", TITLE)]
    links += [(one.part.name, one.title) for one in enclosed]
    listed = [
        element("li", {}, element("a", {"href": path}, title)) for path, title in links
    ]
    body = element(
        "body",
        {},
        element("h1", {}, TITLE),
        element(
            "p",
            {},
            f"Made on {made}. These files are not encrypted: anyone who "
            "holds them can read them.",
        ),
        element("ul", {}, *listed),
        element(
            "p", {}, element("a", {"href": "README.TXT"}, "What is on this medium")
        ),
    )
    head = element(
        "head",
        {},
        element("meta", {"charset": "utf-8"}),
        element("title", {}, TITLE),
    )
    page = together((element("html", {"lang": "en"}, head, body), NOTHING))
    return f"<!doctype html>\n{page}\n".encode()


def _readme(chosen: Selection, enclosed: list[_Enclosed], written: Written) -> bytes:
    made = spoken_date(chosen.made_at.date().isoformat())
    lines = [
        TITLE,
        "",
        f"Made on {made} by Heartwood, a program that the patient runs.",
        "Nobody but the patient answers for what was chosen; who wrote each record is",
        "said with the record. These files are not encrypted.",
        "",
        "INDEX.HTM                        this medium as a page",
        f"{FOLDER}/METADATA.XML     the list of documents (IHE XDM)",
        f"{FOLDER}/DOC00001.XML     the records as a clinical document (C-CDA R2.1)",
        f"{FOLDER}/STYLE.XSL        shows the clinical document in a browser",
    ]
    lines += [f"{one.part.name}     a letter or picture" for one in enclosed]
    lines += [
        "",
        f"In the clinical document: {written.coded} records as coded entries.",
    ]
    if written.in_words:
        said = ", ".join(f"{name} ({count})" for name, count in written.in_words)
        lines += [f"Told in words only, not as coded entries: {said}."]
    return ("\r\n".join(lines) + "\r\n").encode()
