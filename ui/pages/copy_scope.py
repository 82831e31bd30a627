"""What goes into a copy: everything, or a part chosen as for sharing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import wording
from ui.pages.decide_parts import LeftOut, ScopePicker
from ui.widgets.text import small

if TYPE_CHECKING:
    from ui.views import Preview, RecordsOverview, Scope


class CopyScope(QWidget):
    """Everything is hers; of a part, what is sensitive stays out unless ticked."""

    changed = Signal()

    def __init__(self) -> None:
        """Begin with everything."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.picker = ScopePicker(
            self.tr("What goes into it?"), first_day=self.tr("First day that goes in")
        )
        self.picker.changed.connect(self._changed)
        self.left_out = LeftOut()
        self.left_out.changed.connect(self.changed)
        self._counted = small()
        self._counted.hide()
        for part in (self.picker, self.left_out, self._counted):
            column.addWidget(part)

    def offer(self, overview: RecordsOverview) -> None:
        """Offer the kinds there are."""
        self.picker.offer(overview)

    def chosen(self) -> Scope | None:
        """Give the part that is chosen; nothing where it is everything."""
        if self.picker.everything.isChecked():
            return None
        return replace(self.picker.chosen(), ticked=self.left_out.ticked())

    def begin(self) -> None:
        """Show no count while the next one is made."""
        self._counted.setText(wording.say("Counting your records."))

    def show_preview(self, preview: Preview) -> None:
        """Say how many records of the part go in, and how many stay out."""
        if self.chosen() is None:
            return
        self.left_out.offer(preview.left_out)
        self._counted.setText(
            self.tr("{records} go in, {left} stay out.").format(
                records=wording.number(preview.total),
                left=wording.number(preview.hidden),
            )
        )

    def _changed(self) -> None:
        part = self.chosen() is not None
        self._counted.setVisible(part)
        self.left_out.setVisible(part and bool(self.left_out.ticks))
        self.changed.emit()
