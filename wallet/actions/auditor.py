"""Compare what a ledger shows today with the copy a home has kept. PROTOCOL.md 9."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import (
    LedgerForkedError,
    RefusedError,
    TurnedAwayError,
    UnreachableError,
    UsageError,
)
from wallet.ledger import fork
from wallet.ledger.audit import Finding, Kind, audit, is_taken_down, wrong_roots
from wallet.ledger.fetch import Http
from wallet.ledger.following import Following
from wallet.ledger.gossip import hear
from wallet.ledger.heard import Heard
from wallet.ledger.policy import Policy
from wallet.ledger.sync import sync
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.ledger.ledger_client import LedgerClient
    from wallet.ledger.replica import Replica
    from wallet.verdict import CheckpointRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found in one ledger, and the checkpoint of our own copy."""

    origin: str
    findings: tuple[Finding, ...]
    checkpoint: CheckpointRef | None


def verify_ledgers(home: Path) -> list[Audit]:
    """Read all public files anew; where nothing differs, take up what is new.

    A logged status root that is wrong is a finding, old or new, and stops nothing: the
    copy goes by its own replay.

    Whoever serves a ledger first is read whole, its own server before its mirrors; the
    checkpoints of the others are compared: two histories are two signed notes.

    Raises:
        UsageError: the home has no trust files.
        RefusedError: a checkpoint is not signed and witnessed as the policy asks.
        UnreachableError: the ledger is not there, which is cannot tell.
    """
    with closing(_following(home)) as following:
        return [_verify(following, origin, home) for origin in following.origins]


def evidence(home: Path, audits: Sequence[Audit]) -> list[bytes]:
    """A file for each two histories that a ledger has signed: found now, or earlier.

    Raises:
        UsageError: the home has no trust files.
    """
    found = [
        (each.trusted, each.offered)
        for one in audits
        for each in one.findings
        if each.trusted and each.offered
    ]
    with closing(_following(home)) as following:
        for origin in following.origins:
            replica = following.replica(origin)
            for pair in (replica.forked, _heard(home, replica)):
                if pair is not None and all(pair) and pair not in found:
                    found.append(pair)
    return [fork.write(trusted=trusted, offered=offered) for trusted, offered in found]


def _heard(home: Path, replica: Replica) -> tuple[bytes, bytes] | None:
    """What somebody else was shown of a ledger, if it contradicts this copy."""
    try:
        Heard(home / "replicas" / "heard").compare(replica)
    except LedgerForkedError as forked:
        return forked.trusted, forked.offered
    return None


def _following(home: Path) -> Following:
    try:
        policy = Policy.parse((home / "trust/ledger.policy").read_text("utf-8"))
        url = (home / "trust/ledger.url").read_text("utf-8").strip()
    except FileNotFoundError as missing:
        raise UsageError(f"this home has no {missing.filename}") from None
    return Following(home / "replicas", policy=policy, url=url, http=Http("ledger"))


def reason_of(audits: Sequence[Audit]) -> Reason:
    """What findings mean: two histories, or no more than a wrong root over states."""
    kinds = {one.kind for each in audits for one in each.findings}
    if not kinds:
        return Reason.GO_AHEAD
    only_roots = kinds == {Kind.STATUS_ROOT}
    return Reason.STATUS_UNPROVED if only_roots else Reason.LEDGER_FORKED


def _verify(following: Following, origin: str, home: Path) -> Audit:
    replica, sources = following.replica(origin), following.sources(origin)
    if following.is_complete(origin) and is_taken_down(replica, sources[0]):
        # As its policy said: what is here is all there is to look at.
        found = (*wrong_roots(replica), *_after_end(following, origin))
        return Audit(origin=origin, findings=found, checkpoint=replica.checkpoint_ref)
    first, findings = _read_one(replica, sources)
    if all(one.kind is Kind.STATUS_ROOT for one in findings):
        sync(replica, first)
        findings = [*wrong_roots(replica), *_after_end(following, origin)]
    for source in sources:
        if source is not first:
            findings += _compare(replica, source)
    pair = _heard(home, replica)
    if pair is not None and all(each.offered != pair[1] for each in findings):
        findings.append(_two_histories(*pair))
    return Audit(
        origin=origin, findings=tuple(findings), checkpoint=replica.checkpoint_ref
    )


def _after_end(following: Following, origin: str) -> list[Finding]:
    following.learn()
    index = following.after_end(origin)
    return [] if index is None else [Finding(kind=Kind.AFTER_END, index=index)]


def _read_one(
    replica: Replica, sources: Sequence[LedgerClient]
) -> tuple[LedgerClient, list[Finding]]:
    """Read whoever answers first, whole."""
    away = UnreachableError("ledger", "no address")
    for source in sources:
        try:
            return source, audit(replica, source)
        except UnreachableError as error:
            away = error
    raise away


def _compare(replica: Replica, source: LedgerClient) -> list[Finding]:
    """What a checkpoint that somebody else serves says against the ledger."""
    try:
        hear(replica, source.checkpoint())
    except LedgerForkedError as forked:
        return [_two_histories(forked.trusted, forked.offered)]
    except (UnreachableError, TurnedAwayError, RefusedError):
        pass  # a mirror that is away, or serves what nobody signed, accuses nobody
    return []


def _two_histories(trusted: bytes, offered: bytes) -> Finding:
    """Two notes; from which entry on they differ, notes alone do not say."""
    return Finding(kind=Kind.REWRITTEN, index=0, trusted=trusted, offered=offered)
