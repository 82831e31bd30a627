"""`heartwood records alike|decide`: records that may be one, and what you say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wallet.actions.patient import comparing
from wallet.actions.patient.comparing import Decision
from wallet.cli.answer import Answer
from wallet.cli.unlock import unlocked
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from wallet.actions.patient.comparing import Pair, Side

_MOST = 100
_WORDS = {
    "same": Decision.SAME,
    "different": Decision.DIFFERENT,
    "later": Decision.LATER,
    "undo": Decision.OPEN,
}
_SAID = {
    Decision.SAME: "They are shown as one record now. Both are kept; undo shows both.",
    Decision.DIFFERENT: "They stay two records, and you are not asked again.",
    Decision.LATER: "They stay two records until you decide.",
    Decision.OPEN: "What was said of them is taken back. Both are shown.",
}


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare them beneath `records`."""
    alike = words.add_parser("alike", help="pairs of records that may be one")
    alike.add_argument("--settled", action="store_true", help="those you decided")
    alike.add_argument("--limit", type=int, default=_MOST)
    alike.set_defaults(run=_alike)
    alike.add_argument(
        "--join-equal",
        action="store_true",
        help="say of all that differ in nothing but their source: the same",
    )
    decide = words.add_parser("decide", help="say what two records are, or undo it")
    decide.add_argument("one", metavar="ID")
    decide.add_argument("other", metavar="ID")
    decide.add_argument("decision", choices=tuple(_WORDS))
    decide.set_defaults(run=_decide)


def _alike(args: argparse.Namespace) -> Answer:
    if args.limit < 0:
        raise UsageError("a limit is not negative")
    joined = 0
    with unlocked(args) as wallet:
        if args.join_equal:
            joined = comparing.join_equal(wallet, now=datetime.now(UTC))
        asked = comparing.settled if args.settled else comparing.pairs
        pairs = asked(wallet, limit=args.limit)
        total = comparing.waiting(wallet)
    lines = [_pair_text(pair) for pair in pairs]
    if joined:
        lines.append(f"{joined} pairs are shown as one each now. All are kept.")
    lines.append(f"{total} pairs wait for you to decide.")
    return Answer(
        data={
            "pairs": [_pair_json(pair) for pair in pairs],
            "waiting": total,
            "joined": joined,
        },
        text="\n".join(lines),
    )


def _decide(args: argparse.Namespace) -> Answer:
    decision = _WORDS[args.decision]
    with unlocked(args) as wallet:
        comparing.decide(wallet, args.one, args.other, decision, now=datetime.now(UTC))
    return Answer(data={"decision": decision.value}, text=_SAID[decision])


def _pair_text(pair: Pair) -> str:
    said = ", ".join(name.replace("_", " ") for name in pair.differs)
    differs = f"  what differs: {said or 'only where they came from'}"
    sides = f"{_side_text(pair.one)}\n{_side_text(pair.other)}"
    return f"{sides}\n{differs} ({pair.decision.value})"


def _side_text(side: Side) -> str:
    value = f"{side.value} {side.unit}".strip()
    told = (side.title, side.when or "no date", value, side.source_name)
    return f"{side.key}  {'  '.join(part for part in told if part)}"


def _pair_json(pair: Pair) -> dict[str, Any]:
    return {
        "one": _side_json(pair.one),
        "other": _side_json(pair.other),
        "differs": list(pair.differs),
        "decision": pair.decision.value,
    }


def _side_json(side: Side) -> dict[str, str]:
    return {
        "id": side.key,
        "category": side.category,
        "title": side.title,
        "when": side.when,
        "value": side.value,
        "unit": side.unit,
        "status": side.status,
        "provider": side.provider,
        "source": side.source_name,
    }
