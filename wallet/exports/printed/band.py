"""A number on its line: the range its laboratory calls usual, and where the value lies.

The range is the same third of every line, so that two lines compare at a glance; a
value further out than the line is long stands at its end. The number itself and the
words beside it say the same without the drawing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportlab.platypus.flowables import Flowable

from wallet.exports.printed.layout import GO_SOFT, INK, LINE, STOP

if TYPE_CHECKING:
    from wallet.exports.lines import Band

_WIDTH, _HEIGHT, _DOT = 84.0, 11.0, 2.6
_THIRD = _WIDTH / 3


class BandMark(Flowable):  # type: ignore[misc]  # reportlab ships no types
    """The drawing."""

    def __init__(self, band: Band) -> None:
        super().__init__()
        self._band = band

    def wrap(self, *_room: Any) -> tuple[float, float]:  # noqa: ANN401 reportlab
        """How much room it takes."""
        return _WIDTH, _HEIGHT

    def draw(self) -> None:
        """Line, range, and a dot that is hollow outside of it."""
        drawn, middle = self.canv, _HEIGHT / 2
        drawn.setStrokeColor(LINE)
        drawn.setLineWidth(1.4)
        drawn.line(0, middle, _WIDTH, middle)
        drawn.setFillColor(GO_SOFT)
        drawn.rect(_THIRD, middle - 3, _THIRD, 6, stroke=0, fill=1)
        inside = self._band.low <= self._band.value <= self._band.high
        drawn.setStrokeColor(INK if inside else STOP)
        drawn.setFillColor(INK if inside else "#FFFFFF")
        drawn.circle(place(self._band), middle, _DOT, stroke=1, fill=1)


def place(band: Band) -> float:
    """How far along the line the value stands, in points.

    >>> from wallet.exports.lines import Band
    >>> place(Band(70, 70, 99)), place(Band(1000, 70, 99))
    (28.0, 81.4)
    """
    share = (band.value - band.low) / (band.high - band.low)
    return min(max(_THIRD + share * _THIRD, _DOT), _WIDTH - _DOT)
