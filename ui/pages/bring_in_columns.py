"""Asks which column of a table is which, between reading a file and keeping it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets.buttons import Button
from ui.widgets.columns_form import ColumnsForm
from ui.widgets.layouts import FlowLayout
from wallet.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from ui.pages.base import DeskPage
    from ui.record_views import ColumnsAnswer, TableSheet


class ColumnsAsked(QWidget):
    """Holds the form while there is a question, and nothing otherwise."""

    explained = Signal(object)

    def __init__(self, page: DeskPage) -> None:
        """Ask the desk of *page*, and let it say what goes wrong."""
        super().__init__()
        self._page = page
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.form: ColumnsForm | None = None
        self.hide()

    def button(self, path: Path) -> QWidget:
        """Make the button that begins to ask about one table."""
        button = Button(self.tr("Tell which column is which"))
        button.clicked.connect(lambda _=False: self._begin(path))
        holder = QWidget()
        line = FlowLayout()
        line.addWidget(button)
        holder.setLayout(line)
        holder.setContentsMargins(56, 4, 0, 12)
        return holder

    def show_table(self, path: Path, sheet: TableSheet) -> None:
        """Ask which column of a table is which."""
        self.drop()
        form = ColumnsForm(sheet)
        form.answered.connect(lambda answer: self._explain(path, answer))
        form.left.connect(self.drop)
        self.form = form
        self._column.addWidget(form)
        self.show()
        form.first().setFocus()

    def drop(self) -> None:
        """Ask no more."""
        self.hide()
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    def understood(self, path: Path, asked: TableSheet | None) -> None:
        """Ask again what is still open, or say that all is known."""
        if asked is not None:
            self.show_table(path, asked)
            return
        self.drop()
        self.explained.emit(path)

    def _begin(self, path: Path) -> None:
        desk = self._page.context.desk
        self._page.ask(
            lambda _job: desk.table(path), lambda sheet: self.show_table(path, sheet)
        )

    def _explain(self, path: Path, answer: ColumnsAnswer) -> None:
        desk = self._page.context.desk
        self._page.ask(
            lambda _job: desk.explain_table(path, answer),
            lambda asked: self.understood(path, asked),
            failed=self._not_understood,
        )

    def _not_understood(self, error: Exception) -> None:
        if self.form is None or not isinstance(error, UsageError):
            self._page.show_fault(error)
            return
        self.form.complain(
            self.tr(
                "Say which column has the name and, for results, the value; and give "
                "each meaning to one column only."
            )
        )
