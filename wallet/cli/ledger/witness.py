"""ledger witness --name NAME --log VKEY... [--port N] [--ml-dsa]."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from wallet.actions.operator.witness import serve_witness
from wallet.cli.ledger.door import add_door, add_kinds, announce, home, listening
from wallet.ledger.checkpoint import Vkey

if TYPE_CHECKING:
    import argparse


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    witness = words.add_parser("witness")
    witness.add_argument("--name", required=True)
    witness.add_argument("--log", action="append", required=True, metavar="VKEY")
    add_kinds(witness)
    add_door(witness)
    witness.set_defaults(run=_witness)


def _witness(args: argparse.Namespace) -> NoReturn:
    serve_witness(
        home(args),
        name=args.name,
        logs=[Vkey.parse(text) for text in args.log],
        at=listening(args),
        kinds=args.kinds,
        announce=lambda said: announce(said, as_json=args.json),
    )
    raise SystemExit(0)
