"""A home that is opened and closed, and what every part of the desk asks of it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from ui import answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ui.background import Background, Job
    from wallet.actions.patient.session import Session
    from wallet.actions.patient.standing import LedgerLine as Line

T = TypeVar("T")
_LONG_WAY = 16_384  # entries: fewer are there before anybody could read it


class Opened:
    """One home, its lock, and its way to the servers."""

    def __init__(self, home: Path, bridge: Background | None = None) -> None:
        """Open nothing yet; answers of servers are waited for away, on the *bridge*."""
        self._home = home
        self._wait = _here if bridge is None else bridge.away
        self._open = ExitStack()
        self._wallet: Session | None = None
        self._silent: frozenset[str] = frozenset()
        # Counted once, until records come in: a walk through all of them takes time.
        self._labelled: tuple[tuple[str, int], ...] | None = None

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
            permissions,
            records,
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
            sent = network.sync(self._session(), now=now(), watch=watch)
            self._silent = sent.silent

    def _line(self) -> Line:
        from wallet.actions.patient import standing

        return standing.ledger_line(self._session())


def _here(call: Callable[[], T]) -> T:
    return call()


def now() -> datetime:
    """The time on this computer."""
    return datetime.now(tz=UTC)
