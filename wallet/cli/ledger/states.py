"""ledger bundle URL INDEX --out FILE | status-list URL --uri URI --out FILE."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions.operator.states import Form, export_status_list, fetch_bundle
from wallet.cli.answer import Answer, rfc3339
from wallet.cli.ledger.door import home
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse

_KEEP = 600


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    bundle = words.add_parser("bundle")
    bundle.add_argument("url")
    bundle.add_argument("index", type=int)
    bundle.add_argument("--out", type=Path, required=True)
    bundle.set_defaults(run=_bundle)
    listed = words.add_parser("status-list")
    listed.add_argument("url")
    listed.add_argument("--uri", required=True, help="where the list will lie")
    listed.add_argument("--form", choices=[*map(str, Form)], default=str(Form.JWT))
    listed.add_argument("--keep", type=int, default=_KEEP, metavar="SECONDS")
    listed.add_argument("--out", type=Path, required=True)
    listed.set_defaults(run=_status_list)


def _bundle(args: argparse.Namespace) -> Answer:
    data = fetch_bundle(args.url, args.index)
    args.out.write_bytes(data)
    said = f"{len(data)} bytes in {args.out}. Whoever uses it proves it."
    return Answer(data={"file": str(args.out), "bytes": len(data)}, text=said)


def _status_list(args: argparse.Namespace) -> Answer:
    if args.keep <= 0:
        raise UsageError("--keep wants a number of seconds")
    made = export_status_list(
        home(args),
        args.url,
        uri=args.uri,
        form=Form(args.form),
        keep=timedelta(seconds=args.keep),
        now=datetime.now(UTC),
    )
    args.out.write_bytes(made.token)
    data = {
        "file": str(args.out),
        "origin": made.origin,
        "covered": made.covered,
        "as_of": rfc3339(made.as_of),
    }
    said = f"{made.covered} entries of {made.origin} in {args.out}."
    return Answer(data=data, text=said)
