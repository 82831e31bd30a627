"""ledger key [--origin O | --witness N | --mirror N]: a key, drawn if missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.operator import keys
from wallet.cli.answer import Answer
from wallet.cli.ledger.door import home

if TYPE_CHECKING:
    import argparse


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    key = words.add_parser("key")
    who = key.add_mutually_exclusive_group()
    who.add_argument("--origin")
    who.add_argument("--witness", metavar="NAME")
    who.add_argument("--mirror", metavar="NAME")
    key.set_defaults(run=_key)


def _key(args: argparse.Namespace) -> Answer:
    if args.witness is not None:
        vkey = keys.witness_key(home(args), args.witness)
    elif args.mirror is not None:
        vkey = keys.mirror_key(home(args), args.mirror)
    else:
        vkey = keys.log_key(home(args), args.origin)
    return Answer(data={"vkey": vkey.text, "name": vkey.name}, text=vkey.text)
