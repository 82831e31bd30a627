"""PDF files and pictures: a document in the records, with the file one click away.

Nothing in them is run or drawn here; the text of a PDF comes from a process of its own.
A file of moderate size travels inside the record, so that a doctor it is shared with
gets it; a larger one stays in the original alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

from wallet.records.documents import Derived, Document
from wallet.records.findings import Cause, Finding
from wallet.records.smart import reader as smart
from wallet.records.smart.code import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.reader import Given

VERSION = 1
MOST_INSIDE = 4 << 20
_MOST = 512 << 20
_KINDS = (
    (b"%PDF-", "application/pdf", "Document"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "Picture"),
    (b"\xff\xd8\xff", "image/jpeg", "Picture"),
    (b"II*\0", "image/tiff", "Picture"),
    (b"MM\0*", "image/tiff", "Picture"),
)
_WITH_CODES = frozenset({"image/png", "image/jpeg"})
_WORD = re.compile(r"[^\W\d_]{3,}")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_MOST_TITLE = 80


def reader(given: Given) -> Document:
    """See `reader.Reader`."""
    head = given.file.read(16).lstrip(b"\xef\xbb\xbf \t\r\n")
    given.file.seek(0)
    form = "pdf" if head.startswith(b"%PDF-") else "picture"
    return Document(given, form=form, version=VERSION, parse=parse, most=_MOST)


def parse(data: bytes, given: Given) -> Iterator[Derived | Finding]:
    """The one document in a file, and the health card that a picture may show."""
    start = data[:16].lstrip(b"\xef\xbb\xbf \t\r\n")
    kind, noun = next(
        ((media, noun) for sign, media, noun in _KINDS if start.startswith(sign)),
        ("application/octet-stream", "Document"),
    )
    text = given.aids.read_pdf(data) if kind == "application/pdf" else None
    if text is not None and text.is_locked:
        yield Finding(place="/", cause=Cause.LOCKED)
    title = title_of(given.title or given.name, noun=noun)
    if title == noun and text is not None:
        title = title_of(text.title, noun=noun)
    attachment: dict[str, Any] = {
        "contentType": kind,
        "title": title,
        "size": len(data),
        # SHA-1 is what FHIR R4 asks for here (2.24.0.5); it proves nothing to us.
        "hash": base64.b64encode(_fhir_hash(data)).decode(),
    }
    if len(data) <= MOST_INSIDE:
        attachment["data"] = base64.b64encode(data).decode()
    resource = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": {"text": title},
        "content": [{"attachment": attachment}],
    }
    digest = hashlib.sha256(data).hexdigest()
    said = f"{text.title} {text.text}" if text is not None else ""
    words = " ".join(said.encode("utf-8", "ignore").decode().split())
    yield Derived("/", resource, words=words, stable=f"file|{digest}")
    if kind in _WITH_CODES:
        yield from _coded(given.aids.read_codes(data), given)


def _coded(codes: tuple[str, ...], given: Given) -> Iterator[Derived | Finding]:
    """What a health card in the picture holds; any other code says nothing here."""
    cards = [code for code in codes if code.startswith(PREFIX)]
    if cards:
        yield from smart.cards("\n".join(cards).encode(), given)
    for code in codes:
        if "shlink:/" in code:
            yield from smart.link(code.encode(), given)


def title_of(name: str, *, noun: str) -> str:
    """A name for people out of a file's name; *noun* where it has no word."""
    said = _ENDING.sub("", name.replace("\\", "/").rpartition("/")[2])
    words = " ".join(re.split(r"[_\s.+-]+", said)).strip()
    if not _WORD.search(words):
        return noun
    return words[:_MOST_TITLE].strip().capitalize()


def _fhir_hash(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()
