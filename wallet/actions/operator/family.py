"""Run the logs of one network in one process, each below its own path.

HOME/registry, HOME/consent/2027h1 ... are each a home of a ledger: keys, ledger.db and
signed.db of their own, or a schema of their own in a database that several servers
share; a sequencer and a publisher of their own. HOME/family.policy is the trust file
that names them all. A shard is opened half a year before its own begins; its key is
drawn by `ledger key` first, so that the witnesses can be told.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from wallet.actions.operator.keys import log_key
from wallet.actions.operator.ledger import open_log, policy_text
from wallet.actions.operator.retired import final_note, promise, promised, retired
from wallet.actions.operator.retiring import POLICY, logs_in, published
from wallet.actions.operator.stores import EMBEDDED, Stores
from wallet.errors import StoreUnreachableError, UsageError, WalletError
from wallet.ledger.checkpoint import Vkey
from wallet.ledger.clock import from_seconds
from wallet.ledger.shard import LATE, REGISTRY, Phase, Shard, kept_until
from wallet.server.http.serve import until_signalled
from wallet.server.log.family_http import Changing, FamilyApp, RetiredApp
from wallet.server.log.shard_keeper import Member, ShardKeeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from wallet.actions.operator.ledger import OpenLog
    from wallet.actions.operator.listening import Announce, Listening
    from wallet.server.http.serve import Job
    from wallet.server.log.publisher import Pace

_EVERY = 5.0
_THREADS_A_LOG = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyPlan:
    """What a configuration says of a network and its logs.

    ``shards`` are paths below the network: ``registry``, ``consent/2027h1``. ``url`` is
    where the public finds it, if that is not where it listens. ``retention_days`` is
    for how long a shard is kept after it became read-only; None: for ever.
    """

    network: str
    shards: tuple[str, ...]
    witnesses: tuple[tuple[Vkey, str], ...] = ()
    url: str | None = None
    retention_days: int | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be linked or found again.

        Raises:
            UsageError: a path is no shard, stands twice, or one between is missing.
        """
        for path in self.shards:
            read = Shard.read(f"{self.network}/{path}")
            if read.network != self.network or read.path != path:
                raise UsageError(f"{path} is neither registry nor like consent/2027h1")
        if not self.shards or len(set(self.shards)) < len(self.shards):
            raise UsageError("a network has at least one log, and each once")
        for purpose in {path.rpartition("/")[0] for path in self.shards} - {""}:
            self._check_row(purpose)

    def _check_row(self, purpose: str) -> None:
        shards = [Shard.read(f"{self.network}/{path}") for path in self.shards]
        row = sorted(
            one.half_year for one in shards if one.half_year and one.purpose == purpose
        )
        for one, other in pairwise(row):
            if one.next != other:
                raise UsageError(f"{purpose}/{one.next.name} is missing in between")

    def origin(self, path: str) -> str:
        """The origin of the log at *path*."""
        return f"{self.network}/{path}"


