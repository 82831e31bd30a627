"""The emergency card on paper: of the size of a bank card, or in large letters on A4.

Two sides (ISO/IEC 7810 ID-1, 85.6 x 54 mm) as pages of their own, or one A4 page in
large letters and one with both sides to cut out and fold. What finds no room on a side
is counted there.
"""

from __future__ import annotations

from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Any

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from wallet.exports.emergency_card import (
    HEADING,
    ONLY_THIS,
    fits_code,
    sections,
    shorter,
    text_of,
)
from wallet.exports.printed.faces import BOLD, MISSING, REGULAR, Faces
from wallet.exports.printed.layout import ACCENT, INK, MUTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.exports.emergency_card import EmergencyCard

WIDE, HIGH = 85.6 * mm, 54 * mm
_EDGE = 4 * mm
_CODE = 42 * mm
_LARGE_CODE = 62 * mm
_SIDE = 20 * mm
_SIZES = (9.0, 8.5, 8.0, 7.5, 7.0)  # smaller letters nobody reads in a hurry
_LARGE = (20.0, 18.0, 16.0, 14.0, 12.0)
_ALL = 1 << 30
_SAME, _PART = "The same, in the code", "As much as fits, in the code"
_MISSING = f"{MISSING} stands for letters this print has no type for."
_OPEN_TO_ALL = "Anybody who finds this card can read it, and its code with any phone."


class Sheet(StrEnum):
    """On what it is printed."""

    CARD = "card"
    A4 = "a4"


def pdf(card: EmergencyCard, sheet: Sheet) -> tuple[bytes, int]:
    """The card as PDF, and how many letters no typeface at hand has."""
    sink, faces = BytesIO(), Faces()
    faces.set(text_of(card, most=_ALL))
    missing = faces.missing  # each letter once, however often a size is tried
    size = A4 if sheet is Sheet.A4 else (WIDE, HIGH)
    canvas = Canvas(sink, pagesize=size, invariant=1, lang="en")
    canvas.setTitle("Emergency card")
    canvas.setCreator("Heartwood")
    if sheet is Sheet.CARD:
        _front(canvas, card, faces, 0, 0)
        canvas.showPage()
        _back(canvas, card, faces, 0, 0)
        canvas.showPage()
    else:
        _large(canvas, card, faces)
        canvas.showPage()
        _to_cut(canvas, card, faces)
        canvas.showPage()
    canvas.save()
    return sink.getvalue(), missing


def _front(
    canvas: Canvas, card: EmergencyCard, faces: Faces, x: float, y: float
) -> None:
    room = (WIDE - 2 * _EDGE, HIGH - 2 * _EDGE)
    _write(canvas, _fitted(card, faces, room, _SIZES), x + _EDGE, y + HIGH - _EDGE)


def _back(
    canvas: Canvas, card: EmergencyCard, faces: Faces, x: float, y: float
) -> None:
    below = y + (HIGH - _CODE) / 2
    _draw_code(canvas, card, x + _EDGE - 1 * mm, below, _CODE)
    left = x + _EDGE + _CODE
    room = (WIDE - _CODE - 2 * _EDGE, HIGH - 2 * _EDGE)
    for size in _SIZES:
        lines = [
            _line(faces, "Call" if card.calls else "", size, bold=True),
            *(_line(faces, call, size) for call in _calls(card)),
            _line(faces, _SAME if fits_code(card) else _PART, size, bold=True),
            _line(faces, _OPEN_TO_ALL, 6, muted=True),
            _line(faces, ONLY_THIS, 6, muted=True),
            _line(faces, _MISSING if faces.missing else "", 6, bold=True),
            _line(faces, card.foot, 6, muted=True),
        ]
        if _height(lines, room[0]) <= room[1]:
            break
    _write(canvas, _wrapped(lines, room[0]), left, y + HIGH - _EDGE)


