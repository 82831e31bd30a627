"""The open wallet: the rail, the page, and a line for what is not yet in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui import theme, wording
from ui.faults import sentence_for
from ui.ledger_words import say_ledger
from ui.page_shelf import PageShelf
from ui.pages.activity import ActivityPage
from ui.pages.bring_in import BringInPage
from ui.pages.by_hand import ByHandPage
from ui.pages.decide import DecidePage
from ui.pages.emergency import EmergencyPage
from ui.pages.home import HomePage
from ui.pages.permission import PermissionPage
from ui.pages.questions import QuestionsPage
from ui.pages.records import RecordsPage
from ui.pages.settings import SettingsPage
from ui.pages.share import SharePage
from ui.pages.take import TakePage
from ui.store_thread import Lane
from ui.theme import Tone
from ui.views import State
from ui.widgets.notice import Notice
from ui.widgets.rail import Rail
from wallet.errors import CancelledError, WalletError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from PySide6.QtGui import QResizeEvent

    from ui.background import Job, Step
    from ui.pages.base import Context, DeskPage
    from ui.preferences import Preferences
    from ui.views import LedgerLine, Permission

_RAIL_NEEDS = 1080
_CALM_MS, _WAITING_MS, _RESTING_MS = 120_000, 5_000, 1_800_000
_PARENT = {
    "bring_in": "records",
    "by_hand": "records",
    "questions": "records",
    "decide": "share",
    "permission": "share",
    "emergency": "take",
}
T = TypeVar("T")
_AnyPage: TypeAlias = "DeskPage | RecordsPage"


class Shell(QWidget):
    """Moves between pages and keeps the ledger's word and the outbox in sight."""

    locked = Signal()
    preferred = Signal(object)

    def __init__(self, context: Context, preferences: Preferences) -> None:
        """Make the rail; a page is made, and loads, when it is first opened."""
        super().__init__()
        self.context, self._preferences = context, preferences
        self._sync_job: Job | None = None
        self._step: Step | None = None  # how far a long reading has come
        self._waiting = False
        self.rail = self._make_rail()
        self.outbox = Notice(self.tr("Try now"))
        self.outbox.button.clicked.connect(self.sync)
        self._holder = QWidget()
        holder = QVBoxLayout(self._holder)
        holder.setContentsMargins(theme.MARGIN_X, 16, theme.MARGIN_X, 0)
        holder.addWidget(self.outbox)
        self._holder.hide()
        self.stack = QStackedWidget()
        self.pages: PageShelf[_AnyPage] = PageShelf(
            {
                "home": lambda: HomePage(context),
                "records": lambda: RecordsPage(context),
                "bring_in": lambda: BringInPage(context),
                "by_hand": lambda: ByHandPage(context),
                "questions": lambda: QuestionsPage(context),
                "share": lambda: SharePage(context),
                "decide": lambda: DecidePage(context),
                "permission": lambda: PermissionPage(context),
                "activity": lambda: ActivityPage(context),
                "take": lambda: TakePage(context),
                "emergency": lambda: EmergencyPage(context),
                "settings": lambda: SettingsPage(context, self._preferences),
            },
            made=self._connect,
        )
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._holder)
        right.addWidget(self.stack, 1)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.rail)
        line.addLayout(right, 1)
        self.stack.currentChanged.connect(lambda _index: self._place_outbox())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.sync)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)
        theme.changed().changed.connect(self._fit)

    def begin(self) -> None:
        """Say what is known without the network, then go and ask."""
        self.rail.focus_page("home")
        self._run(lambda _job: self.context.desk.ledger(), self.show_ledger)
        self.sync()

    def leave(self) -> None:
        """Stop asking and forget every answer still under way."""
        self._timer.stop()
        self.context.bridge.drop(self)
        for page in self.pages.made():
            self.context.bridge.drop(page)

    def show_page(self, where: str) -> None:
        """Bring a page to the front; ``permission:KEY`` names one permission."""
        name, _, key = where.partition(":")
        if name == "permission" and key:
            self._open_permission(key)
            return
        if name == "decide":
            card = self.share.card
            if card is None:
                return
            self.decide.start(card)
        page = self.pages[name]
        if isinstance(page, ByHandPage):
            page.start(key)
        self.stack.setCurrentWidget(page)
        self.rail.choose(_PARENT.get(name, name))
        page.opened()
        if name == "activity":
            self.sync()  # whoever asks who looked wants to know it as of now

    def sync(self) -> None:
        """Send what waits and bring the ledger copy up to date, in the background."""
        if self._sync_job is not None and not self._sync_job.finished:
            return
        self._timer.start(_CALM_MS)  # whatever becomes of this one, another follows
        self.outbox.button.setEnabled(False)
        self._sync_job = self.context.bridge.run(
            self.context.desk.sync,
            owner=self,
            done=self._synced,
            failed=self._not_synced,
            stepped=self._reading,
            lane=Lane.TURN,
        )

    def show_ledger(self, line: LedgerLine) -> None:
        """Say at the foot of the rail what the ledger says."""
        words, tone, icon = say_ledger(line, self.context.now())
        self.rail.ledger.show_sentence(words, tone=tone, icon=icon)

    def show_outbox(self, items: tuple[Permission, ...]) -> None:
        """Say what is signed but not yet in force, or nothing."""
        waiting = [
            item for item in items if item.pending or item.state is State.WAITING
        ]
        held = [item.held_until for item in waiting if item.held_until is not None]
        self._waiting = bool(waiting)
        self._place_outbox()
        self._timer.start(self._pause(held, trying=len(held) < len(waiting)))
        if not waiting:
            self.outbox.clear()
            return
        names = ", ".join(dict.fromkeys(item.reader for item in waiting))
        words = self.tr(
            "Signed, not yet in force: {names}. Heartwood goes on trying by itself."
        ).format(names=names)
        if len(held) == len(waiting):
            words = self.tr(
                "Waits on purpose until {time}: {names}. Then it is sent by itself."
            ).format(time=wording.as_of(max(held), self.context.now()), names=names)
        if self.outbox.words.text() != words or self.outbox.isHidden():
            self.outbox.show_sentence(words, tone=Tone.WAIT)

    def _pause(self, held: list[datetime], *, trying: bool) -> int:
        """Milliseconds to the next sync: what waits on purpose is no reason to hurry.

        A wallet that asked every few seconds would say that it is about to share.
        """
        if trying:
            return _WAITING_MS
        now = self.context.now()
        left = [int((moment - now).total_seconds() * 1_000) for moment in held]
        return max(_WAITING_MS, min([_CALM_MS, *left]))

    def _place_outbox(self) -> None:
        """Show the line, except where the page itself says the same."""
        told = isinstance(self.stack.currentWidget(), PermissionPage)
        self._holder.setVisible(self._waiting and not told)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show only icons in the rail when it is narrow."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.rail.set_narrow(self.width() < theme.current().px(_RAIL_NEEDS))

    @property
    def share(self) -> SharePage:
        """The first step of a share."""
        page = self.pages["share"]
        assert isinstance(page, SharePage)  # noqa: S101 - made above
        return page

    @property
    def decide(self) -> DecidePage:
        """The second step of a share."""
        page = self.pages["decide"]
        assert isinstance(page, DecidePage)  # noqa: S101 - made above
        return page

    @property
    def permission(self) -> PermissionPage:
        """One permission."""
        page = self.pages["permission"]
        assert isinstance(page, PermissionPage)  # noqa: S101 - made above
        return page

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        """A button that rests while it works must not hand the keyboard to Lock now."""
        gone = old is not None and not (old.isEnabled() and old.isVisible())
        if gone and self.rail.locks(new):
            self.rail.focus_chosen()

    def _make_rail(self) -> Rail:
        rail = Rail()
        rail.add_page("home", self.tr("Home"), "home")
        rail.add_page("records", self.tr("Records"), "records")
        rail.add_page("share", self.tr("Share"), "share")
        rail.add_page("activity", self.tr("Activity"), "activity")
        rail.add_page("take", self.tr("Take with me"), "stick")
        rail.add_page("settings", self.tr("Settings"), "settings", foot=True)
        rail.chosen.connect(self.show_page)
        rail.lock.connect(self.locked)
        rail.ledger.stop.connect(self._stop_reading)
        rail.ledger.go_on.connect(self.sync)
        return rail

    def _connect(self, page: _AnyPage) -> None:
        page.go.connect(self.show_page)
        page.changed.connect(self.sync)
        if isinstance(page, DecidePage):
            page.shared.connect(self._shared)
        elif isinstance(page, SettingsPage):
            page.preferred.connect(self._prefer)
        self.stack.addWidget(page)

    def _prefer(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self.preferred.emit(preferences)

    def _shared(self, made: Permission, ended: Permission | None) -> None:
        if ended is None:
            self.permission.show_permission(made)
        else:
            self.permission.show_switched(made, ended)
            self._run(
                lambda _job: self.context.desk.permissions(),
                self.permission.bring_up,
            )
        self.stack.setCurrentWidget(self.permission)
        self.rail.choose("share")

    def _open_permission(self, key: str) -> None:
        self._run(
            lambda _job: self.context.desk.permissions(),
            lambda items: self._show_one(items, key),
        )

    def _show_one(self, items: tuple[Permission, ...], key: str) -> None:
        for item in items:
            if item.key == key:
                self.permission.show_permission(item)
                self.stack.setCurrentWidget(self.permission)
                self.rail.choose("share")

    def _reading(self, step: Step) -> None:
        """A copy that is far behind says how far it has come."""
        self._step = step
        self.rail.ledger.show_reading(step.said, done=step.done, total=step.total)

    def _stop_reading(self) -> None:
        if self._sync_job is not None:
            self._sync_job.cancel()

    def _stopped(self) -> None:
        """The person stopped a long reading; it rests until there is a reason."""
        self._timer.start(_RESTING_MS)
        said = self.tr("Reading has stopped; what was read is kept.")
        if self._step is not None:
            said = f"{self._step.said}\n{said}"
        self.rail.ledger.show_stopped(said)

    def _synced(self, line: LedgerLine) -> None:
        self._step = None
        self.outbox.button.setEnabled(True)
        self.show_ledger(line)
        self._run(lambda _job: self.context.desk.permissions(), self._after_sync)

    def _after_sync(self, items: tuple[Permission, ...]) -> None:
        self.show_outbox(items)
        current = self.stack.currentWidget()
        if isinstance(current, PermissionPage):
            if current.item is not None:
                current.bring_up(items)
        elif isinstance(current, HomePage | ActivityPage | SharePage):
            current.opened()

    def _not_synced(self, error: Exception) -> None:
        self.outbox.button.setEnabled(True)
        if isinstance(error, CancelledError):
            self._stopped()
            return
        if not isinstance(error, WalletError):
            foot = self.rail.ledger
            foot.show_sentence(sentence_for(error), tone=Tone.WAIT, icon="warning")
        self._run(lambda _job: self.context.desk.ledger(), self.show_ledger)
        self._run(lambda _job: self.context.desk.permissions(), self.show_outbox)

    def _run(self, work: Callable[[Job], T], done: Callable[[T], None]) -> None:
        self.context.bridge.run(work, owner=self, done=done, failed=lambda _error: None)
