"""The first run: a passphrase, 24 words on paper, three of them asked back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui import theme
from ui.faults import sentence_for
from ui.first_run_flow import FirstRun, Stage, Weakness, weakness
from ui.pages.first_run_parts import Checked, Foot, WordSheet
from ui.store_thread import Lane
from ui.theme import Tone
from ui.widgets.field import PassphraseField
from ui.widgets.notice import Notice
from ui.widgets.page import Page
from ui.widgets.steps import Steps

if TYPE_CHECKING:
    from ui.background import Background
    from ui.desk import Desk

_PANEL_NEEDS = 900


class FirstRunPage(QWidget):
    """Leads through the four steps; the fourth is the window's own page."""

    finished = Signal()

    def __init__(self, *, desk: Desk, bridge: Background) -> None:
        """Begin at the passphrase."""
        super().__init__()
        self._desk, self._bridge = desk, bridge
        self.flow = FirstRun()
        self.steps = Steps(
            self.tr("Your records,\nin your hands"),
            (
                self.tr("Choose a passphrase"),
                self.tr("Write down 24 words"),
                self.tr("Check three words"),
                self.tr("Bring in records"),
            ),
            self.tr("About three minutes. Have paper and a pen ready."),
        )
        self._stack = QStackedWidget()
        for page in (self._make_passphrase(), self._make_words(), self._make_check()):
            self._stack.addWidget(page)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.steps)
        line.addWidget(self._stack, 1)
        theme.changed().changed.connect(self._fit)
        self._show()

    def opened(self) -> None:
        """Be ready to type."""
        self.first.setFocus()

    def go_on(self, words: tuple[str, ...]) -> None:
        """Show the words of a first run that was left before they were checked."""
        self.flow.made(words)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the panel where the words need the room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.steps.setVisible(self.width() >= theme.current().px(_PANEL_NEEDS))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the paper."""
        QPainter(self).fillRect(self.rect(), theme.current().color("paper"))

    def _make_passphrase(self) -> QWidget:
        page = Page(
            self.tr("Choose a passphrase"),
            self.tr(
                "It opens your records on this computer. Four or five words that only "
                "you would put together are strong and easy to keep."
            ),
        )
        self.first = PassphraseField(
            self.tr("Passphrase"), hint=self.tr("At least 10 characters.")
        )
        self.again = PassphraseField(self.tr("The same passphrase again"))
        self.first.entered.connect(self.again.setFocus)
        self.again.entered.connect(self._create)
        fields = QWidget()
        fields.setMaximumWidth(640)
        column = QVBoxLayout(fields)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(20)
        column.addWidget(self.first)
        column.addWidget(self.again)
        page.body.addWidget(fields)
        self.notice = Notice()
        page.body.addWidget(self.notice)
        page.body.addStretch(1)
        self._create_foot = Foot(next_words=self.tr("Next: your 24 words"))
        self._create_foot.next.clicked.connect(self._create)
        page.add_foot(self._create_foot)
        return page

    def _make_words(self) -> QWidget:
        page = Page(
            self.tr("Write down these 24 words"),
            self.tr(
                "If this computer is lost or you forget your passphrase, these words "
                "bring everything back. Nobody else has them, not even us. Once they "
                "are checked they are never shown again. Keep the paper where you keep "
                "your passport."
            ),
        )
        self.sheet = WordSheet()
        page.body.addWidget(self.sheet)
        page.body.addWidget(self.sheet.shoulder)
        page.body.addStretch(1)
        foot = Foot(next_words=self.tr("I wrote them down"))
        foot.next.clicked.connect(self._written)
        page.add_foot(foot)
        return page

    def _make_check(self) -> QWidget:
        page = Page(
            self.tr("Check three words"),
            self.tr("Look at your paper and type the words with these numbers."),
        )
        self.checked = Checked()
        self.checked.entered.connect(self._answer)
        page.body.addWidget(self.checked)
        page.body.addStretch(1)
        foot = Foot(
            next_words=self.tr("These are my words"),
            back_words=self.tr("Show me the words again"),
        )
        foot.next.clicked.connect(self._answer)
        foot.back.clicked.connect(self._back)
        page.add_foot(foot)
        return page

    def _create(self) -> None:
        found = weakness(self.first.text(), self.again.text())
        if found is not Weakness.NONE:
            self._complain(found)
            return
        passphrase = self.first.text()
        self._create_foot.working(self.tr("Making your wallet..."))
        self._bridge.run(
            lambda _job: self._desk.create(passphrase),
            owner=self,
            done=self._made,
            failed=self._failed,
            lane=Lane.TURN,
        )

    def _complain(self, found: Weakness) -> None:
        if found is Weakness.SHORT:
            self.first.complain(
                self.tr("This is too short. Use at least 10 characters.")
            )
            self.first.setFocus()
        elif found is Weakness.SAME_LETTERS:
            self.first.complain(
                self.tr("This is too easy to guess. Use several different words.")
            )
            self.first.setFocus()
        else:
            self.again.complain(self.tr("The two are not the same. Type it again."))
            self.again.setFocus()

    def _made(self, words: tuple[str, ...]) -> None:
        self._create_foot.rest()
        self.first.clear()
        self.again.clear()
        self.go_on(words)

    def _failed(self, error: Exception) -> None:
        self._create_foot.rest()
        self.notice.show_sentence(sentence_for(error), tone=Tone.STOP)

    def _written(self) -> None:
        self.flow.written_down()
        self._show()

    def _back(self) -> None:
        self.flow.show_again()
        self._show()

    def _answer(self) -> None:
        if self.flow.answer(self.checked.typed()):
            self.sheet.show_words(())
            self._bridge.run(
                lambda _job: self._desk.words_kept(),
                owner=self,
                done=lambda _nothing: self.finished.emit(),
                failed=self._failed,
            )
            return
        self.checked.complain(self.flow.wrong)

    def _show(self) -> None:
        stage = self.flow.stage
        self.steps.show_step(int(stage))
        self._stack.setCurrentIndex(min(int(stage), int(Stage.CHECK)))
        if stage is Stage.PASSPHRASE:
            self.first.setFocus()
        elif stage is Stage.WORDS:
            self.sheet.show_words(self.flow.words)
        elif stage is Stage.CHECK:
            self.sheet.show_words(())
            self.checked.ask(self.flow.asked)
