"""Run a mirror: HOME holds mirror.key, its memory, and a copy of each log."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from wallet.actions.operator.keys import mirror_key, signer
from wallet.errors import UsageError, WalletError
from wallet.ledger.following import sibling_url
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.policy import Policy
from wallet.server.http.serve import until_signalled
from wallet.server.http.standing import DISK
from wallet.server.mirror.http import MirrorApp
from wallet.server.mirror.logs import Sources
from wallet.server.mirror.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path
    from typing import Any

    from wallet.actions.operator.listening import Announce, Listening

_LOG = logging.getLogger(__name__)


def serve_mirror(
    home: Path,
    *,
    name: str,
    policy: str,
    sources: Sequence[str],
    interval: float,
    at: Listening,
    announce: Announce,
) -> None:
    """Run the mirror of *home* until it is told to stop.

    *sources* are addresses of logs and mirrors, asked in order besides those that the
    policy's log lines give; *interval* is in seconds.

    Raises:
        UsageError: there is no address to follow.
        RefusedError: the policy is none.
    """
    vkey = mirror_key(home, name)
    with ExitStack() as held:
        read = Policy.parse(policy)
        mirror = held.enter_context(
            closing(
                Mirror(
                    home,
                    name=name,
                    signer=signer(home / "mirror.key"),
                    policy=read,
                    sources=_Places(read, sources, held=held).sources,
                )
            )
        )
        until_signalled(
            MirrorApp(mirror, clock=time.time),
            host=at.host,
            port=at.port,
            listening=lambda url: announce({"url": url, "vkey": vkey.text}),
            jobs=[follow_all(mirror, interval=interval, clock=time.time)],
        )


class _Places:
    """Where every log is read, those that are announced later too."""

    def __init__(
        self, policy: Policy, sources: Sequence[str], *, held: ExitStack
    ) -> None:
        self._held = held
        self._urls: dict[str, list[str]] = {}
        for origin, party in policy.logs.items():
            self._urls[origin] = [*([party.url] if party.url else []), *sources]
            if not self._urls[origin]:
                raise UsageError(f"--from URL is needed: where {origin} is served")

    @property
    def sources(self) -> Sources:
        """The same as clients, which *held* closes."""
        of = {origin: self._clients(urls) for origin, urls in self._urls.items()}
        return Sources(of=of, beside=self._beside)

    def _beside(self, origin: str, other: str) -> list[LedgerClient]:
        """Beside the log that announces it, at each address that has it there."""
        urls = [sibling_url(url, origin, other) for url in self._urls[origin]]
        self._urls[other] = [url for url in dict.fromkeys(urls) if url is not None]
        return self._clients(self._urls[other])

    def _clients(self, urls: Sequence[str]) -> list[LedgerClient]:
        return [self._held.enter_context(closing(LedgerClient(url))) for url in urls]


def follow_all(
    mirror: Mirror, *, interval: float, clock: Callable[[], float]
) -> Callable[[], Coroutine[Any, Any, None]]:
    """The loop of a mirror: each log has its own, and so has each that is learned."""

    async def run() -> None:
        async with asyncio.TaskGroup() as loops:
            begun: set[str] = set()
            while True:
                for origin in mirror.origins:
                    if origin not in begun:
                        begun.add(origin)
                        turns = _following(mirror, origin, interval, clock)
                        loops.create_task(turns)
                for origin in await asyncio.to_thread(_learned, mirror):
                    _LOG.warning("%s was announced and is followed now", origin)
                await asyncio.sleep(interval)

    return run


def _learned(mirror: Mirror) -> tuple[str, ...]:
    """What is announced by now; a disk that is full is met by each log's own loop."""
    try:
        return mirror.learn()
    except (WalletError, *DISK):
        return ()


async def _following(
    mirror: Mirror, origin: str, interval: float, clock: Callable[[], float]
) -> None:
    """Keep one copy up to date; a failure is said once."""

    def turn() -> None:
        seconds = int(clock())
        if mirror.retired(origin) is not None:
            return
        mirror.follow(origin, seconds=seconds)
        mirror.hand_on(origin)
        mirror.retire(origin, seconds=seconds)

    while True:
        said = mirror.not_followed.get(origin)
        try:
            await asyncio.to_thread(turn)
        except (WalletError, *DISK) as error:
            # A full disk goes by like any other fault; its text may name files.
            own = isinstance(error, WalletError)
            now = f"{error}" if own else f"the disk: {type(error).__name__}"
            if now != said:
                _LOG.warning("%s is not followed: %s", origin, now)
            mirror.not_followed[origin] = now
        else:
            if said is not None:
                _LOG.warning("%s is followed again", origin)
                del mirror.not_followed[origin]
        await asyncio.sleep(interval)
