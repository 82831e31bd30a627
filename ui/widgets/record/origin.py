"""Where a record came from, opened under a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import wording
from ui.widgets.record.facts import fact_rows
from ui.widgets.record.folds import Fold
from ui.widgets.text import small

if TYPE_CHECKING:
    from ui.views import RecordSheet
    from ui.widgets.record.acts import Acts


def origin_fold(sheet: RecordSheet, _acts: Acts) -> Fold | None:
    """Nothing where nothing is known of it."""
    if not sheet.came_from:
        return None
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(fact_rows(sheet.came_from))
    if sheet.versions > 1:
        words = wording.say("{n} versions kept")
        column.addWidget(small(words.format(n=wording.number(sheet.versions))))
    return Fold(name="origin", words=wording.say("Where this came from"), body=body)
