"""Share, second step: the licence, what they may see, until when, one button."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import theme, wording
from ui.pages.base import Context, DeskPage
from ui.pages.decide_parts import LeftOut, PreviewCard, ScopePicker, Switch, Until
from ui.pages.licence import show_licence
from ui.store_thread import Lane
from ui.theme import Tone
from ui.views import Known, Scope
from ui.widgets.buttons import Button, Kind
from ui.widgets.layouts import ColumnsLayout, FlowLayout
from ui.widgets.progress import ProgressPanel
from ui.widgets.text import second, small
from ui.widgets.verdict_card import VerdictCard
from wallet.errors import CancelledError
from wallet.verdict import Status

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from ui.background import Job, Step
    from ui.views import CardSheet, Permission, Preview, RecordsOverview


_PROMISE_NEEDS = 760


class DecidePage(DeskPage):
    """Everything about one share on one page; nothing is sent until the button."""

    shared = Signal(object, object)

    def __init__(self, context: Context) -> None:
        """Wait for a card."""
        super().__init__(context, "")
        self.body.setSpacing(14)
        margins = self.body.contentsMargins()
        margins.setTop(20)
        margins.setBottom(12)
        self.body.setContentsMargins(margins)
        self._step = small(self.tr("Step 2 of 2. Nothing is sent until you confirm."))
        self.header.add_action(self._step.flowing())
        self._card: CardSheet | None = None
        self._job: Job | None = None
        self._preview_job: Job | None = None
        self.verdict = VerdictCard()
        self.body.addWidget(self.verdict)
        self.instead = second(
            self.tr(
                "Nothing was sent. Ask the clinic for a new card file, then go back "
                "and choose that one."
            )
        )
        self.body.addWidget(self.instead)
        self.parts = QWidget()
        columns = ColumnsLayout(wide=760, gap=24, line_gap=16)
        columns.add(self._make_questions(), 6)
        self.preview = PreviewCard()
        columns.add(self.preview, 5)
        self.parts.setLayout(columns)
        self.body.addWidget(self.parts)
        self.body.addStretch(1)
        self.add_foot(self._make_foot())
        theme.changed().changed.connect(self._fit)

    def start(self, card: CardSheet) -> None:
        """Begin with *card*; every choice is back at its beginning."""
        self._card = card
        self.notice.clear()
        self.header.say(self.tr("Share with {name}").format(name=card.name), "")
        show_licence(self.verdict, card, self.context.now())
        good = card.verdict.status is Status.GO_AHEAD and (
            card.known is not Known.CHANGED
        )
        self.parts.setVisible(good)
        self.share.setVisible(good)
        self._step.setVisible(good)
        self.instead.setVisible(card.verdict.status is Status.STOP)
        self.again.setVisible(card.verdict.status is Status.CANNOT_TELL)
        self.again.setEnabled(True)
        self._fit()
        self.preview.set_reader(card.name)
        self.preview.begin()
        self.scope.restart()
        self.until.restart(card.latest)
        self.area.verticalScrollBar().setValue(0)
        if good:
            desk = self.context.desk
            self.ask(lambda _job: desk.records_overview(), self._show_kinds)
            self.ask(lambda _job: desk.permissions(), self._show_others)
            self._count()
            self._say_until()
            self._rest()

    def chosen(self) -> Scope:
        """Give the scope as it is chosen now."""
        return replace(self.scope.chosen(), ticked=self.left_out.ticked())

    def show_preview(self, preview: Preview) -> None:
        """Show what the reader would see."""
        self.preview.show_preview(preview)
        self.left_out.offer(preview.left_out)
        self.share.setEnabled(preview.total > 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the buttons the room they need."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        roomy = self.width() >= theme.current().px(_PROMISE_NEEDS)
        self._promise.setVisible(self.share.isVisibleTo(self) and roomy)

    def _make_questions(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        self.scope = ScopePicker()
        self.scope.changed.connect(self._count)
        self.until = Until(self.context.now)
        self.until.changed.connect(self._say_until)
        self.left_out = LeftOut()
        self.left_out.changed.connect(self._count)
        self.switch = Switch()
        self.switch.changed.connect(self._say_until)
        for part in (self.scope, self.until, self.left_out, self.switch):
            column.addWidget(part)
        column.addStretch(1)
        return holder

    def _make_foot(self) -> QWidget:
        """The buttons; while they are at work, how far that is instead."""
        foot = QWidget()
        column = QVBoxLayout(foot)
        column.setContentsMargins(0, 0, 0, 0)
        self._buttons = QWidget()
        self._buttons.setLayout(self._make_buttons())
        column.addWidget(self._buttons)
        self.progress = ProgressPanel(
            keeps=self.tr("Cancelling signs and sends nothing.")
        )
        self.progress.cancelled.connect(self._cancel)
        self.progress.hide()
        column.addWidget(self.progress)
        return foot

    def _make_buttons(self) -> FlowLayout:
        line = FlowLayout(gap=16)
        self.back = Button(self.tr("Back"), tall=True)
        self.back.clicked.connect(lambda: self.go.emit("share"))
        line.addWidget(self.back)
        far = Qt.AlignmentFlag.AlignTrailing
        promise = self.tr("You will see every time they open it.")
        self._promise = small(promise).right().flowing()
        line.put(self._promise, far)
        self.share = Button("", kind=Kind.ACCENT, icon="share")
        self.share.clicked.connect(self._share)
        line.put(self.share, far)
        self.again = Button(self.tr("Check again"), kind=Kind.ACCENT, icon="sync")
        self.again.clicked.connect(self._look_again)
        self.again.hide()
        line.put(self.again, far)
        return line

    def _look_again(self) -> None:
        """Ask the ledger once more; a card is often only newer than the copy here."""
        card = self._card
        if card is None:
            return
        self.again.setEnabled(False)
        self.ask(
            lambda _job: self.context.desk.look_at_card(card.path),
            self.start,
            failed=self._still_unknown,
            lane=Lane.TURN,
        )

    def _still_unknown(self, error: Exception) -> None:
        self.again.setEnabled(True)
        self.show_fault(error)

    def _show_kinds(self, overview: RecordsOverview) -> None:
        self.scope.offer(overview)

    def _show_others(self, items: tuple[Permission, ...]) -> None:
        assert self._card is not None  # noqa: S101 - start() came first
        name = self._card.name
        others = [item for item in items if item.live and item.reader != name]
        self.switch.offer([item for item in others if not item.pending])

    def _count(self) -> None:
        if self._preview_job is not None and not self._preview_job.finished:
            self._preview_job.drop()
        scope = self.chosen()
        self._preview_job = self.ask(
            lambda _job: self.context.desk.preview(scope), self.show_preview
        )

    def _say_until(self) -> None:
        self.share.setText(self._button_words())

    def _button_words(self) -> str:
        span = wording.span(timedelta(days=self.until.days()))
        if self.switch.chosen() is not None:
            return self.tr("Switch, and share for {span}").format(span=span)
        return self.tr("Share for {span}").format(span=span)

    def _share(self) -> None:
        card = self._card
        if card is None:
            return
        scope, days, ending = self.chosen(), self.until.days(), self.switch.chosen()
        self.notice.clear()
        self.parts.setEnabled(False)
        self._step.hide()
        self._buttons.hide()
        self.progress.begin(self.tr("Putting the records together."))
        self.progress.show()
        self.progress.cancel.setFocus()
        self._job = self.ask(
            lambda job: self.context.desk.share(
                card,
                scope,
                days=days,
                ending=None if ending is None else ending.key,
                job=job,
            ),
            lambda made: self._done(made, ending),
            failed=self._failed,
            stepped=self._stepped,
            lane=Lane.TURN,
        )

    def _stepped(self, step: Step) -> None:
        self.progress.show_step(step)
        if step.total and step.done == step.total:  # it is signed, and stands
            self.progress.past_cancelling()

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _done(self, made: Permission, ending: Permission | None) -> None:
        self._rest()
        self.changed.emit()
        self.shared.emit(made, ending)

    def _failed(self, error: Exception) -> None:
        self._rest()
        if isinstance(error, CancelledError):
            self.notice.show_sentence(
                self.tr("Stopped, as you asked. Nothing was signed or sent."),
                tone=Tone.CALM,
            )
            return
        self.show_fault(error)

    def _rest(self) -> None:
        self._job = None
        self.progress.hide()
        self._buttons.show()
        self._step.show()
        self.share.setEnabled(True)
        self.parts.setEnabled(True)
