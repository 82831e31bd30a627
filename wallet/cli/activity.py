"""`heartwood activity`: who looked, and whether the history is still what it was."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from wallet.actions.patient import accounting, activity, network
from wallet.actions.patient.accounting import Span
from wallet.cli.answer import STOP, Answer, from_verdict, rfc3339
from wallet.cli.evidence import write_evidence
from wallet.cli.unlock import unlocked
from wallet.errors import UsageError
from wallet.verdict import Status
from wallet.words import UNNAMED


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `activity list|verify|export`."""
    words = commands.add_parser("activity", help="who looked").add_subparsers(
        required=True
    )
    words.add_parser("list", help="newest first").set_defaults(run=_list)
    export = words.add_parser("export", help="an accounting that others can check")
    export.add_argument("target", type=Path)
    export.add_argument("--from", dest="first", type=_date, metavar="DATE")
    export.add_argument("--to", dest="last", type=_date, metavar="DATE")
    export.set_defaults(run=_export)
    verify = words.add_parser("verify", help="check the whole history again")
    verify.add_argument("--ledger", help="address of the ledger to read")
    verify.add_argument(
        "--evidence",
        type=Path,
        help="where to write both signed notes if the ledger signed two histories",
    )
    verify.set_defaults(run=_verify)


def _list(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        found = activity.events(wallet)
    rows = [_event(event) for event in found]
    lines = [_event_text(event) for event in found]
    return Answer(data={"events": rows}, text="\n".join(lines) or "Nothing yet.")


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no day like 2026-11-29") from None
    return found


def _export(args: argparse.Namespace) -> Answer:
    span = Span(first=args.first, last=args.last)
    if args.target.exists():
        raise UsageError(f"{args.target.name} exists already")
    with unlocked(args) as wallet:
        said = accounting.export(wallet, args.target, span, now=datetime.now(UTC))
    data = {
        "file": f"{said.path}",
        "permissions": said.permissions,
        "openings": said.openings,
        "unnamed": said.unnamed,
        "unproven": said.unproven,
    }
    lines = [
        f"{said.path.name} accounts for {said.about}.",
        "Anybody can check it: heartwood verify FILE --policy FILE --boards FILE.",
        "Whoever has it knows which lines of the public ledger are yours.",
    ]
    if said.unnamed:
        lines.append(f"Behind {said.unnamed} of the openings stands nobody's name.")
    if said.unproven:
        waiting = f"Not proven yet: {said.unproven}. Sync, and export again."
        lines.append(waiting)
    return Answer(data=data, text="\n".join(lines))


def _event(event: activity.Event) -> dict[str, Any]:
    classes = None if event.contents is None else dict(event.contents)
    proposal = _proposal(event)
    return {
        "at": rfc3339(event.at),
        "kind": event.kind.value,
        "who": event.who,
        "reader": event.reader,
        "what": ", ".join(classes or ()),
        "classes": classes,
        "count": event.count,
        "grant": event.grant_id,
        "confirmed": event.confirmed,
        **({"sentence": UNNAMED, "proposal": proposal} if proposal else {}),
    }


def _proposal(event: activity.Event) -> str:
    """What to do where nobody's name stands behind an opening (PROTOCOL.md 6)."""
    if event.kind is not activity.Kind.OPENED or event.confirmed:
        return ""
    return f"heartwood grant withdraw {event.grant_id}"


def _event_text(event: activity.Event) -> str:
    who = event.who or f"somebody who holds the permission of {event.reader}"
    many = "" if event.count is None else f", {event.count} records"
    proven = "" if event.confirmed else "  (not confirmed)"
    said = f"{event.at:%d %B %Y, %H:%M} UTC  {event.kind.value:9}  {who}{many}{proven}"
    proposal = _proposal(event)
    return f"{said}\n    {UNNAMED}\n    To end it: {proposal}" if proposal else said


def _verify(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        proved = network.verify(wallet, ledger=args.ledger)
    answer = from_verdict(
        proved.verdict, findings=[_finding(one) for one in proved.findings]
    )
    lines = [f"  {one.origin} {one.index}: {one.kind}" for one in proved.findings]
    kept = []
    if args.evidence is not None:
        kept = write_evidence(args.evidence, proved.evidence)
    return replace(
        answer,
        code=STOP if proved.status is Status.STOP else answer.code,
        data={
            **answer.data,
            "status": proved.status.value,
            "sentence": proved.sentence,
            **({"kept": [f"{path}" for path in kept]} if kept else {}),
        },
        text="\n".join([proved.sentence, *lines]),
    )


def _finding(one: network.Difference) -> dict[str, Any]:
    """A difference by (origin, index); a rewritten history with both signed notes."""
    return {
        "origin": one.origin,
        "index": one.index,
        "kind": one.kind,
        "sentence": one.sentence,
        **one.notes,
    }
