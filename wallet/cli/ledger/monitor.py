"""ledger monitor --policy FILE [--from URL]... [--once] [--metrics PORT].

With --once: exit 0 all is well, 1 something is wrong, 3 something cannot be told.

ledger acknowledge ORIGIN INDEX      An entry that breaks a rule stays in the log for
ever, and so does the alert. Acknowledged, it is still named, and wakes nobody.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wallet.actions.operator.listening import Listening
from wallet.actions.operator.monitor import (
    Watching,
    acknowledge,
    findings,
    look_once,
    run_monitor,
)
from wallet.cli.answer import CANNOT_TELL, STOP, Answer, rfc3339
from wallet.cli.ledger.door import home, read_policy

if TYPE_CHECKING:
    import argparse

    from wallet.actions.operator.monitor import Found, Said

_STAYS = (
    "What is in the log stays there: once you have looked into an entry, "
    "`ledger acknowledge ORIGIN INDEX` keeps it named without waking anybody."
)


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
    known = words.add_parser("acknowledge")
    known.add_argument("origin")
    known.add_argument("index", type=int)
    known.set_defaults(run=_acknowledge)


def _monitor(args: argparse.Namespace) -> Answer:
    watching = Watching(
        policy=read_policy(args.policy),
        sources=args.sources,
        age=args.max_age,
        lag=args.max_lag,
    )
    if args.once:
        told = look_once(home(args), watching)
        return _answer(told, findings(home(args), watching.origins))
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


def _acknowledge(args: argparse.Namespace) -> Answer:
    told = acknowledge(home(args), args.origin, args.index, now=datetime.now(UTC))
    said = "\n".join(one.sentence for one in told)
    return Answer(
        data={"findings": [_finding(one) for one in told]},
        text=f"Acknowledged. It stays in the log, and is still named:\n{said}",
    )


def _answer(told: list[Said], found: list[Found]) -> Answer:
    sentences = [one.sentence for one in told]
    data = {"alerts": sentences, "findings": [_finding(one) for one in found]}
    urgent = [one for one in told if not one.acknowledged]
    if not urgent:
        return Answer(data=data, text="\n".join(["All is well.", *sentences]))
    wrong = [one for one in urgent if one.certain]
    first = (wrong or urgent)[0]
    if any(one.acknowledged is None for one in found):
        sentences = [*sentences, _STAYS]
    return Answer(
        code=STOP if wrong else CANNOT_TELL,
        data={"reason": first.reason.value, "sentence": first.sentence, **data},
        text="\n".join(sentences),
    )


def _finding(one: Found) -> dict[str, Any]:
    return {
        "origin": one.origin,
        "index": one.index,
        "sentence": one.sentence,
        "found": rfc3339(one.found),
        "acknowledged": rfc3339(one.acknowledged),
    }


def _say(args: argparse.Namespace, text: str, **said: Any) -> None:  # noqa: ANN401 as JSON has it
    print(json.dumps(said) if args.json else text, flush=True)
