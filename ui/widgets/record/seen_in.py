"""In which files a record was seen, opened under a button; one alone needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import wording
from ui.widgets.record.facts import fact_rows
from ui.widgets.record.folds import Fold

if TYPE_CHECKING:
    from ui.views import RecordSheet
    from ui.widgets.record.acts import Acts


def seen_in_fold(sheet: RecordSheet, _acts: Acts) -> Fold | None:
    """Nothing where one file alone says it."""
    if not sheet.seen_in:
        return None
    words = wording.say("Where it was seen")
    return Fold(name="seen_in", words=words, body=fact_rows(sheet.seen_in))
