"""`heartwood board`: vouch for readers in the ledger, and take the word back."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions import issuer
from wallet.actions.live_network import LiveNetwork
from wallet.actions.locking import locked
from wallet.actions.waiting import Waiting
from wallet.cli import passphrase
from wallet.cli.answer import Answer
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_TRUST = ("ledger.policy", "boards.policy", "ledger.url")


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `board init|issue|revoke|list`."""
    board = commands.add_parser("board", help="a board that vouches for readers")
    words = board.add_subparsers(required=True)
    init = words.add_parser("init", help="make a board with new keys")
    init.add_argument("--trust", type=Path, help="folder with policies and addresses")
    init.add_argument("--name", default="board", help="its name in boards.policy")
    init.set_defaults(run=_init)
    issue = words.add_parser("issue", help="vouch for the keys in a request")
    issue.add_argument("request", type=Path)
    issue.add_argument("--name", required=True)
    issue.add_argument("--role", required=True)
    issue.add_argument("--id", dest="number", default="")
    issue.add_argument("--days", type=int, required=True)
    issue.add_argument("--out", type=Path, required=True)
    issue.add_argument("--wait", type=float, default=30.0)
    issue.set_defaults(run=_issue)
    revoke = words.add_parser("revoke", help="end an accreditation")
    revoke.add_argument("index", type=int)
    revoke.add_argument("--wait", type=float, default=30.0)
    revoke.set_defaults(run=_revoke)
    listed = words.add_parser("list", help="everything this board has issued")
    listed.set_defaults(run=_list)


@contextmanager
def _locked(args: argparse.Namespace) -> Iterator[Path]:
    if args.home is None:
        raise UsageError("say which home: --home DIR")
    with locked(args.home) as home:
        yield home


@contextmanager
def _network(home: Path) -> Iterator[LiveNetwork]:
    network = LiveNetwork(home)
    try:
        yield network
    finally:
        network.close()


def _passphrase(args: argparse.Namespace) -> bytes | None:
    """A board that must start by itself has none; then its seed lies plain."""
    return passphrase.read(args) if args.passphrase_file is not None else None


def _init(args: argparse.Namespace) -> Answer:
    if args.home is None:
        raise UsageError("say which home: --home DIR")
    args.home.mkdir(parents=True, exist_ok=True)
    with _locked(args) as home:
        board = issuer.create(home, passphrase=_passphrase(args))
        (home / "trust").mkdir(exist_ok=True)
        for name in _TRUST if args.trust is not None else ():
            if (args.trust / name).exists():
                shutil.copyfile(args.trust / name, home / "trust" / name)
    line = f"board {args.name} {board.signer.public.hex()}"
    return Answer(
        data={"home": str(home), "key": board.signer.public.hex(), "policy": line},
        text=f"Whoever trusts this board adds to boards.policy:\n{line}",
    )


def _issue(args: argparse.Namespace) -> Answer:
    try:
        request = args.request.read_bytes()
    except OSError:
        raise UsageError(f"{args.request.name} cannot be read") from None
    with _locked(args) as home, _network(home) as network:
        board = issuer.enter(home, passphrase=_passphrase(args))
        line, answer = issuer.issue(
            board,
            request,
            network,
            origin=network.origins[0],
            name=args.name,
            role=args.role,
            number=args.number,
            days=args.days,
            now=datetime.now(UTC),
            waiting=Waiting(patience=args.wait),
        )
    args.out.write_bytes(answer)
    return Answer(
        data={
            "file": str(args.out),
            "entry": {"origin": line.origin, "index": line.index},
        },
        text=f"Accredited with number {line.index}. Hand {args.out.name} back.",
    )


def _revoke(args: argparse.Namespace) -> Answer:
    with _locked(args) as home, _network(home) as network:
        board = issuer.enter(home, passphrase=_passphrase(args))
        line = issuer.revoke(
            board, args.index, network, waiting=Waiting(patience=args.wait)
        )
    return Answer(data=asdict(line), text=f"The accreditation of {line.name} ended.")


def _list(args: argparse.Namespace) -> Answer:
    with _locked(args) as home:
        lines = issuer.register(issuer.enter(home, passphrase=_passphrase(args)))
    text = "\n".join(f"{line.index:6}  {line.state:7}  {line.name}" for line in lines)
    return Answer(
        data={"issued": [asdict(line) for line in lines]},
        text=text or "Nothing issued yet.",
    )
