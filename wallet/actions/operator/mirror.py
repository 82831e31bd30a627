"""Run a mirror: HOME holds mirror.key, its memory, and a copy of each log."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from wallet.actions.operator.keys import mirror_key, signer
from wallet.errors import UsageError, WalletError
from wallet.ledger.fetch import LedgerClient
from wallet.ledger.policy import Policy
from wallet.server.http.serve import until_signalled
from wallet.server.http.standing import DISK
from wallet.server.mirror.http import MirrorApp
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
    read = Policy.parse(policy)
    with ExitStack() as held:
        clients = {}
        for origin, party in read.logs.items():
            urls = [*([party.url] if party.url else []), *sources]
            if not urls:
                raise UsageError(f"--from URL is needed: where {origin} is served")
            clients[origin] = [
                held.enter_context(closing(LedgerClient(url))) for url in urls
            ]
        mirror = held.enter_context(
            closing(
                Mirror(
                    home,
                    name=name,
                    signer=signer(home / "mirror.key"),
                    policy=read,
                    sources=clients,
                )
            )
        )
        until_signalled(
            MirrorApp(mirror, clock=time.time),
            host=at.host,
            port=at.port,
            listening=lambda url: announce({"url": url, "vkey": vkey.text}),
            jobs=[
                _following(mirror, origin, interval=interval)
                for origin in mirror.origins
            ],
        )


def _following(
    mirror: Mirror, origin: str, *, interval: float
) -> Callable[[], Coroutine[Any, Any, None]]:
    """The loop that keeps one copy up to date; a failure is said once."""

    def turn() -> None:
        mirror.follow(origin, seconds=int(time.time()))
        mirror.hand_on(origin)

    async def run() -> None:
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

    return run
