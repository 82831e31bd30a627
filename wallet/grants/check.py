"""Judge a permission from verified facts: the first hit of a fixed order wins.

PROTOCOL.md 8. A known no beats cannot tell, and cannot tell beats yes, so a missing
fact never reads as permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from wallet.ledger.clock import Clock, Phase
from wallet.ledger.entry import State
from wallet.verdict import CheckpointRef, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.grants.grant_file import OpenedGrant
    from wallet.grants.permission import Permission

# What cannot change any more, and so may be said of a moment still to come.
_LASTING = frozenset(
    {
        Reason.MALFORMED,
        Reason.WRONG_READER,
        Reason.SIGNATURE_WRONG,
        Reason.WITHDRAWN,
        Reason.WRONG_PURPOSE,
        Reason.OUTSIDE_SCOPE,
        Reason.NOT_STARTED,
        Reason.ENDED,
    }
)
_ORDER = tuple(Reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a verified copy of the ledger says of one grant entry.

    ``index`` is the first index of its leaf below the quorum-covered size, None
    where the copy does not hold it or its origin is outside the policy. ``state``
    is what the entries read so far leave it in; ``noticed`` says that a withdrawal
    was handed over to this desk.
    """

    index: int | None
    state: State
    noticed: bool
    forked: bool
    checkpoint: CheckpointRef | None


def first_hit(hits: Iterable[Reason]) -> Reason:
    """The reason that wins: unknown version, then the known noes, then the rest."""
    found = set(hits)
    if Reason.UNKNOWN_VERSION in found:
        return Reason.UNKNOWN_VERSION
    return min(found, key=_ORDER.index, default=Reason.GO_AHEAD)


def judge(
    grant: OpenedGrant,
    standing: Standing,
    *,
    licence: Verdict,
    purpose: str | None,
    clock: Clock,
    future: bool,
) -> Verdict:
    """Decide whether *grant*, its signatures verified, may be used.

    Args:
        grant: Opened by `open_grant_file`.
        standing: From a replica whose checkpoints reached quorum.
        licence: The reader's own licence, judged at the same moment.
        purpose: FHIR PurposeOfUse code asked for; None takes the permission's.
        clock: The moment asked about beside quorum time.
        future: Whether that moment lies after now: then only what cannot change
            any more is answered, everything else is ``not_yet_known``.

    Returns:
        ``GO_AHEAD`` only where nothing at all speaks against it.
    """
    hits = {
        *_ledger_hits(standing),
        *_time_hits(grant.permission, clock),
        *_licence_hits(licence),
    }
    if purpose is not None and purpose != grant.permission.purpose:
        hits.add(Reason.WRONG_PURPOSE)
    if future:  # what may still change must not hide what cannot
        hits = hits & (_LASTING | {Reason.LEDGER_FORKED}) or {Reason.NOT_YET_KNOWN}
    return Verdict(
        reason=first_hit(hits),
        as_of=clock.quorum,
        checkpoint=standing.checkpoint,
        evidence=(("entry", grant.parts.entry), *licence.evidence),
    )


def _ledger_hits(standing: Standing) -> set[Reason]:
    hits: set[Reason] = set()
    if standing.noticed or standing.state is State.ENDED:
        hits.add(Reason.WITHDRAWN)
    if standing.state is State.HELD:
        hits.add(Reason.PAUSED)
    if standing.forked:
        hits.add(Reason.LEDGER_FORKED)
    if standing.index is None:
        hits.add(Reason.NOT_IN_COPY)
    elif standing.state is State.UNKNOWN:
        hits.add(Reason.STATUS_UNPROVED)
    return hits


def _time_hits(permission: Permission, clock: Clock) -> set[Reason]:
    if clock.quorum is None:
        return {Reason.NO_QUORUM}
    hits: set[Reason] = set()
    phase = clock.phase(begins=permission.begins, ends=permission.ends)
    if phase is Phase.DOUBTFUL:
        hits.add(Reason.CLOCK_DOUBTFUL)
    if phase is Phase.BEFORE:
        hits.add(Reason.NOT_STARTED)
    if phase is Phase.AFTER:
        hits.add(Reason.ENDED)
    age = clock.age
    if age is not None and age > timedelta(seconds=permission.max_age):
        hits.add(Reason.COPY_TOO_OLD)
    return hits


def _licence_hits(licence: Verdict) -> set[Reason]:
    return set() if licence.reason is Reason.GO_AHEAD else {licence.reason}
