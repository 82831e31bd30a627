"""`heartwood records apart|claim|leave-out`: files that may be about somebody else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wallet.actions.patient import people
from wallet.cli.answer import Answer, rfc3339
from wallet.cli.unlock import unlocked

if TYPE_CHECKING:
    import argparse

    from wallet.actions.patient.people import Demographics, HeldFile
    from wallet.records.receipt import Apart


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare them beneath `records`."""
    apart = words.add_parser("apart", help="files that may be about somebody else")
    apart.set_defaults(run=_apart)
    claim = words.add_parser("claim", help="say that such a file is about you")
    claim.set_defaults(run=_claim)
    leave = words.add_parser("leave-out", help="say that it is about somebody else")
    leave.set_defaults(run=_leave_out)
    for word in (claim, leave):
        word.add_argument("key")


def _apart(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        files = people.held_files(wallet)
        me = people.myself(wallet)
    lines = []
    for file in files:
        said = "about somebody else" if file.settled else "is this you?"
        lines.append(f"{file.key}  {file.name}  {said}")
        lines += [f"  {_person(one)}" for one in file.people]
    lines.append(f"{len(files)} files are kept apart.")
    return Answer(
        data={
            "files": [_held_json(file) for file in files],
            "me": None if me is None else _person_json(me),
        },
        text="\n".join(lines),
    )


def _claim(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        answer = people.claim(wallet, args.key, now=datetime.now(UTC))
    return Answer(
        data={"file": answer.as_json()},
        text=f"The file is yours: {answer.counts.new} new records.",
    )


def _leave_out(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        people.leave_out(wallet, args.key)
    return Answer(text="No record of it comes in. The file itself is kept apart.")


def apart_text(apart: Apart) -> list[str]:
    """The question a file held apart asks."""
    who = "; ".join(_person(one) for one in apart.people)
    lines = [f"  This file is about {who}."]
    if apart.settled:
        return [*lines, "  You said before that this is somebody else."]
    if apart.key:
        lines.append(f"  Is this you? records claim {apart.key}")
        lines.append(f"  Somebody else? records leave-out {apart.key}")
    return lines


def _held_json(file: HeldFile) -> dict[str, Any]:
    return {
        "key": file.key,
        "name": file.name,
        "arrived": rfc3339(file.arrived),
        "people": [_person_json(one) for one in file.people],
        "differs": [one.value for one in file.differs],
        "settled": file.settled,
    }


def _person(one: Demographics) -> str:
    told = (one.shown or "somebody", one.born and f"born {one.born}", one.sex)
    return ", ".join(part for part in told if part)


def _person_json(one: Demographics) -> dict[str, str]:
    return {"name": one.shown, "born": one.born, "sex": one.sex}
