"""`heartwood relay`: run the place that holds sealed packages.

relay serve [--trust DIR] [--host H] [--port N]     prints its address, then serves
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from wallet.actions import relay_keeper
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse

_TRUST = ("ledger.policy", "ledger.url")


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `relay serve`."""
    words = commands.add_parser("relay", help="run a relay").add_subparsers(
        required=True
    )
    serve = words.add_parser("serve", help="serve until interrupted")
    serve.add_argument("--trust", type=Path, help="folder with policy and address")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=0)
    serve.set_defaults(run=_serve)


def _serve(args: argparse.Namespace) -> NoReturn:
    if args.home is None:
        raise UsageError("say which home: --home DIR")
    trust = args.home / "trust"
    trust.mkdir(parents=True, exist_ok=True)
    for name in _TRUST if args.trust is not None else ():
        if (args.trust / name).exists():
            shutil.copyfile(args.trust / name, trust / name)

    def listening(url: str) -> None:
        line = json.dumps({"ok": True, "url": url}) if args.json else url
        print(line, flush=True)

    relay_keeper.serve(args.home, host=args.host, port=args.port, listening=listening)
    raise SystemExit(0)  # all there is to say was said when it listened
