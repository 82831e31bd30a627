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
    """One alert in words: certainly wrong, unknown, or wrong and looked into."""

    sentence: str
    reason: Reason
    weight: Weight

    @property
    def certain(self) -> bool:
        """Whether something is wrong that nobody has looked into."""
        return self.weight is Weight.WRONG

    @property
    def acknowledged(self) -> bool:
        """Whether somebody has."""
        return self.weight is Weight.KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entry that breaks a rule: when it was found, and looked into if it was."""

    origin: str
    index: int
    sentence: str
    found: datetime | None
    acknowledged: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What to watch: a policy, addresses besides those in it, and limits in seconds."""

    policy: str
    sources: Sequence[str]
    age: float
    lag: float

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs that the policy names."""
        return Policy.parse(self.policy).origins


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


def findings(home: Path, origins: Sequence[str]) -> list[Found]:
    """Every entry that was found to break a rule, oldest first; it stays in the log."""
    found = []
    for origin in origins:
        memory = Memory(home / origin_hash(origin))
        seen = memory.acknowledged()
        found += [
            Found(
                origin=origin,
                index=one.index,
                sentence=one.sentence,
                found=_moment(one.found),
                acknowledged=_moment(seen.get(one.index)),
            )
            for one in memory.load().findings
        ]
    return found


def acknowledge(home: Path, origin: str, index: int, *, now: datetime) -> list[Found]:
    """Note that somebody has looked into an entry; what was found of it.

    It stays in the log and in every answer, but wakes nobody any more.

    Raises:
        UsageError: nothing was found of this entry.
    """
    if not (home / origin_hash(origin)).is_dir():
        raise UsageError(f"{origin} is not watched here")
    if all(one.index != index for one in findings(home, [origin])):
        raise UsageError(f"nothing was found of entry {index} of {origin}")
    memory = Memory(home / origin_hash(origin))
    memory.acknowledge(index, seconds=int(now.timestamp()))
    return [one for one in findings(home, [origin]) if one.index == index]


def _said(alert: Alert) -> Said:
    return Said(alert.sentence, alert.reason, alert.weight)


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds else None


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
                    acknowledged=memory.acknowledged,
                )
            )
        yield watches
