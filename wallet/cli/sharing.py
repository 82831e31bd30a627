"""`heartwood sync|card|grant`: the patient shares, and takes it back."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wallet.actions import encounter
from wallet.actions.patient import (
    cards,
    ending,
    gathering,
    network,
    permissions,
    sharing,
    stick,
)
from wallet.actions.patient.handover import write_whole
from wallet.actions.patient.scope_file import EVERYTHING, read_scope
from wallet.cli import holding
from wallet.cli.answer import (
    CANNOT_TELL,
    DONE,
    FAULT,
    Answer,
    from_card_verdict,
    from_verdict,
    rfc3339,
)
from wallet.cli.unlock import unlocked
from wallet.cli.watching import watch
from wallet.errors import LedgerForkedError, UsageError
from wallet.verdict import Reason, Verdict
from wallet.words import sentence

if TYPE_CHECKING:
    import argparse

    from wallet.actions.patient.permissions import GrantView
    from wallet.actions.patient.session import Session

_PAUSE = 0.3
_MAX_FILE = 1 << 20
_REFUSED = "A server refused this permission. Nothing is shared; share again."
_WAITING = "Signed, not yet in force. It is sent as soon as the ledger answers."


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `sync`, `card read` and `grant ...`."""
    sync = commands.add_parser("sync", help="send what waits, fetch what is new")
    sync.set_defaults(run=_sync)
    card = commands.add_parser("card", help="look at a reader's card")
    read = card.add_subparsers(required=True).add_parser("read")
    read.add_argument("file", type=Path)
    read.set_defaults(run=_card)
    _add_grant(commands)


def _add_grant(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    words = commands.add_parser("grant", help="permissions").add_subparsers(
        required=True
    )
    issue = words.add_parser("issue", help="share with the holder of a card")
    issue.add_argument("--to", type=Path, required=True, metavar="CARD")
    issue.add_argument("--scope", required=True, metavar="everything|FILE")
    issue.add_argument("--purpose", default="TREAT")
    issue.add_argument("--days", type=int, required=True)
    issue.add_argument("--out", type=Path)
    issue.add_argument("--usb", type=Path)
    issue.add_argument("--no-relay", action="store_true")
    issue.add_argument("--wait", type=float, default=30.0)
    issue.set_defaults(run=_issue, old=None)
    switch = words.add_parser("switch", help="share with one, end another")
    switch.add_argument("--from", dest="old", required=True, metavar="ID")
    switch.add_argument("--to", type=Path, required=True, metavar="CARD")
    switch.add_argument("--days", type=int, required=True)
    switch.add_argument("--out", type=Path)
    switch.add_argument("--wait", type=float, default=30.0)
    switch.set_defaults(run=_issue, scope=EVERYTHING, purpose="TREAT")
    switch.set_defaults(usb=None, no_relay=False)
    holding.add_commands(
        words,
        settle=lambda wallet, made, wait: _told(_settle(wallet, made, wait=wait)),
    )
    words.add_parser("list").set_defaults(run=_list)
    show = words.add_parser("show")
    show.add_argument("id")
    show.add_argument("--out", type=Path, help="write the file for its reader again")
    show.add_argument("--bundle", type=Path, help="write the proof that it stands")
    show.set_defaults(run=_show)
    withdraw = words.add_parser("withdraw", help="end a permission now")
    withdraw.add_argument("id")
    withdraw.add_argument("--out", type=Path, help="also write the file to hand over")
    withdraw.add_argument("--wait", type=float, default=30.0)
    withdraw.set_defaults(run=_withdraw)


def _now() -> datetime:
    return datetime.now(UTC)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE)
    except OSError:
        raise UsageError(f"{path.name} cannot be read") from None


