"""What an accounting of disclosures proves to a stranger. See `exports.accounting`.

Of every permission that it was logged, and ended where that is said; of every opening
that its receipt was logged, and for which permission; whose name stands behind it, by
the reader's own signature and a board's word in the register. What a file says beside
its proofs must be what they say. Three things no file can prove: that these permissions
are one person's, what was in them, and that there were no others.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.exports import accounting
from wallet.exports.accounting_reader import read_accounting
from wallet.grants.check import first_hit
from wallet.grants.receipt import Manner, commitment_over, read_details
from wallet.ledger import proof
from wallet.ledger.entry import State, check_change, commit, leaf_hash, parse_entry
from wallet.practitioners.card import parse_card
from wallet.statement import Name
from wallet.verdict import CheckpointRef, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from wallet.exports.accounting import Logged, Named, Opening, Shared
    from wallet.ledger.entry import Entry
    from wallet.ledger.policy import Policy
    from wallet.practitioners.card import Card

_MANNERS = {Manner.RELAY: "relay", Manner.OFFLINE: "offline"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounted:
    """The answer, one sentence, and a line for each permission and opening."""

    verdict: Verdict
    sentence: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class _Judged:
    """What was found so far."""

    policy: Policy
    boards: Mapping[bytes, str]
    hits: set[Reason] = field(default_factory=set)
    newest: datetime | None = None
    checkpoint: CheckpointRef | None = None

    def logged(self, told: Logged, name: Name) -> tuple[Entry, int | None]:
        """An entry of its kind, and where it is proven to stand.

        Raises:
            RefusedError: it does not verify, or its proof is not one of it.
        """
        entry = parse_entry(told.entry, origin=told.origin)
        if entry.name is not name:
            raise RefusedError(Reason.MALFORMED, "kind of entry")
        if told.proof is None:
            self.hits.add(Reason.STATUS_UNPROVED)
            return entry, None
        read, leaf = proof.parse(told.proof), leaf_hash(told.entry)
        moment = proof.verify(read, leaf=leaf, policy=self.policy, origin=told.origin)
        here = read.note.checkpoint
        if self.newest is None or (moment is not None and moment > self.newest):
            self.newest = moment
            self.checkpoint = CheckpointRef(
                origin=here.origin, size=here.size, root=here.root
            )
        return entry, read.index


def judge_accounting(
    data: bytes, *, policy: Policy | None, boards: Mapping[bytes, str]
) -> Accounted:
    """Judge a file; *boards* are the names of those who may license, by key.

    Raises:
        RefusedError: a signature, proof or word in it is wrong; its place says which.
    """
    told = read_accounting(data)
    about = accounting.about(len(told.permissions), len(told.openings))
    if policy is None:
        said = (
            f"This file accounts for {about}. Nothing says whom to believe: give "
            "--policy FILE."
        )
        verdict = Verdict(reason=Reason.NOT_IN_COPY)
        return Accounted(verdict=verdict, sentence=said, lines=())
    judged = _Judged(policy, boards)
    lines, seen = [], set[bytes]()
    for number, shared in enumerate(told.permissions, 1):
        with _place(f"permission {number}"):
            _once(shared.logged, seen)
            lines.append(f"{number}. {_permission(shared, judged)}")
    for number, opening in enumerate(told.openings, 1):
        with _place(f"opening {number}"):
            _once(opening.logged, seen)
            shared = told.permissions[opening.permission]
            said = _opening(opening, shared, judged)
            lines.append(f"Permission {opening.permission + 1}: {said}")
    reason = first_hit(judged.hits)
    verdict = Verdict(reason=reason, as_of=judged.newest, checkpoint=judged.checkpoint)
    said = f"This file accounts for {about}. {_SAID.get(reason, _ALL)} {_LIMITS}"
    return Accounted(verdict=verdict, sentence=said, lines=tuple(lines))


_ALL = (
    "Each was logged as it says, and behind each opening stand the reader's own "
    "signature and a licence."
)
_SAID = {
    Reason.STATUS_UNPROVED: "Nothing in it is wrong, but not everything is proven.",
    Reason.LICENCE_UNKNOWN: "Each was logged as it says and each opening is signed, "
    "but whose licence that is cannot be told without the boards' keys "
    "(--boards FILE) and their entries.",
    Reason.NOT_ACCREDITED: "Each was logged as it says, but a reader was not licensed "
    "when it opened.",
}
_LIMITS = (
    "What was in them is the wallet's own count, and whether there were more only the "
    "wallet can tell."
)


@contextmanager
def _place(item: str) -> Iterator[None]:
    """Say which item a refusal is about."""
    try:
        yield
    except RefusedError as refused:
        raise RefusedError(refused.reason, f"{item}: {refused.place}") from None


def _once(told: Logged, seen: set[bytes]) -> None:
    leaf = leaf_hash(told.entry)
    if leaf in seen:
        raise RefusedError(Reason.MALFORMED, "told twice")
    seen.add(leaf)


def _permission(told: Shared, judged: _Judged) -> str:
    entry, index = judged.logged(told.logged, Name.GRANT)
    said = f"Shared with {told.reader} on {_day(told.shared)}"
    said += _where(index)
    if told.end is None:
        return f"{said}."
    end, at = judged.logged(told.end.logged, Name.STATUS)
    change = end.change
    check_change(end, entry, origin=told.logged.origin)
    if change.leaf != leaf_hash(told.logged.entry) or change.state is not State.ENDED:
        raise RefusedError(Reason.MALFORMED, "end of another")
    if index is not None and change.index != index:
        raise RefusedError(Reason.MALFORMED, "end of another")
    if index is not None and at is not None and at <= index:
        raise RefusedError(Reason.MALFORMED, "ended before it was")
    return f"{said}; {told.end.kind} on {_day(told.end.at)}{_where(at)}."


def _opening(told: Opening, shared: Shared, judged: _Judged) -> str:
    entry, index = judged.logged(told.logged, Name.RECEIPT)
    kind = "opened" if told.kind == accounting.OPENED else "asked for, not released"
    said = f"{kind} on {told.at:%Y-%m-%d %H:%M} UTC{_where(index)}"
    if told.named is None:
        judged.hits.add(Reason.STATUS_UNPROVED)
        return (
            f"{said}; that it was this permission is the wallet's word, nobody's "
            "name stands behind it."
        )
    card = parse_card(told.named.card)
    leaf = leaf_hash(shared.logged.entry)
    details = read_details(
        told.named.details,
        leaf=leaf,
        key=entry.key,
        card_key=card.signing_key,
        origin=told.logged.origin,
    )
    bound = commitment_over(
        salt=details.salt,
        object_id=details.object_id,
        leaf=leaf,
        digest=told.named.sealed,
    )
    if bound != entry.commitment:
        raise RefusedError(Reason.SIGNATURE_WRONG, "receipt of another opening")
    words = (details.who, details.staff, details.purpose, _MANNERS[details.manner])
    if words != (
        told.named.who,
        told.named.staff,
        told.named.purpose,
        told.named.manner,
    ):
        raise RefusedError(Reason.MALFORMED, "not as its reader signed it")
    if details.asked_at != int(told.at.timestamp()):
        raise RefusedError(Reason.MALFORMED, "not when its reader signed it")
    return f"{said}, by {_reader(told.named, card, details.asked_at, judged)}."


def _reader(told: Named, card: Card, asked: int, judged: _Judged) -> str:
    """Who opened, by the licence behind the card that signed."""
    body, by = card.body, f"the signature of {told.who}"
    valid = card.begins <= asked < card.ends and body.begins <= asked < body.ends
    if not valid:
        judged.hits.add(Reason.NOT_ACCREDITED)
    if told.licence is None:
        judged.hits.add(Reason.LICENCE_UNKNOWN)
        return f"{by}; no licence is shown"
    if told.licence.origin != card.accreditation.origin:
        raise RefusedError(Reason.MALFORMED, "licence of another register")
    entry, index = judged.logged(told.licence, Name.ACCREDITATION)
    vouched = commit(card.accreditation.salt, card.accreditation.body)
    if entry.commitment != vouched or index not in (None, card.accreditation.index):
        raise RefusedError(Reason.MALFORMED, "licence of another")
    board = judged.boards.get(entry.key)
    if board is None:
        judged.hits.add(Reason.LICENCE_UNKNOWN)
        return f"{by}; licensed as {body.name}, {body.role}, by a board you do not name"
    when = "" if valid else ", not at that time"
    return f"{by}; licensed as {body.name}, {body.role}, by {board}{when}"


def _where(index: int | None) -> str:
    return " (not proven)" if index is None else f" (entry {index})"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
