"""Where one result stands in the lab's own range, while there are no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.widgets.number_line import NumberLine, Placed
from wallet.actions.patient.plain_words import comparator_of

if TYPE_CHECKING:
    from ui.views import RecordSheet
    from ui.widgets.record.acts import Acts


def place_part(sheet: RecordSheet, _acts: Acts) -> NumberLine | None:
    """Only a single result with a range has it; more results have a chart."""
    found = comparator_of(sheet.number)
    if sheet.series or found is None or sheet.low is sheet.high is None:
        return None
    sign, value = found
    placed = Placed(
        value=value, written=sheet.number, low=sheet.low, high=sheet.high, sign=sign
    )
    return NumberLine(placed, unit=sheet.unit, name=sheet.title)
