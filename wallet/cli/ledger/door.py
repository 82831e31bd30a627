"""What every server of `heartwood ledger` is told, and how it says where it listens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wallet.actions.operator.listening import Kinds, Listening
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def add_door(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where to listen."""
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)


def add_kinds(parser: argparse.ArgumentParser) -> None:
    """Add the option that asks for ML-DSA-44 lines besides those under Ed25519."""
    parser.add_argument(
        "--ml-dsa",
        dest="kinds",
        action="store_const",
        const=Kinds.BOTH,
        default=Kinds.ED25519,
    )


def address(text: str) -> str:
    """The address of a database, as an option takes it.

    Raises:
        UsageError: a password is in it: everybody on a machine may read the arguments
            of its programs.
    """
    if urlsplit(text).password is not None or "password=" in text:
        raise UsageError("the password of a database belongs into a .pgpass file")
    return text


def listening(args: argparse.Namespace) -> Listening:
    """Where to listen."""
    default = Listening()
    return Listening(host=args.host or default.host, port=args.port or default.port)


def announce(said: dict[str, Any], *, as_json: bool) -> None:
    """Say one flushed line that programs may wait for."""
    text = f"{said['vkey']}\nlistens at {said['url']}"
    print(json.dumps({"ok": True, **said}) if as_json else text, flush=True)


def home(args: argparse.Namespace) -> Path:
    """The home that was named.

    Raises:
        UsageError: none was.
    """
    if args.home is None:
        raise UsageError("--home DIR is needed")
    named: Path = args.home
    return named


def read_policy(path: Path) -> str:
    """The text of a policy file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} cannot be read") from None
