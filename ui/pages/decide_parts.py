"""The questions of a share: what, until when, what stays out, who is replaced."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDateEdit,
    QVBoxLayout,
    QWidget,
)

from ui import kinds, wording
from ui.theme import Tone
from ui.views import Scope
from ui.widgets.card import Card
from ui.widgets.chip import Pill
from ui.widgets.choice import ChoiceCard, TickRow
from ui.widgets.layouts import ColumnsLayout, FlowLayout
from ui.widgets.row import FactRow, Rows
from ui.widgets.text import heading, small, strong

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ui.views import Permission, Preview, RecordsOverview

_USUAL_DAYS, _MOST_DAYS = 90, 1095


class ScopePicker(QWidget):
    """Everything, or chosen kinds within dates."""

    changed = Signal()

    def __init__(self, question: str = "", *, first_day: str = "") -> None:
        """Begin with everything; *first_day* names the day for a screen reader."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(strong(question or self.tr("What may they see?")))
        self.everything = ChoiceCard(self.tr("Everything"), " ")
        self.choose = ChoiceCard(self.tr("I choose"), self.tr("Pick kinds and dates"))
        cards = QWidget()
        columns = ColumnsLayout(wide=360, gap=12)
        columns.add(self.everything, 1)
        columns.add(self.choose, 1)
        cards.setLayout(columns)
        column.addWidget(cards)
        group = QButtonGroup(self)
        group.addButton(self.everything)
        group.addButton(self.choose)
        self.everything.setChecked(True)
        self.choose.toggled.connect(self._toggled)
        self._more = QWidget()
        more = QVBoxLayout(self._more)
        more.setContentsMargins(0, 0, 0, 0)
        more.setSpacing(10)
        self._pills: dict[str, Pill] = {}
        self._flow = FlowLayout()
        flow_holder = QWidget()
        flow_holder.setLayout(self._flow)
        more.addWidget(flow_holder)
        self.limit = TickRow(self.tr("Only from a certain day on"))
        self.limit.toggled.connect(self._limited)
        more.addWidget(self.limit)
        self.since = _date_edit(first_day or self.tr("First day they may see"))
        self.since.dateChanged.connect(lambda _day: self.changed.emit())
        self.since.hide()
        more.addWidget(self.since)
        self._more.hide()
        column.addWidget(self._more)

    def restart(self) -> None:
        """Go back to everything."""
        self.everything.setChecked(True)
        self.limit.setChecked(False)
        for pill in self._pills.values():
            pill.setChecked(True)

    def offer(self, overview: RecordsOverview) -> None:
        """Offer the kinds there are."""
        words = wording.records(overview.total)
        if overview.first_year is not None:
            words = self.tr("{records}, {year} to today").format(
                records=words, year=overview.first_year
            )
            self.since.setDate(QDate(overview.first_year, 1, 1))
        self.everything.set_note(words)
        for category, count in overview.counts:
            if count and category not in self._pills:
                pill = Pill(kinds.many(category))
                pill.setChecked(True)
                pill.toggled.connect(lambda _on: self.changed.emit())
                self._pills[category] = pill
                self._flow.addWidget(pill)

    def chosen(self) -> Scope:
        """Give what is chosen."""
        if self.everything.isChecked():
            return Scope()
        ticked = {name for name, pill in self._pills.items() if pill.isChecked()}
        since = None
        if self.limit.isChecked():
            day = self.since.date()
            since = date(day.year(), day.month(), day.day())
        return Scope(kinds=frozenset(ticked), since=since)

    def _toggled(self, on: bool) -> None:  # noqa: FBT001 - a slot of a bool signal
        self._more.setVisible(on)
        self.changed.emit()

    def _limited(self, on: bool) -> None:  # noqa: FBT001 - a slot of a bool signal
        self.since.setVisible(on)
        self.changed.emit()


