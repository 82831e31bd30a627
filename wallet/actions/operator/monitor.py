"""Run a monitor: HOME holds a copy of each log and what was found in it."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.errors import StoreDamagedError, UsageError
from wallet.ledger.fetch import Http
from wallet.ledger.following import Following
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.sources import origin_hash
from wallet.server.http.serve import until_signalled
from wallet.server.monitor.alerts import Alert, Alerts, Weight
from wallet.server.monitor.http import MonitorApp
from wallet.server.monitor.memory import Memory
from wallet.server.monitor.rules import Rules
from wallet.server.monitor.watch import End, Limits, Watch

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
    with _watched(home, watching) as watched:
        return [_said(one) for one in watched.look()]


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
    with _watched(home, watching) as watched:

        async def run() -> None:
            while True:
                alerts.now(await asyncio.to_thread(watched.look_on))
                await asyncio.sleep(interval)

        until_signalled(
            MonitorApp(watched.watches, alerts),
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


class Watched:
    """The logs of a policy, and the shards they announce; `look` is a turn."""

    def __init__(self, home: Path, watching: Watching, *, held: ExitStack) -> None:
        """Open the copies below *home*; *held* lets go of connections.

        Raises:
            UsageError: there is no address to look at.
            RefusedError: the policy is none.
        """
        self._home, self._sources, self._held = home, watching.sources, held
        self._limits = Limits(age=watching.age, lag=watching.lag)
        policy = Policy.parse(watching.policy)
        for origin, party in policy.logs.items():
            if party.url is None and not watching.sources:
                raise UsageError(f"--from URL is needed: where {origin} is served")
        self._http = held.enter_context(closing(Http("witness")))
        self._following = held.enter_context(
            closing(
                Following(
                    home,
                    policy=policy,
                    url=next(iter(watching.sources), ""),
                    http=Http("ledger"),
                    place=lambda origin: f"{origin_hash(origin)}/replica",
                )
            )
        )
        self.watches = [self._watch(origin) for origin in self._following.origins]

    def look(self) -> list[Alert]:
        """Look at every log once, those that were announced meanwhile too."""
        found: list[Alert] = []
        todo = list(self.watches)
        while todo:
            for watch in todo:
                found += self._turn(watch)
            todo = [self._watch(origin) for origin in self._following.learn()]
            self.watches += todo
        return found

    def look_on(self) -> list[Alert]:
        """The same for a monitor that goes on: its own disk failing it is an alert."""
        try:
            return self.look()
        except (OSError, StoreDamagedError) as fault:
            own = isinstance(fault, StoreDamagedError)
            why = f"{fault}" if own else type(fault).__name__
            return [watch.unable(why) for watch in self.watches]

    def _turn(self, watch: Watch) -> list[Alert]:
        found = watch.look(datetime.now(UTC))
        Memory(self._home / origin_hash(watch.origin)).save(watch.rules.checked)
        return found

    def _watch(self, origin: str) -> Watch:
        following, memory = self._following, Memory(self._home / origin_hash(origin))
        replica = following.replica(origin)
        more = () if origin in following.learned else self._sources
        return Watch(
            replica=replica,
            rules=Rules(replica, memory.load()),
            sources=[
                following.source(origin),
                *(self._held.enter_context(closing(LedgerClient(url))) for url in more),
            ],
            http=self._http,
            limits=self._limits,
            keep=memory.keep,
            acknowledged=memory.acknowledged,
            end=End(
                is_reached=lambda: following.is_complete(origin),
                passed=lambda: following.after_end(origin),
            ),
        )


@contextmanager
def _watched(home: Path, watching: Watching) -> Iterator[Watched]:
    with ExitStack() as held:
        yield Watched(home, watching, held=held)
