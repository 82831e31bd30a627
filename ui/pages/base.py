"""What every page over an open wallet has: the desk, the bridge and one notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal

from ui.faults import sentence_for
from ui.store_thread import Lane
from ui.theme import Tone
from ui.widgets.notice import Notice
from ui.widgets.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ui.background import Background, Job, Step
    from ui.desk import Desk

T = TypeVar("T")


class Context:
    """What the window hands to each page."""

    def __init__(
        self, *, desk: Desk, bridge: Background, now: Callable[[], datetime]
    ) -> None:
        """Keep the desk, the bridge and the clock."""
        self.desk, self.bridge, self.now = desk, bridge, now


class DeskPage(Page):
    """A page that asks and shows; nothing it does blocks."""

    go = Signal(str)
    changed = Signal()

    def __init__(self, context: Context, words: str, sentence: str = "") -> None:
        """Begin with a hidden notice under the header."""
        super().__init__(words, sentence)
        self.context = context
        self.notice = Notice()
        self.body.addWidget(self.notice)

    def opened(self) -> None:
        """Load what the page shows; called whenever it comes to the front."""

    def ask(
        self,
        work: Callable[[Job], T],
        done: Callable[[T], None],
        *,
        failed: Callable[[Exception], None] | None = None,
        stepped: Callable[[Step], None] | None = None,
        lane: Lane = Lane.PLAIN,
    ) -> Job:
        """Run *work* on the store's thread and bring the answer here."""
        return self.context.bridge.run(
            work,
            owner=self,
            done=done,
            failed=failed or self.show_fault,
            stepped=stepped,
            lane=lane,
        )

    def show_fault(self, error: Exception) -> None:
        """Say what went wrong and what to do, never how the program calls it."""
        self.notice.show_sentence(sentence_for(error), tone=Tone.STOP)
