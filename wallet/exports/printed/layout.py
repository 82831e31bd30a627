"""What a printed page is made of: its styles, its tables, its foot, and its files.

A4 with margins that also fit US Letter. Colours are those of the readable page.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from wallet.exports.printed.faces import BOLD, REGULAR, Faces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Story = list[Any]

INK, MUTED, LINE = HexColor("#2A2320"), HexColor("#665A51"), HexColor("#DFD5C9")
ACCENT, STOP, GO_SOFT = HexColor("#8A3B2A"), HexColor("#A1242A"), HexColor("#CFE6DA")
_SIDE, _TOP, _FOOT = 15 * mm, 13 * mm, 17 * mm
_PADDING = 6  # of a frame, on each side
WIDTH = A4[0] - 2 * _SIDE - 2 * _PADDING
_MOST_IN_A_CELL = 1_500
_IN_A_CELL = (154, 88)
MISSING_SAID = (
    "[...] stands for letters that this print has no type for. The page for a browser "
    "shows them."
)


def _style(name: str, size: float, *, bold: bool = False, **more: Any) -> Any:  # noqa: ANN401 reportlab
    font = BOLD if bold else REGULAR
    held = {"textColor": INK, "leading": size * 1.25, **more}
    return ParagraphStyle(name, fontName=font, fontSize=size, **held)


TITLE = _style("title", 19, bold=True)
HEADING = _style("heading", 11.5, bold=True, textColor=ACCENT, spaceBefore=5)
TEXT = _style("text", 9.5)
STRONG = _style("strong", 9.5, bold=True)
SMALL = _style("small", 8.5, textColor=MUTED)
ALARM = _style("alarm", 10.5, bold=True, textColor=STOP)


@dataclass(frozen=True, slots=True)
class Press:
    """Sets words in the faces at hand."""

    faces: Faces

    def paragraph(self, text: str, style: Any = TEXT) -> Paragraph:  # noqa: ANN401
        """One paragraph; of a very long text its beginning."""
        said = text
        if len(said) > _MOST_IN_A_CELL:
            said = f"{said[:_MOST_IN_A_CELL]} ... (cut here; the rest is in the record)"
        return Paragraph(self.faces.set(said).replace("\n", "<br/>"), style)

    def table(self, rows: Sequence[Sequence[Any]], shares: Sequence[float]) -> Table:
        """Rows with a hairline between them; *shares* divide the width of the page."""
        whole = sum(shares)
        made = Table(
            [list(row) for row in rows],
            colWidths=[WIDTH * share / whole for share in shares],
            hAlign="LEFT",
        )
        made.setStyle(_PLAIN)
        return made


_PLAIN = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEABOVE", (0, 1), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 1.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.6),
    ]
)


def beside(first: Any, second: Any) -> Table:  # noqa: ANN401 flowables
    """Words and a drawing in one cell of a table."""
    return Table([[first, second]], colWidths=_IN_A_CELL, style=_PLAIN, hAlign="LEFT")


def gap(points: float = 4) -> Spacer:
    """Some room."""
    return Spacer(1, points)


def pages_of(story: Callable[[], Story], *, foot: str) -> tuple[bytes, int]:
    """Set a story once; its bytes, and how many pages it has.

    Args:
        story: Makes the story anew: setting uses it up.
        foot: Stands under every page, before its number.
    """
    sink = BytesIO()
    made = _build(story(), sink, foot)
    return sink.getvalue(), made


def _build(story: Story, sink: BinaryIO, foot: str) -> int:
    document = SimpleDocTemplate(
        sink,
        pagesize=A4,
        leftMargin=_SIDE,
        rightMargin=_SIDE,
        topMargin=_TOP,
        bottomMargin=_FOOT,
        title="Health records",
        author="The patient",
        creator="Heartwood",
        lang="en",
        invariant=1,
    )
    document.build(story, canvasmaker=lambda *a, **k: _Numbered(*a, foot=foot, **k))
    return int(document.page)


class _Numbered(Canvas):  # type: ignore[misc]  # reportlab ships no types
    """A canvas that knows how many pages there are when it writes their feet."""

    def __init__(self, *given: Any, foot: str, **more: Any) -> None:  # noqa: ANN401
        super().__init__(*given, **more)
        self._foot = foot
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 reportlab's name
        """Keep the page until the last one is known."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write every page with its foot."""
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self._write_foot(number)
            super().showPage()
        super().save()

    def _write_foot(self, number: int) -> None:
        self.setStrokeColor(LINE)
        self.setLineWidth(0.6)
        self.line(
            _SIDE + _PADDING, _FOOT - 3 * mm, A4[0] - _SIDE - _PADDING, _FOOT - 3 * mm
        )
        self.setFillColor(MUTED)
        self.setFont(REGULAR, 8)
        self.drawString(_SIDE + _PADDING, _FOOT - 7 * mm, self._foot)
        said = f"Page {number} of {len(self._pages)}"
        self.drawRightString(A4[0] - _SIDE - _PADDING, _FOOT - 7 * mm, said)
