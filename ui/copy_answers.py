"""What became of a saved copy, in words for the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from ui.views import CopyAnswer

if TYPE_CHECKING:
    from wallet.actions.patient.saving import Saved

_MOST_NAMED = 40
_LOCKED = frozenset({"health-link"})
_WHY = {
    "gathers": "only lists other records",
    "no_place": "no place in this form",
    "nobody_names_it": "no record names it",
    "older": "an older result of a test that is in it",
    "second_person": "says once more who you are",
    "taken_back": "its source took it back as an error",
    "unfit": "not whole enough for this form",
}


def saved(copy: Saved) -> CopyAnswer:
    """Say what was written, and name what is not in it."""
    return CopyAnswer(
        path=copy.path,
        records=copy.held,
        left_out=tuple(
            (one.title or _tr("A record without a name"), _tr(_WHY[one.why.value]))
            for one in copy.left_out[:_MOST_NAMED]
        ),
        missing=len(copy.left_out),
        outside=copy.outside,
        locked=copy.form in _LOCKED,
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("copies", text)
