"""ledger status URL | verify [--evidence FILE]: what a ledger says, and if it is so.

The URL may be that of a witness: then what it was shown against what it has seen. Exit
1 where that convicts a ledger.

The file holds both signed notes where a ledger has signed two histories; a stranger
reads it with `heartwood verify FILE`. Further ones go beside it, as FILE.2 and so on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wallet.actions import auditor
from wallet.actions.operator.ledger import ledger_status
from wallet.actions.operator.witness_status import witness_status
from wallet.cli.answer import STOP, Answer, rfc3339
from wallet.cli.evidence import write_evidence
from wallet.cli.ledger.door import home
from wallet.errors import WalletError
from wallet.verdict import Reason

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from wallet.actions.operator.witness_status import WitnessStatus

_OWN_COUNT = (
    "The operator has signed a wrong root over what stands; the entries named are the "
    "evidence. Copies of the ledger go by their own count, so no answer changes."
)


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    status = words.add_parser("status")
    status.add_argument("url")
    status.add_argument("--evidence", type=Path, metavar="FILE")
    status.set_defaults(run=_status)
    verify = words.add_parser("verify")
    verify.add_argument("--evidence", type=Path, metavar="FILE")
    verify.set_defaults(run=_verify)


def _status(args: argparse.Namespace) -> Answer:
    witness = witness_status(args.url)
    if witness is not None:
        return _witness(args, witness)
    said = ledger_status(args.url)
    moment = rfc3339(said["quorum_time"])
    text = f"{said['origin']}: {said['size']} entries, quorum time {moment}"
    return Answer(data={**said, "quorum_time": moment}, text=text)


def _witness(args: argparse.Namespace, said: WitnessStatus) -> Answer:
    files = [one.file for one in said.forks]
    kept = [] if args.evidence is None else write_evidence(args.evidence, files)
    rows = [
        {
            "origin": one.origin,
            "seen": one.seen,
            "size": one.size,
            "proven": one.proven,
            "at": rfc3339(one.at),
        }
        for one in said.forks
    ]
    data: dict[str, Any] = {
        "witness": said.name,
        "vkey": said.vkey,
        "logs": list(said.origins),
        "forks": rows,
        "evidence": [f"{path}" for path in kept],
    }
    lines = [f"Witness {said.name} watches {len(said.origins)} ledgers."]
    lines += [
        f"{one.at:%Y-%m-%d %H:%M} UTC  {one.origin}: after {one.seen} entries it was "
        f"shown another history of {one.size}"
        + ("." if one.proven else "; the two notes alone do not prove that.")
        for one in said.forks
    ]
    if said.forks and not kept:
        lines.append("--evidence FILE writes both signed notes of each.")
    if any(one.proven for one in said.forks):
        forked = {"reason": Reason.LEDGER_FORKED.value, **data}
        return Answer(code=STOP, data=forked, text="\n".join(lines))
    return Answer(data=data, text="\n".join(lines))


def _verify(args: argparse.Namespace) -> Answer:
    try:
        audits = auditor.verify_ledgers(home(args))
    except WalletError:
        kept = _kept(args, []) if args.evidence is not None else []
        if not kept:
            raise
        said = "The ledger does not answer, but it has signed two histories before."
        told = {
            "reason": Reason.LEDGER_FORKED.value,
            "sentence": said,
            "evidence": kept,
        }
        return Answer(code=STOP, data=told, text=said)
    found = [
        {
            "origin": one.origin,
            "kind": each.kind.value,
            "index": each.index,
            **each.notes,
        }
        for one in audits
        for each in one.findings
    ]
    ledgers = [
        {"origin": one.origin, "size": one.checkpoint.size if one.checkpoint else 0}
        for one in audits
    ]
    data: dict[str, Any] = {"ledgers": ledgers, "findings": found}
    if args.evidence is not None:
        data["evidence"] = _kept(args, audits)
    if not found:
        sizes = ", ".join(f"{one['origin']} {one['size']}" for one in ledgers)
        return Answer(data=data, text=f"Every entry is as it was: {sizes}.")
    lines = [f"{one['origin']}: entry {one['index']} {one['kind']}" for one in found]
    reason = auditor.reason_of(audits)
    if reason is Reason.STATUS_UNPROVED:
        lines.append(_OWN_COUNT)
    whole = {"reason": reason.value, **data}
    return Answer(code=STOP, data=whole, text="\n".join(lines))


def _kept(args: argparse.Namespace, audits: Sequence[auditor.Audit]) -> list[str]:
    """Where the evidence was written: what was found now, and what was earlier."""
    files = auditor.evidence(home(args), audits)
    return [f"{path}" for path in write_evidence(args.evidence, files)]
