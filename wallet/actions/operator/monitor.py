"""Run a monitor: HOME holds a copy of each log and what was found in it."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.ledger.fetch import Http, LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sources import origin_hash
from wallet.server.http.serve import until_signalled
from wallet.server.monitor.alerts import Alert, Alerts, Weight
from wallet.server.monitor.http import MonitorApp
from wallet.server.monitor.memory import Memory
from wallet.server.monitor.rules import Rules
from wallet.server.monitor.watch import Limits, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from wallet.actions.operator.listening import Announce, Listening
    from wallet.verdict import Reason


@dataclass(frozen=True, slots=True)
class Said:
    """One alert in words; *certain* where something is wrong, not only unknown."""

    sentence: str
    reason: Reason
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What to watch: a policy, addresses besides those in it, and limits in seconds."""

    policy: str
    sources: Sequence[str]
    age: float
    lag: float


def look_once(home: Path, watching: Watching) -> list[Said]:
    """Everything that is wrong now, or cannot be told; nothing where all is well.

    Raises:
        UsageError: there is no address to look at.
        RefusedError: the policy is none.
    """
    with _watches(home, watching) as watches:
        return [_said(one) for watch in watches for one in _turn(home, watch)]


def run_monitor(
    home: Path,
    watching: Watching,
    *,
    interval: float,
    at: Listening,
    announce: Announce,
    say: Callable[[Said], None],
    over: Callable[[Said], None],
) -> None:
    """Look every *interval* seconds until told to stop.

    *say* hears each alert once, *over* hears it again when it has gone.
    """
    alerts = Alerts(lambda one: say(_said(one)), lambda one: over(_said(one)))
    with _watches(home, watching) as watches:

        async def run() -> None:
            while True:
                found: list[Alert] = []
                for watch in watches:
                    found += await asyncio.to_thread(_turn, home, watch)
                alerts.now(found)
                await asyncio.sleep(interval)

        until_signalled(
            MonitorApp(watches, alerts),
            host=at.host,
            port=at.port,
            listening=lambda url: announce({"url": url}),
            jobs=[run],
        )


def _said(alert: Alert) -> Said:
    return Said(alert.sentence, alert.reason, alert.weight is Weight.WRONG)


def _turn(home: Path, watch: Watch) -> list[Alert]:
    found = watch.look(datetime.now(UTC))
    Memory(home / origin_hash(watch.origin)).save(watch.rules.checked)
    return found


@contextmanager
def _watches(home: Path, watching: Watching) -> Iterator[list[Watch]]:
    policy = Policy.parse(watching.policy)
    limits = Limits(age=watching.age, lag=watching.lag)
    with ExitStack() as held:
        http = held.enter_context(closing(Http("witness")))
        watches = []
        for origin, party in policy.logs.items():
            urls = [*([party.url] if party.url else []), *watching.sources]
            if not urls:
                raise UsageError(f"--from URL is needed: where {origin} is served")
            folder = home / origin_hash(origin)
            memory = Memory(folder)
            replica = Replica.open(folder / "replica", origin=origin, policy=policy)
            watches.append(
                Watch(
                    replica=replica,
                    rules=Rules(replica, memory.load()),
                    sources=[
                        held.enter_context(closing(LedgerClient(url))) for url in urls
                    ],
                    http=http,
                    limits=limits,
                    keep=memory.keep,
                )
            )
        yield watches
