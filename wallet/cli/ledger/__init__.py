"""`heartwood ledger`: run a ledger or one of its roles, and look at one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.cli.ledger import (
    backup,
    key,
    look,
    mirror,
    monitor,
    receipt,
    serve,
    shards,
    states,
    witness,
)

if TYPE_CHECKING:
    import argparse


def add_commands(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this folder."""
    words = sub.add_parser("ledger").add_subparsers(required=True)
    roles = (
        backup,
        key,
        serve,
        shards,
        witness,
        mirror,
        monitor,
        look,
        states,
        receipt,
    )
    for role in roles:
        role.add_commands(words)
