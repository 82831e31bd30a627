"""`heartwood ledger`: run a ledger or a witness, and look at one.

ledger key [--origin O | --witness NAME]      its verifier key, drawn if missing
ledger serve [--origin O] [--port N] [--witness VKEY=URL]... [--policy FILE]
ledger witness --name NAME --log VKEY... [--port N]
ledger status URL
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from wallet.actions import auditor, operator
from wallet.cli.answer import STOP, Answer, rfc3339
from wallet.errors import UsageError
from wallet.ledger.checkpoint import Vkey
from wallet.server.publisher import Pace
from wallet.verdict import Reason

if TYPE_CHECKING:
    import argparse


def add_commands(sub: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    words = sub.add_parser("ledger").add_subparsers(required=True)
    key = words.add_parser("key")
    who = key.add_mutually_exclusive_group()
    who.add_argument("--origin")
    who.add_argument("--witness", metavar="NAME")
    key.set_defaults(run=_key)
    serve = words.add_parser("serve")
    serve.add_argument("--origin")
    serve.add_argument("--policy", type=Path)
    serve.add_argument("--witness", action="append", default=[], metavar="VKEY=URL")
    serve.add_argument("--interval", type=float, default=1.0)
    _add_door(serve)
    serve.set_defaults(run=_serve)
    witness = words.add_parser("witness")
    witness.add_argument("--name", required=True)
    witness.add_argument("--log", action="append", required=True, metavar="VKEY")
    _add_door(witness)
    witness.set_defaults(run=_witness)
    status = words.add_parser("status")
    status.add_argument("url")
    status.set_defaults(run=_status)
    words.add_parser("verify").set_defaults(run=_verify)


def _add_door(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)


def _key(args: argparse.Namespace) -> Answer:
    if args.witness is not None:
        vkey = operator.witness_key(_home(args), args.witness)
    else:
        vkey = operator.log_key(_home(args), args.origin)
    return Answer(data={"vkey": vkey.text, "name": vkey.name}, text=vkey.text)


def _serve(args: argparse.Namespace) -> NoReturn:
    if args.policy is not None and args.witness:
        raise UsageError("give --policy or --witness, not both")
    operator.serve_ledger(
        _home(args),
        origin=args.origin,
        policy=_policy(args.policy),
        witnesses=[_witness_at(text) for text in args.witness],
        at=operator.Listening(host=args.host, port=args.port),
        pace=Pace(interval=args.interval),
        announce=lambda said: _announce(said, as_json=args.json),
    )
    raise SystemExit(0)  # all there is to say was said when it listened


def _witness(args: argparse.Namespace) -> NoReturn:
    operator.serve_witness(
        _home(args),
        name=args.name,
        logs=[Vkey.parse(text) for text in args.log],
        at=operator.Listening(host=args.host, port=args.port),
        announce=lambda said: _announce(said, as_json=args.json),
    )
    raise SystemExit(0)


def _status(args: argparse.Namespace) -> Answer:
    said = operator.ledger_status(args.url)
    moment = rfc3339(said["quorum_time"])
    text = f"{said['origin']}: {said['size']} entries, quorum time {moment}"
    return Answer(data={**said, "quorum_time": moment}, text=text)


def _verify(args: argparse.Namespace) -> Answer:
    audits = auditor.verify_ledgers(_home(args))
    found = [
        {"origin": one.origin, "kind": each.kind.value, "index": each.index}
        | ({"trusted": each.trusted.decode()} if each.trusted else {})
        | ({"offered": each.offered.decode()} if each.offered else {})
        for one in audits
        for each in one.findings
    ]
    ledgers = [
        {"origin": one.origin, "size": one.checkpoint.size if one.checkpoint else 0}
        for one in audits
    ]
    data = {"ledgers": ledgers, "findings": found}
    if not found:
        sizes = ", ".join(f"{one['origin']} {one['size']}" for one in ledgers)
        return Answer(data=data, text=f"Every entry is as it was: {sizes}.")
    lines = [f"{one['origin']}: entry {one['index']} {one['kind']}" for one in found]
    said = Reason.LEDGER_FORKED.value
    return Answer(code=STOP, data={"reason": said, **data}, text="\n".join(lines))


def _announce(said: dict[str, Any], *, as_json: bool) -> None:
    text = f"{said['vkey']}\nlistens at {said['url']}"
    print(json.dumps({"ok": True, **said}) if as_json else text, flush=True)


def _witness_at(text: str) -> tuple[Vkey, str]:
    """VKEY=URL; base64 may end in "=" itself, so the address is looked for."""
    at = text.find("=http")
    if at < 0:
        raise UsageError("--witness wants VKEY=URL")
    return Vkey.parse(text[:at]), text[at + 1 :]


def _policy(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} cannot be read") from None


def _home(args: argparse.Namespace) -> Path:
    if args.home is None:
        raise UsageError("--home DIR is needed")
    home: Path = args.home
    return home
