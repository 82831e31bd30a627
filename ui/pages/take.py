"""Take with me: the whole history on a stick, written, read back and compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from ui import wording
from ui.pages.base import Context, DeskPage
from ui.pages.take_copy import CopyCard
from ui.theme import Tone
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.layouts import ColumnsLayout, FlowLayout
from ui.widgets.notice import announce
from ui.widgets.progress import ProgressPanel
from ui.widgets.row import FactRow, RoundMark, RowButton, RowFace, Rows
from ui.widgets.text import heading, second, small, strong
from ui.widgets.verdict_card import VerdictCard
from wallet.errors import CancelledError

if TYPE_CHECKING:
    from ui.background import Job, Step
    from ui.views import StickAnswer, StickPlace


class TakePage(DeskPage):
    """Choose a place, write, read back, and hear that it is safe to remove."""

    def __init__(self, context: Context) -> None:
        """Wait for a place."""
        super().__init__(
            context,
            self.tr("Take with me"),
            self.tr("All your records on a stick, to keep or to hand to a doctor."),
        )
        self.ask_folder = _ask_folder
        self._place: StickPlace | None = None
        self._job: Job | None = None
        top = QWidget()
        columns = ColumnsLayout(wide=720)
        columns.add(self._make_place(), 6)
        columns.add(_Contents(), 5)
        top.setLayout(columns)
        self.body.addWidget(top)
        self.result = VerdictCard()
        self.result.hide()
        self.body.addWidget(self.result)
        self.body.addWidget(self._make_emergency())
        self.body.addWidget(self._make_check())
        self.copies = CopyCard(self)
        self.body.addWidget(self.copies)
        self.body.addStretch(1)

    def opened(self) -> None:
        """Look for drives."""
        self.ask(lambda _job: self.context.desk.stick_places(), self.show_places)
        self.ask(lambda _job: self.context.desk.records_overview(), self.copies.offer)
        self.ask(lambda _job: self.context.desk.emergency_changes(), self.show_older)

    def show_older(self, changes: int) -> None:
        """Say that the emergency card on paper is out of date."""
        self.older.setText(
            wording.counted_in_words(
                changes,
                self.tr("One thing has changed since you printed it."),
                self.tr("{n} things have changed since you printed it."),
            )
        )
        self.older.setVisible(changes > 0)

    def show_places(self, places: tuple[StickPlace, ...]) -> None:
        """Offer the drives that were found."""
        self.places.clear()
        for place in places:
            self.places.add(self._place_row(place))
        self._found.setText(
            self.tr("Choose where your records go.")
            if places
            else self.tr(
                "No stick was found. Put one in and press Look again, or choose a "
                "folder."
            )
        )

    def choose(self, place: StickPlace) -> None:
        """Show *place* and what will be written to it."""
        self._place = place
        self.notice.clear()
        self.result.hide()
        self._choosing.hide()
        self._chosen.show()
        self.progress.hide()
        self.name.setText(place.name)
        note = self.tr("{size} free").format(size=wording.size(place.free))
        if place.earlier is not None:
            note += self.tr(" \u00b7 holds a copy from {day}").format(
                day=wording.plain_day(place.earlier.astimezone())
            )
        self._note.setText(note)
        self._buttons.show()
        self.write.setFocus()

    def show_written(self, answer: StickAnswer) -> None:
        """Say that it is safe to remove, or what does not fit."""
        self.progress.hide()
        self._buttons.show()
        self._show_result(answer, written=True)
        self.changed.emit()

    def show_checked(self, answer: StickAnswer) -> None:
        """Say whether a stick is whole."""
        self.check.setEnabled(True)
        self._show_result(answer, written=False)

    def _show_result(self, answer: StickAnswer, *, written: bool) -> None:
        facts = list(answer.parts)
        facts += [(self.tr("Finding"), finding) for finding in answer.findings]
        if answer.good and written:
            title = self.tr("Safe to remove")
            reason = self.tr(
                "{records} written, read back from the drive and compared: all the "
                "same."
            ).format(records=wording.records(answer.records))
        elif answer.good:
            title = self.tr("This copy is whole")
            reason = self.tr("{n} files read and compared: all the same.").format(
                n=wording.number(answer.files)
            )
        else:
            title = self.tr("Do not rely on this copy")
            reason = answer.sentence or self.tr(
                "What is on the drive is not what was written. Use another drive."
            )
        if answer.good and answer.sentence:
            reason = f"{reason} {answer.sentence}"
        tone = Tone.GO if answer.good else Tone.STOP
        where = self.tr("In {folder} on {place}").format(
            folder=answer.folder.name,
            place=answer.folder.parent.name or str(answer.folder.parent),
        )
        self.result.show_answer(
            tone, title=title, reason=reason, as_of=where, evidence=facts
        )
        self.result.show()
        self.result.how.setFocus()
        announce(self, f"{title}. {reason}")

    def _make_place(self) -> Card:
        card = Card(tone=Tone.ACCENT, bold=True)
        self._choosing = QWidget()
        column = QVBoxLayout(self._choosing)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(heading(self.tr("Where to?")))
        self._found = second(self.tr("Looking for drives..."))
        column.addWidget(self._found)
        self.places = Rows()
        column.addLayout(self.places)
        line = FlowLayout(gap=12)
        self.folder = Button(self.tr("Choose a folder..."), icon="folder", tall=True)
        self.folder.clicked.connect(self._choose_folder)
        again = Button(self.tr("Look again"), kind=Kind.QUIET)
        again.clicked.connect(self.opened)
        line.addWidget(self.folder)
        line.addWidget(again)
        column.addSpacing(8)
        column.addLayout(line)
        card.body.addWidget(self._choosing)
        card.body.addWidget(self._make_chosen())
        card.body.addStretch(1)
        return card

    def _make_chosen(self) -> QWidget:
        self._chosen = QWidget()
        column = QVBoxLayout(self._chosen)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(RoundMark("stick", tone=Tone.INK, size=44, ground=False))
        words = QVBoxLayout()
        words.setSpacing(0)
        self.name = heading()
        self._note = second()
        words.addWidget(self.name)
        words.addWidget(self._note)
        line.addLayout(words, 1)
        column.addLayout(line)
        self.progress = ProgressPanel(
            keeps=self.tr("Cancelling keeps an earlier copy as it was.")
        )
        self.progress.cancelled.connect(self._cancel)
        column.addWidget(self.progress)
        self._buttons = QWidget()
        flow = FlowLayout(gap=16)
        self.write = Button(
            self.tr("Write all my records here"), kind=Kind.ACCENT, icon="stick"
        )
        self.write.clicked.connect(self._write)
        other = Button(self.tr("Somewhere else"), kind=Kind.QUIET)
        other.clicked.connect(self._start_over)
        flow.addWidget(self.write)
        flow.addWidget(other)
        self._buttons.setLayout(flow)
        column.addWidget(self._buttons)
        column.addWidget(
            small(
                self.tr(
                    "These files are not locked: whoever holds the stick can read "
                    "them. Keep it as you would keep the papers."
                )
            )
        )
        self._chosen.hide()
        return self._chosen

    def _make_emergency(self) -> Card:
        card = Card()
        card.body.addWidget(heading(self.tr("A card for an emergency")))
        card.body.addWidget(
            second(
                self.tr(
                    "On paper, in your purse: allergies, medicines and whom to call, "
                    "as you choose. Heartwood says when it is out of date."
                )
            )
        )
        self.older = strong(tone=Tone.WAIT)
        self.older.hide()
        card.body.addWidget(self.older)
        self.emergency = Button(self.tr("Emergency card"), icon="card")
        self.emergency.clicked.connect(lambda: self.go.emit("emergency"))
        card.body.addSpacing(4)
        card.body.addWidget(self.emergency)
        return card

    def _make_check(self) -> Card:
        card = Card()
        card.body.addWidget(heading(self.tr("Is an earlier copy still whole?")))
        card.body.addWidget(
            second(
                self.tr(
                    "Choose the folder on the stick; every file is read and compared "
                    "with what was written. Nothing is changed."
                )
            )
        )
        self.check = Button(self.tr("Check a copy..."))
        self.check.clicked.connect(self._check)
        card.body.addSpacing(4)
        card.body.addWidget(self.check)
        return card

    def _place_row(self, place: StickPlace) -> RowButton:
        free = self.tr("{size} free").format(size=wording.size(place.free))
        mark = RoundMark("stick", tone=Tone.CALM)
        row = RowButton(RowFace(first=place.name, second=free, lead=mark))
        row.clicked.connect(lambda: self.choose(place))
        return row

    def _choose_folder(self) -> None:
        folder = self.ask_folder(self)
        if folder is not None:
            self.ask(lambda _job: self.context.desk.stick_place(folder), self.choose)

    def _start_over(self) -> None:
        self._place = None
        self._chosen.hide()
        self._choosing.show()
        self.result.hide()
        self.opened()

    def _write(self) -> None:
        place = self._place
        if place is None:
            return
        self.notice.clear()
        self.result.hide()
        self._buttons.hide()
        self.progress.begin(self.tr("Writing your records"))
        self.progress.show()
        self.progress.cancel.setFocus()
        self._job = self.ask(
            lambda job: self.context.desk.write_stick(place.path, job),
            self.show_written,
            failed=self._failed,
            stepped=self._stepped,
        )

    def _check(self) -> None:
        folder = self.ask_folder(self)
        if folder is None:
            return
        self.notice.clear()
        self.check.setEnabled(False)
        self.ask(
            lambda job: self.context.desk.check_stick(folder, job),
            self.show_checked,
            failed=self._failed,
        )

    def _stepped(self, step: Step) -> None:
        self.progress.show_step(step, unit="")

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _failed(self, error: Exception) -> None:
        self.check.setEnabled(True)
        self.progress.hide()
        self._buttons.show()
        if isinstance(error, CancelledError):
            self.notice.show_sentence(
                self.tr("Stopped, as you asked. An earlier copy is as it was."),
                tone=Tone.CALM,
            )
            return
        self.show_fault(error)


class _Contents(Card):
    """What will be on it."""

    def __init__(self) -> None:
        super().__init__()
        self.body.addWidget(heading(self.tr("What is on it")))
        rows = Rows()
        self.body.addLayout(rows)
        for what, how in (
            (self.tr("Two pages for a doctor, to print"), self.tr("PDF")),
            (self.tr("A page to read in any browser"), self.tr("no internet")),
            (self.tr("All records for a doctor's computer"), self.tr("FHIR, C-CDA")),
            (self.tr("A summary for care abroad"), self.tr("IPS")),
            (self.tr("A list that proves nothing is missing"), self.tr("checked")),
        ):
            rows.add(FactRow(what, how).quiet())
        self.body.addStretch(1)


def _ask_folder(parent: QWidget) -> Path | None:
    name = QFileDialog.getExistingDirectory(
        parent, wording.say("Choose a folder or drive")
    )
    return Path(name) if name else None
