"""Bring a wallet up to date, and prove the whole history on this computer again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wallet.actions.network import UNWATCHED, Watch
from wallet.actions.patient import activity, details, outbox
from wallet.errors import RefusedError, TurnedAwayError, UnreachableError, UsageError
from wallet.ledger import fork
from wallet.ledger.audit import Finding, Kind, audit, is_taken_down, wrong_roots
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.shard import is_past
from wallet.verdict import Reason, Status, Verdict
from wallet.words import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wallet.actions.patient.session import Session

_FIRST = 3
_SAID = {
    Kind.ALTERED: "Entry {index} was changed.",
    Kind.MISSING: "Entry {index} was taken out.",
    Kind.ADDED: "An entry was slipped in at {index}.",
    Kind.HASH: "The published hash for entry {index} was changed.",
    Kind.REWRITTEN: "The ledger has signed another history from entry {index} on.",
    Kind.AFTER_END: "The ledger went on with entry {index} after it had ended.",
    Kind.STATUS_ROOT: "The ledger's own count of what stands, in entry {index}, is "
    "wrong. This computer goes by its own.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """How far the copy reaches, what still waits, and who did not answer."""

    as_of: datetime | None
    undone: int
    silent: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as this computer remembers it, by (origin, index).

    A rewritten history comes with both signed notes: together they are the evidence.
    """

    origin: str
    index: int
    kind: str
    sentence: str
    trusted: bytes = b""
    offered: bytes = b""

    @property
    def notes(self) -> dict[str, str]:
        """The signed notes of a rewritten history, as text."""
        return fork.notes_in(trusted=self.trusted, offered=self.offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyView:
    """The answer to "prove it again"."""

    verdict: Verdict
    sentence: str
    findings: tuple[Difference, ...]

    @property
    def evidence(self) -> list[bytes]:
        """A file for each two histories that a ledger has signed (`ledger.fork`)."""
        return [
            fork.write(trusted=one.trusted, offered=one.offered)
            for one in self.findings
            if one.trusted and one.offered
        ]

    @property
    def status(self) -> Status:
        """A difference that was found is a known no, whatever else is in doubt."""
        return Status.STOP if self.findings else self.verdict.status


def sync(wallet: Session, *, now: datetime, watch: Watch = UNWATCHED) -> SyncView:
    """Bring everything up to date, what readers said of their openings too.

    Raises:
        LedgerForkedError: the ledger showed another history; the copy remembers.
    """
    view = follow(wallet, now=now, watch=watch)
    return replace(view, silent=view.silent | details.read_details(wallet, now=now))


def follow(wallet: Session, *, now: datetime, watch: Watch = UNWATCHED) -> SyncView:
    """Send what waits, fetch what is new, send what waited for that.

    May be called as often as something is waited for; no relay is asked for details.

    Raises:
        LedgerForkedError: the ledger showed another history; the copy remembers.
    """
    silent: set[str] = set()
    silent |= outbox.send(wallet, now=now).silent
    try:
        wallet.network.sync(watch)
    except UnreachableError as away:
        silent.add(away.what)
    sent = outbox.send(wallet, now=now)
    silent |= sent.silent
    for origin in wallet.network.origins:
        activity.find_receipts(wallet, origin, now=now)
    return SyncView(as_of=as_of(wallet), undone=sent.undone, silent=frozenset(silent))


def as_of(wallet: Session) -> datetime | None:
    """Quorum time of the copy that is furthest behind; None before the first sync.

    A shard that takes nothing any more is not behind: nothing can happen in it.
    """
    times = {}
    for origin in wallet.network.origins:
        view = wallet.network.view(origin)
        if view is None or view.quorum_time is None:
            return None
        times[origin] = view.quorum_time
    newest = max(times.values(), default=None)
    living = [at for origin, at in times.items() if not is_past(origin, newest)]
    return min(living or times.values(), default=None)


def verify(wallet: Session, *, ledger: str | None = None) -> VerifyView:
    """Read all public files anew and compare them with this computer's copy.

    A server that is not there is cannot tell; a difference names the entry, and no
    doubt elsewhere hides it.

    Raises:
        UsageError: no ledger is followed here, so that nothing can be said of any.
    """
    if not wallet.network.origins:
        raise UsageError("this home follows no ledger")
    named = LedgerClient(ledger) if ledger else None
    found: list[Difference] = []
    doubts: list[Reason] = []
    try:
        for origin in wallet.network.origins:
            sources = [named] if named else wallet.network.sources(origin)
            findings, doubt = _audit(wallet, origin, sources)
            found += [_difference(origin, one) for one in findings]
            doubts += [] if doubt is None else [doubt]
    finally:
        if named is not None:
            named.close()
    if found:
        rewritten = any(one.kind != Kind.STATUS_ROOT for one in found)
        reason = Reason.LEDGER_FORKED if rewritten else Reason.STATUS_UNPROVED
        return _answer(wallet, reason, found)
    return _answer(wallet, doubts[0] if doubts else Reason.GO_AHEAD, found)


def _audit(
    wallet: Session, origin: str, sources: Sequence[LedgerClient]
) -> tuple[list[Finding], Reason | None]:
    """What differs in one ledger, or why that cannot be told."""
    view = wallet.network.view(origin)
    if view is None or view.quorum_time is None:
        return [], Reason.NOT_IN_COPY
    replica = wallet.network.replica(origin)
    for source in sources:
        try:
            if is_past(origin, as_of(wallet)) and is_taken_down(replica, source):
                return [], None  # as announced: the copy here still stands
            return audit(replica, source), None
        except (UnreachableError, TurnedAwayError):
            continue
        except RefusedError as refused:
            return wrong_roots(replica), refused.reason
    return wrong_roots(replica), Reason.LEDGER_UNREACHABLE


def _difference(origin: str, one: Finding) -> Difference:
    return Difference(
        origin=origin,
        index=one.index,
        kind=one.kind.value,
        sentence=_SAID[one.kind].format(index=one.index),
        trusted=one.trusted,
        offered=one.offered,
    )


def _answer(wallet: Session, reason: Reason, found: list[Difference]) -> VerifyView:
    moment = as_of(wallet)
    said = sentence(reason)
    if reason is Reason.GO_AHEAD and moment is not None:
        until = f"{moment:%d %B %Y, %H:%M} UTC"
        said = f"No other opening is recorded, up to {until}."
    if found:
        said = " ".join(one.sentence for one in found[:_FIRST])
        if len(found) > _FIRST:
            said += f" And {len(found) - _FIRST} more."
    return VerifyView(
        verdict=Verdict(reason=reason, as_of=moment),
        sentence=said,
        findings=tuple(found),
    )
