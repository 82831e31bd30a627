"""The desk over ``wallet.actions.patient``: asks it, and says its answers as views.

Everything here runs on the store's thread, except ``exists``. The modules of the
front desk are imported when they are first needed, so that the lock screen stands
before any of them is read.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from ui import answers, record_answers, wording
from ui.views import Overview

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ui.background import Background, Job
    from ui.views import (
        CardSheet,
        Event,
        ImportAnswer,
        LedgerLine,
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
    from wallet.actions.patient.session import Session
    from wallet.actions.patient.standing import LedgerLine as Line

T = TypeVar("T")
_MAX_CARD = 1 << 20
_PURPOSE = "TREAT"
_A_NAME_WITHIN = 50
_LONG_WAY = 16_384  # entries: fewer are there before anybody could read it


class FrontDesk:
    """Answers pages from one home."""

    def __init__(self, home: Path, bridge: Background | None = None) -> None:
        """Open nothing yet; answers of servers are waited for away, on the *bridge*."""
        self._home = home
        self._wait = _here if bridge is None else bridge.away
        self._open = ExitStack()
        self._wallet: Session | None = None
        self._silent: frozenset[str] = frozenset()
        # Counted once, until records come in: a walk through all of them takes time.
        self._labelled: tuple[tuple[str, int], ...] | None = None

    # The lock

    def exists(self) -> bool:
        """Tell whether there is a wallet; looks only for its file."""
        cut_short = (self._home / "unfinished").exists()
        return (self._home / "slots.hw").exists() and not cut_short

    def get_ready(self) -> None:
        """Import what an unlock and Home need."""
        from wallet.actions.patient import (  # noqa: F401
            activity,
            home,
            network,
            records,
            sharing,
            standing,
        )

    def create(self, passphrase: str) -> tuple[str, ...]:
        """Make the wallet, open it, and give its 24 words."""
        from wallet.actions.patient import home

        home.begin_wallet(home.PatientHome(self._home), passphrase=passphrase)
        return self.unlock(passphrase)

    def words_kept(self) -> None:
        """Never give the words again: the person has shown they are on paper."""
        from wallet.actions.patient import home

        home.words_kept(self._session())

    def unlock(
        self, passphrase: str, *, cancelled: Callable[[], bool] = lambda: False
    ) -> tuple[str, ...]:
        """Open the wallet and keep it open; give the 24 words while they are due."""
        from wallet.actions.patient import home

        self._wallet = self._open.enter_context(
            home.open_wallet(
                home.PatientHome(self._home),
                passphrase=passphrase,
                wait=self._wait,
                cancelled=cancelled,
            )
        )
        return home.words_due(self._wallet)

    def lock(self) -> None:
        """Close the wallet and forget its keys."""
        self._wallet = self._labelled = None
        self._open.close()

    def change_passphrase(self, old: str, new: str) -> None:
        """Let *new* open the wallet from now on, and *old* no more."""
        from wallet.actions.patient import home

        home.change_own_passphrase(self._session(), old=old, new=new)

    # Records

    def overview(self) -> Overview:
        """Give what Home shows."""
        return Overview(
            name=self._name(),
            records=self.records_overview().total,
            permissions=self.permissions(),
            events=self.events(),
        )

    def records_overview(self) -> RecordsOverview:
        """Count the records."""
        from wallet.actions.patient import records

        return record_answers.records_overview(records.counts(self._session()))

    def timeline(
        self, *, category: str | None, offset: int, limit: int
    ) -> tuple[RecordLine, ...]:
        """Give one window of the timeline."""
        from wallet.actions.patient import records

        found = records.timeline(
            self._session(), category=category, offset=offset, limit=limit
        )
        return tuple(record_answers.record_line(record) for record in found.records)

    def search(
        self, text: str, *, category: str | None, limit: int
    ) -> tuple[RecordLine, ...]:
        """Give the records that hold *text*."""
        from wallet.actions.patient import records

        found = records.first_hits(
            self._session(), text, category=category, limit=limit
        )
        return tuple(record_answers.record_line(record) for record in found)

    def record(self, key: str) -> RecordSheet:
        """Give everything about one record."""
        from wallet.actions.patient import records

        wallet = self._session()
        return record_answers.record_sheet(
            records.show(wallet, key), records.series(wallet, key)
        )

    def bring_in(self, paths: tuple[Path, ...], job: Job) -> ImportAnswer:
        """Take records from files and folders."""
        from wallet.actions.patient import records

        def heard(done: int, total: int, count: int) -> None:
            job.progress(done, total, said=wording.records(count))

        self._labelled = None
        answer = records.import_paths(
            self._session(),
            paths,
            now=_now(),
            progress=heard,
            cancelled=job.cancelled,
        )
        return record_answers.import_answer(answer)

    # Sharing

    def look_at_card(self, path: Path) -> CardSheet:
        """Read a card and judge the licence behind it, on a copy as fresh as can be."""
        from wallet.actions.patient import cards, sharing

        with path.open("rb") as file:
            data = file.read(_MAX_CARD)
        self._send()
        view = cards.look_at_card(self._session(), data, now=_now())
        latest = sharing.last_end(self._session(), data)
        witnesses = self._line().witnesses
        return answers.card_sheet(view, path, witnesses=witnesses, latest=latest)

    def preview(self, scope: Scope) -> Preview:
        """Count what *scope* would show."""
        from wallet.actions.patient import gathering, wishes

        labels = self._labels()
        chosen = wishes.scope_of(
            kinds=scope.kinds,
            since=scope.since,
            denied=[code for code, _ in labels if code not in scope.ticked],
        )
        return answers.preview(gathering.preview(self._session(), chosen), scope)

    def share(
        self, card: CardSheet, scope: Scope, *, days: int, ending: str | None, job: Job
    ) -> Permission:
        """Sign a permission, keep it, and try once to send it."""
        from wallet.actions.patient import gathering, sharing, wishes

        wallet, now = self._session(), _now()
        chosen = wishes.scope_of(
            kinds=scope.kinds,
            since=scope.since,
            denied=[code for code, _ in self._labels() if code not in scope.ticked],
        )
        old = None if ending is None else sharing.find(wallet, ending).leaf
        job.progress(0, 0, wording.say("Putting the records together."))
        gathered = gathering.gather(wallet, chosen, now=now)
        job.progress(0, 0, wording.say("Signing, and locking them for this reader."))
        with card.path.open("rb") as file:
            data = file.read(_MAX_CARD)
        made = sharing.share(
            wallet,
            data,
            scope=chosen,
            purpose=_PURPOSE,
            begins=now,
            ends=now + timedelta(days=days),
            gathered=gathered,
            now=now,
            replaces=old,
        )
        job.progress(0, 0, wording.say("Writing it down in the public ledger."))
        self._send()
        return answers.permission(sharing.show(wallet, made.leaf, now=_now()), None)

    def withdraw(self, key: str, job: Job) -> Permission:
        """Sign the end of a permission, and try once to send it."""
        from wallet.actions.patient import sharing

        wallet = self._session()
        leaf = sharing.find(wallet, key).leaf
        sharing.withdraw(wallet, leaf, now=_now())
        job.progress(0, 0, wording.say("Writing it down in the public ledger."))
        self._send()
        return answers.permission(sharing.show(wallet, leaf, now=_now()), None)

    def send_now(self, key: str, job: Job) -> Permission:
        """Let a permission wait no longer, and try once to send it."""
        from wallet.actions.patient import sharing

        wallet = self._session()
        leaf = sharing.find(wallet, key).leaf
        sharing.send_now(wallet, leaf, now=_now())
        job.progress(0, 0, wording.say("Writing it down in the public ledger."))
        self._send()
        return answers.permission(sharing.show(wallet, leaf, now=_now()), None)

    def sending_delay(self) -> timedelta:
        """Tell within what time new permissions are sent."""
        from wallet.actions.patient import holding

        return holding.delay(self._session())

    def set_sending_delay(self, span: timedelta) -> None:
        """Let new permissions wait so long at most, each for a random time."""
        from wallet.actions.patient import holding

        holding.set_delay(self._session(), span)

    def save_file(self, key: str, path: Path) -> None:
        """Write the sealed file of a permission, for its reader alone, to *path*."""
        from wallet.actions.patient import handover, sharing

        wallet = self._session()
        leaf = sharing.find(wallet, key).leaf
        handover.write_whole(path, sharing.grant_file(wallet, leaf))

    def pair_words(self, key: str) -> tuple[str, ...]:
        """Six words that the reader's screen must show too, compared in person."""
        from wallet.actions.patient import sharing

        wallet = self._session()
        leaf = sharing.find(wallet, key).leaf
        permission = sharing.show(wallet, leaf, now=_now()).permission
        return tuple(word for _, word in sharing.pair_words(permission))

    def permissions(self) -> tuple[Permission, ...]:
        """Give every permission, newest first."""
        from wallet.actions.patient import activity, sharing

        wallet = self._session()
        looks = answers.last_looks(activity.events(wallet))
        return tuple(
            answers.permission(view, looks.get(view.grant_id))
            for view in sharing.permissions(wallet, now=_now())
        )

    # The ledger

    def sync(self, job: Job) -> LedgerLine:
        """Send what waits and bring the copy of the ledger up to date."""
        self._send(job)
        return self.ledger()

    def ledger(self) -> LedgerLine:
        """Say what the copy on this computer says."""
        return answers.ledger_line(self._line(), self._silent)

    def events(self) -> tuple[Event, ...]:
        """Give what happened, newest first."""
        from wallet.actions.patient import activity, sharing

        wallet = self._session()
        views = {
            view.grant_id: view for view in sharing.permissions(wallet, now=_now())
        }
        return tuple(
            answers.event(event, views.get(event.grant_id))
            for event in activity.events(wallet)
        )

    def prove(self, job: Job) -> Proof:
        """Check the whole history again on this computer."""
        from wallet.actions.patient import network

        wallet, began = self._session(), _now()
        job.progress(0, 0, wording.say("Reading every line of the ledger again."))
        self._send(job)
        view = network.verify(wallet)
        seconds = (_now() - began).total_seconds()
        return answers.proof(view, self._line(), seconds=seconds)

    # The stick

    def stick_places(self) -> tuple[StickPlace, ...]:
        """Look for removable drives."""
        from wallet.actions.patient import stick

        return tuple(
            answers.stick_place(
                drive.path, drive.name, drive.free, stick.earlier(drive.path)
            )
            for drive in stick.drives()
            if not drive.read_only
        )

    def stick_place(self, folder: Path) -> StickPlace:
        """Look at one folder that was chosen."""
        from wallet.actions.patient import stick

        return answers.stick_place(
            folder,
            folder.name or str(folder),
            shutil.disk_usage(folder).free,
            stick.earlier(folder),
        )

    def write_stick(self, folder: Path, job: Job) -> StickAnswer:
        """Write the whole history and read it back."""
        from wallet.actions.patient import stick

        def heard(progress: stick.Progress) -> None:
            what, said = answers.stick_step(progress)
            job.progress(progress.done, progress.total, what, said=said)

        written = stick.write(
            self._session(),
            folder,
            now=_now(),
            progress=heard,
            cancelled=job.cancelled,
        )
        return answers.stick_written(written, self.records_overview().total)

    def check_stick(self, folder: Path, job: Job) -> StickAnswer:
        """Read a copy and compare it with its own list."""
        from wallet.actions.patient import stick
        from wallet.errors import RefusedError

        try:
            found = stick.check(folder, cancelled=job.cancelled)
        except RefusedError as refused:
            return answers.stick_unlisted(folder, refused.reason)
        return answers.stick_checked(found)

    # Inside

    def _session(self) -> Session:
        if self._wallet is None:
            from wallet.errors import HomeMissingError

            raise HomeMissingError("the wallet is locked")
        return self._wallet

    def _send(self, job: Job | None = None) -> None:
        from wallet.actions.network import UNWATCHED, Watch
        from wallet.actions.patient import network

        def heard(done: int, total: int) -> None:
            if job is not None and total >= _LONG_WAY:
                job.progress(done, total, said=answers.reading(done, total))

        if self._session().network.origins:
            watch = UNWATCHED
            if job is not None:
                watch = Watch(progress=heard, cancelled=job.cancelled)
            sent = network.sync(self._session(), now=_now(), watch=watch)
            self._silent = sent.silent

    def _line(self) -> Line:
        from wallet.actions.patient import standing

        return standing.ledger_line(self._session())

    def _labels(self) -> tuple[tuple[str, int], ...]:
        from wallet.actions.patient import gathering, wishes

        if self._labelled is None:
            everything = wishes.scope_of(kinds=None, since=None, denied=())
            found = gathering.preview(self._session(), everything)
            self._labelled = found.labelled
        return self._labelled

    def _name(self) -> str:
        from wallet.actions.patient import records

        found = records.timeline(
            self._session(), category="person", limit=_A_NAME_WITHIN
        )
        return record_answers.given_name(found.records)


def _here(call: Callable[[], T]) -> T:
    return call()


def _now() -> datetime:
    return datetime.now(tz=UTC)