class Until(QWidget):
    """How long, as pills, and the day it ends in words."""

    changed = Signal()

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Begin with 90 days."""
        super().__init__()
        self._now = now
        self._days = self._most = _USUAL_DAYS
        self._latest: datetime | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(strong(self.tr("Until when?")))
        flow = FlowLayout(gap=10)
        group = QButtonGroup(self)
        self.pills: dict[int, Pill] = {}
        for days, words in (
            (1, self.tr("One day")),
            (30, self.tr("30 days")),
            (90, self.tr("90 days")),
            (365, self.tr("1 year")),
            (0, self.tr("Pick a date...")),
        ):
            pill = Pill(words, tall=True)
            pill.clicked.connect(lambda _on, which=days: self._choose(which))
            group.addButton(pill)
            flow.addWidget(pill)
            self.pills[days] = pill
        column.addLayout(flow)
        self.day = _date_edit(self.tr("The last day they may look"))
        self.day.dateChanged.connect(self._picked)
        self.day.hide()
        column.addWidget(self.day)
        self._said = small()
        column.addWidget(self._said)
        self.restart()

    def restart(self, latest: datetime | None = None) -> None:
        """Go back to 90 days, or the longest below that ends by *latest*."""
        self._latest, self._most = latest, _MOST_DAYS
        if latest is not None:
            left = (latest - self._now()) // timedelta(days=1)
            self._most = min(max(left, 1), _MOST_DAYS)
        for days, pill in self.pills.items():
            pill.setVisible(days <= self._most)
        fits = [days for days in self.pills if 0 < days <= self._most]
        usual = max(days for days in fits if days <= _USUAL_DAYS)
        self.pills[usual].setChecked(True)
        self._choose(usual)

    def days(self) -> int:
        """Give the length in days."""
        return self._days

    def _choose(self, days: int) -> None:
        self.day.setVisible(days == 0)
        if days == 0:
            today = self._now().astimezone().date()
            first = QDate(today.year, today.month, today.day)
            self.day.setDateRange(first.addDays(1), first.addDays(self._most))
            self.day.setDate(first.addDays(self._days))
            self.day.setFocus()
        else:
            self._days = days
        self._say()

    def _picked(self, day: QDate) -> None:
        today = self._now().astimezone().date()
        picked = date(day.year(), day.month(), day.day())
        self._days = max(1, (picked - today).days)
        self._say()

    def _say(self) -> None:
        ends = self._now().astimezone() + timedelta(days=self._days)
        said = self.tr("They can look until {day}. You can end it any day.")
        said = said.format(day=wording.day(ends))
        if self._latest is not None and self._most < _MOST_DAYS:
            most = self._now().astimezone() + timedelta(days=self._most)
            more = self.tr(
                "The public ledger takes permissions until {day} for now; you can "
                "renew this one later."
            )
            said += "\n" + more.format(day=wording.day(most))
        self._said.setText(said)
        self.changed.emit()


class LeftOut(Card):
    """Sensitive records stay out unless they are ticked, one label at a time."""

    changed = Signal()

    def __init__(self) -> None:
        """Begin hidden."""
        super().__init__()
        self.body.addWidget(strong(self.tr("Left out unless you tick it")))
        self.ticks: dict[str, TickRow] = {}
        self._codes: dict[str, str] = {}
        self.hide()

    def offer(self, labels: Sequence[tuple[str, int]]) -> None:
        """Offer every label met so far; ticked ones stay offered.

        Labels of one name are one box: a record that bears two of them is shown only
        when both are let through.
        """
        fresh: dict[str, list[tuple[str, int]]] = {}
        for code, count in labels:
            if count and code not in self._codes:
                fresh.setdefault(kinds.label(code), []).append((code, count))
        for name, found in fresh.items():
            self._codes.update((code, name) for code, _ in found)
            if name not in self.ticks:
                tick = TickRow(name, _how_many([count for _, count in found]))
                tick.toggled.connect(lambda _on: self.changed.emit())
                self.ticks[name] = tick
                self.body.addWidget(tick)
        self.setVisible(bool(self.ticks))

    def ticked(self) -> frozenset[str]:
        """Give the labels that may be seen."""
        return frozenset(
            code for code, name in self._codes.items() if self.ticks[name].isChecked()
        )


class Switch(Card):
    """One confirmation that also ends somebody else's access."""

    changed = Signal()

    def __init__(self) -> None:
        """Begin hidden."""
        super().__init__()
        self._items: list[tuple[Permission, TickRow]] = []
        self.body.setSpacing(4)
        self._head = strong(self.tr("I am switching: this also ends"))
        self._read = small(self.tr("What they have already read cannot be taken back."))
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self.body.addWidget(self._head)
        self.body.addWidget(self._read)
        self.body.addLayout(self._column)
        self.hide()

    def offer(self, items: Sequence[Permission]) -> None:
        """Offer to end one of *items*; the one that would last longest comes first."""
        for _, tick in self._items:
            tick.hide()
            tick.deleteLater()
        self._items = []
        several = len(items) > 1
        for item in sorted(items, key=lambda item: item.ends, reverse=True):
            tick = self._tick(item, several=several)
            tick.toggled.connect(
                lambda on, this=tick: self._only(this) if on else self.changed.emit()
            )
            self._items.append((item, tick))
            self._column.addWidget(tick)
        self._head.setVisible(several)
        self._read.setVisible(several)
        self.setVisible(bool(self._items))
        self.changed.emit()

    def _tick(self, item: Permission, *, several: bool) -> TickRow:
        if several:
            words = self.tr("{name}'s access").format(name=item.reader)
            return TickRow(words, item.scope)
        words = self.tr("I am switching: end {name}'s access too")
        return TickRow(words.format(name=item.reader), self._read.text())

    def chosen(self) -> Permission | None:
        """Give the permission that ends."""
        for item, tick in self._items:
            if tick.isChecked():
                return item
        return None

    def ticks(self) -> list[TickRow]:
        """Give the boxes, in their order."""
        return [tick for _, tick in self._items]

    def _only(self, chosen: TickRow) -> None:
        for _, tick in self._items:
            if tick is not chosen:
                tick.setChecked(False)
        self.changed.emit()


