"""The cards of the page for a patient's own hand; each says what is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.theme import Tone
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.chip import StateChip
from ui.widgets.entry_form import EntryForm, LongField
from ui.widgets.field import Field
from ui.widgets.layouts import FlowLayout
from ui.widgets.row import Row, RowButton, RowFace, Rows
from ui.widgets.text import Text, heading, second

if TYPE_CHECKING:
    from ui.hand_views import FormSheet, HandSheet


class Choose(Card):
    """Which form it is to be."""

    chosen = Signal(object)

    def __init__(self) -> None:
        """Wait for the forms."""
        super().__init__()
        self.body.addWidget(heading(self.tr("What do you want to write down?")))
        self.rows = Rows()
        self.buttons: dict[str, RowButton] = {}
        self.body.addLayout(self.rows)

    def offer(self, forms: tuple[FormSheet, ...]) -> None:
        """One row a form; the whole row is the target."""
        self.rows.clear()
        self.buttons.clear()
        for form in forms:
            example = form.fields[0].example
            note = self.tr("For example: {words}").format(words=example)
            row = RowButton(RowFace(first=form.name, second=note))
            row.clicked.connect(lambda _on=False, which=form: self.chosen.emit(which))
            self.rows.add(row)
            self.buttons[form.category] = row


class Write(Card):
    """One form, to be filled in or corrected."""

    saved = Signal(dict)

    def __init__(self, words: str, note: str) -> None:
        """Say under *words* what saving does."""
        super().__init__()
        self.title = heading(words)
        self.body.addWidget(self.title)
        self.body.addWidget(second(note))
        self.body.addSpacing(8)
        self.form: EntryForm | None = None
        self.save = Button(self.tr("Save"), kind=Kind.ACCENT)
        self.save.clicked.connect(self._save)
        self.body.addWidget(self.save)

    def show_form(self, sheet: FormSheet, said: dict[str, str] | None = None) -> None:
        """Show the fields with what they say now."""
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
        self.form = EntryForm(sheet, said)
        self.form.entered.connect(self._save)
        self.body.insertWidget(self.body.count() - 1, self.form)
        self.body.setSpacing(12)

    def _save(self) -> None:
        if self.form is None:
            return
        entries = self.form.entries()
        if entries is not None:
            self.saved.emit(entries)


class Notes(Card):
    """Notes beside a record."""

    added = Signal(str)
    removed = Signal(str)

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.body.addWidget(heading(self.tr("Your notes")))
        self.rows = Rows()
        self.body.addLayout(self.rows)
        self.field = LongField(self.tr("A new note"))
        self.body.addWidget(self.field)
        self.add = Button(self.tr("Add this note"))
        self.add.clicked.connect(self._add)
        self.body.addWidget(self.add)

    def show_sheet(self, sheet: HandSheet) -> None:
        """Show every note, oldest first."""
        self.rows.clear()
        self.field.edit.clear()
        for note in sheet.notes:
            gone = Button(self.tr("Remove"), kind=Kind.QUIET)
            gone.setAccessibleName(
                self.tr("Remove the note of {day}").format(day=note.when)
            )
            gone.clicked.connect(lambda _on=False, k=note.key: self.removed.emit(k))
            self.rows.add(
                Row(RowFace(first=note.text, second=note.when, right=(gone,)))
            )

    def _add(self) -> None:
        if self.field.text().strip():
            self.added.emit(self.field.text())
        else:
            self.field.setFocus()


class Tags(Card):
    """Words of her own, to find records by."""

    added = Signal(str)
    removed = Signal(str)

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.body.addWidget(heading(self.tr("Your tags")))
        self._line = FlowLayout(gap=12)
        self._holder = QWidget()
        self._holder.setLayout(self._line)
        self.body.addWidget(self._holder)
        self.field = Field(
            self.tr("A new tag"), hint=self.tr("A word to find it by: knee, ask, 2026.")
        )
        self.field.entered.connect(self._add)
        self.body.addWidget(self.field)
        self.add = Button(self.tr("Add this tag"))
        self.add.clicked.connect(self._add)
        self.body.addWidget(self.add)

    def show_sheet(self, sheet: HandSheet) -> None:
        """One button a tag; pressing it takes the tag away."""
        while (item := self._line.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.field.line.clear()
        self._holder.setVisible(bool(sheet.tags))
        for name in sheet.tags:
            button = Button(name, icon="cross")
            button.setAccessibleName(self.tr("Remove the tag {name}").format(name=name))
            button.clicked.connect(lambda _on=False, n=name: self.removed.emit(n))
            self._line.addWidget(button)

    def _add(self) -> None:
        if self.field.text().strip():
            self.added.emit(self.field.text())
        else:
            self.field.setFocus()


class Files(Card):
    """PDFs and pictures beside a record."""

    wanted = Signal()
    saved = Signal(str, str)
    removed = Signal(str)

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.body.addWidget(heading(self.tr("Your files")))
        self.rows = Rows()
        self.body.addLayout(self.rows)
        self.add = Button(self.tr("Attach a PDF or a picture..."), icon="plus")
        self.add.clicked.connect(self.wanted)
        self.body.addWidget(self.add)

    def show_sheet(self, sheet: HandSheet) -> None:
        """A row a file, with what can be done with it."""
        self.rows.clear()
        for file in sheet.files:
            save = Button(self.tr("Save a copy..."), kind=Kind.QUIET)
            gone = Button(self.tr("Remove"), kind=Kind.QUIET)
            save.setAccessibleName(
                self.tr("Save a copy of {name}").format(name=file.name)
            )
            gone.setAccessibleName(self.tr("Remove {name}").format(name=file.name))
            save.clicked.connect(
                lambda _on=False, f=file: self.saved.emit(f.key, f.name)
            )
            gone.clicked.connect(lambda _on=False, k=file.key: self.removed.emit(k))
            face = RowFace(first=file.name, second=file.about, right=(save, gone))
            self.rows.add(Row(face))


class Private(Card):
    """Marks, each with its reason, and her own one to put on or take off."""

    wanted = Signal(bool)

    def __init__(self) -> None:
        """Wait for a record."""
        super().__init__()
        self.body.addWidget(heading(self.tr("Who may see it")))
        self.words = second("")
        self.body.addWidget(self.words)
        self.rows = Rows()
        self.body.addLayout(self.rows)
        self._private = False
        self.button = Button("", icon="lock")
        self.button.clicked.connect(lambda: self.wanted.emit(not self._private))
        self.body.addWidget(self.button)

    def show_sheet(self, sheet: HandSheet) -> None:
        """Say how it stands."""
        self._private = sheet.private
        self.words.setText(
            self.tr("You keep this private. It is shared only if you tick that.")
            if sheet.private
            else self.tr(
                "It goes along when you share records of its kind, unless a mark below "
                "keeps it out."
            )
        )
        self.button.setText(
            self.tr("Do not keep it private any more")
            if sheet.private
            else self.tr("Keep this private")
        )
        self.rows.clear()
        for mark in sheet.marks:
            chip = StateChip(mark.words, icon="lock", tone=Tone.WAIT)
            holder = QWidget()
            line = QHBoxLayout(holder)
            line.setContentsMargins(0, 8, 0, 8)
            line.addWidget(chip)
            line.addWidget(Text(mark.reason), 1)
            self.rows.add(holder)


class Versions(Card):
    """What was there before, and the way back to it."""

    back_to = Signal(int)

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.body.addWidget(heading(self.tr("Earlier versions")))
        self.body.addWidget(
            second(self.tr("Nothing is lost when you correct. You can go back."))
        )
        self.rows = Rows()
        self.buttons: dict[int, Button] = {}
        self.body.addLayout(self.rows)

    def show_sheet(self, sheet: HandSheet) -> None:
        """Newest first; only where there is more than one."""
        self.rows.clear()
        self.buttons.clear()
        self.setVisible(len(sheet.versions) > 1)
        for version in sheet.versions:
            right: tuple[QWidget, ...]
            if version.holds:
                right = (StateChip(self.tr("Counts now"), icon="check", tone=Tone.GO),)
            else:
                button = Button(self.tr("Use this one again"), kind=Kind.QUIET)
                button.setAccessibleName(
                    self.tr("Use the version of {words} again").format(
                        words=version.title
                    )
                )
                button.clicked.connect(
                    lambda _on=False, n=version.number: self.back_to.emit(n)
                )
                self.buttons[version.number] = button
                right = (button,)
            said = "\n".join(version.changes)
            face = RowFace(first=version.title, second=said, right=right)
            self.rows.add(Row(face))


class Delete(Card):
    """Asked twice, in plain words; there is no way back, so none is offered."""

    confirmed = Signal()

    def __init__(self) -> None:
        """Begin with the first question."""
        super().__init__()
        self.body.addWidget(heading(self.tr("Delete this record")))
        self.words = second("")
        self.body.addWidget(self.words)
        line = FlowLayout(gap=12)
        self.ask = Button(self.tr("Delete..."))
        self.ask.clicked.connect(self._ask)
        self.really = Button(self.tr("Delete it for good"), kind=Kind.STOP)
        self.really.clicked.connect(self.confirmed)
        self.keep = Button(self.tr("Keep it"), tall=True)
        self.keep.clicked.connect(self.reset)
        for button in (self.ask, self.really, self.keep):
            line.addWidget(button)
        self.body.addLayout(line)
        self.reset()

    def reset(self) -> None:
        """Ask nothing."""
        self.words.setText(
            self.tr("If it is only wrong, correct it instead: then nothing is lost.")
        )
        self.ask.show()
        self.really.hide()
        self.keep.hide()

    def _ask(self) -> None:
        self.words.setText(
            self.tr(
                "It goes from this computer with all its versions, notes and files, "
                "and nobody can bring it back. Files you brought it in from, copies "
                "on sticks and what others have already read stay where they are."
            )
        )
        self.ask.hide()
        self.really.show()
        self.keep.show()
        self.keep.setFocus()
