"""The questions a page may ask; the answers come from ``wallet.actions.patient``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ui.record_views import ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta
    from pathlib import Path

    from ui.background import Job
    from ui.emergency_views import Draft, Offer, Wish
    from ui.hand_views import FormSheet, HandSheet
    from ui.record_views import (
        Among,
        Choices,
        ColumnsAnswer,
        Kept,
        Original,
        Picture,
        ResultPanel,
        SummaryCard,
        TableSheet,
        VaccineLine,
    )
    from ui.views import (
        CardSheet,
        CopyAnswer,
        Event,
        ImportAnswer,
        LedgerLine,
        Overview,
        Permission,
        Preview,
        Proof,
        Questions,
        RecordLine,
        RecordSheet,
        RecordsOverview,
        Review,
        Scope,
        StickAnswer,
        StickPlace,
    )


class Desk(Protocol):
    """Every call may take long and is made on the store's thread only.

    What opens, closes or may wait for a server is asked for in its turn (`Lane.TURN`).

    Calls that take a job report progress to it and stop when it is cancelled.
    """

    def exists(self) -> bool:
        """Tell whether there is a wallet in this home."""

    def get_ready(self) -> None:
        """Read what opening will need; touches no wallet."""

    def create(self, passphrase: str) -> tuple[str, ...]:
        """Make the wallet and give its 24 words."""

    def words_kept(self) -> None:
        """Never give the words again: the person has shown they are on paper."""

    def unlock(
        self, passphrase: str, *, cancelled: Callable[[], bool] = lambda: False
    ) -> tuple[str, ...]:
        """Open the wallet; *cancelled* is asked while another process has it.

        Gives the 24 words where the first run was left before they were checked.
        """

    def lock(self) -> None:
        """Close the wallet and forget its keys."""

    def change_passphrase(self, old: str, new: str) -> None:
        """Let *new* open the wallet from now on, and *old* no more."""

    def overview(self) -> Overview:
        """Give what Home shows."""

    def records_overview(self) -> RecordsOverview:
        """Count the records."""

    def timeline(
        self, *, category: str | None, after: str = "", limit: int, among: Among = ALL
    ) -> tuple[RecordLine, ...]:
        """Give one window of the stream, newest first, undated ones last.

        It begins behind the record *after*, or at the newest. What stands under a
        visit comes right behind it and does not count.
        """

    def search(
        self, text: str, *, category: str | None, limit: int, among: Among = ALL
    ) -> tuple[RecordLine, ...]:
        """Give the records that hold *text*."""

    def record(self, key: str) -> RecordSheet:
        """Give everything about one record."""

    def forms(self) -> tuple[FormSheet, ...]:
        """Give every form that can be filled in by hand."""

    def hand(self, key: str) -> HandSheet:
        """Give everything of the patient's own hand on one record."""

    def write_down(self, category: str, entries: Mapping[str, str]) -> str:
        """Write a new record; give its key."""

    def correct(self, key: str, entries: Mapping[str, str]) -> HandSheet:
        """Write a newer version of a record."""

    def go_back(self, key: str, number: int) -> HandSheet:
        """Let an earlier version count again."""

    def add_note(self, key: str, text: str) -> HandSheet:
        """Put a note beside a record."""

    def remove_note(self, key: str, note: str) -> HandSheet:
        """Take a note away for good."""

    def add_tag(self, key: str, name: str) -> HandSheet:
        """Put a tag on a record."""

    def remove_tag(self, key: str, name: str) -> HandSheet:
        """Take a tag away."""

    def attach(self, key: str, file: Path) -> HandSheet:
        """Keep a file beside a record."""

    def save_attached(self, key: str, attached: str, out: Path) -> None:
        """Write an attached file."""

    def detach(self, key: str, attached: str) -> HandSheet:
        """Take an attached file away for good."""

    def keep_private(self, key: str) -> HandSheet:
        """Share a record only where that is ticked."""

    def end_private(self, key: str) -> HandSheet:
        """Take the patient's own mark away again."""

    def delete(self, key: str) -> int:
        """Delete a record for good; give how many permissions end unsent with it."""

    def review(self, paths: tuple[Path, ...], job: Job) -> Review:
        """Say what files and folders would bring, and keep nothing."""

    def questions(self) -> Questions:
        """Give what waits for the patient's word about records and files."""

    def decide_pair(self, one: str, other: str, decision: str) -> None:
        """Say of two records ``same``, ``different``, ``later``, or ``open`` again."""

    def join_equal(self) -> datetime:
        """Say of all pairs that are equal: the same; give the moment, to undo it."""

    def part_again(self, since: datetime) -> None:
        """Take back all that was said to be the same since then."""

    def claim_file(self, key: str, job: Job) -> ImportAnswer:
        """Take in a file that was held apart: it is about the patient."""

    def leave_file_out(self, key: str) -> None:
        """Say that a file held apart is about somebody else."""

    def original(self, key: str) -> Original:
        """Give what a record came out of, ready to be looked at."""

    def thumbnail(self, key: str) -> Picture | None:
        """Give the first picture of what a record came out of, if it has one."""

    def save_original(self, key: str, path: Path) -> None:
        """Write what `original` shows to *path*, byte for byte."""

    def summary(self) -> tuple[SummaryCard, ...]:
        """Give what holds now."""

    def results(self) -> tuple[ResultPanel, ...]:
        """Give the newest of everything that was measured, and what changed."""

    def vaccines(self) -> tuple[VaccineLine, ...]:
        """Give every vaccine with the days it was given."""

    def choices(self) -> Choices:
        """Say what a list can be narrowed to."""

    def kept_searches(self) -> tuple[Kept, ...]:
        """Give the searches that are kept."""

    def keep_search(self, kept: Kept) -> None:
        """Keep a search under its name."""

    def forget_search(self, name: str) -> None:
        """Keep a search no longer."""

    def bring_in(self, paths: tuple[Path, ...], job: Job) -> ImportAnswer:
        """Take records from files and folders."""

    def table(self, path: Path) -> TableSheet:
        """Give the columns of a table, as far as they are known."""

    def explain_table(self, path: Path, answer: ColumnsAnswer) -> TableSheet | None:
        """Remember what the columns of a table are.

        Gives the table again where the answer leaves dates or numbers open; then
        nothing is remembered yet.
        """

    def look_at_card(self, path: Path) -> CardSheet:
        """Read a card and judge the licence behind it."""

    def preview(self, scope: Scope) -> Preview:
        """Count what *scope* would show."""

    def share(
        self, card: CardSheet, scope: Scope, *, days: int, ending: str | None, job: Job
    ) -> Permission:
        """Sign and send a permission; *ending* is the one it replaces."""

    def withdraw(self, key: str, job: Job) -> Permission:
        """End a permission now."""

    def send_now(self, key: str, job: Job) -> Permission:
        """Send a permission that waits on purpose."""

    def sending_delay(self) -> timedelta:
        """Tell within what time new permissions are sent; zero is at once."""

    def set_sending_delay(self, span: timedelta) -> None:
        """Let new permissions wait so long at most."""

    def save_file(self, key: str, path: Path) -> None:
        """Write the file a reader needs to open what was shared."""

    def pair_words(self, key: str) -> tuple[str, ...]:
        """Six words that the reader's screen must show too, compared in person."""

    def permissions(self) -> tuple[Permission, ...]:
        """Give every permission, newest first."""

    def sync(self, job: Job) -> LedgerLine:
        """Send what waits and bring the copy of the ledger up to date."""

    def ledger(self) -> LedgerLine:
        """Say what the copy on this computer says, without the network."""

    def events(self) -> tuple[Event, ...]:
        """Give what happened, newest first."""

    def save_accounting(self, path: Path) -> None:
        """Write who was given what and who looked, with the proofs of it."""

    def prove(self, job: Job) -> Proof:
        """Check the whole history again on this computer."""

    def stick_places(self) -> tuple[StickPlace, ...]:
        """Look for removable drives."""

    def stick_place(self, folder: Path) -> StickPlace:
        """Look at one folder that was chosen."""

    def write_stick(self, folder: Path, job: Job) -> StickAnswer:
        """Write the whole history and read it back."""

    def check_stick(self, folder: Path, job: Job) -> StickAnswer:
        """Read a stick and compare it with what it says of itself."""

    def save_copy(
        self, form: str, scope: Scope | None, folder: Path, job: Job
    ) -> CopyAnswer:
        """Save records in one form, under a new name in *folder*.

        Those under *scope*, or without one every record there is.
        """

    def emergency_offer(self) -> Offer:
        """Say what could stand on the emergency card, and what is chosen."""

    def emergency_changes(self) -> int:
        """Count what has changed since the card was printed; 0 if it never was."""

    def emergency_draft(self, wish: Wish) -> Draft:
        """Keep what was chosen, and show the card it makes."""

    def emergency_pages(self, wish: Wish) -> tuple[Picture, ...]:
        """Give the pages of the card as a printer needs them."""

    def emergency_printed(self, wish: Wish) -> None:
        """Remember what is on paper now."""

    def save_emergency(self, wish: Wish, path: Path) -> None:
        """Write the card to *path*; that counts as on paper."""