class PreviewCard(Card):
    """Exactly what the reader will see, counted."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._title = heading()
        self.body.addWidget(self._title)
        self._exactly = small()
        self.body.addWidget(self._exactly)
        self.rows = Rows()
        self.body.addLayout(self.rows)
        self.body.addStretch(1)
        self.begin()

    def begin(self) -> None:
        """Show nothing of an earlier count while the next one is made."""
        self.rows.clear()
        self._exactly.setText(self.tr("Counting your records."))

    def set_reader(self, name: str) -> None:
        """Say whose view it is."""
        self._title.setText(self.tr("What {name} will see").format(name=name))

    def show_preview(self, preview: Preview) -> None:
        """Show the counts."""
        self.rows.clear()
        for category, count in preview.rows:
            if count:
                self.rows.add(FactRow(kinds.many(category), wording.number(count)))
        if not preview.total:
            self.rows.add(small(self.tr("Nothing. Choose at least one kind.")))
        if preview.hidden:
            left = wording.number(preview.hidden)
            self.rows.add(FactRow(self.tr("Left out"), left, tone=Tone.MUTED))
        self._exactly.setText(self._exact_words(preview))

    def _exact_words(self, preview: Preview) -> str:
        """A chosen part takes along whom its records name; no row counts them."""
        if not preview.hidden:
            return wording.counted(
                preview.total,
                self.tr("Exactly this 1 record, and nothing else."),
                self.tr("Exactly these {n} records, and nothing else."),
            )
        return wording.counted(
            preview.total,
            self.tr("This 1 record and whom it names, and nothing else."),
            self.tr("These {n} records and whom they name, and nothing else."),
        )


def _how_many(counts: Sequence[int]) -> str:
    """How many records bear one of several labels; one record may bear several."""
    words = wording.records(max(counts))
    if len(counts) == 1:
        return words
    return wording.say("at least {records}").format(records=words)


def _date_edit(name: str) -> QDateEdit:
    edit = QDateEdit()
    edit.setCalendarPopup(True)
    edit.setDisplayFormat("d MMMM yyyy")
    edit.setAccessibleName(name)
    today = datetime.now(tz=UTC).astimezone().date()
    edit.setDate(QDate(today.year, today.month, today.day))
    edit.setMaximumWidth(320)
    return edit
