"""`heartwood usb`: leave with everything on a drive, and check a drive again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions.patient import gathering
from wallet.actions.patient.home import PatientHome, open_wallet
from wallet.cli import passphrase
from wallet.cli.answer import Answer, from_verdict
from wallet.errors import UsageError
from wallet.exports.drives import drives
from wallet.exports.folder_manifest import check_export, find_export
from wallet.exports.stick import FOLDER, write_export
from wallet.grants.scope import Scope
from wallet.verdict import Reason, Verdict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wallet.actions.patient.session import Session

_GB = 1e9


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `usb list|write|check`."""
    words = commands.add_parser("usb", help="removable drives").add_subparsers(
        required=True
    )
    words.add_parser("list").set_defaults(run=_list)
    write = words.add_parser("write", help="write, read back and compare")
    write.add_argument("target", type=Path)
    write.add_argument("--whole-history", action="store_true", required=True)
    write.set_defaults(run=_write)
    check = words.add_parser("check", help="compare a drive with its own list")
    check.add_argument("target", type=Path)
    check.set_defaults(run=_check)


@contextmanager
def _wallet(args: argparse.Namespace) -> Iterator[Session]:
    if args.home is None:
        raise UsageError("say which home: --home DIR")
    typed = passphrase.read(args).decode(errors="replace")
    with open_wallet(PatientHome(args.home), passphrase=typed) as wallet:
        yield wallet


def _list(_args: argparse.Namespace) -> Answer:
    found = drives()
    rows = [asdict(one) | {"path": str(one.path)} for one in found]
    text = "\n".join(
        f"{one.path}  {one.name}  {one.free / _GB:.1f} of {one.size / _GB:.1f} GB free"
        for one in found
    )
    return Answer(data={"drives": rows}, text=text or "No removable drive is here.")


def _write(args: argparse.Namespace) -> Answer:
    if not args.target.is_dir():
        raise UsageError("there is no such folder to write to")
    with _wallet(args) as wallet:
        parts = gathering.gather_everything(wallet, Scope(), now=datetime.now(UTC))
        written = write_export(args.target, parts)
    said = (
        f"{written.files} files were written, read back and compared. "
        "It is safe to remove."
    )
    return Answer(
        data={
            "folder": str(written.folder),
            "files": written.files,
            "size": written.size,
            "safe_to_remove": True,
            "sentence": said,
        },
        text=said,
    )


def _check(args: argparse.Namespace) -> Answer:
    found = check_export(find_export(args.target, FOLDER), step=lambda _: None)
    wrong = {
        "altered": list(found.altered),
        "missing": list(found.missing),
        "unreadable": list(found.unreadable),
        "added": list(found.added),
    }
    if any(wrong.values()):
        return from_verdict(Verdict(reason=Reason.PACKAGE_ALTERED), **wrong)
    said = "Every file is as it was written."
    return Answer(data={**wrong, "sentence": said}, text=said)
