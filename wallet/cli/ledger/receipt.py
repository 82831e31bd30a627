"""ledger receipt PROOF --out FILE: a tlog-proof of this ledger as a COSE receipt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions.operator.receipts import cose_receipt_of
from wallet.cli.answer import Answer
from wallet.cli.ledger.door import home
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse

_MAX_FILE = 1 << 21


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    receipt = words.add_parser("receipt")
    receipt.add_argument("proof", type=Path)
    receipt.add_argument("--out", type=Path, required=True)
    receipt.set_defaults(run=_receipt)


def _receipt(args: argparse.Namespace) -> Answer:
    try:
        with args.proof.open("rb") as file:
            data = file.read(_MAX_FILE)
    except OSError:
        raise UsageError(f"{args.proof} cannot be read") from None
    made = cose_receipt_of(home(args), data)
    args.out.write_bytes(made)
    said = f"{args.out}: the log's own word alone, no witness stands behind it."
    return Answer(data={"file": str(args.out), "bytes": len(made)}, text=said)
