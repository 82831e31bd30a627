"""What kind of file this is, from its first bytes and never from its name.

To add a format, add a line to `FORMATS` and a module with ``reader(given)``; see
`reader`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = 4096
_BOM = b"\xef\xbb\xbf"


class Format(NamedTuple):
    """A format's name in the import answer, how it is told, and who reads it.

    ``fits`` gets the first `HEAD` bytes: as they are, and without a byte order mark
    and blanks before the first sign. ``module`` is empty where nobody reads it yet.
    """

    name: str
    fits: Callable[[bytes, bytes], bool]
    module: str = ""


def _starts(*signs: bytes) -> Callable[[bytes, bytes], bool]:
    return lambda _head, start: start.startswith(signs)


def _xml(*marks: bytes) -> Callable[[bytes, bytes], bool]:
    return lambda _head, start: (
        start.startswith(b"<") and any(mark in start for mark in marks)
    )


def _html(_head: bytes, start: bytes) -> bool:
    lowered = start[:200].lower()
    marked = b"<!doctype html" in lowered or b"<html" in lowered
    return start.startswith(b"<") and marked


FORMATS = (
    Format("json", _starts(b"{", b"["), "fhir_json"),
    Format("dicom", lambda head, _: head[128:132] == b"DICM"),
    Format("pdf", _starts(b"%PDF-")),
    Format("zip", _starts(b"PK\x03\x04", b"PK\x05\x06"), "zip_archive"),
    Format("hl7v2", _starts(b"MSH|", b"FHS|")),
    Format("picture", _starts(b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*")),
    Format("smart-health-card", _starts(b"shc:/")),
    Format("smart-health-link", _starts(b"shlink:/")),
    Format("gzip", _starts(b"\x1f\x8b")),
    Format("fhir-xml", _xml(b"http://hl7.org/fhir")),
    Format("c-cda", _xml(b"urn:hl7-org:v3")),
    Format("apple-health", _xml(b"<HealthData")),
    Format("html", _html),
    Format("xml", _starts(b"<")),
)
"""The first that fits is it."""


def format_of(head: bytes) -> Format | None:
    """Name the format of a file that starts with *head*; None if nothing fits."""
    start = head.removeprefix(_BOM).lstrip(b" \t\r\n")
    return next((form for form in FORMATS if form.fits(head, start)), None)


def has_mark(head: bytes) -> bool:
    """Whether a byte order mark stands first."""
    return head.startswith(_BOM)
