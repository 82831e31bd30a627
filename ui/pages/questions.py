"""Questions about records: is this file about you, and are these two the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import wording
from ui.pages.base import Context, DeskPage
from ui.theme import Tone, Type
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.empty import Empty
from ui.widgets.layouts import FlowLayout
from ui.widgets.notice import Notice
from ui.widgets.row import RoundMark, Row, RowFace, Rows
from ui.widgets.side_by_side import SideBySide
from ui.widgets.text import Text, heading, second

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ui.views import ImportAnswer, Pair, Questions, Whose

_SAID = {
    "same": "They are shown as one record now. Both are kept.",
    "different": "They stay two records. You are not asked again.",
    "later": "You are asked again another time.",
    "open": "Taken back. Both records are shown again.",
}


class QuestionsPage(DeskPage):
    """One question at a time; every answer can be taken back."""

    def __init__(self, context: Context) -> None:
        """Begin with nothing asked."""
        super().__init__(
            context,
            self.tr("Questions about your records"),
            self.tr("No answer removes anything, and you can take each one back."),
        )
        self._later: set[tuple[str, str]] = set()
        self._last: Pair | None = None
        self._joined: datetime | None = None
        self.said = Notice(self.tr("Take it back"))
        self.said.button.clicked.connect(self._undo)
        self.body.addWidget(self.said)
        self._holder = QWidget()
        self.body.addWidget(self._holder)
        self.body.addStretch(1)

    def opened(self) -> None:
        """Ask from the beginning."""
        self.said.clear()
        self._last = self._joined = None
        self._later.clear()
        self._load()

    def show_questions(self, questions: Questions) -> None:
        """Show the first question that was not put off, or that there is none."""
        column = self._fresh()
        waiting = [one for one in questions.pairs if _key(one) not in self._later]
        if questions.whose:
            self._add_whose(column, questions.whose[0])
        elif waiting:
            if questions.equal > 1:
                self._add_equal(column, questions.equal)
            self._add_pair(column, waiting[0], len(waiting) + questions.more)
        else:
            column.addWidget(self._make_empty())
        if questions.settled:
            column.addWidget(self._make_settled(questions.settled))

    def _add_whose(self, column: QVBoxLayout, asked: Whose) -> None:
        card = Card(tone=Tone.CALM, bold=True)
        card.body.addWidget(heading(self.tr("Is this you?")))
        words = self.tr("The file {file} is about {who}.")
        card.body.addWidget(
            Text(words.format(file=wording.breakable(asked.file), who=asked.who))
        )
        if asked.why:
            card.body.addWidget(second(asked.why))
        card.body.addWidget(
            second(self.tr("Until you answer, nothing of it is shown or shared."))
        )
        self.me = Button(self.tr("Yes, it is about me"), tall=True)
        self.me.clicked.connect(lambda: self._claim(asked))
        self.other = Button(self.tr("No, it is somebody else"), tall=True)
        self.other.clicked.connect(lambda: self._leave_out(asked))
        card.body.addWidget(_line(self.me, self.other))
        column.addWidget(card)

    def _add_equal(self, column: QVBoxLayout, count: int) -> None:
        card = Card(tone=Tone.CALM)
        words = self.tr(
            "In {n} of these pairs, both records say exactly the same. You can answer "
            "for all of them at once."
        )
        card.body.addWidget(Text(words.format(n=wording.number(count))))
        self.join = Button(self.tr("All of them are the same"))
        self.join.clicked.connect(self._join)
        card.body.addWidget(_line(self.join))
        column.addWidget(card)

    def _join(self) -> None:
        self._last = None
        self.join.setEnabled(False)

        def joined(at: datetime) -> None:
            self._joined = at
            self._tell(self.tr("Each pair is shown as one record now. All are kept."))

        self.ask(lambda _job: self.context.desk.join_equal(), joined)

    def _add_pair(self, column: QVBoxLayout, pair: Pair, left: int) -> None:
        column.addWidget(heading(self.tr("Are these two the same record?")))
        words = wording.counted(
            left,
            self.tr("They came from different places. This is the last question."),
            self.tr("They came from different places. {n} questions are left."),
        )
        column.addWidget(second(words))
        column.addWidget(SideBySide(pair))
        self.same = Button(self.tr("They are the same"), tall=True)
        self.different = Button(self.tr("They are different"), tall=True)
        self.later = Button(self.tr("Decide later"), kind=Kind.QUIET, tall=True)
        for button, decision in (
            (self.same, "same"),
            (self.different, "different"),
            (self.later, "later"),
        ):
            button.clicked.connect(
                lambda _on=False, said=decision: self._decide(pair, said)
            )
        column.addWidget(_line(self.same, self.different, self.later))

    def _make_empty(self) -> Card:
        back = Button(self.tr("Back to my records"), kind=Kind.ACCENT)
        back.clicked.connect(lambda: self.go.emit("records"))
        card = Card()
        card.body.addWidget(
            Empty(self.tr("There is nothing to answer just now"), button=back)
        )
        return card

    def _make_settled(self, pairs: tuple[Pair, ...]) -> Card:
        card = Card()
        card.body.addWidget(heading(self.tr("What you said before")))
        rows = Rows()
        for pair in pairs:
            undo = Button(self.tr("Take it back"), kind=Kind.QUIET)
            undo.setAccessibleName(
                self.tr("Take it back: {title}").format(title=pair.one.title)
            )
            undo.clicked.connect(lambda _on=False, one=pair: self._decide(one, "open"))
            words = self.tr("The same") if pair.same else self.tr("Different")
            both = f"{pair.one.source} \u00b7 {pair.other.source}"
            rows.add(
                Row(
                    RowFace(
                        first=pair.one.title,
                        second=wording.breakable(both),
                        lead=RoundMark("records", tone=Tone.CALM),
                        right=(
                            Text(words, kind=Type.SMALL_STRONG).one_line().right(),
                            undo,
                        ),
                    )
                )
            )
        card.body.addLayout(rows)
        return card

    def _load(self) -> None:
        self.ask(lambda _job: self.context.desk.questions(), self.show_questions)

    def _decide(self, pair: Pair, decision: str) -> None:
        if decision == "later":
            self._later.add(_key(pair))
        one, other = _key(pair)
        self._last = None if decision == "open" else pair
        self._joined = None
        self._act(
            lambda: self.context.desk.decide_pair(one, other, decision),
            wording.say(_SAID[decision]),
        )

    def _undo(self) -> None:
        if self._joined is not None:
            since, self._joined = self._joined, None
            self._act(
                lambda: self.context.desk.part_again(since),
                wording.say("Taken back. All records are shown again."),
            )
        elif self._last is not None:
            self._later.discard(_key(self._last))
            self._decide(self._last, "open")

    def _claim(self, asked: Whose) -> None:
        self._last = self._joined = None
        self.me.setEnabled(False)
        self.other.setEnabled(False)

        def brought(answer: ImportAnswer) -> None:
            words = self.tr("It is about you: {records} came in.")
            self._tell(words.format(records=wording.records(answer.sum("new"))))

        self.ask(lambda job: self.context.desk.claim_file(asked.key, job), brought)

    def _leave_out(self, asked: Whose) -> None:
        self._last = self._joined = None
        words = self.tr("{file} stays out. The file itself is kept, locked, and apart.")
        self._act(
            lambda: self.context.desk.leave_file_out(asked.key),
            words.format(file=asked.file),
        )

    def _act(self, work: Callable[[], None], words: str) -> None:
        self.ask(lambda _job: work(), lambda _none: self._tell(words))

    def _tell(self, words: str) -> None:
        undone = self._last is not None or self._joined is not None
        self.said.button.setVisible(undone)
        self.said.show_sentence(words, tone=Tone.GO)
        self._load()

    def _fresh(self) -> QVBoxLayout:
        old, self._holder = self._holder, QWidget()
        column = QVBoxLayout(self._holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        self.body.replaceWidget(old, self._holder)
        old.hide()
        old.deleteLater()
        return column


def _key(pair: Pair) -> tuple[str, str]:
    return pair.one.key, pair.other.key


def _line(*buttons: Button) -> QWidget:
    holder = QWidget()
    line = FlowLayout(gap=12, line_gap=8)
    for button in buttons:
        line.addWidget(button)
    holder.setLayout(line)
    return holder
