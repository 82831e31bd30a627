"""Compare what a ledger shows today with the copy a home has kept. PROTOCOL.md 9."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.ledger.audit import Finding, Kind, audit, wrong_roots
from wallet.ledger.fetch import Http
from wallet.ledger.following import Following
from wallet.ledger.policy import Policy
from wallet.ledger.sync import sync
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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

    Raises:
        UsageError: the home has no trust files.
        RefusedError: a checkpoint is not signed and witnessed as the policy asks.
        UnreachableError: the ledger is not there, which is cannot tell.
    """
    try:
        policy = Policy.parse((home / "trust/ledger.policy").read_text("utf-8"))
        url = (home / "trust/ledger.url").read_text("utf-8").strip()
    except FileNotFoundError as missing:
        raise UsageError(f"this home has no {missing.filename}") from None
    with closing(
        Following(home / "replicas", policy=policy, url=url, http=Http("ledger"))
    ) as following:
        return [_verify(following, origin) for origin in following.origins]


def reason_of(audits: Sequence[Audit]) -> Reason:
    """What findings mean: two histories, or no more than a wrong root over states."""
    kinds = {one.kind for each in audits for one in each.findings}
    if not kinds:
        return Reason.GO_AHEAD
    only_roots = kinds == {Kind.STATUS_ROOT}
    return Reason.STATUS_UNPROVED if only_roots else Reason.LEDGER_FORKED


def _verify(following: Following, origin: str) -> Audit:
    replica, source = following.replica(origin), following.source(origin)
    findings = audit(replica, source)
    if all(one.kind is Kind.STATUS_ROOT for one in findings):
        sync(replica, source)
        findings = wrong_roots(replica)
    return Audit(
        origin=origin, findings=tuple(findings), checkpoint=replica.checkpoint_ref
    )
