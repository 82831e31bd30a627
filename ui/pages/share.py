"""Share: whose card is it, and who can see my records now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from ui import kinds, wording
from ui.pages.base import Context, DeskPage
from ui.store_thread import Lane
from ui.theme import Tone
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.chip import state_chip
from ui.widgets.drop_area import DropArea
from ui.widgets.layouts import ColumnsLayout
from ui.widgets.row import RoundMark, RowButton, RowFace, Rows
from ui.widgets.text import heading, second, small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import SignalInstance

    from ui.views import CardSheet, Permission


class SharePage(DeskPage):
    """The first step: the card. Under it, every permission there is."""

    def __init__(self, context: Context) -> None:
        """Wait for a card."""
        super().__init__(
            context,
            self.tr("Share"),
            self.tr(
                "Give a doctor a look at your records, for as long as you like. "
                "You can end it any day."
            ),
        )
        self.ask_card = _ask_card
        self.card: CardSheet | None = None
        self._items: dict[str, Permission] = {}
        self._shown: tuple[Permission, ...] | None = None
        top = QWidget()
        columns = ColumnsLayout(wide=720)
        columns.add(self._make_drop(), 1)
        columns.add(_How(), 1)
        top.setLayout(columns)
        self.body.addWidget(top)
        self._list = Card()
        self._list.body.addWidget(heading(self.tr("Who can see my records")))
        self.rows = Rows()
        self._list.body.addLayout(self.rows)
        self.body.addWidget(self._list)
        self._old = Card()
        self._old.body.addWidget(heading(self.tr("No longer")))
        self.old_rows = Rows()
        self._old.body.addLayout(self.old_rows)
        self._old.hide()
        self.body.addWidget(self._old)
        self.body.addStretch(1)

    def opened(self) -> None:
        """Load the permissions."""
        self.ask(lambda _job: self.context.desk.permissions(), self.show_permissions)

    def show_permissions(self, items: Sequence[Permission]) -> None:
        """List *items*, those that stand first; the same again moves nothing."""
        if tuple(items) == self._shown:
            return
        self._shown = tuple(items)
        self._items = {item.key: item for item in items}
        live = [item for item in items if item.live]
        over = [item for item in items if not item.live]
        self.rows.clear()
        self.old_rows.clear()
        for item in live:
            self.rows.add(self._row(item, self.go))
        if not live:
            self.rows.add(second(self.tr("Nobody but you.")))
        for item in over:
            self.old_rows.add(self._row(item, self.go))
        self._old.setVisible(bool(over))

    def permission(self, key: str) -> Permission | None:
        """Give the permission of one row."""
        return self._items.get(key)

    def look_at(self, path: Path) -> None:
        """Read the card at *path* and judge it."""
        self.notice.show_sentence(
            self.tr("Looking at the card and checking the licence behind it."),
            tone=Tone.CALM,
        )
        self._button.setEnabled(False)
        self.ask(
            lambda _job: self.context.desk.look_at_card(path),
            self._looked,
            failed=self._failed,
            lane=Lane.TURN,
        )

    def _looked(self, card: CardSheet) -> None:
        self._button.setEnabled(True)
        self.notice.clear()
        self.card = card
        self.go.emit("decide")

    def _failed(self, error: Exception) -> None:
        self._button.setEnabled(True)
        self.show_fault(error)

    def _make_drop(self) -> DropArea:
        self._button = Button(self.tr("Choose the card..."), kind=Kind.ACCENT)
        self._button.clicked.connect(self._choose)
        drop = DropArea(
            self.tr("Drop the doctor's card here"),
            icon="card",
            buttons=(self._button,),
            note=self.tr("Nothing is sent until you confirm."),
        )
        drop.dropped.connect(lambda paths: self.look_at(paths[0]))
        return drop

    def _choose(self) -> None:
        path = self.ask_card(self)
        if path is not None:
            self.look_at(path)

    def _row(self, item: Permission, go: SignalInstance) -> RowButton:
        now = self.context.now()
        word, shape = kinds.state(item, now)
        tone = Tone.ACCENT if item.live else Tone.MUTED
        left = wording.days_left(item.ends, now) if item.live else ""
        right: list[QWidget] = [state_chip(word, shape)]
        if left:
            right.append(small(left).one_line().right())
        face = RowFace(
            first=item.reader,
            second=" \u00b7 ".join(part for part in (item.role, item.scope) if part),
            lead=RoundMark("person", tone=tone),
            right=right,
        )
        row = RowButton(face)
        row.clicked.connect(lambda: go.emit(f"permission:{item.key}"))
        return row


class _How(Card):
    """Where a card comes from."""

    def __init__(self) -> None:
        super().__init__()
        self.body.addWidget(heading(self.tr("How do I get the card?")))
        for words in (
            self.tr(
                "Ask at the desk, or look on the clinic's web page, for the card file "
                "of your doctor. Its name ends in .hwcard."
            ),
            self.tr(
                "Heartwood then checks with the public ledger that the doctor is "
                "licensed today, before you decide anything."
            ),
        ):
            self.body.addWidget(second(words))
        self.body.addStretch(1)


def _ask_card(parent: QWidget) -> Path | None:
    name, _ = QFileDialog.getOpenFileName(
        parent,
        wording.say("Choose the doctor's card"),
        "",
        wording.say("Cards (*.hwcard);;All files (*)"),
    )
    return Path(name) if name else None
