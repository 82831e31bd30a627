"""ledger mirror --name NAME --policy FILE [--from URL]... [--interval S] [--port N]."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from wallet.actions.operator.mirror import serve_mirror
from wallet.cli.ledger.door import add_door, announce, home, listening, read_policy

if TYPE_CHECKING:
    import argparse


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    mirror = words.add_parser("mirror")
    mirror.add_argument("--name", required=True)
    mirror.add_argument("--policy", type=Path, required=True)
    mirror.add_argument(
        "--from", dest="sources", action="append", default=[], metavar="URL"
    )
    mirror.add_argument("--interval", type=float, default=1.0)
    add_door(mirror)
    mirror.set_defaults(run=_mirror)


def _mirror(args: argparse.Namespace) -> NoReturn:
    serve_mirror(
        home(args),
        name=args.name,
        policy=read_policy(args.policy),
        sources=args.sources,
        interval=args.interval,
        at=listening(args),
        announce=lambda said: announce(said, as_json=args.json),
    )
    raise SystemExit(0)
