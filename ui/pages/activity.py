"""Activity: every look, every refusal, every change, and the proof that it is all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QWidget

from ui import wording
from ui.pages.base import Context, DeskPage
from ui.pages.events import EVENT_MARKS, LOOKED, MINE, REFUSED
from ui.store_thread import Lane
from ui.theme import Tone, Type
from ui.widgets.buttons import Button, Kind
from ui.widgets.card import Card
from ui.widgets.chip import Pill
from ui.widgets.layouts import FlowLayout
from ui.widgets.notice import announce
from ui.widgets.progress import ProgressPanel
from ui.widgets.row import RoundMark, Row, RowFace, Rows
from ui.widgets.text import Text, second, small
from ui.widgets.verdict_card import VerdictCard
from wallet.errors import CancelledError
from wallet.verdict import Status

if TYPE_CHECKING:
    from ui.background import Job
    from ui.views import Event, LedgerLine, Proof

_TONES = {
    Status.GO_AHEAD: Tone.GO,
    Status.STOP: Tone.STOP,
    Status.CANNOT_TELL: Tone.WAIT,
}
_FIRST_WINDOW = 100


class ActivityPage(DeskPage):
    """Who looked, who was refused, what I changed."""

    def __init__(self, context: Context) -> None:
        """Begin with nothing loaded."""
        super().__init__(
            context,
            self.tr("Activity"),
            self.tr(
                "Every time somebody looked, tried to look, or you changed who may."
            ),
        )
        self._events: tuple[Event, ...] = ()
        self._filter = "all"
        self._job: Job | None = None
        self._proved = False
        self.card = VerdictCard(shield=True)
        self.prove = Button(self.tr("Prove it"), kind=Kind.ACCENT)
        self.prove.clicked.connect(self._prove)
        self.card.add_action(self.prove)
        self.body.addWidget(self.card)
        self.progress = ProgressPanel(keeps=self.tr("Cancelling changes nothing."))
        self.progress.cancelled.connect(self._cancel)
        self._working = Card()
        self._working.body.addWidget(self.progress)
        self._working.hide()
        self.body.addWidget(self._working)
        self.body.addLayout(self._make_filters())
        self._list = Card()
        self.rows = Rows()
        self._list.body.addLayout(self.rows)
        self.body.addWidget(self._list)
        self.body.addWidget(self._make_saving())
        self.body.addStretch(1)

    def opened(self) -> None:
        """Load what happened and how fresh it is."""
        self.ask(lambda _job: self.context.desk.events(), self.show_events)
        if not self._proved:
            self.ask(lambda _job: self.context.desk.ledger(), self.show_ledger)

    def show_ledger(self, line: LedgerLine) -> None:
        """Before a proof: say how fresh the copy is and what the button does."""
        if line.as_of is None:
            title = self.tr("Not yet compared with the public ledger")
        else:
            title = self.tr("As the ledger stood {when}").format(
                when=wording.as_of(line.as_of, self.context.now())
            )
        self.card.show_answer(
            Tone.MUTED,
            title=title,
            reason=self.tr(
                "Prove it fetches the whole public history again, checks every line "
                "on this computer and compares it with this list."
            ),
        )

    def show_events(self, events: tuple[Event, ...]) -> None:
        """Show *events*, newest first; the same again moves nothing."""
        if events == self._events and self.rows.count():
            return
        self._events = events
        self._fill()

    def show_proof(self, proof: Proof) -> None:
        """Show the answer of a proof."""
        self._rest()
        self._proved = True
        self.prove.setText(self.tr("Prove it again"))
        tone = Tone.STOP if proof.findings else _TONES[proof.verdict.status]
        as_of = proof.verdict.as_of
        evidence = [(self.tr("Finding"), finding) for finding in proof.findings]
        for checkpoint in proof.checkpoints:
            evidence += [
                (self.tr("Ledger"), checkpoint.origin),
                (self.tr("Lines in it"), wording.number(checkpoint.size)),
                (self.tr("Its fingerprint"), checkpoint.root.hex()[:16]),
            ]
        self.card.show_answer(
            tone,
            title=self._title(tone, proof),
            reason=self._reason(proof),
            as_of=""
            if as_of is None or tone is Tone.GO
            else self.tr("As of {when}").format(
                when=wording.as_of(as_of, self.context.now())
            ),
            evidence=evidence,
        )
        if proof.findings:
            self.card.how.setChecked(True)
        announce(self, self._title(tone, proof))
        self.opened()

    def _title(self, tone: Tone, proof: Proof) -> str:
        if tone is Tone.GO and proof.verdict.as_of is not None:
            return self.tr("Complete and unaltered up to {when}").format(
                when=wording.as_of(proof.verdict.as_of, self.context.now())
            )
        if tone is Tone.GO:
            return self.tr("Complete and unaltered")
        if tone is Tone.STOP or proof.findings:
            return self.tr("Something does not fit")
        return self.tr("This cannot be told right now")

    def _reason(self, proof: Proof) -> str:
        parts = [proof.sentence]
        if proof.entries:
            parts.insert(
                0,
                self.tr("{n} lines checked again on this computer in {time}.").format(
                    n=wording.number(proof.entries), time=wording.lasted(proof.seconds)
                ),
            )
        return " ".join(part for part in parts if part)

    def _make_saving(self) -> Card:
        card = Card()
        self.ask_where = _ask_where
        self.save = Button(self.tr("Save the whole list"))
        self.save.clicked.connect(self._save)
        told = self.tr(
            "A file for a lawyer or an authority: who was given what and who looked, "
            "with the proofs of it."
        )
        card.body.addWidget(second(told))
        card.body.addWidget(self.save, alignment=Qt.AlignmentFlag.AlignLeading)
        return card

    def _make_filters(self) -> FlowLayout:
        line = FlowLayout()
        group = QButtonGroup(self)
        self.pills: dict[str, Pill] = {}
        for key, words in (
            ("all", self.tr("Everyone")),
            ("looked", self.tr("Looked")),
            ("refused", self.tr("Refused")),
            ("mine", self.tr("My changes")),
            ("month", self.tr("Last 30 days")),
        ):
            pill = Pill(words)
            pill.setChecked(key == "all")
            pill.clicked.connect(lambda _on, which=key: self._choose(which))
            group.addButton(pill)
            line.addWidget(pill)
            self.pills[key] = pill
        return line

    def _choose(self, which: str) -> None:
        self._filter = which
        self._fill()

    def _fill(self) -> None:
        self.rows.clear()
        shown = [event for event in self._events if self._wanted(event)]
        for event in shown[:_FIRST_WINDOW]:
            self.rows.add(self._row(event))
        if len(shown) > _FIRST_WINDOW:
            rest = len(shown) - _FIRST_WINDOW
            self.rows.add(
                small(self.tr("and {n} earlier").format(n=wording.number(rest)))
            )
        if not shown:
            self.rows.add(second(self._nothing()))

    def _nothing(self) -> str:
        if self._events:
            return self.tr("Nothing of this kind has happened.")
        return self.tr(
            "Nothing yet. As soon as somebody opens your records, or is refused, "
            "it stands here."
        )

    def _wanted(self, event: Event) -> bool:
        if self._filter == "month":
            return event.at >= self.context.now() - timedelta(days=30)
        kinds = {"looked": LOOKED, "refused": REFUSED, "mine": MINE}
        return self._filter == "all" or event.kind in kinds[self._filter]

    def _row(self, event: Event) -> Row:
        icon, tone = EVENT_MARKS.get(event.kind, EVENT_MARKS["other"])
        right = [small(wording.when(event.at, self.context.now())).one_line().right()]
        if event.proof:
            proof = Text(event.proof, kind=Type.SMALL_STRONG, tone=Tone.MUTED)
            right.append(proof.one_line().right())
        return Row(
            RowFace(
                first=event.title,
                second=event.note,
                lead=RoundMark(icon, tone=tone),
                right=right,
            )
        )

    def _prove(self) -> None:
        self.notice.clear()
        self.prove.setEnabled(False)
        self.progress.begin(self.tr("Checking the whole history again"))
        self._working.show()
        self._job = self.ask(
            self.context.desk.prove,
            self.show_proof,
            failed=self._failed,
            stepped=lambda step: self.progress.show_step(step, unit=self.tr("lines")),
            lane=Lane.TURN,
        )

    def _save(self) -> None:
        path = self.ask_where(self)
        if path is None:
            return
        desk = self.context.desk
        said = self.tr(
            "Saved. Whoever you give it to can check the proofs in it without having "
            "to trust you or us. It also shows them which lines of the public ledger "
            "are yours."
        )
        self.ask(
            lambda _job: desk.save_accounting(path),
            lambda _: self._saved(said),
        )

    def _saved(self, said: str) -> None:
        self.notice.show_sentence(said, tone=Tone.GO)
        self.area.verticalScrollBar().setValue(0)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _failed(self, error: Exception) -> None:
        self._rest()
        if not isinstance(error, CancelledError):
            self.show_fault(error)

    def _rest(self) -> None:
        self.prove.setEnabled(True)
        self._working.hide()


def _ask_where(parent: QWidget) -> Path | None:
    name, _ = QFileDialog.getSaveFileName(
        parent, wording.say("Where should the list go?"), "who-looked.json"
    )
    return Path(name) if name else None
