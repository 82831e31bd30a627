"""May this share be released now: one pure decision with time as an argument.

PROTOCOL.md 6 and 11, Open 11 and 12. Storage and transport are elsewhere, so that a
withdrawal racing an opening can be simulated as often as one likes.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.grants import receipt
from wallet.ledger import proof
from wallet.ledger.entry import State, parse_entry
from wallet.statement import Name
from wallet.verdict import Reason

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.grants.receipt import ReleaseRequest
    from wallet.ledger.policy import Policy
    from wallet.ledger.proof import Proof

MAX_COPY_AGE = timedelta(minutes=15)
MAX_RECEIPT_AGE = timedelta(hours=1)
CLOCK_BEHIND = timedelta(minutes=2)  # of quorum time: the own clock is wrong
REPEAT = timedelta(minutes=10)
ORDER_AGE = timedelta(minutes=10)
MAX_DETAILS = 16 << 10
_STATES = {
    State.ENDED: Reason.WITHDRAWN,
    State.HELD: Reason.PAUSED,
    State.UNKNOWN: Reason.STATUS_UNPROVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """One package as its order described it; ``share`` is None once dropped."""

    object_id: bytes
    digest: bytes
    size: int
    share: bytes | None = field(repr=False)
    begins: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A receipt place that was answered: by which request, and when."""

    request: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the relay holds of one grant, as far as one request touches it."""

    origin: str
    noticed: bool
    deposit: Deposit | None
    root: bytes | None
    used: Used | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the relay's own verified copy of the ledger says.

    ``receipt_since`` is the time of the oldest quorum checkpoint in the copy that
    covers the receipt; ``floor`` the quorum size when this relay started, None while
    it has not seen the ledger since. Receipts below the floor may have been answered
    by a relay whose memory was lost, so they release nothing.
    """

    quorum: datetime | None
    forked: bool
    floor: int | None
    grant_index: int | None
    state: State
    receipt_index: int | None
    receipt_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The answer: share B sealed to the reader, or None for an offline receipt."""

    share: bytes | None = field(repr=False)
    receipt_index: int
    repeated: bool


def request_digest(request: ReleaseRequest) -> bytes:
    """What makes two requests the same request."""
    return hashlib.sha256(request.encode()).digest()


def check_request(request: ReleaseRequest, held: Held) -> bytes:
    """Check a receipt against what the patient deposited; return its commitment R.

    RE is signed by its own key rk, rk stands at its place in the patient's tree, and
    R opens to exactly these details for this object of this grant.

    Raises:
        RefusedError: ``malformed``, ``signature_wrong`` or ``release_refused``.
    """
    if len(request.sealed_details) > MAX_DETAILS:
        raise RefusedError(Reason.MALFORMED, "details too long")
    entry = parse_entry(request.entry, origin=held.origin)
    if entry.name is not Name.RECEIPT:
        raise RefusedError(Reason.MALFORMED, "receipt entry type")
    if held.root is None:
        raise RefusedError(Reason.RELEASE_REFUSED, "receipt tree")
    receipt.check_place(
        public=entry.key, place=request.place, path=request.path, root=held.root
    )
    made = receipt.commitment(
        salt=request.salt,
        object_id=request.object_id,
        leaf=request.leaf,
        sealed_details=request.sealed_details,
    )
    if not hmac.compare_digest(made, entry.commitment):
        raise RefusedError(Reason.RELEASE_REFUSED, "receipt commitment")
    return made


def check_proof(data: bytes, *, leaf: bytes, policy: Policy, origin: str) -> Proof:
    """Check the tlog-proof a reader quotes: a quorum of *origin* has seen *leaf*.

    Raises:
        RefusedError: ``release_refused``, whatever is wrong with it.
    """
    try:
        read = proof.parse(data)
        proof.verify(read, leaf=leaf, policy=policy, origin=origin)
    except RefusedError:
        raise RefusedError(Reason.RELEASE_REFUSED, "receipt proof") from None
    return read


def decide(
    request: ReleaseRequest, held: Held, seen: Seen, *, now: datetime
) -> Release:
    """Decide one request whose receipt `check_request` has found in order.

    Raises:
        RefusedError: The first thing that speaks against it. ``not_in_copy`` means
            that asking again in a moment may help, everything else is a no.
    """
    if seen.receipt_index is None:
        raise RefusedError(Reason.NOT_IN_COPY, "receipt")
    same = held.used is not None and held.used.request == request_digest(request)
    if held.used is not None and not same:
        raise RefusedError(Reason.RELEASE_REFUSED, "receipt key used before")
    if request.manner is receipt.Manner.OFFLINE:
        # The records were opened from a stick: keep the details, release nothing.
        return Release(share=None, receipt_index=seen.receipt_index, repeated=same)
    if held.used is not None and now - held.used.at > REPEAT:
        raise RefusedError(Reason.RELEASE_REFUSED, "receipt key used before")
    _check_copy(seen, now=now)
    _check_grant(held, seen)
    share = _share(held.deposit, now=now)
    _check_receipt_age(seen, now=now)
    return Release(share=share, receipt_index=seen.receipt_index, repeated=same)


def check_copy_age(quorum: datetime | None, *, forked: bool, now: datetime) -> None:
    """Refuse to act on a copy that is forked, unwitnessed or older than 15 minutes.

    Nor by a clock that witnesses contradict: under a clock set back every copy looks
    fresh and every period open.

    Raises:
        RefusedError: ``ledger_forked``, ``no_quorum``, ``clock_doubtful`` or
            ``copy_too_old``.
    """
    if forked:
        raise RefusedError(Reason.LEDGER_FORKED, "own copy")
    if quorum is None:
        raise RefusedError(Reason.NO_QUORUM, "own copy")
    if quorum - now > CLOCK_BEHIND:
        raise RefusedError(Reason.CLOCK_DOUBTFUL, "own clock")
    if now - quorum > MAX_COPY_AGE:
        raise RefusedError(Reason.COPY_TOO_OLD, "own copy")


def _check_copy(seen: Seen, *, now: datetime) -> None:
    check_copy_age(seen.quorum, forked=seen.forked, now=now)
    if seen.floor is None:
        raise RefusedError(Reason.COPY_TOO_OLD, "not looked at since start")


def _check_grant(held: Held, seen: Seen) -> None:
    if held.noticed:
        raise RefusedError(Reason.WITHDRAWN, "notice")
    if seen.state in _STATES:
        raise RefusedError(_STATES[seen.state], "status")
    if seen.grant_index is None:
        raise RefusedError(Reason.NOT_IN_COPY, "grant")


def _share(deposit: Deposit | None, *, now: datetime) -> bytes:
    if deposit is None or deposit.share is None:
        raise RefusedError(Reason.PACKAGE_MISSING, "object")
    if now.timestamp() < deposit.begins:
        raise RefusedError(Reason.NOT_STARTED, "deposit period")
    if now.timestamp() >= deposit.ends:
        raise RefusedError(Reason.ENDED, "deposit period")
    return deposit.share


def _check_receipt_age(seen: Seen, *, now: datetime) -> None:
    index, since = seen.receipt_index, seen.receipt_since
    if index is None or since is None:
        raise RefusedError(Reason.NOT_IN_COPY, "receipt")
    if seen.floor is None or index < seen.floor:
        raise RefusedError(Reason.RELEASE_REFUSED, "receipt from before this start")
    if now - since > MAX_RECEIPT_AGE:
        raise RefusedError(Reason.RELEASE_REFUSED, "receipt too old")
