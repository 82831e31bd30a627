"""What kind of file this is, from its first bytes and never from its name.

To add a format, add a line to `FORMATS` and a module with ``reader(given)``; see
`reader`.
"""

from __future__ import annotations

import re
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


_ROOT = re.compile(
    rb"(?:\s|<\?[^>]*>|<!--(?:[^-]|-(?!->))*-->"
    rb"|<![^-][^>\[]*(?:\[[^\]]*\][^>]*)?>)*<[A-Za-z][^>]*"
    rb"xmlns(?::\w+)?\s*=\s*[\"']http://hl7\.org/fhir[\"']"
)


def _fhir(_head: bytes, start: bytes) -> bool:
    return start.startswith(b"<") and _ROOT.match(start) is not None


def _html(_head: bytes, start: bytes) -> bool:
    lowered = start[:200].lower()
    marked = b"<!doctype html" in lowered or b"<html" in lowered
    return start.startswith(b"<") and marked


_BLUE_BUTTON = (
    b"MY HEALTHEVET PERSONAL INFORMATION REPORT",
    b"Produced by the Blue Button",
    b"Produced by the VA Blue Button",
)
_CARD = re.compile(rb"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*\s*)?")
_LOCKED = re.compile(rb"eyJ[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+\.")


def _card_file(_head: bytes, start: bytes) -> bool:
    named = b'"verifiableCredential"' in start[:1000]
    return start.startswith(b"{") and named and b'"Bundle"' not in start[:1000]


def _message(_head: bytes, start: bytes) -> bool:
    # A frame of the minimal lower layer protocol may stand around it.
    start = start.lstrip(b"\x0b\xef\xbb\xbf")
    return start[:3] in (b"MSH", b"FHS", b"BHS") and not start[3:4].isalnum()


def _blue_button(_head: bytes, start: bytes) -> bool:
    framed = start.startswith(b"---")
    return framed and any(mark in start for mark in _BLUE_BUTTON)


def _open_mhealth(_head: bytes, start: bytes) -> bool:
    if not start.startswith((b"{", b"[")) or b'"resourceType"' in start:
        return False
    named = b'"schema_id"' in start and b'"namespace"' in start
    return named or b'"effective_time_frame"' in start


def _apple_cda(_head: bytes, start: bytes) -> bool:
    named = b'"Health Export CDA"' in start or b">Health Data Export<" in start
    return named and b"urn:hl7-org:v3" in start


def _table(head: bytes, _start: bytes) -> bool:
    from wallet.records.tables import reader as tabular  # noqa: PLC0415 only where nothing else fits

    return tabular.fits(head)


def _link(_head: bytes, start: bytes) -> bool:
    viewer = start.startswith(b"https://") and b"#shlink:/" in start
    return viewer or start.startswith(b"shlink:/")


def _cda(_head: bytes, start: bytes) -> bool:
    """A CDA document, or a section or entry of one; also in UTF-16."""
    plain = start.replace(b"\0", b"") if b"\0" in start else start
    opened = plain.lstrip(b"\xff\xfe").startswith(b"<")
    return opened and _CDA.search(plain) is not None


_CDA = re.compile(rb"<(?:[\w.-]+:)?ClinicalDocument[\s>]|urn:hl7-org:v3")

FORMATS = (
    Format("smart-health-card", _card_file, "smart.reader"),
    Format("smart-health-card", _starts(b"shc:/"), "smart.reader"),
    Format(
        "smart-health-card",
        lambda _head, start: _CARD.fullmatch(start) is not None,
        "smart.reader",
    ),
    Format("smart-health-link", _link, "smart.reader"),
    Format(
        "smart-health-link-file",
        lambda _head, start: _LOCKED.match(start) is not None,
        "smart.locked_file",
    ),
    Format("open-mhealth", _open_mhealth, "open_mhealth"),
    Format("json", _starts(b"{", b"["), "fhir.reader"),
    Format("dicom", lambda head, _: head[128:132] == b"DICM", "dicom.reader"),
    Format("pdf", _starts(b"%PDF-"), "attachments.reader"),
    Format("zip", _starts(b"PK\x03\x04", b"PK\x05\x06"), "archive.reader"),
    Format("hl7v2", _message, "hl7v2.reader"),
    Format(
        "picture",
        _starts(b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*"),
        "attachments.reader",
    ),
    Format("gzip", _starts(b"\x1f\x8b")),
    Format("fhir-xml", _fhir, "fhir.xml_reader"),
    Format("apple-health-cda", _apple_cda, "apple.cda"),
    Format("c-cda", _cda, "cda.reader"),
    Format(
        "apple-health", _xml(b"<HealthData", b"<!DOCTYPE HealthData"), "apple.reader"
    ),
    Format("html", _html),
    Format("xml", _starts(b"<")),
    Format("blue-button", _blue_button, "blue_button.reader"),
    Format("table", _table, "tables.reader"),
)
"""The first that fits is it."""


def format_of(head: bytes) -> Format | None:
    """Name the format of a file that starts with *head*; None if nothing fits."""
    start = head.removeprefix(_BOM).lstrip(b" \t\r\n")
    return next((form for form in FORMATS if form.fits(head, start)), None)


def has_mark(head: bytes) -> bool:
    """Whether a byte order mark stands first."""
    return head.startswith(_BOM)
