"""`heartwood grant delay|send`: let permissions wait on purpose, and send one now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wallet.actions.patient import holding, permissions, sharing
from wallet.cli.answer import Answer
from wallet.cli.unlock import unlocked

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from wallet.actions.patient.permissions import GrantView
    from wallet.actions.patient.session import Session

_MINUTE = 60


def add_commands(
    words: argparse._SubParsersAction[argparse.ArgumentParser],
    *,
    settle: Callable[[Session, GrantView, float], Answer],
) -> None:
    """Declare `grant delay` and `grant send`; *settle* sends and tells how it went."""
    delay = words.add_parser("delay", help="let new permissions wait on purpose")
    delay.add_argument("minutes", nargs="?", type=int, help="0: they go at once")
    delay.set_defaults(run=_delay)
    send = words.add_parser("send", help="send a permission that waits on purpose")
    send.add_argument("id")
    send.add_argument("--wait", type=float, default=30.0)
    send.set_defaults(run=_send, settle=settle)


def held_text(shown: GrantView) -> str:
    """Say that a permission waits on purpose, until when, and how not to."""
    return (
        f"It waits on purpose and is sent at {shown.held_until:%d %B %Y, %H:%M} UTC, "
        f"or at the first sync after. `grant send {shown.grant_id}` sends it now."
    )


def _delay(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        if args.minutes is not None:
            holding.set_delay(wallet, timedelta(minutes=args.minutes))
        span = holding.delay(wallet)
    minutes = int(span.total_seconds()) // _MINUTE
    said = "Permissions are sent at once."
    if minutes:
        said = (
            f"A new permission is sent within {minutes} minutes, at a random moment. "
            "To end one, or to replace one, never waits."
        )
    return Answer(data={"minutes": minutes}, text=said)


def _send(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        row = permissions.find(wallet, args.id)
        shown = sharing.send_now(wallet, row.leaf, now=datetime.now(UTC))
        answer: Answer = args.settle(wallet, shown, args.wait)
    return answer