class Family:
    """The logs of a plan, open; `serve` runs them."""

    def __init__(
        self,
        home: Path,
        plan: FamilyPlan,
        *,
        pace: Pace,
        held: ExitStack,
        stores: Stores = EMBEDDED,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        every: float = _EVERY,
    ) -> None:
        """Open every log that was not taken down; *held* closes them.

        Raises:
            UsageError: longer was promised than the plan says.
            HomeBusyError: one of them runs already.
            StoreUnreachableError: their database does not answer.
        """
        self._home, self._plan, self._clock, self._every = home, plan, clock, every
        self._vkeys = {path: self._vkey(path) for path in plan.shards}
        self.policy = self._policy(plan.url)
        self._open: dict[str, OpenLog] = {}
        for path in self._living():
            if plan.retention_days is not None and path != REGISTRY:
                promise(home / path, plan.retention_days)
            self._open[path] = held.enter_context(
                open_log(
                    home / path,
                    vkey=self._vkeys[path],
                    text=self.policy,
                    pace=pace,
                    stores=stores.of(path),
                    family=frozenset(map(plan.origin, plan.shards)),
                    clock=clock,
                )
            )
        self.keeper = ShardKeeper([*map(_member, self._open.values())], every=every)
        self._places = {path: self._place(path) for path in plan.shards}
        self.app = FamilyApp(
            self._places, about=self.about, is_healthy=lambda: self.is_healthy
        )
        self._tell()

    @property
    def vkeys(self) -> tuple[Vkey, ...]:
        """The keys of all logs, for their witnesses."""
        return tuple(self._vkeys.values())

    @property
    def jobs(self) -> Sequence[Job]:
        """What has to run while it is served."""
        sequencing = [log.sequencer.run for log in self._open.values()]
        return [*sequencing, self.keeper.run, self._watch]

    @property
    def threads(self) -> int:
        """How many threads the logs need together, that none waits for another."""
        return _THREADS_A_LOG * max(1, len(self._open))

    @property
    def is_healthy(self) -> bool:
        """Whether every log that takes entries at all takes them now."""
        try:
            return all(
                log.sequencer.is_open
                for log in self._open.values()
                if log.now.phase(log.vkey.name) is not Phase.READ_ONLY
            )
        except StoreUnreachableError:
            return False

    def listens_at(self, url: str) -> None:
        """Say in the trust file where each log is read."""
        self.policy = self._policy(self._plan.url or url)
        (self._home / POLICY).write_text(self.policy, "utf-8")
        for log in self._open.values():
            log.about["policy"] = self.policy

    def about(self) -> dict[str, Any]:
        """Which logs there are, and what each still takes: family.json."""
        self._tell()
        logs = {
            path: {"vkey": vkey.text, "shard": self._shard(path)}
            for path, vkey in self._vkeys.items()
        }
        return {"network": self._plan.network, "policy": self.policy, "logs": logs}

    def _vkey(self, path: str) -> Vkey:
        """The key of a log; what was taken down is never given another."""
        folder = self._home / path
        left = retired(folder)
        if left is not None:
            return Vkey.parse(left.vkey)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return log_key(folder, self._plan.origin(path))

    def _living(self) -> Iterator[str]:
        for path in self._plan.shards:
            if retired(self._home / path) is None:
                yield path

    def _place(self, path: str) -> Changing:
        log = self._open.get(path)
        return Changing(self._taken_down(path) if log is None else log.app)

    def _taken_down(self, path: str) -> RetiredApp:
        folder = self._home / path
        left = retired(folder)
        assert left is not None  # noqa: S101 narrowing: asked by who knows it is
        about = {
            "origin": self._plan.origin(path),
            "vkey": left.vkey,
            "operator": left.operator,
            "policy": self.policy,
            "shard": self._shard(path),
        }
        note = final_note(folder)
        return RetiredApp(note=note, about=about, since=left.denied)

    def _policy(self, url: str | None) -> str:
        text = policy_text([next(iter(self._vkeys.values()))], self._plan.witnesses)
        rest = [line for line in text.split("\n") if not line.startswith("log ")]
        base = "" if url is None else " " + url.rstrip("/")
        logs = [
            f"log {vkey.text}" + (f"{base}/{path}" if base else "")
            for path, vkey in self._vkeys.items()
        ]
        return "\n".join([*logs, *rest])

    def _shard(self, path: str) -> dict[str, Any]:
        """What log.json says of a log's time; all but sizes are days or seconds."""
        half_year = Shard.read(self._plan.origin(path)).half_year
        if half_year is None:
            return {"half_year": None}
        folder, log = self._home / path, self._open.get(path)
        days, left = promised(folder), retired(folder)
        phase = Phase.READ_ONLY if log is None else log.now.phase(log.vkey.name)
        return {
            "half_year": half_year.name,
            "last_end": half_year.after,
            "read_only_from": half_year.after + int(LATE.total_seconds()),
            "phase": "retired" if left is not None else phase.value,
            "retention_days": days,
            "kept_until": (
                None if days is None else int(kept_until(half_year, days).timestamp())
            ),
            "minimum_index": 0 if left is None else left.size,
        }

    def _tell(self) -> None:
        """Bring what log.json says of time up to date."""
        for path, log in self._open.items():
            log.about["shard"] = self._shard(path)

    async def _watch(self) -> None:
        """Notice what was taken down meanwhile, and tell the time."""
        while True:
            for path in [*self._open]:
                if retired(self._home / path) is not None:
                    self._leave(path)
            with suppress(WalletError):  # what its health says as well
                await asyncio.to_thread(self._tell)
            await asyncio.sleep(self._every)

    def _leave(self, path: str) -> None:
        """Ask nothing of a log any more: its entries may be deleted one day."""
        self._open = {name: log for name, log in self._open.items() if name != path}
        self.keeper.forget(self._plan.origin(path))
        self._places[path].app = self._taken_down(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardLine:
    """One log of a home, as an operator is told of it.

    ``size`` is that of what is published; None: nothing is, or it is kept elsewhere.
    """

    path: str
    origin: str
    size: int | None
    phase: str
    last_end: datetime | None
    kept_until: datetime | None


def serve_family(
    home: Path,
    plan: FamilyPlan,
    *,
    at: Listening,
    pace: Pace,
    announce: Announce,
    stores: Stores = EMBEDDED,
) -> None:
    """Run the logs of *plan* until told to stop.

    Raises:
        UsageError: as `Family`; a witness has no address.
        HomeBusyError: one of them runs already.
        StoreUnreachableError: their database does not answer.
    """
    with ExitStack() as held:
        family = Family(home, plan, pace=pace, held=held, stores=stores)

        def listening(url: str) -> None:
            family.listens_at(url)
            vkeys = "\n".join(vkey.text for vkey in family.vkeys)
            announce({"url": url, "vkey": vkeys, **family.about()})

        until_signalled(
            family.app,
            host=at.host,
            port=at.port,
            listening=listening,
            jobs=family.jobs,
            threads=family.threads,
        )


def list_shards(
    home: Path, *, now: datetime, stores: Stores = EMBEDDED
) -> list[ShardLine]:
    """What lies in *home*, oldest half-year last; nothing is asked of any server.

    Raises:
        UsageError: there is no log in it.
        StoreUnreachableError: their database does not answer.
    """
    kept = logs_in(home)
    if not kept:
        raise UsageError("there is no ledger in this home")
    return [
        _line(path, folder, stores if folder == home else stores.of(path), now)
        for path, folder in kept
    ]


def _line(path: str, folder: Path, here: Stores, now: datetime) -> ShardLine:
    origin = (folder / "ledger.origin").read_text("utf-8").strip()
    half_year = Shard.read(origin).half_year
    left, days = retired(folder), promised(folder)
    phase = Phase.OPEN if half_year is None else half_year.phase(now)
    until = None
    if half_year is not None and days is not None:
        until = kept_until(half_year, days)
    return ShardLine(
        path=path,
        origin=origin,
        size=_size(folder, here) if left is None else left.size,
        phase=phase.value if left is None else "retired",
        last_end=None if half_year is None else from_seconds(half_year.after),
        kept_until=until,
    )


def _size(folder: Path, stores: Stores) -> int | None:
    with suppress(UsageError):
        return published(folder, stores)[1].size
    return None


def _member(log: OpenLog) -> Member:
    return Member(
        vkey=log.vkey,
        operator=log.operator,
        storage=log.storage,
        sequencer=log.sequencer,
        lock=log.lock,
        now=log.now,
        publish=log.publish,
        leads=log.leads,
    )
