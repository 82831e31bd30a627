"""Opens the wallet of `--home` for the length of one command."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wallet.actions.patient.home import PatientHome, open_wallet
from wallet.cli import passphrase
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wallet.actions.patient.session import Session


def home_of(args: argparse.Namespace) -> PatientHome:
    """The home that was named.

    Raises:
        UsageError: none was.
    """
    if args.home is None:
        raise UsageError("say which home: --home DIR")
    return PatientHome(args.home)


def as_text(typed: bytes) -> str:
    """A passphrase as a wallet takes it.

    Raises:
        UsageError: it is not written in UTF-8.
    """
    try:
        return typed.decode()
    except UnicodeDecodeError:
        raise UsageError("the passphrase is not written in UTF-8") from None


@contextmanager
def unlocked(args: argparse.Namespace) -> Iterator[Session]:
    """The wallet, unlocked with the passphrase of a file or a prompt."""
    home = home_of(args)
    with open_wallet(home, passphrase=as_text(passphrase.read(args))) as wallet:
        yield wallet
