"""Check a permission against the clinic's own copy of the ledger. PROTOCOL.md 8."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from wallet.actions.clinic.stapled import of_index, of_leaf
from wallet.errors import RefusedError, UsageError
from wallet.grants import check as grants_check
from wallet.grants.check import Standing
from wallet.grants.grant_file import OpenedGrant, open_grant_file
from wallet.grants.withdrawal import check_notice, read_notice, read_stop_file
from wallet.ledger.clock import Clock
from wallet.ledger.entry import State
from wallet.practitioners import licence
from wallet.practitioners.card import pair_id, six_words
from wallet.verdict import Reason, Verdict
from wallet.words import HANDED_OVER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wallet.actions.clinic.home import Clinic
    from wallet.actions.network import Network, View
    from wallet.ledger.bundle import Stapled
    from wallet.verdict import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer, and the permission itself where its signatures fit.

    ``index`` is that of its entry in the copy the answer rests on. ``clock_behind``
    says that this computer's clock lags the ledger's, which somebody should set right:
    the answer went by the ledger's.
    """

    verdict: Verdict
    grant: OpenedGrant | None
    index: int | None = None
    clock_behind: bool = False


def check(
    clinic: Clinic,
    data: bytes,
    network: Network,
    *,
    now: datetime,
    at: datetime | None = None,
    purpose: str | None = None,
    stapled: Sequence[Stapled] = (),
) -> Checked:
    """Judge a grant file at *at* (now, if None) from what this desk holds.

    *stapled* are verified bundles (`Network.stapled`): of the permission, and of this
    desk's own accreditation, where its copy does not hold them or is older.
    """
    try:
        grant = open_grant_file(data, openers=[clinic.opener], reader=clinic.reader_id)
    except RefusedError as refused:
        return Checked(
            verdict=Verdict(reason=refused.reason, detail=refused.place), grant=None
        )
    permission = grant.permission
    _keep(clinic, grant, data, now=now)
    whole = of_leaf(network.view(permission.origin), stapled, grant.leaf)
    view = _as_of(whole, at)
    clock = _clock(whole, view, at=at, now=now)
    past = at if at is not None and at < now else None
    standing = _standing(clinic, grant, whole, view, past=past)
    verdict = grants_check.judge(
        grant,
        standing,
        licence=_licence(
            clinic,
            network,
            at=at,
            now=now,
            max_age=timedelta(seconds=permission.max_age),
            stapled=stapled,
        ),
        purpose=purpose,
        clock=clock,
        future=at is not None and at > now,
    )
    if whole is None:
        verdict = replace(verdict, as_of=None)
    if verdict.reason is Reason.WITHDRAWN and standing.state is not State.ENDED:
        verdict = replace(verdict, detail=HANDED_OVER)
    verdict = replace(
        verdict,
        sender=sender(clinic, grant),
        evidence=(*verdict.evidence, *_proof(view, grant)),
    )
    return Checked(
        verdict=verdict,
        grant=grant,
        index=standing.index,
        clock_behind=clock.behind,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A permission this desk holds now, who sent it, and the words to compare."""

    grant: OpenedGrant
    sender: Sender
    words: tuple[tuple[int, str], ...]


def take(clinic: Clinic, data: bytes, *, now: datetime) -> Taken:
    """Take a permission into the inbox, without judging whether it stands.

    Raises:
        RefusedError: it is damaged, not for this clinic, or a signature is wrong.
    """
    grant = open_grant_file(data, openers=[clinic.opener], reader=clinic.reader_id)
    _keep(clinic, grant, data, now=now)
    permission = grant.permission
    pair = pair_id(permission.pair_sign, permission.pair_seal)
    return Taken(grant=grant, sender=clinic.desk.sender(pair), words=six_words(pair))


def _keep(clinic: Clinic, grant: OpenedGrant, data: bytes, *, now: datetime) -> None:
    clinic.desk.keep(
        grant.leaf,
        file=data,
        origin=grant.permission.origin,
        control_key=grant.permission.control_key,
        at=now,
    )


def sender(clinic: Clinic, grant: OpenedGrant) -> Sender:
    """Whether the key behind this permission was tied to a chart in person."""
    permission = grant.permission
    return clinic.desk.sender(pair_id(permission.pair_sign, permission.pair_seal))


def confirm(
    clinic: Clinic, data: bytes, *, chart: str, now: datetime
) -> tuple[tuple[int, str], ...]:
    """Tie the key behind a permission to a chart; answers the words compared.

    Raises:
        RefusedError: the file is not for this clinic, or the chart has another key.
    """
    grant = open_grant_file(data, openers=[clinic.opener], reader=clinic.reader_id)
    permission = grant.permission
    pair = pair_id(permission.pair_sign, permission.pair_seal)
    clinic.desk.tie(chart, pair_sign=permission.pair_sign, pair=pair, at=now)
    return six_words(pair)


def is_stop_file(data: bytes) -> bool:
    """Whether a file says it is a withdrawal, of whatever version."""
    return data.startswith(b"HWSTOP")


def accept(clinic: Clinic, data: bytes, *, now: datetime) -> bytes:
    """Honour a withdrawal handed over as a file, without any network.

    Returns:
        The leaf hash of the permission it ends.

    Raises:
        RefusedError: it is damaged, or not by the key that may end this permission.
        UsageError: this desk knows no such permission.
    """
    signed = read_stop_file(data)
    notice = read_notice(signed)
    leaf = notice.key(5)
    item = clinic.desk.item(leaf)
    if item is None:
        raise UsageError("this desk holds no permission that this file would end")
    check_notice(notice, origin=item.origin, control_key=item.control_key)
    clinic.desk.take_notice(leaf, signed, at=now)
    return leaf


def _as_of(whole: View | None, at: datetime | None) -> View | None:
    """The copy at the moment asked about: an older one where that is earlier."""
    if whole is None or at is None or whole.quorum_time is None:
        return whole
    return whole if at >= whole.quorum_time else whole.at(at)


def _clock(
    whole: View | None, view: View | None, *, at: datetime | None, now: datetime
) -> Clock:
    if whole is None:
        # Outside my policy: the answer is not_in_copy, and there is no clock to ask.
        return Clock(asked=at or now, quorum=at or now, explicit=True)
    return Clock(
        asked=at or now,
        quorum=view.quorum_time if view is not None else None,
        explicit=at is not None,
    )


def _standing(
    clinic: Clinic,
    grant: OpenedGrant,
    whole: View | None,
    view: View | None,
    *,
    past: datetime | None,
) -> Standing:
    """What is known of the permission; *past* where an earlier moment is asked about.

    A withdrawal handed over here counts from then on whatever a clock says now: it
    was set back or not, the desk has it.
    """
    taken = clinic.desk.noticed(grant.leaf)
    index = view.first_index(grant.leaf) if view is not None else None
    state = State.UNKNOWN if view is None or index is None else view.state(index)
    return Standing(
        index=index,
        state=state,
        noticed=taken is not None and (past is None or taken <= past),
        forked=whole is not None and whole.is_forked,
        checkpoint=view.checkpoint_ref if view is not None else None,
    )


def _licence(
    clinic: Clinic,
    network: Network,
    *,
    at: datetime | None,
    now: datetime,
    max_age: timedelta | None,
    stapled: Sequence[Stapled],
) -> Verdict:
    """The licence of the reader who asks, from its own card."""
    if clinic.card is None:
        return Verdict(reason=Reason.LICENCE_UNKNOWN, detail="no card here")
    accreditation = clinic.card.accreditation
    own = network.view(accreditation.origin)
    whole = of_index(own, stapled, accreditation.index)
    view = _as_of(whole, at)
    if view is None:
        return Verdict(reason=Reason.LICENCE_UNKNOWN, detail="no copy of the register")
    return licence.judge(
        clinic.card,
        network.register(accreditation, view),
        clock=_clock(whole, view, at=at, now=now),
        max_age=max_age,
    )


def _proof(view: View | None, grant: OpenedGrant) -> tuple[tuple[str, bytes], ...]:
    index = None if view is None else view.first_index(grant.leaf)
    if view is None or index is None or view.quorum_time is None:
        return ()
    return (("proof", view.proof(index)),)
