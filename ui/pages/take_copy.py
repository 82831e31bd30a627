"""Save a copy in another form: choose what it is for, a folder, and hear of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QFileDialog, QWidget

from ui import wording
from ui.pages.copy_scope import CopyScope
from ui.theme import Tone
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.choice import ChoiceCard
from ui.widgets.layouts import ColumnsLayout
from ui.widgets.notice import announce
from ui.widgets.progress import ProgressPanel
from ui.widgets.text import heading, second, small
from ui.widgets.verdict_card import VerdictCard
from wallet.errors import CancelledError

if TYPE_CHECKING:
    from ui.background import Job
    from ui.pages.base import DeskPage
    from ui.views import CopyAnswer, Preview, RecordsOverview


class CopyCard(Card):
    """The forms, one button, and the answer."""

    def __init__(self, page: DeskPage) -> None:
        """Ask through *page*; the summary is chosen at first."""
        super().__init__()
        self._page = page
        self._job: Job | None = None
        self._preview_job: Job | None = None
        self.ask_folder = _ask_folder
        self.body.addWidget(heading(self.tr("Save a copy for something else")))
        self.body.addWidget(
            second(
                self.tr(
                    "One file or folder, made for what you need it for. It gets a new "
                    "name; nothing that is there is changed."
                )
            )
        )
        self._group = QButtonGroup(self)
        self.forms: dict[str, ChoiceCard] = {}
        self.body.addSpacing(8)
        for pair in self._pairs():
            holder = QWidget()
            columns = ColumnsLayout(wide=640, gap=16, line_gap=12)
            for form, name, note in pair:
                choice = ChoiceCard(name, note)
                self.forms[form] = choice
                self._group.addButton(choice)
                columns.add(choice, 1)
            holder.setLayout(columns)
            self.body.addWidget(holder)
        self.forms["summary"].setChecked(True)
        self.body.addSpacing(4)
        self.scope = CopyScope()
        self.scope.changed.connect(self._count)
        self.body.addWidget(self.scope)
        self.body.addSpacing(4)
        self.save = Button(self.tr("Choose where and save..."), icon="folder")
        self.save.clicked.connect(self._choose_folder)
        self.body.addWidget(self.save)
        self.progress = ProgressPanel(
            keeps=self.tr("Cancelling leaves nothing behind.")
        )
        self.progress.cancelled.connect(self._cancel)
        self.progress.hide()
        self.body.addWidget(self.progress)
        self.result = VerdictCard()
        self.result.how.setText(self.tr("What is not in it?"))
        self.result.hide()
        self.body.addWidget(self.result)
        self._warning = small(
            self.tr(
                "Such files are not locked, but for the last one: whoever holds them "
                "can read them."
            )
        )
        self.body.addWidget(self._warning)

    @property
    def chosen(self) -> str:
        """The name of the form that is chosen."""
        return next(form for form, one in self.forms.items() if one.isChecked())

    def offer(self, overview: RecordsOverview) -> None:
        """Offer the kinds of records there are."""
        self.scope.offer(overview)

    def _count(self) -> None:
        if self._preview_job is not None and not self._preview_job.finished:
            self._preview_job.drop()
        scope = self.scope.chosen()
        self.save.setEnabled(scope is None)
        if scope is not None:
            self.scope.begin()
            self._preview_job = self._page.ask(
                lambda _job: self._page.context.desk.preview(scope), self._counted
            )

    def _counted(self, preview: Preview) -> None:
        self.scope.show_preview(preview)
        self.save.setEnabled(preview.total > 0)

    def show_saved(self, answer: CopyAnswer) -> None:
        """Say where it is, how much is in it, and what is not."""
        self._rest()
        reason = self.tr("{records} in it.").format(
            records=wording.records(answer.records)
        )
        if answer.missing:
            missing = wording.counted(
                answer.missing,
                self.tr("1 record has no place in this form."),
                self.tr("{n} records have no place in this form."),
            )
            reason = f"{reason} {missing}"
        if answer.outside:
            outside = wording.counted(
                answer.outside,
                self.tr("1 record stayed out, as you chose."),
                self.tr("{n} records stayed out, as you chose."),
            )
            reason = f"{reason} {outside}"
        if answer.locked:
            reason += " " + self.tr(
                "Keep the link and the locked file apart: whoever has both can read it."
            )
        title = self.tr("Saved as {name}").format(
            name=wording.breakable(answer.path.name)
        )
        place = self.tr("In {folder}").format(
            folder=answer.path.parent.name or str(answer.path.parent)
        )
        self.result.show_answer(
            Tone.GO,
            title=title,
            reason=reason,
            as_of=place,
            evidence=self._named(answer),
        )
        self.result.show()
        announce(self, f"{title}. {reason}")

    def _named(self, answer: CopyAnswer) -> list[tuple[str, str]]:
        named = list(answer.left_out)
        more = answer.missing - len(named)
        if more > 0:
            named.append((self.tr("More"), wording.records(more)))
        return named

    def _choose_folder(self) -> None:
        folder = self.ask_folder(self)
        if folder is None:
            return
        form, scope = self.chosen, self.scope.chosen()
        self.result.hide()
        self._page.notice.clear()
        self.save.setEnabled(False)
        self.progress.begin(self.tr("Saving your copy"))
        self.progress.show()
        self._job = self._page.ask(
            lambda job: self._page.context.desk.save_copy(form, scope, folder, job),
            self.show_saved,
            failed=self._failed,
        )

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _rest(self) -> None:
        self._job = None
        self.save.setEnabled(True)
        self.progress.hide()

    def _failed(self, error: Exception) -> None:
        self._rest()
        if isinstance(error, CancelledError):
            self._page.notice.show_sentence(
                self.tr("Stopped, as you asked. Nothing was saved."), tone=Tone.CALM
            )
            return
        self._page.show_fault(error)

    def _pairs(self) -> tuple[tuple[tuple[str, str, str], ...], ...]:
        """What each form is for, two beside each other."""
        return (
            (
                (
                    "summary",
                    self.tr("Two pages for a doctor"),
                    self.tr("What matters, to print or send (PDF)"),
                ),
                (
                    "readable-pdf",
                    self.tr("Everything to print"),
                    self.tr("All records, newest first (PDF)"),
                ),
            ),
            (
                (
                    "xdm-zip",
                    self.tr("For a clinic's computer"),
                    self.tr("One file that clinics take in (C-CDA)"),
                ),
                (
                    "patient-shared",
                    self.tr("For another health app"),
                    self.tr("One file with all records (FHIR)"),
                ),
            ),
            (
                (
                    "ips",
                    self.tr("For care in another country"),
                    self.tr("A summary hospitals abroad read (IPS)"),
                ),
                (
                    "readable",
                    self.tr("Everything to read on a screen"),
                    self.tr("All records as a page for a browser (HTML)"),
                ),
            ),
            (
                (
                    "card-pictures",
                    self.tr("Vaccines and tests to scan"),
                    self.tr("Pictures for a phone (SMART Health Cards)"),
                ),
                (
                    "health-link",
                    self.tr("Locked, with a separate key"),
                    self.tr("A locked file and a link that opens it"),
                ),
            ),
        )


def _ask_folder(parent: QWidget) -> Path | None:
    name = QFileDialog.getExistingDirectory(parent, wording.say("Choose a folder"))
    return Path(name) if name else None
