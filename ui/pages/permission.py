"""One permission: its file for the reader, how it stands, and how to end it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from ui import kinds, wording
from ui.pages.base import Context, DeskPage
from ui.store_thread import Lane
from ui.theme import Tone
from ui.views import State
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.layouts import FlowLayout
from ui.widgets.row import FactRow, Rows
from ui.widgets.text import heading, second
from ui.widgets.verdict_card import VerdictCard

if TYPE_CHECKING:
    from ui.background import Step
    from ui.views import Permission

# It names nobody, as the bytes in it name nobody.
_FILE_NAME = "permission.hwgrant"


class PermissionPage(DeskPage):
    """What is in force, what waits, and how to end it."""

    def __init__(self, context: Context) -> None:
        """Wait for a permission."""
        super().__init__(context, "")
        self.item: Permission | None = None
        self.other: Permission | None = None  # what ends in one step with it
        self.answer = VerdictCard()
        self.body.addWidget(self.answer)
        self.send = Button(self.tr("Send it now"), tall=True)
        self.send.clicked.connect(self._send)
        self.answer.add_action(self.send)
        self._facts = Card()
        self.rows = Rows()
        self._facts.body.addLayout(self.rows)
        self.body.addWidget(self._facts)
        # Pages ask through attributes, so that a test can answer for a person.
        self.ask_where = _ask_where
        self.handing = self._make_handing()
        self.body.addWidget(self.handing)
        self.meeting = self._make_meeting()
        self.body.addWidget(self.meeting)
        self.ending = self._make_ending()
        self.body.addWidget(self.ending)
        self.body.addStretch(1)
        line = FlowLayout(gap=12)
        self.back = Button(self.tr("All permissions"), icon="back", tall=True)
        self.back.clicked.connect(lambda: self.go.emit("share"))
        line.addWidget(self.back)
        self.activity = Button(self.tr("Who looked"), tall=True)
        self.activity.clicked.connect(lambda: self.go.emit("activity"))
        line.addWidget(self.activity)
        self.body.addLayout(line)

    def show_permission(self, item: Permission) -> None:
        """Show *item* as it stands."""
        self.item, self.other = item, None
        self.notice.clear()
        self.header.say(item.reader, item.role)
        tone, title, reason = self._say(item)
        icon = "hourglass" if tone is Tone.WAIT else ""
        self.answer.show_answer(tone, title=title, reason=reason, icon=icon)
        self.send.setVisible(item.held_until is not None)
        self.send.setEnabled(True)
        self.rows.clear()
        for what, value in (
            (self.tr("May see"), item.scope),
            (self.tr("From"), wording.day(item.starts.astimezone())),
            (self.tr("Until"), wording.day(item.ends.astimezone())),
            (self.tr("Last look"), self._last_look(item)),
        ):
            self.rows.add(FactRow(what, value))
        standing = item.live and item.pending in ("", "issue")
        self._hand_title.setText(
            self.tr("Give {name} this file").format(name=item.reader)
        )
        self.handing.setVisible(standing)
        self.meeting.setVisible(standing)
        if standing:
            self._ask_words(item.key)
        self.ending.setVisible(standing)
        self.end.setEnabled(True)
        self.end.setText(self._end_words(item))

    def show_switched(self, item: Permission, ended: Permission) -> None:
        """Show *item*, made in one step with the end of *ended*."""
        self.show_permission(item)
        self.other = ended
        tone, words = self._say_switched(item, ended)
        self.notice.show_sentence(words.format(name=ended.reader), tone=tone)

    def bring_up(self, items: tuple[Permission, ...]) -> None:
        """Show as it is now what is shown, and how far the other one's end is."""
        now = {item.key: item for item in items}
        item = None if self.item is None else now.get(self.item.key)
        if item is None:
            return
        other = None if self.other is None else now.get(self.other.key)
        if other is not None:
            if (item, other) != (self.item, self.other):
                self.show_switched(item, other)
        elif item != self.item:
            self.show_permission(item)

    def _say_switched(self, item: Permission, ended: Permission) -> tuple[Tone, str]:
        """How far a switch has come; the other's name is still to be put in."""
        if not (ended.pending or ended.state in (State.IN_FORCE, State.PAUSED)):
            return Tone.GO, self.tr("{name}'s access has ended.")
        if item.state is State.WAITING or item.pending:
            return Tone.WAIT, self.tr(
                "{name}'s access ends as soon as this one counts."
            )
        if item.state is State.REFUSED:
            return Tone.WAIT, self.tr("{name}'s access stays as it was.")
        return Tone.WAIT, self.tr(
            "{name}'s access is being ended. Until the public ledger has it, {name} "
            "may still be able to look."
        )

    def _say(self, item: Permission) -> tuple[Tone, str, str]:
        day = wording.day(item.ends.astimezone())
        if item.held_until is not None:
            return (
                Tone.WAIT,
                self.tr("Signed, and waits on purpose"),
                self.tr(
                    "It waits until {time}, as you have set, so that the time you "
                    "shared tells others less. Until then {name} cannot look. "
                    "Heartwood sends it by itself, or the next time it is open."
                ).format(
                    time=wording.as_of(item.held_until, self.context.now()),
                    name=item.reader,
                ),
            )
        if item.state is State.WAITING or item.pending == "issue":
            return (
                Tone.WAIT,
                self.tr("Signed, not yet in force"),
                self.tr(
                    "Your permission is signed and kept. It counts as soon as the "
                    "public ledger has it; Heartwood goes on trying by itself."
                ),
            )
        if item.pending:
            return (
                Tone.WAIT,
                self.tr("Ending, not yet in force"),
                self.tr(
                    "Your decision is signed and kept. Until the public ledger has it, "
                    "{name} may still be able to look. Heartwood goes on trying by "
                    "itself."
                ).format(name=item.reader),
            )
        if item.state in (State.IN_FORCE, State.PAUSED, State.NOT_STARTED):
            return (
                Tone.GO,
                self.tr("{name} can look until {day}").format(
                    name=item.reader, day=day
                ),
                self.tr("You will see every time they open your records."),
            )
        word, _ = kinds.state(item, self.context.now())
        return (
            Tone.MUTED,
            word,
            self.tr("{name} can no longer open your records through this.").format(
                name=item.reader
            ),
        )

    def _send(self) -> None:
        item = self.item
        if item is None:
            return
        self.send.setEnabled(False)
        self.ask(
            lambda job: self.context.desk.send_now(item.key, job),
            self._ended,
            failed=self._failed,
            stepped=self._stepped,
            lane=Lane.TURN,
        )

    def _last_look(self, item: Permission) -> str:
        if item.last_look is None:
            return self.tr("not yet")
        return wording.as_of(item.last_look, self.context.now())

    def _make_handing(self) -> Card:
        card = Card()
        self._hand_title = heading()
        card.body.addWidget(self._hand_title)
        card.body.addWidget(
            second(
                self.tr(
                    "It is the key to what you share, and it fits this reader alone: "
                    "whoever else finds it can read nothing. Send it by e-mail, or "
                    "hand it over on a stick."
                )
            )
        )
        self.save = Button(self.tr("Save the file..."), icon="download")
        self.save.clicked.connect(self._save)
        card.body.addSpacing(6)
        card.body.addWidget(self.save)
        return card

    def _save(self) -> None:
        item = self.item
        path = None if item is None else self.ask_where(self)
        if item is None or path is None:
            return
        self.ask(
            lambda _job: self.context.desk.save_file(item.key, path),
            lambda _nothing: self.notice.show_sentence(
                self.tr("Saved as {path}").format(path=path), tone=Tone.GO
            ),
        )

    def _make_meeting(self) -> Card:
        card = Card()
        card.body.addWidget(heading(self.tr("When you are there in person")))
        card.body.addWidget(
            second(
                self.tr(
                    "Let them read these six words from their screen. If they are the "
                    "same, they know for certain that this permission is yours."
                )
            )
        )
        self.words = heading()
        card.body.addSpacing(6)
        card.body.addWidget(self.words)
        return card

    def _ask_words(self, key: str) -> None:
        self.words.setText("")

        def show(words: tuple[str, ...]) -> None:
            if self.item is not None and self.item.key == key:
                self.words.setText(" \u00b7 ".join(words))

        self.ask(lambda _job: self.context.desk.pair_words(key), show)

    def _make_ending(self) -> Card:
        card = Card()
        card.body.addWidget(heading(self.tr("End this now")))
        card.body.addWidget(
            second(
                self.tr(
                    "From then on they are refused. What they have already read cannot "
                    "be taken back, and this permission cannot be brought back; "
                    "you can make a new one any day."
                )
            )
        )
        self.end = Button("", kind=Kind.STOP)
        self.end.clicked.connect(self._end)
        card.body.addSpacing(6)
        card.body.addWidget(self.end)
        return card

    def _end_words(self, item: Permission) -> str:
        return self.tr("End {name}'s access").format(name=item.reader)

    def _end(self) -> None:
        item = self.item
        if item is None:
            return
        self.end.setEnabled(False)
        self.end.setText(self.tr("Signing and sending..."))
        self.ask(
            lambda job: self.context.desk.withdraw(item.key, job),
            self._ended,
            failed=self._failed,
            stepped=self._stepped,
            lane=Lane.TURN,
        )

    def _ended(self, item: Permission) -> None:
        self.show_permission(item)
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        if self.item is not None:
            self.show_permission(self.item)
        self.show_fault(error)

    def _stepped(self, step: Step) -> None:
        if step.what:
            self.notice.show_sentence(step.what, tone=Tone.CALM)


def _ask_where(parent: QWidget) -> Path | None:
    name, _ = QFileDialog.getSaveFileName(
        parent, wording.say("Where should the file go?"), _FILE_NAME
    )
    return Path(name) if name else None
