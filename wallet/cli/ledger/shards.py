"""ledger shards | retire PATH [--delete]: the logs of a network, and their end.

--store postgresql://... is said where the server of the network was told so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.actions.operator import retiring
from wallet.actions.operator.family import ShardLine, list_shards
from wallet.actions.operator.stores import Stores
from wallet.cli.answer import Answer, rfc3339
from wallet.cli.ledger.door import address, home

if TYPE_CHECKING:
    import argparse


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    shards = words.add_parser("shards")
    shards.set_defaults(run=_shards)
    retire = words.add_parser("retire")
    retire.add_argument("path", help="such as consent/2027h1")
    retire.add_argument("--delete", action="store_true")
    retire.set_defaults(run=_retire)
    for one in (shards, retire):
        one.add_argument("--store", type=address)


def _shards(args: argparse.Namespace) -> Answer:
    lines = list_shards(
        home(args), now=datetime.now(UTC), stores=Stores(store=args.store)
    )
    rows = [
        {
            "path": line.path,
            "origin": line.origin,
            "size": line.size,
            "phase": line.phase,
            "last_end": rfc3339(line.last_end),
            "kept_until": rfc3339(line.kept_until),
        }
        for line in lines
    ]
    return Answer(data={"shards": rows}, text="\n".join(map(_text, lines)))


def _text(line: ShardLine) -> str:
    last = "no last day" if line.last_end is None else f"ends by {line.last_end:%F}"
    kept = "for ever" if line.kept_until is None else f"until {line.kept_until:%F}"
    size = "-" if line.size is None else line.size
    return f"{line.path:20} {size:>9}  {line.phase:9}  {last}, kept {kept}"


def _retire(args: argparse.Namespace) -> Answer:
    now, stores = datetime.now(UTC), Stores(store=args.store)
    if args.delete:
        left = retiring.delete(home(args), args.path, now=now, stores=stores)
        said = "Its entries and its key are deleted; its last checkpoint is kept."
    else:
        left = retiring.deny(home(args), args.path, now=now, stores=stores)
        said = (
            "Its entries are no longer served. To take that back, remove retired.json; "
            f"after {retiring.DENIED_BEFORE.days} days they can be deleted."
        )
    data = {"path": args.path, "size": left.size, "denied": left.denied}
    return Answer(data={**data, "deleted": left.deleted}, text=said)
