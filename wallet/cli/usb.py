"""`heartwood usb`: leave with everything, carry a package, check a drive."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions.patient import permissions, stick
from wallet.cli.answer import Answer, from_verdict
from wallet.cli.unlock import unlocked
from wallet.errors import UsageError
from wallet.verdict import Reason, Verdict

if TYPE_CHECKING:
    import argparse

    from wallet.actions.patient.session import Session
    from wallet.actions.patient.stick import Written

_GB = 1e9
_UNLOGGED = (
    "This reader can open it without a network; you learn of that when the desk is "
    "next connected."
)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare `usb list|write|check`."""
    words = commands.add_parser("usb", help="removable drives").add_subparsers(
        required=True
    )
    words.add_parser("list").set_defaults(run=_list)
    write = words.add_parser("write", help="write, read back and compare")
    write.add_argument("target", type=Path)
    what = write.add_mutually_exclusive_group(required=True)
    what.add_argument("--whole-history", action="store_true", help="all of it, for you")
    what.add_argument("--grant", metavar="ID", help="one permission, for its reader")
    write.set_defaults(run=_write)
    check = words.add_parser("check", help="compare a drive with its own list")
    check.add_argument("target", type=Path)
    check.set_defaults(run=_check)


def _list(_args: argparse.Namespace) -> Answer:
    found = stick.drives()
    rows = [asdict(one) | {"path": str(one.path)} for one in found]
    text = "\n".join(
        f"{one.path}  {one.name}  {one.free / _GB:.1f} of {one.size / _GB:.1f} GB free"
        for one in found
    )
    return Answer(data={"drives": rows}, text=text or "No removable drive is here.")


def _write(args: argparse.Namespace) -> Answer:
    if not args.target.is_dir():
        raise UsageError("there is no such folder to write to")
    now = datetime.now(UTC)
    with unlocked(args) as wallet:
        if args.grant is None:
            written = stick.write(wallet, args.target, now=now)
            return _written(written)
        return _write_grant(wallet, args, now=now)


def _write_grant(wallet: Session, args: argparse.Namespace, *, now: datetime) -> Answer:
    leaf = permissions.find(wallet, args.grant).leaf
    written = stick.write_for_reader(wallet, leaf, args.target, now=now)
    return _written(written, _UNLOGGED, grant=args.grant)


def _written(written: Written, *said: str, **more: str) -> Answer:
    sentence = " ".join(
        (
            f"{written.files} files were written, read back and compared.",
            "It is safe to remove.",
            *said,
        )
    )
    return Answer(
        data={
            "folder": str(written.folder),
            "files": written.files,
            "size": written.size,
            "safe_to_remove": True,
            "sentence": sentence,
            **more,
        },
        text=sentence,
    )


def _check(args: argparse.Namespace) -> Answer:
    found = stick.check(args.target)
    wrong = {
        "altered": list(found.altered),
        "missing": list(found.missing),
        "unreadable": list(found.unreadable),
        "added": list(found.added),
    }
    if any(wrong.values()):
        said = "This is not what was written: " + ", ".join(
            f"{name} {kind}" for kind, names in wrong.items() for name in names
        )
        answer = from_verdict(Verdict(reason=Reason.PACKAGE_ALTERED))
        return Answer(
            code=answer.code, data={**answer.data, "sentence": said, **wrong}, text=said
        )
    said = "Every file is as it was written."
    return Answer(data={**wrong, "sentence": said}, text=said)