def _large(canvas: Canvas, card: EmergencyCard, faces: Faces) -> None:
    width = A4[0] - 2 * _SIDE
    room = (width, A4[1] - 2 * _SIDE - _LARGE_CODE - 10 * mm)
    _write(canvas, _fitted(card, faces, room, _LARGE), _SIDE, A4[1] - _SIDE)
    _draw_code(canvas, card, _SIDE - 3 * mm, _SIDE, _LARGE_CODE)
    left = _SIDE + _LARGE_CODE + 4 * mm
    lines = [
        _line(faces, "Call" if card.calls else "", 16, bold=True),
        *(_line(faces, call, 16) for call in _calls(card)),
        _line(faces, _OPEN_TO_ALL, 11, muted=True),
        _line(faces, ONLY_THIS, 11, muted=True),
        _line(faces, _MISSING if faces.missing else "", 11, bold=True),
        _line(faces, card.foot, 11, muted=True),
    ]
    top = _SIDE + _LARGE_CODE
    _write(canvas, _wrapped(lines, width - _LARGE_CODE - 4 * mm), left, top)


def _to_cut(canvas: Canvas, card: EmergencyCard, faces: Faces) -> None:
    """Both sides beside each other: cut along the edge, fold in the middle."""
    x, y = (A4[0] - 2 * WIDE) / 2, A4[1] - _SIDE - HIGH - 20 * mm
    said = "Cut along the line and fold in the middle."
    head = _wrapped([_line(faces, said, 14)], 2 * WIDE)
    _write(canvas, head, x, A4[1] - _SIDE)
    _front(canvas, card, faces, x, y)
    _back(canvas, card, faces, x + WIDE, y)
    canvas.setStrokeColor(MUTED)
    canvas.setDash(3, 3)
    canvas.rect(x, y, 2 * WIDE, HIGH)
    canvas.setDash(1, 3)
    canvas.line(x + WIDE, y, x + WIDE, y + HIGH)


def _fitted(
    card: EmergencyCard,
    faces: Faces,
    room: tuple[float, float],
    sizes: tuple[float, ...],
) -> list[tuple[Paragraph, float]]:
    """The card's lines in the largest letters that fit, then with fewer items."""
    shown: EmergencyCard | None = card
    while shown is not None:
        for size in sizes:
            lines = list(_told(shown, faces, size))
            if _height(lines, room[0]) <= room[1]:
                return _wrapped(lines, room[0])
        shown = shorter(shown)
    return _wrapped(lines, room[0])


def _told(card: EmergencyCard, faces: Faces, size: float) -> Iterator[Any]:
    yield _line(faces, HEADING, size * 0.8, bold=True, accent=True)
    yield _line(faces, card.name, size * 1.4, bold=True)
    yield _line(faces, card.born_words, size)
    for heading, words in sections(card):
        yield _line(faces, heading, size * 0.85, bold=True, accent=True)
        yield _line(faces, words, size)


def _line(
    faces: Faces,
    text: str,
    size: float,
    *,
    bold: bool = False,
    accent: bool = False,
    muted: bool = False,
) -> Paragraph | None:
    if not text:
        return None
    style = ParagraphStyle(
        "line",
        fontName=BOLD if bold else REGULAR,
        fontSize=size,
        leading=size * 1.2,
        textColor=ACCENT if accent else MUTED if muted else INK,
        spaceAfter=size * 0.15,
        wordWrap="LTR",
        splitLongWords=1,
    )
    return Paragraph(faces.set(text), style)


def _calls(card: EmergencyCard) -> list[str]:
    """Whom to call; a number stands in a line of its own, so that it is not broken."""
    return [line for one in card.contacts for line in (one.name, one.phone) if line]


def _wrapped(lines: list[Any], width: float) -> list[tuple[Paragraph, float]]:
    there = [line for line in lines if line is not None]
    return [
        (line, line.wrap(width, 10_000)[1] + line.style.spaceAfter) for line in there
    ]


def _height(lines: list[Any], width: float) -> float:
    return sum(height for _, height in _wrapped(lines, width))


def _write(
    canvas: Canvas, lines: list[tuple[Paragraph, float]], x: float, top: float
) -> None:
    for line, height in lines:
        top -= height
        line.drawOn(canvas, x, top + line.style.spaceAfter)


def _draw_code(
    canvas: Canvas, card: EmergencyCard, x: float, y: float, side: float
) -> None:
    code = QrCodeWidget(text_of(card), barLevel="M", barWidth=side, barHeight=side)
    drawing = Drawing(side, side)
    drawing.add(code)
    renderPDF.draw(drawing, canvas, x, y)
