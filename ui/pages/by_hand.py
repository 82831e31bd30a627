"""What a patient writes herself: a new record, or everything she can do with one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from ui import theme, wording
from ui.pages.base import Context, DeskPage
from ui.pages.by_hand_parts import (
    Choose,
    Delete,
    Files,
    Notes,
    Private,
    Tags,
    Versions,
    Write,
)
from ui.theme import Tone
from ui.widgets.buttons import Button
from ui.widgets.layouts import ColumnsLayout
from ui.widgets.text import second

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.hand_views import FormSheet, HandSheet


class ByHandPage(DeskPage):
    """Begins with a choice of forms, or with one record; see `start`."""

    def __init__(self, context: Context) -> None:
        """Wait to be started."""
        super().__init__(context, "")
        self.sheet: HandSheet | None = None
        self._form: FormSheet | None = None
        # Pages ask through attributes, so that a test can answer for a person.
        self.ask_file, self.ask_where = _ask_file, _ask_where
        self.back = Button(self.tr("Back"), icon="back")
        self.back.clicked.connect(self._leave)
        self.header.add_action(self.back)
        self.choose = Choose()
        self.choose.chosen.connect(self._fill_in)
        self.write = Write(
            "", self.tr("Only the first line has to be filled in. You can change it.")
        )
        self.write.saved.connect(self._write_down)
        self.one = self._make_one()
        self._parts = (self.choose, self.write, self.one)
        for part in self._parts:
            part.hide()
            self.body.addWidget(part)
        self.body.addStretch(1)

    def start(self, key: str = "") -> None:
        """Begin: with the record *key*, or with nothing."""
        self.notice.clear()
        self.sheet = None
        if key:
            self.ask(lambda _job: self.context.desk.hand(key), self._begin_with)
            return
        self.header.say(
            self.tr("Write it down"),
            self.tr(
                "For whatever nobody has sent you. Everywhere it will say that you "
                "wrote it."
            ),
        )
        self._show(self.choose)
        self.ask(lambda _job: self.context.desk.forms(), self.choose.offer)

    def show_sheet(self, sheet: HandSheet) -> None:
        """Show everything she can do with one record."""
        self.sheet = sheet
        about = wording.say(" \u00b7 ").join(
            part for part in (sheet.about, sheet.author) if part
        )
        self.header.say(sheet.title, about)
        self.correct.setVisible(sheet.form is not None)
        self._cannot.setVisible(sheet.form is None)
        if sheet.form is not None:
            self.correct.show_form(sheet.form, dict(sheet.said or {}))
        for part in (self.notes, self.tags, self.files, self.private, self.versions):
            part.show_sheet(sheet)
        self.delete.reset()
        self._show(self.one)

    def _begin_with(self, sheet: HandSheet) -> None:
        self.show_sheet(sheet)
        self.area.verticalScrollBar().setValue(0)

    def _show(self, part: QWidget) -> None:
        for one in self._parts:
            one.setVisible(one is part)

    def _make_one(self) -> QWidget:
        self.correct = Write(
            self.tr("Correct it"),
            self.tr("Change what is wrong. What was there before stays beneath it."),
        )
        self.correct.saved.connect(self._correct)
        self.notes, self.tags, self.files = Notes(), Tags(), Files()
        self.private, self.versions, self.delete = Private(), Versions(), Delete()
        self._cannot = second(
            self.tr(
                "A record of this kind cannot be corrected here. Write a note beside "
                "it instead."
            )
        )
        desk = self.context.desk
        self.notes.added.connect(
            lambda said: self._do(lambda k: desk.add_note(k, said))
        )
        self.notes.removed.connect(
            lambda note: self._do(lambda k: desk.remove_note(k, note))
        )
        self.tags.added.connect(lambda name: self._do(lambda k: desk.add_tag(k, name)))
        self.tags.removed.connect(
            lambda name: self._do(lambda k: desk.remove_tag(k, name))
        )
        self.files.wanted.connect(self._attach)
        self.files.saved.connect(self._save_file)
        self.files.removed.connect(
            lambda file: self._do(lambda k: desk.detach(k, file))
        )
        self.private.wanted.connect(
            lambda on: self._do(desk.keep_private if on else desk.end_private)
        )
        self.versions.back_to.connect(
            lambda number: self._do(lambda k: desk.go_back(k, number))
        )
        self.delete.confirmed.connect(self._delete)
        return self._laid_out()

    def _laid_out(self) -> QWidget:
        """Correcting on one side, adding on the other, where there is room."""
        left, right = QWidget(), QWidget()
        for side, parts in (
            (left, (self.correct, self._cannot, self.versions, self.delete)),
            (right, (self._note_of_hers(), self.notes, self.tags, self.files)),
        ):
            column = QVBoxLayout(side)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(theme.GAP)
            for part in parts:
                column.addWidget(part)
            if side is right:
                column.addWidget(self.private)
            column.addStretch(1)
        both = QWidget()
        columns = ColumnsLayout(wide=720, line_gap=theme.GAP)
        columns.add(left, 1)
        columns.add(right, 1)
        both.setLayout(columns)
        return both

    def _note_of_hers(self) -> QWidget:
        return second(
            self.tr(
                "Notes, tags and files stay with you. Whoever you share with never "
                "gets them; your own copy on a stick has them."
            )
        )

    def _fill_in(self, form: FormSheet) -> None:
        self._form = form
        self.header.say(form.name, self.tr("Write what you know."))
        self.write.title.setText(form.name)
        self.write.show_form(form)
        self._show(self.write)
        if self.write.form is not None:
            self.write.form.setFocus()

    def _write_down(self, entries: dict[str, str]) -> None:
        form = self._form
        if form is None:
            return
        self.notice.clear()
        self.ask(
            lambda _job: self.context.desk.write_down(form.category, entries),
            self._written,
        )

    def _written(self, key: str) -> None:
        self.changed.emit()
        self.start(key)
        self.notice.show_sentence(
            self.tr("It is written down. Here you can add to it."), tone=Tone.GO
        )

    def _correct(self, entries: dict[str, str]) -> None:
        if not entries:
            self.notice.show_sentence(self.tr("Nothing was changed."), tone=Tone.CALM)
            return
        self._do(
            lambda key: self.context.desk.correct(key, entries),
            said=self.tr("It is corrected. What was there before stays beneath it."),
        )

    def _attach(self) -> None:
        path = self.ask_file(self)
        if path is not None:
            self._do(lambda key: self.context.desk.attach(key, path))

    def _save_file(self, file: str, name: str) -> None:
        sheet, out = self.sheet, self.ask_where(self, name)
        if sheet is None or out is None:
            return
        desk = self.context.desk
        self.ask(
            lambda _job: desk.save_attached(sheet.key, file, out),
            lambda _done: self.notice.show_sentence(
                self.tr("It is saved. Anybody who has the file can read it."),
                tone=Tone.GO,
            ),
        )

    def _delete(self) -> None:
        sheet = self.sheet
        if sheet is not None:
            self.ask(lambda _job: self.context.desk.delete(sheet.key), self._deleted)

    def _deleted(self, _unsent: int) -> None:
        self.sheet = None
        self.changed.emit()
        self.go.emit("records")

    def _do(self, work: Callable[[str], HandSheet], *, said: str = "") -> None:
        """Do something with the record that is shown, and show it as it is then."""
        sheet = self.sheet
        if sheet is None:
            return

        def done(fresh: HandSheet) -> None:
            self.show_sheet(fresh)
            self.changed.emit()
            if said:
                self.notice.show_sentence(said, tone=Tone.GO)

        self.notice.clear()
        self.ask(lambda _job: work(sheet.key), done)

    def _leave(self) -> None:
        if self.write.isVisible():
            self.start()
        else:
            self.go.emit("records")


def _ask_file(parent: QWidget) -> Path | None:
    found, _ = QFileDialog.getOpenFileName(
        parent, "", "", wording.say("PDF or picture (*.pdf *.png *.jpg *.jpeg *.gif)")
    )
    return Path(found) if found else None


def _ask_where(parent: QWidget, name: str) -> Path | None:
    found, _ = QFileDialog.getSaveFileName(parent, "", name)
    return Path(found) if found else None
