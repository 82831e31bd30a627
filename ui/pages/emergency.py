"""The emergency card: chosen line by line, seen as it will print, printed or saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from ui import printing, theme, wording
from ui.emergency_views import MOST_ITEMS, Wish
from ui.pages.base import Context, DeskPage
from ui.pages.emergency_parts import AboutYou, Lines, People, PreviewCard
from ui.theme import Tone
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.layouts import ColumnsLayout, FlowLayout
from ui.widgets.row import RoundMark
from ui.widgets.text import heading, second
from ui.widgets.verdict_card import VerdictCard

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent

    from ui.background import Job
    from ui.emergency_views import Draft, Offer
    from ui.record_views import Picture

_SOON_MS = 350  # after the last letter


class EmergencyPage(DeskPage):
    """What is ticked is kept at once; nothing leaves before Print or Save."""

    def __init__(self, context: Context) -> None:
        """Offer nothing before the page is opened."""
        super().__init__(
            context,
            self.tr("Emergency card"),
            self.tr("For whoever finds you: what you choose, and nothing else."),
        )
        # Pages ask through attributes, so that a test can answer for a person.
        self.ask_where, self.ask_printer = _ask_where, printing.ask_printer
        self.open_file = printing.open_file
        self._offer: Offer | None = None
        self._draft_job: Job | None = None
        self._saved: Path | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self.draw)
        back = Button(self.tr("Back"), icon="back")
        back.clicked.connect(lambda: self.go.emit("take"))
        self.header.add_action(back)
        self.notice.button.setText(self.tr("Open it"))
        self.notice.button.clicked.connect(self._open_saved)
        self.body.addWidget(_Warning())
        self.since = VerdictCard()
        self.since.how.setText(self.tr("What has changed?"))
        self.since.hide()
        self.body.addWidget(self.since)
        self.body.addWidget(self._make_columns())
        self.body.addStretch(1)
        self.add_foot(self._make_foot())
        self._enable()

    def opened(self) -> None:
        """Look through the records for what could stand on it."""
        self.notice.clear()
        self.notice.button.hide()
        self.ask(lambda _job: self.context.desk.emergency_offer(), self.show_offer)

    def show_offer(self, offer: Offer) -> None:
        """Offer everything, with what was chosen last ticked."""
        self._offer = None  # what is filled in below is no choice of hers
        self.about.show_offer(offer)
        self.people.show_calls(offer.wish.calls)
        for part in self.lines:
            ours = (line for line in offer.lines if line.kind == part.kind)
            part.show_lines(ours, offer.wish.items)
        self._offer = offer
        self._show_since(offer)
        self.draw()

    def wish(self) -> Wish:
        """Give what is ticked and filled in."""
        return Wish(
            with_name=self.about.has("name"),
            with_birth_date=self.about.has("born"),
            blood_group=self.about.blood_group(),
            items=frozenset().union(*(part.chosen() for part in self.lines)),
            calls=self.people.calls(),
            sheet=self.preview.sheet(),
        )

    def draw(self) -> None:
        """Keep what is chosen, and show the card it makes."""
        self._soon.stop()
        if self._draft_job is not None and not self._draft_job.finished:
            self._draft_job.drop()
        wish = self.wish()
        self._enable()
        if len(wish.items) > MOST_ITEMS:
            words = self.tr("There is room for {n} lines. Untick some of them.")
            self._say(words.format(n=MOST_ITEMS), Tone.WAIT)
            return
        self._draft_job = self.ask(
            lambda _job: self.context.desk.emergency_draft(wish),
            lambda draft: self._show_draft(draft, wish),
        )

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep the last letters typed, too."""
        super().hideEvent(event)
        if self._soon.isActive():
            self.draw()

    def _show_draft(self, draft: Draft, wish: Wish) -> None:
        if wish.empty:
            self.preview.show_nothing()
        else:
            self.preview.show_draft(draft)

    def _show_since(self, offer: Offer) -> None:
        self.since.setVisible(offer.printed_at is not None)
        if offer.printed_at is None:
            return
        day = wording.plain_day(offer.printed_at.astimezone())
        count = len(offer.changes)
        if not count:
            self.since.show_answer(
                Tone.GO,
                title=self.tr("Your card is up to date"),
                reason=self.tr(
                    "It is from {day}, and your records say the same today."
                ).format(day=day),
            )
            return
        self.since.show_answer(
            Tone.WAIT,
            title=wording.counted_in_words(
                count,
                self.tr("One thing has changed since you printed it"),
                self.tr("{n} things have changed since you printed it"),
            ),
            reason=self.tr(
                "The card you carry is from {day}. Look through it, print it again, "
                "and destroy the old one."
            ).format(day=day),
            evidence=offer.changes,
        )

    def _changed(self) -> None:
        if self._offer is not None:
            self._enable()
            self._soon.start()

    def _enable(self) -> None:
        wish = self.wish()
        fits = not wish.empty and len(wish.items) <= MOST_ITEMS
        self.print.setEnabled(fits)
        self.save.setEnabled(fits)

    def _print(self) -> None:
        self._quiet()
        wish = self.wish()
        if not printing.any_printer():
            self._say(
                self.tr(
                    "No printer is set up on this computer. Save the card as a file "
                    "and print it where there is one."
                ),
                Tone.WAIT,
            )
            return
        self.ask(
            lambda _job: self.context.desk.emergency_pages(wish),
            lambda pages: self._to_printer(pages, wish),
        )

    def _to_printer(self, pages: tuple[Picture, ...], wish: Wish) -> None:
        printer = self.ask_printer(self)
        if printer is None:
            return
        if not pages or not printing.put(printer, pages, sheet=wish.sheet):
            self._say(
                self.tr("The printer did not take it. Save it as a file instead."),
                Tone.STOP,
            )
            return
        self.ask(
            lambda _job: self.context.desk.emergency_printed(wish),
            lambda _nothing: self._on_paper(
                self.tr(
                    "Sent to the printer. Some printers keep a copy of what they "
                    "print; at a shop, ask."
                )
            ),
        )

    def _save(self) -> None:
        self._quiet()
        path, wish = self.ask_where(self), self.wish()
        if path is None:
            return
        self._saved = path
        self.ask(
            lambda _job: self.context.desk.save_emergency(wish, path),
            lambda _nothing: self._on_paper(
                self.tr(
                    "Saved as {name}. The file is not locked: whoever has it can read "
                    "the card."
                ).format(name=wording.breakable(path.name)),
                opens=True,
            ),
        )

    def _on_paper(self, words: str, *, opens: bool = False) -> None:
        self.ask(lambda _job: self.context.desk.emergency_offer(), self._show_since)
        self._say(words, Tone.GO)
        self.notice.button.setVisible(opens)
        self.area.ensureWidgetVisible(self.notice)

    def _open_saved(self) -> None:
        if self._saved is not None:
            self.open_file(self._saved)

    def _quiet(self) -> None:
        self.notice.clear()
        self.notice.button.hide()

    def _say(self, words: str, tone: Tone) -> None:
        self.notice.button.hide()
        self.notice.show_sentence(words, tone=tone)
        self.area.ensureWidgetVisible(self.notice)

    def _make_columns(self) -> QWidget:
        self.about, self.people, self.preview = AboutYou(), People(), PreviewCard()
        self.lines = (
            Lines("allergy", self.tr("No allergy is in your records.")),
            Lines(
                "condition", self.tr("No condition you have now is in your records.")
            ),
            Lines("medicine", self.tr("No medicine you take now is in your records.")),
        )
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for part in (self.about, self.people, *self.lines):
            part.changed.connect(self._changed)
            column.addWidget(part)
        column.addStretch(1)
        self.preview.changed.connect(self.draw)
        both = QWidget()
        columns = ColumnsLayout(wide=720, line_gap=theme.GAP)
        columns.add(left, 1)
        columns.add(self.preview, 1)
        both.setLayout(columns)
        return both

    def _make_foot(self) -> QWidget:
        foot = QWidget()
        line = FlowLayout(gap=16)
        foot.setLayout(line)
        self.print = Button(self.tr("Print..."), kind=Kind.ACCENT, icon="printer")
        self.print.clicked.connect(self._print)
        self.save = Button(self.tr("Save as a file (PDF)..."), icon="folder", tall=True)
        self.save.clicked.connect(self._save)
        line.addWidget(self.print)
        line.addWidget(self.save)
        return foot


class _Warning(Card):
    """Said before anything is ticked."""

    def __init__(self) -> None:
        super().__init__(tone=Tone.WAIT, bold=True)
        columns = ColumnsLayout(wide=0, gap=18)
        face = QWidget()
        columns.add(RoundMark("warning", tone=Tone.WAIT, size=44), 0)
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(heading(self.tr("Anyone who finds this card can read it")))
        column.addWidget(
            second(
                self.tr(
                    "Its square code says the same to any phone, and nothing locks it. "
                    "Tick only what everybody may know of you."
                )
            )
        )
        columns.add(words, 1)
        face.setLayout(columns)
        self.body.addWidget(face)


def _ask_where(parent: QWidget) -> Path | None:
    name, _ = QFileDialog.getSaveFileName(
        parent,
        wording.say("Where should the card go?"),
        "emergency-card.pdf",
        wording.say("PDF (*.pdf)"),
    )
    return Path(name) if name else None
