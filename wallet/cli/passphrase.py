"""Where a passphrase comes from: a file or a prompt, never an argument."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from wallet.errors import PassphraseWrongError, UsageError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

_MAX = 4_096


def read(args: argparse.Namespace) -> bytes:
    """The passphrase of a home: the first line of the file given, else a prompt.

    Raises:
        UsageError: the file cannot be read.
        PassphraseWrongError: nobody is there to be asked.
    """
    if args.passphrase_file is not None:
        return _first_line(args.passphrase_file)
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


def choose_new(file: Path | None) -> bytes:
    """A passphrase to change to: the first line of *file*, or typed twice.

    Raises:
        UsageError: it is empty, the two differ, or nobody is there to be asked.
    """
    if file is not None:
        chosen = _first_line(file)
    elif sys.stdin.isatty():
        chosen = getpass.getpass("New passphrase: ").encode()
        if getpass.getpass("The same again: ").encode() != chosen:
            raise UsageError("the two passphrases differ")
    else:
        raise UsageError("say --new-passphrase-file F")
    if not chosen:
        raise UsageError("a passphrase is not empty")
    return chosen


def _first_line(file: Path) -> bytes:
    try:
        with file.open("rb") as held:
            return bytes(held.read(_MAX).split(b"\n")[0].rstrip(b"\r"))
    except OSError:
        raise UsageError("the passphrase file cannot be read") from None
