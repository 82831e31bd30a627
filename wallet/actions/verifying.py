"""What a file of evidence proves to a stranger who trusts none of us.

Loads the standard library, cryptography and our own readers: no store, no window, no
network. A policy says whom to believe; without one nothing is believed, only told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions import check_file
from wallet.errors import RefusedError
from wallet.exports.accounting import FIRST as ACCOUNTING
from wallet.exports.accounting import MAX_ACCOUNTING
from wallet.ledger import bundle, cose_receipt, fork, proof
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.policy import Policy
from wallet.verdict import CheckpointRef, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from wallet.ledger.checkpoint import Note

MAX_FILE = MAX_ACCOUNTING
_STATES = {
    State.STANDS: (Reason.GO_AHEAD, "stands"),
    State.ENDED: (Reason.WITHDRAWN, "has been ended"),
    State.HELD: (Reason.PAUSED, "is held"),
    State.UNKNOWN: (
        Reason.STATUS_UNPROVED,
        "is said to stand, but no mirror of your policy has counted that itself",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a file is, what it proves, one sentence, and who is named as a signer.

    ``lines`` say it of each thing in a file that is about several.
    """

    kind: str
    verdict: Verdict
    sentence: str
    signers: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def verify_file(
    data: bytes, *, policy: str | None, entry: bytes | None, boards: str = ""
) -> Verified:
    """Judge a file by its content.

    *policy* is the text of a trust file; *entry* the exact bytes that a proof or a
    COSE receipt is about, which neither of them carries; *boards* the text of a trust
    file of those who license (`registry.parse_boards`), for an accounting.
    """
    is_accounting = data.startswith(ACCOUNTING)
    kind, judge = ("accounting", _judge_check) if is_accounting else _kind(data)
    try:
        read = None if policy is None else Policy.parse(policy)
        if is_accounting:
            return _judge_accounting(data, read, boards)
        _check_size(data)
        return judge(data, read, entry)
    except RefusedError as refused:
        verdict = Verdict(reason=refused.reason, detail=refused.place)
        return Verified(kind=kind, verdict=verdict, sentence=_no(refused, kind))


def _check_size(data: bytes) -> None:
    if len(data) > fork.MAX_FORK:
        raise RefusedError(Reason.MALFORMED, "file size")


def _kind(
    data: bytes,
) -> tuple[str, Callable[[bytes, Policy | None, bytes | None], Verified]]:
    if data.startswith(b"c2sp.org/tlog-proof@"):
        return "proof", _judge_proof
    if data.startswith(b"heartwood/"):
        return "fork", _judge_fork
    if data.startswith(b"HWBUNDLE"):
        return "bundle", _judge_bundle
    if data.startswith(cose_receipt.FIRST):
        return "receipt", _judge_receipt
    if data.startswith(check_file.FIRST):
        return "check", _judge_check
    return "checkpoint", _judge_note


def _judge_note(data: bytes, policy: Policy | None, _: bytes | None) -> Verified:
    note = parse_note(data)
    if policy is None:
        return _untrusted("checkpoint", note)
    moment = policy.accept(note)
    said = f"{_ledger(note)} This was signed as your policy asks, {_as_of(moment)}."
    return _told("checkpoint", Reason.GO_AHEAD, said, note, moment)


def _judge_proof(data: bytes, policy: Policy | None, entry: bytes | None) -> Verified:
    read = proof.parse(data)
    if policy is None:
        return _untrusted("proof", read.note)
    moment = policy.accept(read.note)
    if entry is None:
        said = (
            f"The checkpoint of this proof is good, {_as_of(moment)}; of which entry "
            f"number {read.index} is, only --entry FILE can tell."
        )
        return _told("proof", Reason.NOT_IN_COPY, said, read.note, moment)
    origin = read.note.checkpoint.origin
    proof.verify(read, leaf=leaf_hash(entry), policy=policy, origin=origin)
    said = (
        f"This is entry {read.index} of the ledger {origin}, under a checkpoint signed "
        f"as your policy asks, {_as_of(moment)}. Whether it still stands is not said."
    )
    return _told("proof", Reason.GO_AHEAD, said, read.note, moment)


def _judge_fork(data: bytes, policy: Policy | None, _: bytes | None) -> Verified:
    read = fork.parse(data)
    note = read.offered.note
    if policy is None:
        return _untrusted("fork", note)
    log = policy.log(read.origin)
    if log is None:
        raise RefusedError(Reason.NOT_IN_COPY, "fork origin")
    sizes = f"{read.trusted.note.checkpoint.size} and {note.checkpoint.size} entries"
    if read.verify(log):
        prefix = read.trusted.prefix or read.offered.prefix
        proven = (
            ""
            if prefix is None
            else f"The longer one proves that its first {prefix.size} entries are not "
            "what the other note says. "
        )
        said = (
            f"The ledger {read.origin} signed two different histories, of {sizes}. "
            f"{proven}Both signatures are good: it cannot have been honest with "
            "everybody."
        )
        return _told("fork", Reason.LEDGER_FORKED, said, note, None)
    said = (
        f"The ledger {read.origin} signed both notes, of {sizes}; as far as this file "
        "shows, both may be true. Ask it to prove that one continues the other."
    )
    return _told("fork", Reason.STATUS_UNPROVED, said, note, None)


