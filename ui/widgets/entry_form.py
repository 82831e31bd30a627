"""A form of few fields: lines, a date that may be only a year, a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from ui import spoken_dates, wording
from ui.theme import Type
from ui.widgets.field import Field
from ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.hand_views import FormField, FormSheet

_HIGH = 150


class LongField(QWidget):
    """Several lines to type in; Tab leaves it."""

    def __init__(self, label: str) -> None:
        """Show *label* above the text."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        name = Text(label, kind=Type.STRONG)
        self.edit = QPlainTextEdit()
        self.edit.setTabChangesFocus(True)
        self.edit.setMinimumHeight(_HIGH)
        self.edit.setAccessibleName(label)
        name.setBuddy(self.edit)
        column.addWidget(name)
        column.addWidget(self.edit)
        self.setFocusProxy(self.edit)

    def text(self) -> str:
        """Give what was typed."""
        return self.edit.toPlainText()


class EntryForm(QWidget):
    """The fields of one form; what is not touched stays as it was."""

    entered = Signal()

    def __init__(self, form: FormSheet, said: Mapping[str, str] | None = None) -> None:
        """Fill the fields with what is *said* now."""
        super().__init__()
        self.form, self._said = form, dict(said or {})
        self._shown: dict[str, str] = {}
        self.fields: dict[str, Field | LongField] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for field in form.fields:
            widget = self._make(field)
            self.fields[field.key] = widget
            column.addWidget(widget)
        self.setFocusProxy(self.fields[form.fields[0].key])

    def entries(self) -> dict[str, str] | None:
        """Give what changed, by field; None where a field needs another look."""
        found: dict[str, str] = {}
        for field in self.form.fields:
            widget = self.fields[field.key]
            text = widget.text()
            if text == self._shown[field.key]:
                continue
            if field.kind == "date" and text.strip():
                when = spoken_dates.parse(text)
                if when is None:
                    self._complain(field.key, self.tr("This is no date. ") + _how())
                    return None
                text = when
            found[field.key] = text
        first = self.form.fields[0]
        if not self.fields[first.key].text().strip():
            self._complain(first.key, self.tr("This has to be filled in."))
            return None
        return found

    def _complain(self, key: str, sentence: str) -> None:
        widget = self.fields[key]
        if isinstance(widget, Field):
            widget.complain(sentence)
        widget.setFocus()

    def _make(self, field: FormField) -> Field | LongField:
        said = self._said.get(field.key, "")
        if field.kind == "text":
            long = LongField(field.name)
            long.edit.setPlainText(said)
            self._shown[field.key] = long.text()
            return long
        hint = field.example and self.tr("For example: {words}").format(
            words=field.example
        )
        if field.kind == "date":
            hint, said = _how(), spoken_dates.say(said)
        line = Field(field.name, hint=hint)
        line.line.setText(said)
        line.entered.connect(self.entered)
        self._shown[field.key] = line.text()
        return line


def _how() -> str:
    return wording.say("For example: 9 March 2024, March 2024, or only 2024.")
