"""Fields: a label that belongs to its line, and what is wrong said under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from ui.theme import Tone, Type
from ui.widgets.buttons import IconButton
from ui.widgets.text import Text, small

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent


class Field(QWidget):
    """One line to type in."""

    entered = Signal()

    def __init__(
        self, label: str, *, hint: str = "", parent: QWidget | None = None
    ) -> None:
        """Show *label* above the line and *hint* under it."""
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.label = Text(label, kind=Type.STRONG)
        self.line = QLineEdit()
        self.label.setBuddy(self.line)
        self.line.setAccessibleName(label)
        self.line.setAccessibleDescription(hint)
        self.line.returnPressed.connect(self.entered)
        self.line.textEdited.connect(self._edited)
        self._hint = hint
        self._note = small(hint)
        if not hint:
            self._note.hide()
        column.addWidget(self.label)
        column.addWidget(self.line)
        column.addWidget(self._note)
        self.setFocusProxy(self.line)

    def text(self) -> str:
        """Give what was typed."""
        return self.line.text()

    def complain(self, sentence: str) -> None:
        """Say under the line what does not fit."""
        self._note.setText(sentence)
        self._note.set_tone(Tone.STOP)
        self._note.setVisible(bool(sentence))
        self.line.setAccessibleDescription(sentence)

    def praise(self, sentence: str) -> None:
        """Say under the line that it fits."""
        self.complain(sentence)
        self._note.set_tone(Tone.GO)

    def _edited(self) -> None:
        self._note.setText(self._hint)
        self._note.set_tone(Tone.MUTED)
        self._note.setVisible(bool(self._hint))


class PassphraseField(Field):
    """A line that shows dots until the person asks to see the words."""

    def __init__(
        self, label: str, *, hint: str = "", parent: QWidget | None = None
    ) -> None:
        """Begin hidden."""
        super().__init__(label, hint=hint, parent=parent)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.eye = IconButton("eye", name=self.tr("Show what I type"), parent=self.line)
        self.eye.clicked.connect(self._toggle)

    def clear(self) -> None:
        """Forget what was typed."""
        self.line.clear()
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.eye.set_face("eye", self.tr("Show what I type"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the eye inside the line."""
        super().resizeEvent(event)
        self._place_eye()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the window to the other side."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._place_eye()

    def _place_eye(self) -> None:
        side = self.eye.sizeHint()
        height = max(self.line.height(), self.line.sizeHint().height())
        top = (height - side.height()) // 2
        left = self.line.width() - side.width() - 4
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = 4
        self.eye.setGeometry(left, top, side.width(), side.height())
        self.line.setTextMargins(0, 0, side.width(), 0)

    def _toggle(self) -> None:
        hidden = self.line.echoMode() == QLineEdit.EchoMode.Password
        if hidden:
            self.line.setEchoMode(QLineEdit.EchoMode.Normal)
            self.eye.set_face("eye-off", self.tr("Hide what I type"))
        else:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
            self.eye.set_face("eye", self.tr("Show what I type"))