def _sync(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        answer = network.sync(wallet, now=_now(), watch=watch())
        as_of = rfc3339(answer.as_of)
        undone = answer.undone
    silent = sorted(answer.silent)
    code = CANNOT_TELL if silent else DONE
    said = f"Up to date with the ledger as of {as_of}."
    data: dict[str, Any] = {"as_of": as_of, "waiting": undone, "silent": silent}
    if silent:
        relay = "ledger" not in silent
        reason = Reason.RELAY_UNREACHABLE if relay else Reason.LEDGER_UNREACHABLE
        said = _WAITING if undone else sentence(reason)
        data |= {"reason": reason.value, "sentence": said}
    return Answer(code=code, data=data, text=said)


def _card(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        network.sync(wallet, now=_now())  # a licence is judged from a fresh copy
        encounter.hear(wallet.network, args.file)
        seen = cards.look_at_card(wallet, _read(args.file), now=_now())
    told = {
        "name": seen.name,
        "role": seen.role,
        "until": rfc3339(seen.until),
        "known": seen.known.value,
        "words": [f"{place:04d} {word}" for place, word in seen.words],
        "reader_id": seen.card.reader_id.hex(),
    }
    if seen.known is cards.Known.CHANGED:
        return from_card_verdict(Verdict(reason=Reason.WRONG_READER), **told)
    return from_card_verdict(seen.verdict, **told)


def _issue(args: argparse.Namespace) -> Answer:
    if args.days < 1:
        raise UsageError("--days is a number of days, at least 1")
    if args.usb is not None:
        stick.require_for_reader(args.usb)
    now = _now()
    with unlocked(args) as wallet:
        scope = read_scope(args.scope)
        network.sync(wallet, now=now)
        encounter.hear(wallet.network, args.to)
        old = permissions.find(wallet, args.old) if args.old else None
        made = sharing.share(
            wallet,
            _read(args.to),
            scope=scope,
            purpose=args.purpose,
            begins=now,
            ends=now + timedelta(days=args.days),
            gathered=gathering.gather(wallet, scope, now=now),
            now=now,
            replaces=old.leaf if old else None,
            way=sharing.Way.CARRIED if args.no_relay else sharing.Way.RELAY,
        )
        try:
            more = _hand_over(wallet, made, args)
        except (stick.StickError, OSError) as trouble:
            return _signed_only(_settle(wallet, made, wait=args.wait), trouble)
        replaced = old.leaf if old else None
        shown = _settle(wallet, made, wait=args.wait, replaced=replaced)
        return _told(shown, **more)


def _signed_only(shown: GrantView, trouble: Exception) -> Answer:
    """What was signed stands, although it could not be written down for the reader."""
    why = trouble if isinstance(trouble, stick.StickError) else "It cannot be written."
    said = (
        f"{why} The permission is signed all the same: write it again with "
        f"`grant show {shown.grant_id} --out FILE`, or end it."
    )
    return _fault(shown, said)


def _fault(shown: GrantView, said: str) -> Answer:
    data = {**_as_json(shown), "reason": "fault", "sentence": said}
    return Answer(code=FAULT, data=data, text=said)


def _hand_over(
    wallet: Session, made: GrantView, args: argparse.Namespace
) -> dict[str, str]:
    """Write what the reader is to be given; answer where each thing lies."""
    file = args.out or wallet.home / "shared" / f"{made.grant_id}.hwgrant"
    write_whole(file, sharing.grant_file(wallet, made.leaf))
    encounter.leave(wallet.network, made.permission.origin, file)
    written = {"file": str(file)}
    if args.no_relay:
        beside = file.with_suffix(".hwp")
        stick.write_package(wallet, made.leaf, beside, now=_now())
        written["package"] = str(beside)
    if args.usb is not None:
        done = stick.write_for_reader(wallet, made.leaf, args.usb, now=_now())
        written["usb"] = str(done.folder)
    return written


def _settle(
    wallet: Session, made: GrantView, *, wait: float, replaced: bytes | None = None
) -> GrantView:
    """Send and look again until a quorum checkpoint covers it, or patience ends.

    A switch is done when the end of the one *replaced* is covered too (PROTOCOL.md 7);
    as long as only that is missing, ``replace`` is what waits.
    """
    deadline = time.monotonic() + wait
    while True:
        with suppress(LedgerForkedError):  # what was signed is told all the same
            network.follow(wallet, now=_now())
        shown = permissions.show(wallet, made.leaf, now=_now())
        if shown.pending is None and replaced is not None:
            old = permissions.show(wallet, replaced, now=_now())
            shown = replace(shown, pending=old.pending)
        is_over = time.monotonic() >= deadline or shown.held_until is not None
        if shown.pending is None or is_over:
            return shown
        time.sleep(_PAUSE)


def _told(shown: GrantView, **more: object) -> Answer:
    data = {**_as_json(shown), **more}
    if shown.state is permissions.GrantState.REFUSED:
        answer = from_verdict(Verdict(reason=Reason.RELEASE_REFUSED))
        data = {**answer.data, **data, "sentence": _REFUSED}
        return Answer(code=answer.code, data=data, text=_REFUSED)
    if shown.pending is None:
        return Answer(data=data, text=f"{shown.reader}: {shown.state.value}.")
    data["reason"] = Reason.NOT_IN_COPY.value
    said = _WAITING
    if shown.held_until is not None:
        said = f"Signed, not yet in force. {holding.held_text(shown)}"
    data["sentence"] = said
    return Answer(code=CANNOT_TELL, data=data, text=said)


def _as_json(shown: GrantView) -> dict[str, Any]:
    permission = shown.permission
    entry = {"origin": permission.origin, "index": shown.index}
    return {
        "id": shown.grant_id,
        "reader": shown.reader,
        "role": shown.role,
        "scope": EVERYTHING if permission.scope.everything else "chosen",
        "purpose": permission.purpose,
        "starts": rfc3339(shown.starts),
        "ends": rfc3339(shown.ends),
        "state": shown.state.value,
        "pending": shown.pending,
        "entry": entry,
        "held_until": rfc3339(shown.held_until),
    }


def _list(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        shown = permissions.every(wallet, now=_now())
    text = "\n".join(map(_line, shown)) or "Nobody may see your records."
    return Answer(data={"grants": [_as_json(one) for one in shown]}, text=text)


def _line(one: GrantView) -> str:
    told = f"{one.reader}, until {one.ends:%d %B %Y}"
    if one.held_until is not None:
        told += f". {holding.held_text(one)}"
    return f"{one.grant_id}  {one.state.value:12}  {told}"


def _show(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        if args.bundle is not None:
            network.sync(wallet, now=_now())  # a proof is worth its age
        row = permissions.find(wallet, args.id)
        shown = permissions.show(wallet, row.leaf, now=_now())
        words = [word for _, word in sharing.pair_words(shown.permission)]
        data = {**_as_json(shown), "words": words}
        if args.out is not None:
            write_whole(args.out, sharing.grant_file(wallet, row.leaf))
            data["file"] = str(args.out)
        if args.bundle is not None:
            write_whole(args.bundle, sharing.bundle(wallet, row.leaf))
            data["bundle"] = str(args.bundle)
    text = (
        f"{shown.reader}: {shown.state.value}. "
        f"In person both screens must show: {' '.join(words)}."
    )
    return Answer(data=data, text=text)


def _withdraw(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        row = permissions.find(wallet, args.id)
        made = sharing.withdraw(wallet, row.leaf, now=_now())
        more = {}
        if args.out is not None:
            try:
                write_whole(args.out, sharing.stop_file(wallet, row.leaf))
            except OSError:
                shown = _settle(wallet, made, wait=args.wait)
                return _fault(
                    shown,
                    "The file cannot be written. What was signed goes "
                    "to the ledger all the same.",
                )
            more["file"] = str(args.out)
        shown = _settle(wallet, made, wait=args.wait)
        seen = ending.openings(wallet, row.leaf)
    opened = [rfc3339(moment) for moment in seen.moments]
    said = _opened_text(seen)
    answer = _told(shown, **more, opened=opened, relay_asked=seen.asked, openings=said)
    return replace(answer, text=f"{answer.text} {said}")


def _opened_text(seen: ending.Openings) -> str:
    """Whether it was opened, and never more than relay and ledger have said."""
    if seen.moments:
        times = ", ".join(f"{one:%d %B %Y, %H:%M} UTC" for one in seen.moments)
        said = f"Opened at {times}."
    elif seen.asked:
        said = "Nobody opened it."
    else:
        said = "Whether it was opened is known when the relay answers."
    if seen.traceless:
        said += " From a stick it may have been read without a trace so far."
    return said
