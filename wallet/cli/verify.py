"""verify FILE [--policy FILE] [--entry FILE] [--boards FILE]: what evidence proves.

A tlog-proof, a checkpoint, a fork file, a stapled bundle, a COSE receipt, what
`clinic check --json` answered, or an accounting (`activity export`). A fork that is
proven is a no (exit 1), as everywhere a history is looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions.verifying import MAX_FILE, verify_file
from wallet.cli.answer import STOP, Answer, from_verdict
from wallet.errors import UsageError
from wallet.verdict import Reason

if TYPE_CHECKING:
    import argparse

_MAX_POLICY = 1 << 19
_MAX_ENTRY = 1 << 16


def add_commands(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command of this module."""
    verify = sub.add_parser("verify")
    verify.add_argument("file", type=Path)
    verify.add_argument("--policy", type=Path)
    verify.add_argument("--entry", type=Path)
    verify.add_argument("--boards", type=Path)
    verify.set_defaults(run=_verify)


def _verify(args: argparse.Namespace) -> Answer:
    found = verify_file(
        _read(args.file, cap=MAX_FILE),
        policy=None if args.policy is None else _policy(args.policy),
        entry=None if args.entry is None else _read(args.entry, cap=_MAX_ENTRY),
        boards="" if args.boards is None else _policy(args.boards),
    )
    told = from_verdict(found.verdict, kind=found.kind, signers=list(found.signers))
    lines = {"lines": list(found.lines)} if found.lines else {}
    data = {**told.data, "sentence": found.sentence, **lines}
    is_fork = found.verdict.reason is Reason.LEDGER_FORKED
    code = STOP if is_fork else told.code
    text = "\n".join([found.sentence, *(f"  {line}" for line in found.lines)])
    return Answer(code=code, data=data, text=text)


def _read(path: Path, *, cap: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(cap + 1)
    except OSError:
        raise UsageError(f"{path} cannot be read") from None
    if len(data) > cap:
        raise UsageError(f"{path} is longer than any such file")
    return data


def _policy(path: Path) -> str:
    try:
        return _read(path, cap=_MAX_POLICY).decode()
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text") from None
