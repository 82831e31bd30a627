"""Run a relay: its copies are looked after every second, its past once a day.

Home: ``trust`` (ledger.policy, ledger.url), ``replicas``, ``relay.db``, ``packages``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.errors import UsageError, WalletError
from wallet.ledger.fetch import Http
from wallet.ledger.following import Following
from wallet.ledger.policy import Policy
from wallet.server.http.serve import until_signalled
from wallet.server.http.standing import DISK
from wallet.server.relay.copy import RelayCopy
from wallet.server.relay.http import RelayApp
from wallet.server.relay.relay import Relay
from wallet.server.relay.storage import RelayStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_LOG = logging.getLogger(__name__)
_NO_LOOK = (WalletError, *DISK)  # a ledger away, a full disk
_LOOK_EVERY = 1.0
_DAY = 86_400.0


class Keeper:
    """A relay wired to its home; `serve` runs it."""

    def __init__(self, home: Path) -> None:
        """Open storage and copies.

        Raises:
            UsageError: the home has no trust files.
        """
        try:
            policy = Policy.parse((home / "trust/ledger.policy").read_text("utf-8"))
            url = (home / "trust/ledger.url").read_text("utf-8").strip()
        except FileNotFoundError as missing:
            raise UsageError(f"this relay has no {missing.filename}") from None
        self.storage = RelayStorage(home)
        self._following = Following(
            home / "replicas", policy=policy, url=url, http=Http("ledger")
        )
        self._looking = threading.Lock()
        self._said: dict[str, str] = {}  # what stands in the way, by origin or work
        self.copies: dict[str, RelayCopy] = {}
        self._take_up(self._following.origins)
        self.relay = Relay(self.storage, self.copies)
        self.app = RelayApp(
            self.relay,
            incoming=home / "packages",
            clock=lambda: datetime.now(UTC),
            look=self.look,
        )

    def look(self) -> None:
        """Bring every copy up to date; one that does not answer stays as it is."""
        with self._looking:
            for origin, copy in list(self.copies.items()):
                # What fails lets the copy age, or it remembers a fork: both stop
                # every release.
                with self._outlived(f"{origin} is not followed"):
                    copy.look()
                    self.relay.looked(origin, now=datetime.now(UTC))
            with self._outlived("shards are not learned"), self.storage.lock:
                self._take_up(self._following.learn())

    def tidy(self) -> None:
        """Drop what ended long ago."""
        with self._outlived("the past is not forgotten"):
            self.relay.forget_past(now=datetime.now(UTC))

    @contextmanager
    def _outlived(self, what: str) -> Iterator[None]:
        """Say a failure once, and once more when it is over; a relay goes on."""
        try:
            yield
        except _NO_LOOK as fault:
            # A disk's own text may name files.
            own = isinstance(fault, WalletError)
            said = f"{fault}" if own else type(fault).__name__
            if self._said.get(what) != said:
                _LOG.warning("%s: %s", what, said)
            self._said[what] = said
        else:
            if self._said.pop(what, None) is not None:
                _LOG.warning("%s: over", what)

    def _take_up(self, origins: Sequence[str]) -> None:
        """Keep copies of these too; the relay asks here which there are."""
        for origin in origins:
            self.copies[origin] = RelayCopy(
                self._following.replica(origin),
                self._following.source(origin),
                self.storage.lock,
            )

    def close(self) -> None:
        """Let go of everything."""
        self._following.close()
        self.storage.close()

    async def keep_looking(self) -> None:
        """Look again and again."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(_LOOK_EVERY)

    async def keep_tidy(self) -> None:
        """Drop what ended long ago."""
        while True:
            await asyncio.to_thread(self.tidy)
            await asyncio.sleep(_DAY)


def serve(
    home: Path, *, host: str, port: int, listening: Callable[[str], None]
) -> None:
    """Serve until SIGINT or SIGTERM; *listening* hears the address."""
    keeper = Keeper(home)
    try:
        until_signalled(
            keeper.app,
            host=host,
            port=port,
            listening=listening,
            jobs=(keeper.keep_looking, keeper.keep_tidy),
        )
    finally:
        keeper.close()
