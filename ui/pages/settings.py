"""Settings: text size, light or dark, when permissions go, and the passphrase."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from ui.first_run_flow import Weakness, weakness
from ui.pages.base import Context, DeskPage
from ui.preferences import SCALES, Mode, Preferences
from ui.theme import Tone
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.chip import Pill
from ui.widgets.field import PassphraseField
from ui.widgets.layouts import FlowLayout
from ui.widgets.text import heading, second
from wallet.errors import PassphraseWrongError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


K = TypeVar("K")


class SettingsPage(DeskPage):
    """Only what really can be set."""

    preferred = Signal(object)

    def __init__(self, context: Context, preferences: Preferences) -> None:
        """Show *preferences* as they are."""
        super().__init__(
            context,
            self.tr("Settings"),
            self.tr("How Heartwood looks, and how it opens."),
        )
        self.preferences = preferences
        look = Card()
        look.body.addWidget(heading(self.tr("Text size")))
        self.sizes = {
            scale: _pill(f"{scale} %", chosen=scale == preferences.scale)
            for scale in SCALES
        }
        look.body.addLayout(
            self._choice(self.sizes, lambda kept, scale: replace(kept, scale=scale))
        )
        look.body.addSpacing(16)
        look.body.addWidget(heading(self.tr("Light or dark")))
        names = {
            Mode.SYSTEM: self.tr("As my computer"),
            Mode.LIGHT: self.tr("Light"),
            Mode.DARK: self.tr("Dark"),
        }
        self.modes = {
            mode: _pill(name, chosen=mode is preferences.mode)
            for mode, name in names.items()
        }
        look.body.addLayout(
            self._choice(self.modes, lambda kept, mode: replace(kept, mode=mode))
        )
        self.body.addWidget(look)
        self.body.addWidget(self._make_sending())
        self.body.addWidget(self._make_passphrase())
        self.body.addStretch(1)

    def _choice(
        self, pills: dict[K, Pill], change: Callable[[Preferences, K], Preferences]
    ) -> FlowLayout:
        line = FlowLayout(gap=10)
        group = QButtonGroup(self)
        for key, pill in pills.items():
            pill.clicked.connect(lambda _on, which=key: self._prefer(change, which))
            group.addButton(pill)
            line.addWidget(pill)
        return line

    def _prefer(
        self, change: Callable[[Preferences, K], Preferences], which: K
    ) -> None:
        self.preferences = change(self.preferences, which)
        self.preferred.emit(self.preferences)

    def opened(self) -> None:
        """Show within what time permissions are sent."""
        self.ask(lambda _job: self.context.desk.sending_delay(), self._show_delay)

    def _make_sending(self) -> Card:
        card = Card()
        card.body.addWidget(heading(self.tr("When a new permission is sent")))
        card.body.addWidget(
            second(
                self.tr(
                    "If it goes at a random moment, the time you shared tells others "
                    "less. You are told that it waits, and can send it at any time. "
                    "To end a permission, or to switch, never waits."
                )
            )
        )
        names = {
            timedelta(): self.tr("At once"),
            timedelta(hours=1): self.tr("Within an hour"),
            timedelta(days=1): self.tr("Within a day"),
        }
        self.delays = {
            span: _pill(name, chosen=not span) for span, name in names.items()
        }
        line = FlowLayout(gap=10)
        group = QButtonGroup(self)
        for span, pill in self.delays.items():
            pill.clicked.connect(lambda _on, which=span: self._delay(which))
            group.addButton(pill)
            line.addWidget(pill)
        card.body.addSpacing(6)
        card.body.addLayout(line)
        return card

    def _show_delay(self, span: timedelta) -> None:
        """Choose the pill that is nearest; a command may have set another span."""
        nearest = min(self.delays, key=lambda one: abs(one - span))
        self.delays[nearest].setChecked(True)

    def _delay(self, span: timedelta) -> None:
        self.ask(
            lambda _job: self.context.desk.set_sending_delay(span),
            lambda _nothing: self.opened(),
        )

    def _make_passphrase(self) -> Card:
        card = Card()
        card.body.addWidget(heading(self.tr("Passphrase")))
        card.body.addWidget(
            second(
                self.tr(
                    "After this, only the new passphrase opens your records here. "
                    "Your 24 words stay the same."
                )
            )
        )
        holder = QWidget()
        holder.setMaximumWidth(640)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(16)
        self.old = PassphraseField(self.tr("Passphrase now"))
        self.new = PassphraseField(
            self.tr("New passphrase"), hint=self.tr("At least 10 characters.")
        )
        self.again = PassphraseField(self.tr("The new passphrase again"))
        self.old.entered.connect(self.new.setFocus)
        self.new.entered.connect(self.again.setFocus)
        self.again.entered.connect(self._change)
        for field in (self.old, self.new, self.again):
            column.addWidget(field)
        self.change = Button(self.tr("Change the passphrase"), tall=True)
        self.change.clicked.connect(self._change)
        column.addWidget(self.change)
        card.body.addWidget(holder)
        return card

    def _change(self) -> None:
        found = weakness(self.new.text(), self.again.text())
        if found is not Weakness.NONE:
            self._complain(found)
            return
        old, new = self.old.text(), self.new.text()
        self.change.setEnabled(False)
        self.ask(
            lambda _job: self.context.desk.change_passphrase(old, new),
            self._changed,
            failed=self._failed,
        )

    def _complain(self, found: Weakness) -> None:
        field, sentence = {
            Weakness.SHORT: (
                self.new,
                self.tr("This is too short. Use at least 10 characters."),
            ),
            Weakness.SAME_LETTERS: (
                self.new,
                self.tr("This is too easy to guess. Use several different words."),
            ),
            Weakness.NOT_TWICE_THE_SAME: (
                self.again,
                self.tr("The two are not the same. Type it again."),
            ),
        }[found]
        field.complain(sentence)
        field.setFocus()

    def _changed(self, _nothing: None) -> None:
        self._clear((self.old, self.new, self.again))
        self.change.setEnabled(True)
        self.notice.show_sentence(
            self.tr("The new passphrase opens your wallet from now on."), tone=Tone.GO
        )

    def _failed(self, error: Exception) -> None:
        self.change.setEnabled(True)
        if isinstance(error, PassphraseWrongError):
            self.old.complain(self.tr("That is not the passphrase of this wallet."))
            self.old.setFocus()
            return
        self.show_fault(error)

    def _clear(self, fields: Sequence[PassphraseField]) -> None:
        for field in fields:
            field.clear()


def _pill(words: str, *, chosen: bool) -> Pill:
    pill = Pill(words, tall=True)
    pill.setChecked(chosen)
    return pill
