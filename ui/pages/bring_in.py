"""Bring in records: drop or choose files, watch, and read what each one brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from ui import wording
from ui.pages.base import Context, DeskPage
from ui.theme import Tone, Type
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.drop_area import DropArea
from ui.widgets.layouts import ColumnsLayout, FlowLayout
from ui.widgets.notice import announce
from ui.widgets.progress import Bar, ProgressPanel
from ui.widgets.row import RoundMark, Row, RowFace, Rows
from ui.widgets.text import Text, heading, second, small
from wallet.errors import CancelledError

if TYPE_CHECKING:
    from ui.background import Job, Step
    from ui.views import ImportAnswer, ImportedFile

_MOST_FINDINGS = 5


class BringInPage(DeskPage):
    """Takes whatever the patient has; what cannot be read is kept as it is."""

    def __init__(self, context: Context) -> None:
        """Wait for files."""
        super().__init__(
            context,
            self.tr("Bring in records"),
            self.tr(
                "Files from a hospital, a portal, a phone or a stick. "
                "Whatever we cannot read is kept for you as it is."
            ),
        )
        self._job: Job | None = None
        # Pages ask through attributes, so that a test can answer for a person.
        self.ask_files = _ask_files
        self.ask_folder = _ask_folder
        top = QWidget()
        columns = ColumnsLayout(wide=720)
        columns.add(self._make_drop(), 1)
        columns.add(self._make_side(), 1)
        top.setLayout(columns)
        self.body.addWidget(top)
        self.files = Rows()
        self._files_card = Card()
        self._files_card.body.addLayout(self.files)
        self._files_card.hide()
        self.body.addWidget(self._files_card)
        self.body.addStretch(1)

    def take(self, paths: list[Path]) -> None:
        """Bring in *paths*."""
        if self._job is not None and not self._job.finished:
            return
        self.notice.clear()
        self._files_card.hide()
        self.progress.begin(self.tr("Reading your files"))
        self._side.setCurrentWidget(self._working)
        self._enable(on=False)
        chosen = tuple(paths)
        self._job = self.ask(
            lambda job: self.context.desk.bring_in(chosen, job),
            self.show_answer,
            failed=self._failed,
            stepped=self._stepped,
        )
        self.progress.cancel.setFocus()

    def show_answer(self, answer: ImportAnswer) -> None:
        """Say what came in, in total and file by file."""
        self._enable(on=True)
        self.answer.show_answer(answer)
        self._side.setCurrentWidget(self._answered)
        self.files.clear()
        for file in answer.files:
            self.files.add(_file_row(file))
            for finding in file.findings[:_MOST_FINDINGS]:
                self.files.add(_finding_row(finding.place, finding.sentence))
            rest = len(file.findings) - _MOST_FINDINGS
            if rest > 0:
                words = wording.counted(
                    rest,
                    self.tr("and 1 more place in this file"),
                    self.tr("and {n} more places in this file"),
                )
                self.files.add(small(words))
        self._files_card.setVisible(bool(answer.files))
        announce(self, self.answer.spoken())
        self.changed.emit()

    def _make_drop(self) -> DropArea:
        files = Button(self.tr("Choose files..."))
        files.clicked.connect(self._choose_files)
        folder = Button(self.tr("Choose a folder..."))
        folder.clicked.connect(self._choose_folder)
        self._buttons = (files, folder)
        drop = DropArea(
            self.tr("Drop files or a folder here"),
            buttons=self._buttons,
            note=self.tr(
                "Nothing leaves this computer. Your files stay where they are."
            ),
        )
        drop.dropped.connect(self.take)
        self._drop = drop
        return drop

    def _make_side(self) -> QStackedWidget:
        self._side = QStackedWidget()
        self._idle = _Idle()
        self._working = Card()
        self.progress = ProgressPanel(
            keeps=self.tr("Cancelling keeps what is already in.")
        )
        self.progress.cancelled.connect(self._cancel)
        self._working.body.addWidget(heading(self.tr("Bringing in")))
        self._working.body.addSpacing(8)
        self._working.body.addWidget(self.progress)
        self._working.body.addStretch(1)
        self.answer = _Answer()
        self.answer.look.clicked.connect(lambda: self.go.emit("records"))
        self._answered = self.answer
        for card in (self._idle, self._working, self._answered):
            self._side.addWidget(card)
        return self._side

    def _choose_files(self) -> None:
        paths = self.ask_files(self)
        if paths:
            self.take(paths)

    def _choose_folder(self) -> None:
        paths = self.ask_folder(self)
        if paths:
            self.take(paths)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _stepped(self, step: Step) -> None:
        self.progress.show_step(step, unit=self.tr("records"))

    def _failed(self, error: Exception) -> None:
        self._enable(on=True)
        self._side.setCurrentWidget(self._idle)
        if isinstance(error, CancelledError):
            self.notice.show_sentence(
                self.tr("Stopped, as you asked. What was already in stays in."),
                tone=Tone.CALM,
            )
            self.changed.emit()
            return
        self.show_fault(error)

    def _enable(self, *, on: bool) -> None:
        for button in self._buttons:
            button.setEnabled(on)
        self._drop.setAcceptDrops(on)


class _Idle(Card):
    """What can be brought in, before anything is."""

    def __init__(self) -> None:
        super().__init__()
        self.body.addWidget(heading(self.tr("Where do I get them?")))
        for words in (
            self.tr(
                "In your hospital's or doctor's portal, look for Download my records "
                "or Export health data."
            ),
            self.tr("Choose FHIR or JSON where you are asked for a format."),
            self.tr("The same file twice does no harm: nothing is doubled."),
        ):
            self.body.addWidget(second(words))
        self.body.addStretch(1)


class _Answer(Card):
    """Four numbers, a full bar and one sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.body.addWidget(heading(self.tr("Brought in")))
        self._numbers = QWidget()
        self._line = FlowLayout(gap=24, line_gap=8)
        self._numbers.setLayout(self._line)
        self.body.addWidget(self._numbers)
        self._bar = Bar(Tone.GO)
        self._bar.setValue(1000)
        self._bar.setAccessibleName(self.tr("Finished"))
        self.body.addWidget(self._bar)
        self._said = small()
        self.body.addWidget(self._said)
        self.look = Button(self.tr("Look at my records"), kind=Kind.ACCENT)
        self.body.addSpacing(4)
        self.body.addWidget(self.look)
        self.body.addStretch(1)

    def show_answer(self, answer: ImportAnswer) -> None:
        """Show the totals of *answer*."""
        while (item := self._line.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for what, words, tone in (
            ("new", self.tr("new"), Tone.INK),
            ("same", self.tr("you already have"), Tone.INK),
            ("changed", self.tr("changed since"), Tone.INK),
            ("kept", self.tr("kept as they are"), Tone.WAIT),
            ("failed", self.tr("could not be read"), Tone.STOP),
        ):
            value = answer.sum(what)
            if value or what in ("new", "same"):
                number = _Number(value, words, tone if value else Tone.INK)
                self._line.addWidget(number)
                self._line.setAlignment(number, Qt.AlignmentFlag.AlignTop)
        lost = any(not file.taken for file in answer.files)
        self._bar.set_tone(Tone.WAIT if lost else Tone.GO)
        self._said.setText(self._sentence(answer, lost=lost))

    def spoken(self) -> str:
        """Give the sentence for a screen reader."""
        return self._said.text()

    def _sentence(self, answer: ImportAnswer, *, lost: bool) -> str:
        files = wording.counted(
            len(answer.files), self.tr("Read 1 file."), self.tr("Read {n} files.")
        )
        if lost:
            return self.tr(
                "{files} One or more could not be taken; see below. Nothing left this "
                "computer."
            ).format(files=files)
        return self.tr("{files} Nothing was lost; nothing left this computer.").format(
            files=files
        )


class _Number(QWidget):
    def __init__(self, value: int, words: str, tone: Tone) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        number = Text(wording.number(value), kind=Type.NUMBER, tone=tone)
        column.addWidget(number.one_line())
        column.addWidget(small(words).paired())
        column.addStretch(1)
        self.setAccessibleName(f"{value} {words}")


def _file_row(file: ImportedFile) -> Row:
    icon, tone = "check", Tone.GO
    if not file.taken:
        icon, tone = "cross", Tone.STOP
    elif file.kept or file.failed:
        icon, tone = "question", Tone.WAIT
    parts = []
    if file.same:
        parts.append(
            wording.say("{n} you already have").format(n=wording.number(file.same))
        )
    if file.changed:
        parts.append(wording.say("{n} changed").format(n=wording.number(file.changed)))
    if file.kept:
        parts.append(
            wording.counted(
                file.kept,
                wording.say("1 kept as it is"),
                wording.say("{n} kept as they are"),
            )
        )
    if file.failed:
        parts.append(
            wording.counted(
                file.failed,
                wording.say("1 could not be read; its bytes are kept"),
                wording.say("{n} could not be read; their bytes are kept"),
            )
        )
    if not file.taken:
        parts = [wording.say("This file could not be taken.")]
    new = wording.counted(file.new, wording.say("1 new"), wording.say("{n} new"))
    if not file.new:
        new = wording.say("nothing new") if file.taken else wording.say("not taken")
    return Row(
        RowFace(
            first=file.name,
            second=" \u00b7 ".join(parts) or wording.say("Everything was read."),
            lead=RoundMark(icon, tone=tone),
            right=(Text(new, kind=Type.STRONG).one_line().right(),),
        )
    )


def _finding_row(place: str, sentence: str) -> Row:
    mark = RoundMark("info", tone=Tone.WAIT, size=20, ground=False)
    face = RowFace(first=sentence, second=place, lead=mark)
    face.setContentsMargins(56, 8, 0, 8)
    face.first.set_kind(Type.TEXT)
    return Row(face)


def _ask_files(parent: QWidget) -> list[Path]:
    names, _ = QFileDialog.getOpenFileNames(
        parent, wording.say("Choose files with records")
    )
    return [Path(name) for name in names]


def _ask_folder(parent: QWidget) -> list[Path]:
    name = QFileDialog.getExistingDirectory(
        parent, wording.say("Choose a folder with records")
    )
    return [Path(name)] if name else []
