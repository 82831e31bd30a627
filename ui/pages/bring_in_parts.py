"""The cards and rows of Bring in: where from, what came, file by file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import wording
from ui.theme import Tone, Type
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.layouts import FlowLayout
from ui.widgets.progress import Bar
from ui.widgets.row import RoundMark, Row, RowFace
from ui.widgets.text import Text, heading, second, small

if TYPE_CHECKING:
    from ui.views import ImportAnswer, ImportedFile


class IdleCard(Card):
    """What can be brought in, before anything is."""

    def __init__(self) -> None:
        """Say where records come from."""
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


class AnswerCard(Card):
    """Four numbers, a full bar and one sentence."""

    def __init__(self) -> None:
        """Begin without numbers."""
        super().__init__()
        self.body.addWidget(heading(self.tr("Brought in")))
        self._numbers = Numbers()
        self.body.addWidget(self._numbers)
        self._bar = Bar(Tone.GO)
        self._bar.setValue(1000)
        self._bar.setAccessibleName(self.tr("Finished"))
        self.body.addWidget(self._bar)
        self._said = small()
        self.body.addWidget(self._said)
        self.look = Button(self.tr("Look at my records"), kind=Kind.ACCENT)
        self.answer = Button(self.tr("Answer the questions"), tall=True)
        self.answer.hide()
        self.body.addSpacing(4)
        line = FlowLayout(gap=12, line_gap=8)
        line.addWidget(self.look)
        line.addWidget(self.answer)
        holder = QWidget()
        holder.setLayout(line)
        self.body.addWidget(holder)
        self.body.addStretch(1)

    def show_answer(self, answer: ImportAnswer) -> None:
        """Show the totals of *answer*."""
        self._numbers.show_answer(answer)
        lost = any(not file.taken for file in answer.files)
        self._bar.set_tone(Tone.WAIT if lost else Tone.GO)
        asked = answer.sum("alike") + sum(bool(file.about) for file in answer.files)
        self.answer.setVisible(asked > 0)
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


class Numbers(QWidget):
    """How many are new, here already, changed, kept as they are, not readable."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._line = FlowLayout(gap=24, line_gap=8)
        self.setLayout(self._line)

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


def file_row(file: ImportedFile) -> Row:
    """One file and what it brought, or would bring."""
    if file.about:
        return _row_apart(file)
    icon, tone = "check", Tone.GO
    if not file.taken:
        icon, tone = "cross", Tone.STOP
    elif file.kept or file.failed:
        icon, tone = "question", Tone.WAIT
    parts = _parts(file)
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


def _parts(file: ImportedFile) -> list[str]:
    parts = []
    if file.same:
        parts.append(
            wording.say("{n} you already have").format(n=wording.number(file.same))
        )
    if file.changed:
        parts.append(wording.say("{n} changed").format(n=wording.number(file.changed)))
    if file.alike:
        parts.append(
            wording.counted(
                file.alike,
                wording.say("1 looks like one you have"),
                wording.say("{n} look like some you have"),
            )
        )
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
    return parts


def _row_apart(file: ImportedFile) -> Row:
    words = wording.say("About {who}. Kept apart unless you say that it is you.")
    return Row(
        RowFace(
            first=file.name,
            second=words.format(who=file.about),
            lead=RoundMark("person", tone=Tone.WAIT),
            right=(
                Text(wording.say("not brought in"), kind=Type.STRONG)
                .one_line()
                .right(),
            ),
        )
    )


def finding_row(place: str, sentence: str) -> Row:
    """One remark under its file."""
    mark = RoundMark("info", tone=Tone.WAIT, size=20, ground=False)
    face = RowFace(first=sentence, second=place, lead=mark)
    face.setContentsMargins(56, 8, 0, 8)
    face.first.set_kind(Type.TEXT)
    return Row(face)
