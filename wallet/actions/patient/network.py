"""Bring a wallet up to date, and prove the whole history on this computer again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions.patient import activity, outbox
from wallet.errors import LedgerForkedError, RefusedError, UnreachableError
from wallet.ledger.audit import Finding, Kind, audit
from wallet.ledger.fetch import LedgerClient
from wallet.verdict import Reason, Verdict
from wallet.words import sentence

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.patient.session import Session

_SAID = {
    Kind.ALTERED: "Entry {index} was changed.",
    Kind.MISSING: "Entry {index} was taken out.",
    Kind.ADDED: "An entry was slipped in at {index}.",
    Kind.REWRITTEN: "The ledger has signed another history from entry {index} on.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """How far the copy reaches, what still waits, and who did not answer."""

    as_of: datetime | None
    undone: int
    silent: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as this computer remembers it."""

    kind: str
    index: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyView:
    """The answer to "prove it again"."""

    verdict: Verdict
    sentence: str
    findings: tuple[Difference, ...]


def sync(wallet: Session, *, now: datetime) -> SyncView:
    """Send what waits, fetch what is new, send what waited for that.

    Raises:
        LedgerForkedError: the ledger showed another history; the copy remembers.
    """
    silent: set[str] = set()
    silent |= outbox.send(wallet, now=now).silent
    try:
        wallet.network.sync()
    except UnreachableError as away:
        silent.add(away.what)
    sent = outbox.send(wallet, now=now)
    silent |= sent.silent
    for origin in wallet.network.origins:
        activity.find_receipts(wallet, origin)
    silent |= activity.fetch_details(wallet)
    return SyncView(as_of=as_of(wallet), undone=sent.undone, silent=frozenset(silent))


def as_of(wallet: Session) -> datetime | None:
    """Quorum time of the copy that is furthest behind; None before the first sync."""
    times = []
    for origin in wallet.network.origins:
        view = wallet.network.view(origin)
        if view is None or view.quorum_time is None:
            return None
        times.append(view.quorum_time)
    return min(times, default=None)


def verify(wallet: Session, *, ledger: str | None = None) -> VerifyView:
    """Read all public files anew and compare them with this computer's copy.

    A server that is not there is cannot tell; a difference names the entry.
    """
    client = LedgerClient(ledger) if ledger else wallet.network.client
    findings: list[Finding] = []
    try:
        for origin in wallet.network.origins:
            view = wallet.network.view(origin)
            if view is None or view.quorum_time is None:
                return _answer(wallet, Reason.NOT_IN_COPY, [])
            findings += audit(wallet.network.replica(origin), client)
    except UnreachableError:
        return _answer(wallet, Reason.LEDGER_UNREACHABLE, [])
    except LedgerForkedError:
        return _answer(wallet, Reason.LEDGER_FORKED, findings)
    except RefusedError as refused:
        return _answer(wallet, refused.reason, findings)
    finally:
        if ledger:
            client.close()
    return _answer(
        wallet, Reason.LEDGER_FORKED if findings else Reason.GO_AHEAD, findings
    )


def _answer(wallet: Session, reason: Reason, findings: list[Finding]) -> VerifyView:
    moment = as_of(wallet)
    said = sentence(reason)
    if reason is Reason.GO_AHEAD and moment is not None:
        until = f"{moment:%d %B %Y, %H:%M} UTC"
        said = f"No other opening is recorded, up to {until}."
    told = tuple(
        Difference(
            kind=one.kind.value,
            index=one.index,
            sentence=_SAID[one.kind].format(index=one.index),
        )
        for one in findings
    )
    if told:
        said = " ".join(one.sentence for one in told[:3])
    return VerifyView(
        verdict=Verdict(reason=reason, as_of=moment), sentence=said, findings=told
    )
