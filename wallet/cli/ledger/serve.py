"""ledger serve [--origin O] [--port N] [--witness VKEY=URL]... [--policy FILE].

--store postgresql://... keeps the ledger in a database that several servers share,
--lock postgresql://... the last signed note in another one than that.

--config FILE says any of this in TOML; what is said here wins.

--network N --shard PATH... [--url U] [--retention-days N] runs several logs of one
network instead, each below its own path: registry, consent/2027h1 ... With --store,
each has a schema of its own there.

With --ml-dsa the log signs with a second key besides.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from wallet.actions.operator.config import Config, read_config
from wallet.actions.operator.family import FamilyPlan, serve_family
from wallet.actions.operator.ledger import serve_ledger
from wallet.actions.operator.listening import Kinds
from wallet.actions.operator.stores import Stores
from wallet.cli.ledger.door import (
    add_door,
    add_kinds,
    address,
    announce,
    home,
    listening,
    read_policy,
)
from wallet.errors import UsageError
from wallet.ledger.checkpoint import Vkey
from wallet.server.log.publisher import Pace

if TYPE_CHECKING:
    import argparse


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    serve = words.add_parser("serve")
    serve.add_argument("--origin")
    serve.add_argument("--policy", type=Path)
    serve.add_argument("--witness", action="append", default=[], metavar="VKEY=URL")
    serve.add_argument("--interval", type=float)
    serve.add_argument("--config", type=Path)
    serve.add_argument("--store", type=address)
    serve.add_argument("--lock", type=address)
    serve.add_argument("--network")
    serve.add_argument("--shard", action="append", default=[], metavar="PATH")
    serve.add_argument("--url", help="where the public finds it")
    serve.add_argument("--retention-days", type=int)
    add_kinds(serve)
    add_door(serve)
    serve.set_defaults(run=_serve)


def _serve(args: argparse.Namespace) -> NoReturn:
    if args.config is not None:
        _fill(args, read_config(args.config))
    if args.shard or args.network:
        _serve_family(args)
    if args.policy is not None and args.witness:
        raise UsageError("give --policy or --witness, not both")
    serve_ledger(
        home(args),
        origin=args.origin,
        policy=None if args.policy is None else read_policy(args.policy),
        witnesses=[_witness_at(text) for text in args.witness],
        at=listening(args),
        pace=_pace(args),
        kinds=args.kinds,
        announce=lambda said: announce(said, as_json=args.json),
        stores=Stores(store=args.store, lock=args.lock),
    )
    raise SystemExit(0)  # all there is to say was said when it listened


def _serve_family(args: argparse.Namespace) -> NoReturn:
    if not (args.shard and args.network):
        raise UsageError("give --network and --shard together")
    if args.origin or args.policy:
        raise UsageError("shards have their own origins and policy")
    if args.kinds is Kinds.BOTH:
        raise UsageError("shards sign with Ed25519 alone")
    serve_family(
        home(args),
        FamilyPlan(
            network=args.network,
            shards=tuple(args.shard),
            witnesses=tuple(map(_witness_at, args.witness)),
            url=args.url,
            retention_days=args.retention_days,
        ),
        at=listening(args),
        pace=_pace(args),
        announce=lambda said: announce(said, as_json=args.json),
        stores=Stores(store=args.store, lock=args.lock),
    )
    raise SystemExit(0)  # all there is to say was said when it listened


def _fill(args: argparse.Namespace, config: Config) -> None:
    """Take from the file what was not said on the command line."""
    if args.policy is not None or args.witness:
        told = replace(config.log, policy=None, witness=[])
    else:
        told = config.log
    for section in (config.listen, told, config.store, config.network):
        for key, value in asdict(section).items():
            if value and not getattr(args, key):
                setattr(args, key, value)
    if isinstance(args.policy, str):
        args.policy = args.config.parent / args.policy
    for key in ("store", "lock"):
        if getattr(args, key):
            address(getattr(args, key))


def _pace(args: argparse.Namespace) -> Pace:
    return Pace() if args.interval is None else Pace(interval=args.interval)


def _witness_at(text: str) -> tuple[Vkey, str]:
    """VKEY=URL; base64 may end in "=" itself, so the address is looked for."""
    at = text.find("=http")
    if at < 0:
        raise UsageError("--witness wants VKEY=URL")
    return Vkey.parse(text[:at]), text[at + 1 :]
