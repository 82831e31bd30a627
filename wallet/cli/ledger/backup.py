"""ledger backup --out DIR: copy the home of a ledger, also while it serves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions.operator.backup import back_up
from wallet.cli.answer import Answer
from wallet.cli.ledger.door import home

if TYPE_CHECKING:
    import argparse


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    backup = words.add_parser("backup")
    backup.add_argument("--out", type=Path, required=True, metavar="DIR")
    backup.set_defaults(run=_backup)


def _backup(args: argparse.Namespace) -> Answer:
    copied = back_up(home(args), args.out)
    lines = [f"{name}: {size} published entries" for name, size in copied.items()]
    return Answer(
        data={"out": str(args.out), "published": copied},
        text="\n".join([*lines, "It holds the keys: keep it as you keep the server."]),
    )
