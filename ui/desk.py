"""The questions a page may ask; the answers come from ``wallet.actions.patient``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

    from ui.background import Job
    from ui.views import (
        CardSheet,
        Event,
        ImportAnswer,
        LedgerLine,
        Overview,
        Permission,
        Preview,
        Proof,
        RecordLine,
        RecordSheet,
        RecordsOverview,
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
        self, *, category: str | None, offset: int, limit: int
    ) -> tuple[RecordLine, ...]:
        """Give one window of the timeline, newest first, undated ones last."""

    def search(
        self, text: str, *, category: str | None, limit: int
    ) -> tuple[RecordLine, ...]:
        """Give the records that hold *text*."""

    def record(self, key: str) -> RecordSheet:
        """Give everything about one record."""

    def bring_in(self, paths: tuple[Path, ...], job: Job) -> ImportAnswer:
        """Take records from files and folders."""

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
