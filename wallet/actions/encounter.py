"""Newest checkpoints change hands whenever two parties meet. PROTOCOL.md 9.

Beside every card and grant file lies FILE.checkpoint: the signed checkpoint its maker
stands on, a public note that says nothing of anybody. Whoever reads the file compares
it with the own copy of the ledger, at once or after the next sync; relays show theirs
too. A ledger that shows two people two histories is found out when they meet, and both
notes are kept. A file without one is as good as ever.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from wallet.errors import LedgerForkedError, RefusedError
from wallet.ledger.checkpoint import MAX_NOTE
from wallet.verdict import Reason, Status, Verdict

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".checkpoint"


class Meeting(Protocol):
    """The ledgers of a home, as far as two parties compare them."""

    def note(self, origin: str) -> bytes | None:
        """The signed checkpoint that the copy of *origin* stands on."""

    def hear(self, data: bytes) -> None:
        """Compare a checkpoint that somebody else was shown.

        Raises:
            RefusedError: it is none of a ledger that is followed here.
            LedgerForkedError: the ledger has signed two histories.
        """


def leave(network: Meeting, origin: str, file: Path) -> None:
    """Put the newest checkpoint beside a file that is handed over."""
    note = network.note(origin)
    if note is not None:
        _beside(file).write_bytes(note)


def hear(network: Meeting, file: Path) -> None:
    """Compare the checkpoint that lies beside a file, if one does.

    Raises:
        LedgerForkedError: the ledger has signed two histories.
    """
    try:
        with _beside(file).open("rb") as note:
            data = note.read(MAX_NOTE + 1)
    except OSError:
        return
    try:
        network.hear(data)
    except RefusedError:
        return  # a note that its ledger never signed accuses nobody


def fork_heard(network: Meeting, file: Path) -> bool:
    """The same as `hear`, for a check whose known no still comes first."""
    try:
        hear(network, file)
    except LedgerForkedError:
        return True
    return False


def outweighed(verdict: Verdict, *, forked: bool) -> Verdict:
    """A known no beats a fork, a fork beats everything else. PROTOCOL.md 8."""
    if not forked or verdict.status is Status.STOP:
        return verdict
    return replace(verdict, reason=Reason.LEDGER_FORKED, detail="")


def _beside(file: Path) -> Path:
    return file.with_name(file.name + SUFFIX)
