"""ledger key [--origin O | --witness N | --mirror N]: a key, drawn if missing.

With --ml-dsa the second one, under which a log or a witness may sign besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.operator import keys
from wallet.actions.operator.listening import Kinds
from wallet.cli.answer import Answer
from wallet.cli.ledger.door import add_kinds, home
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    key = words.add_parser("key")
    who = key.add_mutually_exclusive_group()
    who.add_argument("--origin")
    who.add_argument("--witness", metavar="NAME")
    who.add_argument("--mirror", metavar="NAME")
    add_kinds(key)
    key.set_defaults(run=_key)


def _key(args: argparse.Namespace) -> Answer:
    both = args.kinds is Kinds.BOTH
    if args.witness is not None:
        draw = keys.witness_mldsa_key if both else keys.witness_key
        vkey = draw(home(args), args.witness)
    elif args.mirror is not None:
        if both:
            raise UsageError("a mirror signs with Ed25519 alone")
        vkey = keys.mirror_key(home(args), args.mirror)
    else:
        draw_log = keys.log_mldsa_key if both else keys.log_key
        vkey = draw_log(home(args), args.origin)
    return Answer(data={"vkey": vkey.text, "name": vkey.name}, text=vkey.text)
