"""The page of one record: its parts, one under the other, or one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.record.acts import Acts
from ui.widgets.record.facts import facts_part
from ui.widgets.record.folds import Folds
from ui.widgets.record.head import head_part
from ui.widgets.record.letter import letter_part
from ui.widgets.record.number import number_part
from ui.widgets.record.origin import origin_fold
from ui.widgets.record.original import original_fold
from ui.widgets.record.own import own_part
from ui.widgets.record.place import place_part
from ui.widgets.record.seen_in import seen_in_fold
from ui.widgets.record.series import series_part
from ui.widgets.record.visit import visit_part
from ui.widgets.text import second

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.views import RecordSheet
    from ui.widgets.record.folds import Fold

    Part = Callable[[RecordSheet, Acts], QWidget | None]
    FoldPart = Callable[[RecordSheet, Acts], Fold | None]

T = TypeVar("T", bound=QWidget)

PARTS: tuple[Part, ...] = (
    head_part,
    number_part,
    place_part,
    series_part,
    facts_part,
    letter_part,
    visit_part,
    own_part,
)
"""In the order they stand; a part gives nothing where the record has nothing for it."""
FOLDS: tuple[FoldPart, ...] = (original_fold, seen_in_fold, origin_fold)
"""What opens under a button at the foot."""


class RecordPanel(Card):
    """Shows one record, or says that one can be chosen."""

    closed = Signal()

    def __init__(self) -> None:
        """Begin with nothing chosen."""
        super().__init__()
        self.acts = Acts(self)
        self.body.setContentsMargins(2, 8, 2, 8)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(self._area)
        self.back = Button(self.tr("Back to the list"), kind=Kind.QUIET, icon="back")
        self.back.clicked.connect(self.closed)
        self._alone = False
        self.sheet: RecordSheet | None = None
        self.say(self.tr("Choose a record to see everything it says."))

    def say(self, sentence: str) -> None:
        """Show only a sentence."""
        self.sheet = None
        column = self._fresh()
        column.addStretch(1)
        column.addWidget(second(sentence).centred())
        column.addStretch(1)

    def show_board(self, board: QWidget) -> None:
        """Show what stands here while no record is chosen."""
        self.sheet = None
        column = self._fresh()
        column.addWidget(board)
        column.addStretch(1)

    def set_alone(self, alone: bool) -> None:  # noqa: FBT001 - a Qt-like setter
        """Offer a way back when the list is not beside it."""
        self._alone = alone
        self.back.setVisible(alone)

    def show_sheet(self, sheet: RecordSheet) -> None:
        """Show one record."""
        self.sheet = sheet
        column = self._fresh()
        for part in PARTS:
            widget = part(sheet, self.acts)
            if widget is not None:
                column.addWidget(widget)
        folds = [fold for make in FOLDS if (fold := make(sheet, self.acts))]
        if folds:
            column.addSpacing(8)
            column.addWidget(Folds(folds))
        column.addStretch(1)

    def part(self, kind: type[T]) -> T:
        """The part of this kind that stands there.

        Raises:
            LookupError: this record has none.
        """
        content = self._area.widget()
        found = None if content is None else content.findChild(kind)
        if found is None:
            raise LookupError(kind.__name__)
        return found

    def _fresh(self) -> QVBoxLayout:
        self.back.setParent(self)
        self.back.hide()
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(22, 12, 22, 12)
        column.setSpacing(6)
        self.back.setVisible(self._alone)
        column.addWidget(self.back)
        self._area.setWidget(content)
        self._area.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        return column
