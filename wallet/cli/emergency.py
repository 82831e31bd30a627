"""`heartwood emergency-card`: choose what stands on it, read it, print it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions.patient import emergency, emergency_paper
from wallet.actions.patient.emergency import Choice, Contact
from wallet.cli.answer import Answer
from wallet.cli.new_file import fresh
from wallet.cli.unlock import unlocked
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse

_OPEN = "Anybody who finds the card, or has the file, can read it."


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands of the emergency card."""
    words = commands.add_parser(
        "emergency-card", help="a card for whoever finds you"
    ).add_subparsers(required=True)
    offered = words.add_parser("offer", help="what could stand on it")
    offered.set_defaults(run=_offer)
    choose = words.add_parser("choose", help="what is to stand on it, and nothing else")
    choose.add_argument("--name", action="store_true", help="your name")
    choose.add_argument("--birth-date", action="store_true", help="when you were born")
    choose.add_argument("--blood-group", default="", metavar="GROUP")
    choose.add_argument("--item", action="append", default=[], metavar="ID")
    choose.add_argument(
        "--call", action="append", default=[], metavar="NAME:NUMBER", help="at most 3"
    )
    choose.set_defaults(run=_choose)
    show = words.add_parser("show", help="the card as its code says it")
    show.set_defaults(run=_show)
    printed = words.add_parser("print", help="as PDF with a code any phone reads")
    printed.add_argument("out", type=Path, metavar="FILE")
    printed.add_argument("--sheet", choices=emergency.SHEETS, default="a4")
    printed.set_defaults(run=_print)


def _now() -> datetime:
    return datetime.now(UTC)


def _offer(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        held, choice = emergency.offers(wallet), emergency.chosen(wallet)
    lines = [f"name: {held.name}", f"born: {held.born}"]
    lines += [f"blood group, as recorded: {group}" for group in held.blood_groups]
    for item in held.items:
        sign = "x" if item.key in choice.items else " "
        marks = f"  (marked: {', '.join(item.marks)})" if item.marks else ""
        lines.append(f"[{sign}] {item.key}  {item.kind}: {item.words}{marks}")
    return Answer(
        data={
            "name": held.name,
            "born": held.born,
            "blood_groups": list(held.blood_groups),
            "items": [
                {
                    "id": item.key,
                    "kind": item.kind,
                    "words": item.words,
                    "marks": list(item.marks),
                    "chosen": item.key in choice.items,
                }
                for item in held.items
            ],
            "chosen": {
                "name": choice.with_name,
                "birth_date": choice.with_birth_date,
                "blood_group": choice.blood_group,
                "call": [[one.name, one.phone] for one in choice.contacts],
            },
        },
        text="\n".join(lines),
    )


def _choose(args: argparse.Namespace) -> Answer:
    contacts = tuple(_contact(text) for text in args.call)
    choice = Choice(
        with_name=args.name,
        with_birth_date=args.birth_date,
        blood_group=args.blood_group,
        items=tuple(dict.fromkeys(args.item)),
        contacts=contacts,
    )
    with unlocked(args) as wallet:
        emergency.choose(wallet, choice)
    return Answer(text=f"It is kept. {_OPEN}")


def _contact(text: str) -> Contact:
    name, sign, phone = text.partition(":")
    if not sign or not name.strip() or not phone.strip():
        raise UsageError("say whom to call as NAME:NUMBER")
    return Contact(name=name.strip(), phone=phone.strip())


def _show(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        text = emergency.text_of(emergency.card(wallet, now=_now()))
    return Answer(data={"text": text}, text=text)


def _print(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet, fresh(args.out) as sink:
        held, choice, now = emergency.offers(wallet), emergency.chosen(wallet), _now()
        made = emergency.draft(emergency.made_of(held, choice, now=now), args.sheet)
        sink.write(made.pdf)
        emergency_paper.note(wallet, choice, held, now=now)
    missing = made.missing
    said = f"The card is in {args.out}. {_OPEN}"
    if missing:
        said += f" {missing} letters have no typeface here and are left out on paper."
    return Answer(data={"file": str(args.out), "missing_letters": missing}, text=said)