def _judge_bundle(data: bytes, policy: Policy | None, _: bytes | None) -> Verified:
    read = bundle.parse_bundle(data)
    if policy is None:
        return _untrusted("bundle", read.note)
    proven = bundle.verify_bundle(read, policy=policy)
    reason, state = _STATES[proven.state]
    origin = proven.checkpoint.origin
    moment = proven.quorum_time
    said = f"Entry {proven.index} of the ledger {origin} {state}, {_as_of(moment)}."
    return _told("bundle", reason, said, read.note, moment)


def _judge_check(data: bytes, policy: Policy | None, _: bytes | None) -> Verified:
    """A desk's answer: its entry is proven, that it stood is the desk's own count."""
    read = check_file.read_check(data)
    if read.proof is None:
        raise RefusedError(Reason.STATUS_UNPROVED, "check without a proof")
    told = proof.parse(read.proof)
    if policy is None:
        return _untrusted("check", told.note)
    origin = told.note.checkpoint.origin
    leaf = leaf_hash(read.entry)
    proof.verify(told, leaf=leaf, policy=policy, origin=origin)
    moment = policy.accept(told.note)
    said = (
        f"A desk answered {_plain(read.reason)}. What is proven: the permission it "
        f"speaks of is entry {told.index} of the ledger {origin}, {_as_of(moment)}. "
        "Whether it stood is the desk's own count; a stapled bundle proves that "
        "(grant show ID --bundle FILE)."
    )
    return _told("check", Reason.STATUS_UNPROVED, said, told.note, moment)


def _judge_receipt(data: bytes, policy: Policy | None, entry: bytes | None) -> Verified:
    read = cose_receipt.parse(data)
    if policy is None or entry is None:
        missing = "--policy FILE" if policy is None else "--entry FILE"
        said = (
            f"This is a COSE receipt for entry {read.index} of a tree of {read.size}; "
            f"{missing} is needed to tell by whom, or of what."
        )
        verdict = Verdict(reason=Reason.NOT_IN_COPY)
        return Verified(kind="receipt", verdict=verdict, sentence=said)
    for origin in policy.origins:
        for vkey in policy.log_keys(origin):
            if cose_receipt.is_by(read, vkey):
                cose_receipt.verify(read, entry=entry, vkey=vkey)
                said = (
                    f"The ledger {origin} says that this is entry {read.index} of "
                    f"{read.size}. No witness stands behind a receipt: ask for the "
                    "tlog-proof."
                )
                verdict = Verdict(reason=Reason.NO_QUORUM)
                if policy.warns:
                    verdict = Verdict(reason=Reason.GO_AHEAD)
                return Verified(
                    kind="receipt", verdict=verdict, sentence=said, signers=(origin,)
                )
    raise RefusedError(Reason.NOT_IN_COPY, "receipt key")


def _judge_accounting(data: bytes, policy: Policy | None, boards: str) -> Verified:
    # Cards and grants are read for this kind alone.
    from wallet.actions.verifying_accounting import judge_accounting  # noqa: PLC0415
    from wallet.registry import parse_boards  # noqa: PLC0415

    found = judge_accounting(data, policy=policy, boards=parse_boards(boards))
    return Verified(
        kind="accounting",
        verdict=found.verdict,
        sentence=found.sentence,
        lines=found.lines,
    )


def _untrusted(kind: str, note: Note) -> Verified:
    names = tuple(dict.fromkeys(line.name for line in note.lines))
    said = (
        f"{_ledger(note)} It names as signers {', '.join(map(_plain, names))}. Nothing "
        "says that they are to be trusted: give --policy FILE."
    )
    return _told(kind, Reason.NOT_IN_COPY, said, note, None)


def _told(
    kind: str, reason: Reason, said: str, note: Note, moment: datetime | None
) -> Verified:
    here = note.checkpoint
    reference = CheckpointRef(origin=here.origin, size=here.size, root=here.root)
    return Verified(
        kind=kind,
        verdict=Verdict(reason=reason, as_of=moment, checkpoint=reference),
        sentence=said,
        signers=tuple(dict.fromkeys(line.name for line in note.lines)),
    )


def _ledger(note: Note) -> str:
    here = note.checkpoint
    return f"A checkpoint of the ledger {_plain(here.origin)} with {here.size} entries."


def _plain(name: str) -> str:
    """A name of a stranger's choosing, short enough for a sentence."""
    return name if len(name) <= 80 else name[:80] + "..."  # noqa: PLR2004 a line


def _as_of(moment: datetime | None) -> str:
    if moment is None:
        return "at a time no witness confirms"
    return f"as of {moment:%Y-%m-%d %H:%M:%S} UTC"


_NO = {
    Reason.MALFORMED: "This is not whole, or contradicts itself",
    Reason.SIGNATURE_WRONG: "A signature does not fit, or the ledger's is missing",
    Reason.UNKNOWN_VERSION: "This was made by a version this program does not know",
    Reason.NOT_IN_COPY: "Your policy does not name this ledger or its key",
    Reason.NO_QUORUM: "Fewer witnesses signed this than your policy asks for",
    Reason.STATUS_UNPROVED: "What this is to prove is not covered by its checkpoint",
}


def _no(refused: RefusedError, kind: str) -> str:
    said = _NO.get(refused.reason, "This proves nothing")
    return f"{said} ({kind}: {refused.place})."
