"""Bring in records: drop or choose files, watch, and read what each one brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from ui import wording
from ui.pages.base import Context, DeskPage
from ui.pages.bring_in_columns import ColumnsAsked
from ui.pages.bring_in_parts import AnswerCard, IdleCard, file_row, finding_row
from ui.pages.review_parts import ReadyCard, ReviewCard
from ui.theme import Tone
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.drop_area import DropArea
from ui.widgets.layouts import ColumnsLayout
from ui.widgets.notice import announce
from ui.widgets.progress import ProgressPanel
from ui.widgets.row import Rows
from ui.widgets.text import heading, small
from wallet.errors import CancelledError

if TYPE_CHECKING:
    from ui.background import Job, Step
    from ui.views import ImportAnswer, Review

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
        self._chosen: tuple[Path, ...] = ()
        self._said_reading = self.tr("Stopped, as you asked. Nothing was kept.")
        self._said_keeping = self.tr(
            "Stopped, as you asked. What was already in stays in."
        )
        self._stopped = ""
        # Pages ask through attributes, so that a test can answer for a person.
        self.ask_files = _ask_files
        self.ask_folder = _ask_folder
        top = QWidget()
        columns = ColumnsLayout(wide=720)
        columns.add(self._make_drop(), 1)
        columns.add(self._make_side(), 1)
        top.setLayout(columns)
        self.body.addWidget(top)
        self.through = ReviewCard()
        self.through.hide()
        self.ready.look.connect(self._look_through)
        self.body.addWidget(self.through)
        self.columns = ColumnsAsked(self)
        self.columns.explained.connect(
            lambda path: self.take(list(self._chosen) or [path])
        )
        self.body.addWidget(self.columns)
        self.files = Rows()
        self._files_card = Card()
        self._files_card.body.addLayout(self.files)
        self._files_card.hide()
        self.body.addWidget(self._files_card)
        self.body.addStretch(1)

    def take(self, paths: list[Path]) -> None:
        """Read *paths* and say what they would bring; nothing is kept by that."""
        if self._begin(self.tr("Reading your files"), self._said_reading):
            chosen = self._chosen = tuple(paths)
            self._job = self.ask(
                lambda job: self.context.desk.review(chosen, job),
                self.show_review,
                failed=self._failed,
                stepped=self._stepped,
            )

    def show_review(self, review: Review) -> None:
        """Say what would come in, and let the patient choose."""
        self._enable(on=True)
        self.ready.show_review(review)
        self.through.show_review(review)
        self._side.setCurrentWidget(self.ready)
        self._show_files(review.answer)
        self.area.ensureWidgetVisible(self.ready, 0, 0)
        self.ready.keeps.setFocus()
        announce(self, self.ready.spoken())

    def keep(self) -> None:
        """Bring in what was read."""
        if self._begin(self.tr("Bringing in"), self._said_keeping):
            chosen = self._chosen
            self._job = self.ask(
                lambda job: self.context.desk.bring_in(chosen, job),
                self.show_answer,
                failed=self._failed,
                stepped=self._stepped,
            )

    def leave(self) -> None:
        """Keep nothing of what was read."""
        self._chosen = ()
        self.columns.drop()
        self._files_card.hide()
        self.through.hide()
        self._side.setCurrentWidget(self._idle)
        self.notice.show_sentence(
            self.tr("Left out, as you asked. Nothing of these files is kept."),
            tone=Tone.CALM,
        )
        self._buttons[0].setFocus()

    def _look_through(self, on: bool) -> None:  # noqa: FBT001 - a slot of a bool signal
        """Show every record in place of the files, or the files again."""
        self.through.setVisible(on)
        self._files_card.setVisible(not on)

    def _begin(self, words: str, stopped: str) -> bool:
        """Show that something is under way; false where it is already."""
        if self._job is not None and not self._job.finished:
            return False
        self._stopped = stopped
        self.notice.clear()
        self.columns.drop()
        self._files_card.hide()
        self.through.hide()
        self.progress.begin(words)
        self._side.setCurrentWidget(self._working)
        self._enable(on=False)
        self.progress.cancel.setFocus()
        return True

    def show_answer(self, answer: ImportAnswer) -> None:
        """Say what came in, in total and file by file."""
        self._enable(on=True)
        self.answer.show_answer(answer)
        self._side.setCurrentWidget(self._answered)
        self._show_files(answer)
        announce(self, self.answer.spoken())
        self.changed.emit()

    def _show_files(self, answer: ImportAnswer) -> None:
        self.files.clear()
        for file in answer.files:
            self.files.add(file_row(file))
            if file.table is not None:
                self.files.add(self.columns.button(file.table))
            for finding in file.findings[:_MOST_FINDINGS]:
                self.files.add(finding_row(finding.place, finding.sentence))
            rest = len(file.findings) - _MOST_FINDINGS
            if rest > 0:
                words = wording.counted(
                    rest,
                    self.tr("and 1 more remark on this file"),
                    self.tr("and {n} more remarks on this file"),
                )
                self.files.add(small(words))
        self._files_card.setVisible(bool(answer.files))

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
        self._idle = IdleCard()
        self._working = Card()
        self.progress = ProgressPanel(
            keeps=self.tr("Cancelling loses nothing; what is already in stays in.")
        )
        self.progress.cancelled.connect(self._cancel)
        self._working.body.addWidget(heading(self.tr("Bringing in")))
        self._working.body.addSpacing(8)
        self._working.body.addWidget(self.progress)
        self._working.body.addStretch(1)
        self.answer = AnswerCard()
        self.answer.look.clicked.connect(lambda: self.go.emit("records"))
        self.answer.answer.clicked.connect(lambda: self.go.emit("questions"))
        self.ready = ReadyCard()
        self.ready.keep.connect(self.keep)
        self.ready.leave.connect(self.leave)
        self._answered = self.answer
        for card in (self._idle, self._working, self.ready, self._answered):
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
                self._stopped,
                tone=Tone.CALM,
            )
            self.changed.emit()
            return
        self.show_fault(error)

    def _enable(self, *, on: bool) -> None:
        for button in self._buttons:
            button.setEnabled(on)
        self._drop.setAcceptDrops(on)


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
