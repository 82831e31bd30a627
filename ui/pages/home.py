"""Home: who can see my records, what happened, and what needs me."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import kinds, wording
from ui.pages.base import Context, DeskPage
from ui.pages.events import EVENT_MARKS
from ui.theme import Tone
from ui.views import State
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.chip import state_chip
from ui.widgets.layouts import ColumnsLayout, FlowLayout
from ui.widgets.rings import MOST, Ring, Rings, hue
from ui.widgets.row import Dot, RoundMark, Row, RowButton, RowFace, Rows
from ui.widgets.text import heading, second, small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.views import Event, Overview, Permission

_LATEST = 2


class HomePage(DeskPage):
    """The signature picture, with the same facts as a list beside it."""

    def __init__(self, context: Context) -> None:
        """Begin with nothing loaded."""
        super().__init__(context, "")
        self.share = Button(
            self.tr("Share with a doctor"), kind=Kind.ACCENT, icon="share"
        )
        self.share.clicked.connect(lambda: self.go.emit("share"))
        self.bring = Button(self.tr("Bring in records"), kind=Kind.ACCENT, icon="plus")
        self.bring.clicked.connect(lambda: self.go.emit("bring_in"))
        self.bring.hide()
        actions = QWidget()
        line = FlowLayout()
        line.addWidget(self.share)
        line.addWidget(self.bring)
        actions.setLayout(line)
        self.header.add_action(actions)
        self.rows: list[RowButton] = []
        self._shown: Overview | None = None
        self._who = self._make_who()
        self.body.addWidget(self._who)
        self.happened = _Panel(self.tr("What happened"))
        self.needs = _Panel(self.tr("Needs you"), tone=Tone.WAIT)
        lower = QWidget()
        columns = ColumnsLayout(wide=720)
        columns.add(self.happened, 1)
        columns.add(self.needs, 1)
        lower.setLayout(columns)
        self.body.addWidget(lower)
        self.body.addStretch(1)

    def opened(self) -> None:
        """Load everything Home shows."""
        self.ask(lambda _job: self.context.desk.overview(), self.show_overview)

    def show_overview(self, overview: Overview) -> None:
        """Show one overview; the same one again moves nothing."""
        if overview == self._shown:
            return
        self._shown = overview
        live = [item for item in overview.permissions if item.live]
        standing = [item for item in live if item.state is not State.WAITING]
        self.notice.clear()
        self._say_hello(overview, len(standing))
        self._show_who(overview, live, len(standing))
        self._show_happened(overview.events)
        self._show_needs(overview, live)

    def _say_hello(self, overview: Overview, looking: int) -> None:
        hello = wording.greeting(self.context.now())
        if overview.name:
            hello = self.tr("{hello}, {name}").format(hello=hello, name=overview.name)
        if looking:
            sentence = wording.counted_in_words(
                looking,
                self.tr("One reader may see records of yours. You decide how long."),
                self.tr(
                    "{n} people or places may see records of yours. You decide how "
                    "long."
                ),
            )
        elif overview.records:
            sentence = self.tr("Nobody but you can see your records.")
        else:
            sentence = self.tr("Your wallet is empty and only you can open it.")
        self.header.say(hello, sentence)
        self.share.setVisible(overview.records > 0)
        self.bring.setVisible(overview.records == 0)

    def _make_who(self) -> Card:
        card = Card()
        holder = QWidget()
        columns = ColumnsLayout(wide=640, gap=40)
        self.rings = Rings()
        self.rings.pointed.connect(self._light_row)
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addStretch(1)
        self._title = heading(self.tr("Who can see my records"))
        self._column.addWidget(self._title)
        self._people = Rows()
        self._column.addLayout(self._people)
        self._more = small()
        self._column.addWidget(self._more)
        foot = FlowLayout(gap=22)
        self.all = Button(self.tr("See all permissions"), kind=Kind.QUIET)
        self.all.clicked.connect(lambda: self.go.emit("share"))
        foot.addWidget(self.all)
        self._column.addLayout(foot)
        self._column.addStretch(1)
        columns.add(self.rings, 2)
        columns.add(self._list, 3)
        holder.setLayout(columns)
        card.body.addWidget(holder)
        return card

    def _show_who(
        self, overview: Overview, live: Sequence[Permission], looking: int
    ) -> None:
        now = self.context.now()
        shown = live[:MOST]
        rings = [
            _ring(item, now=now.timestamp(), soon=kinds.ends_soon(item, now))
            for item in shown
        ]
        below = wording.counted(looking, self.tr("1 may look"), self.tr("{n} may look"))
        name = overview.name or self.tr("You")
        self.rings.show_rings(
            rings, name=name, below=below if looking else self.tr("only you")
        )
        self._people.clear()
        self.rows = []
        for place, item in enumerate(shown):
            row = self._row(item, rings[place], place)
            self.rows.append(row)
            self._people.add(row)
        if not shown:
            self._people.add(second(self._nobody(overview)))
        rest = len(live) - len(shown)
        self._more.setText(
            wording.counted(rest, self.tr("and 1 more"), self.tr("and {n} more"))
        )
        self._more.setVisible(rest > 0)
        self.all.setVisible(bool(overview.permissions))

    def _nobody(self, overview: Overview) -> str:
        if overview.records:
            return self.tr(
                "Nobody but you. When you see a doctor, ask for the clinic's card "
                "file and share for as long as you like."
            )
        return self.tr("Nobody. There is nothing to see yet.")

    def _row(self, item: Permission, ring: Ring, place: int) -> RowButton:
        now = self.context.now()
        word, shape = kinds.state(item, now)
        left = small(wording.days_left(item.ends, now)).one_line().right()
        face = RowFace(
            first=item.reader,
            second=" \u00b7 ".join(part for part in (item.role, item.scope) if part),
            lead=Dot(lambda: hue(ring, place)),
            right=(state_chip(word, shape), left),
        )
        row = RowButton(face)
        row.clicked.connect(lambda: self.go.emit(f"permission:{item.key}"))
        row.lit.connect(lambda on: self.rings.light(place if on else -1))
        return row

    def _light_row(self, place: int) -> None:
        for index, row in enumerate(self.rows):
            row.glow(index == place)

    def _show_happened(self, events: Sequence[Event]) -> None:
        self.happened.clear()
        for event in events[:_LATEST]:
            icon, tone = EVENT_MARKS.get(event.kind, EVENT_MARKS["other"])
            said = wording.when(event.at, self.context.now())
            note = " \u00b7 ".join(part for part in (said, event.note) if part)
            face = RowFace(
                first=event.title,
                second=note,
                lead=RoundMark(icon, tone=tone, size=22, ground=False),
            )
            row = RowButton(face)
            row.clicked.connect(lambda: self.go.emit("activity"))
            self.happened.rows.add(row)
        if not events:
            self.happened.rows.add(
                second(self.tr("Nothing yet. Every look at your records shows here."))
            )

    def _show_needs(self, overview: Overview, live: Sequence[Permission]) -> None:
        self.needs.clear()
        now = self.context.now()
        for item in live:
            if kinds.ends_soon(item, now):
                self.needs.rows.add(self._ending(item))
        if not overview.records:
            face = RowFace(
                first=self.tr("Bring in your first records"),
                second=self.tr("A file from your hospital, portal or phone is enough."),
                lead=RoundMark("plus", tone=Tone.ACCENT, size=22, ground=False),
            )
            row = RowButton(face)
            row.clicked.connect(lambda: self.go.emit("bring_in"))
            self.needs.rows.add(row)
        self.needs.setVisible(self.needs.rows.count() > 0)

    def _ending(self, item: Permission) -> Row:
        title = self.tr("{reader}: access ends {day}").format(
            reader=item.reader, day=wording.near_day(item.ends.astimezone())
        )
        if item.last_look is None:
            note = self.tr("They have not looked yet. It ends by itself.")
        else:
            note = self.tr("They last looked {when}. It ends by itself.").format(
                when=wording.as_of(item.last_look, self.context.now())
            )
        mark = RoundMark("clock", tone=Tone.WAIT, size=22, ground=False)
        return Row(RowFace(first=title, second=note, lead=mark))


class _Panel(Card):
    """A card with a title and rows."""

    def __init__(self, words: str, *, tone: Tone | None = None) -> None:
        super().__init__(tone=tone)
        self.body.addWidget(heading(words))
        self.rows = Rows()
        self.body.addLayout(self.rows)
        self.body.addStretch(1)

    def clear(self) -> None:
        """Remove every row."""
        self.rows.clear()


def _ring(item: Permission, *, now: float, soon: bool) -> Ring:
    starts, ends = item.starts.timestamp(), item.ends.timestamp()
    whole = max(1.0, ends - starts)
    share = min(1.0, max(0.0, (ends - now) / whole))
    waiting = item.state in (State.WAITING, State.NOT_STARTED)
    return Ring(name=item.reader, share=share, soon=soon, waiting=waiting)
