"""What kind of file this is, from its first bytes and never from its name."""

from __future__ import annotations

from typing import NamedTuple

JSON = "json"
HEAD = 4096
_BOM = b"\xef\xbb\xbf"


class Kind(NamedTuple):
    """A format's name in the import answer, and whether a reader for it is here."""

    name: str
    readable: bool


_UNREAD = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"MSH|", "hl7v2"),
    (b"FHS|", "hl7v2"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"II*\0", "picture"),
    (b"MM\0*", "picture"),
    (b"shc:/", "smart-health-card"),
    (b"shlink:/", "smart-health-link"),
    (b"\x1f\x8b", "gzip"),
)


def kind_of(head: bytes) -> Kind | None:
    """Name the format of a file that starts with *head*; None if nothing fits."""
    start = head.removeprefix(_BOM).lstrip(b" \t\r\n")
    if start[:1] in (b"{", b"["):
        return Kind(JSON, readable=True)
    if head[128:132] == b"DICM":
        return Kind("dicom", readable=False)
    for sign, name in _UNREAD:
        if start.startswith(sign):
            return Kind(name, readable=False)
    return _xml(start) if start.startswith(b"<") else None


def has_mark(head: bytes) -> bool:
    """Whether a byte order mark stands first."""
    return head.startswith(_BOM)


def _xml(start: bytes) -> Kind:
    if b"http://hl7.org/fhir" in start:
        return Kind("fhir-xml", readable=False)
    if b"urn:hl7-org:v3" in start:
        return Kind("c-cda", readable=False)
    if b"<HealthData" in start:
        return Kind("apple-health", readable=False)
    lowered = start[:200].lower()
    html = b"<!doctype html" in lowered or b"<html" in lowered
    return Kind("html" if html else "xml", readable=False)
