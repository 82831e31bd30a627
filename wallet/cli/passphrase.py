"""Where a passphrase comes from: a file or a prompt, never an argument."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from wallet.errors import PassphraseWrongError, UsageError

if TYPE_CHECKING:
    import argparse

_MAX = 4_096


def read(args: argparse.Namespace) -> bytes:
    """The passphrase of a home: the first line of the file given, else a prompt.

    Raises:
        UsageError: the file cannot be read.
        PassphraseWrongError: nobody is there to be asked.
    """
    if args.passphrase_file is not None:
        try:
            with args.passphrase_file.open("rb") as file:
                return bytes(file.read(_MAX).split(b"\n")[0].rstrip(b"\r"))
        except OSError:
            raise UsageError("the passphrase file cannot be read") from None
    if not sys.stdin.isatty():
        raise PassphraseWrongError("this home needs its passphrase")
    return getpass.getpass("Passphrase: ").encode()


def choose(args: argparse.Namespace) -> bytes:
    """A passphrase for a new home; typed twice where a person types it.

    Raises:
        UsageError: it is empty, or the two differ.
    """
    chosen = read(args)
    if args.passphrase_file is None:
        again = getpass.getpass("The same again: ").encode()
        if again != chosen:
            raise UsageError("the two passphrases differ")
    if not chosen:
        raise UsageError("a passphrase is not empty")
    return chosen
