"""The original of a record, ready to be looked at: text, or pictures made elsewhere.

A record that carries a document is looked at as that document; any other as the file
it came out of. Pictures are made by a confined process; what it hands back is held
against its own numbers. Nothing is run and nothing is fetched.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from wallet.actions.patient import written_id
from wallet.actions.patient.confined import ask
from wallet.errors import UsageError
from wallet.exports.naming import parse_body
from wallet.vault import records, versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.patient.session import Session

MOST_BYTES = 64 << 20
_CDA = b"urn:hl7-org:v3"
_MOST_LETTERS = 200_000
_MOST_SIDE = 4_000
_DEPTH = 3  # bytes a point
_ENDS = {
    "pdf": "pdf",
    "png": "png",
    "jpeg": "jpg",
    "dicom": "dcm",
    "c-cda": "xml",
    "fhir-xml": "xml",
    "fhir-json": "json",
    "table": "csv",
    "hl7v2": "hl7",
    "text": "txt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One picture: rows of red, green and blue bytes; ``text`` is what a page says."""

    width: int
    height: int
    pixels: bytes = field(repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An original to look at.

    ``form`` names its format, ``ending`` that of a copy; ``left_out`` counts pages
    that are not among ``pictures``. ``whole`` is false where it is gone or too large.
    """

    form: str
    ending: str
    size: int
    whole: bool
    text: str = ""
    pictures: tuple[Shown, ...] = ()
    left_out: int = 0


Away = Callable[[Callable[[], Any]], Any]
"""Does what needs no store elsewhere and gives the answer."""


def _here(call: Callable[[], Any]) -> Any:  # noqa: ANN401 whatever *call* gives
    return call()


def view(wallet: Session, record_id: str, *, away: Away = _here) -> View:
    """Look at what a record came out of, or at the document inside it.

    Making pictures takes a process of its own and some time, and is done *away*.

    Raises:
        UsageError: there is no such record.
    """
    form, data = _bytes_of(wallet, record_id)
    if data is None:
        return View(form=form, ending=_ENDS.get(form, "bin"), size=0, whole=False)
    kind = _sniffed(data) or form
    ending = _ENDS.get(kind, "txt" if _is_text(data) else "bin")
    made = View(form=kind, ending=ending, size=len(data), whole=True)
    if kind in ("pdf", "png", "jpeg", "dicom"):
        return _with_pictures(made, away(lambda: ask("view_child", data)))
    if not _is_text(data):
        return made
    if kind in ("c-cda", "document") or _CDA in data[:4096]:
        letter = _text((away(lambda: ask("view_child", data)) or {}).get("text"))
        if letter:
            return replace(made, text=letter)
    text = data.decode("utf-8", "replace")[:_MOST_LETTERS]
    return replace(made, text=text)


def copy(wallet: Session, record_id: str) -> bytes:
    """The bytes that `view` shows, for a file the person names.

    Raises:
        UsageError: there is no such record, or its original is gone.
    """
    _, data = _bytes_of(wallet, record_id)
    if data is None:
        raise UsageError("the original went with another record that was erased")
    return data


def _bytes_of(wallet: Session, record_id: str) -> tuple[str, bytes | None]:
    name = written_id.record_id(record_id)
    record = records.show(wallet.store, name, person=wallet.person)
    inner = next(_inside(parse_body(record.body)), None)
    if inner is not None:
        return "document", inner
    held = versions.original(wallet.store, name, person=wallet.person)
    if not held.whole:
        return held.form, None
    parts, size = [], 0
    for piece in held.pieces():
        size += len(piece)
        if size > MOST_BYTES:
            return held.form, None
        parts.append(piece)
    return held.form, b"".join(parts)


def _inside(resource: dict[str, Any]) -> Iterator[bytes]:
    """The documents that a resource carries in itself."""
    for key in ("content", "presentedForm"):
        held = resource.get(key)
        for one in held if isinstance(held, list) else [held]:
            inner = one.get("attachment", one) if isinstance(one, dict) else None
            data = inner.get("data") if isinstance(inner, dict) else None
            if isinstance(data, str) and 0 < len(data) <= 2 * MOST_BYTES:
                try:
                    yield base64.b64decode(data, validate=True)
                except (binascii.Error, ValueError):
                    continue


def pages(pdf: bytes, *, wide: int) -> tuple[Shown, ...]:
    """Pictures of the first pages, each *wide* points of light across."""
    return tuple(_pictures(ask("view_child", pdf, str(wide)) or {}))


def _pictures(held: dict[str, Any]) -> list[Shown]:
    found = held.get("pictures")
    return [one for one in map(_shown, found if isinstance(found, list) else ()) if one]


def _with_pictures(made: View, told: dict[str, Any] | None) -> View:
    held = told or {}
    shown = _pictures(held)
    total = held.get("all")
    whole = total if isinstance(total, int) else len(shown)
    return View(
        form=made.form,
        ending=made.ending,
        size=made.size,
        whole=True,
        pictures=tuple(shown),
        left_out=max(0, whole - len(shown)),
    )


def _shown(held: object) -> Shown | None:
    """A picture, only where its points are as many as it says."""
    if not isinstance(held, dict):
        return None
    width, height, text = held.get("width"), held.get("height"), held.get("pixels")
    if not (isinstance(width, int) and isinstance(height, int)):
        return None
    if not (0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE):
        return None
    try:
        pixels = base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(pixels) != width * height * _DEPTH:
        return None
    said = _text(held.get("text"))
    return Shown(width=width, height=height, pixels=pixels, text=said)


def _text(held: object) -> str:
    return held[:_MOST_LETTERS] if isinstance(held, str) else ""


def _sniffed(data: bytes) -> str:
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"\x89PNG\r\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    return "dicom" if data[128:132] == b"DICM" else ""


def _is_text(data: bytes) -> bool:
    return b"\0" not in data[:4096]
