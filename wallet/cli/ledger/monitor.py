"""ledger monitor --policy FILE [--from URL]... [--once] [--metrics PORT].

With --once: exit 0 all is well, 1 something is wrong, 3 something cannot be told.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wallet.actions.operator.listening import Listening
from wallet.actions.operator.monitor import Watching, look_once, run_monitor
from wallet.cli.answer import CANNOT_TELL, STOP, Answer
from wallet.cli.ledger.door import home, read_policy

if TYPE_CHECKING:
    import argparse

    from wallet.actions.operator.monitor import Said


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    monitor = words.add_parser("monitor")
    monitor.add_argument("--policy", type=Path, required=True)
    monitor.add_argument(
        "--from", dest="sources", action="append", default=[], metavar="URL"
    )
    monitor.add_argument("--once", action="store_true")
    monitor.add_argument("--interval", type=float, default=10.0, metavar="SECONDS")
    monitor.add_argument("--max-age", type=float, default=1_200.0, metavar="SECONDS")
    monitor.add_argument("--max-lag", type=float, default=300.0, metavar="SECONDS")
    monitor.add_argument("--host", default="127.0.0.1")
    monitor.add_argument("--metrics", type=int, default=0, metavar="PORT")
    monitor.set_defaults(run=_monitor)


def _monitor(args: argparse.Namespace) -> Answer:
    watching = Watching(
        policy=read_policy(args.policy),
        sources=args.sources,
        age=args.max_age,
        lag=args.max_lag,
    )
    if args.once:
        return _answer(look_once(home(args), watching))
    run_monitor(
        home(args),
        watching,
        interval=args.interval,
        at=Listening(host=args.host, port=args.metrics),
        announce=lambda said: _say(args, f"measures at {said['url']}", ok=True, **said),
        say=lambda one: _say(args, one.sentence, alert=one.sentence, over=False),
        over=lambda one: _say(
            args, f"Over: {one.sentence}", alert=one.sentence, over=True
        ),
    )
    raise SystemExit(0)


def _answer(found: list[Said]) -> Answer:
    if not found:
        return Answer(data={"alerts": []}, text="All is well.")
    wrong = [one for one in found if one.certain]
    first = (wrong or found)[0]
    return Answer(
        code=STOP if wrong else CANNOT_TELL,
        data={
            "reason": first.reason.value,
            "sentence": first.sentence,
            "alerts": [one.sentence for one in found],
        },
        text="\n".join(one.sentence for one in found),
    )


def _say(args: argparse.Namespace, text: str, **said: Any) -> None:  # noqa: ANN401 as JSON has it
    print(json.dumps(said) if args.json else text, flush=True)
