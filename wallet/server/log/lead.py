"""Which of several servers integrates and publishes: one, until it is gone.

Whoever only believes to lead does no harm: every step it could take is a swap that
fails when somebody else was there.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from wallet.errors import WalletError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallet.server.log.opening import Opening
    from wallet.server.log.publisher import Publisher
    from wallet.server.log.sequencer import Sequencer
    from wallet.server.log.storage import Storage

_LOG = logging.getLogger(__name__)
LOOK_EVERY = 1.0  # seconds between two looks at who leads
INTEGRATE_EVERY = 0.1


class Lead(Protocol):
    """Something that one server at a time can hold."""

    def close(self) -> None:
        """Let go of it."""

    def take(self) -> Storage | None:
        """Try to hold it, never waiting for another holder.

        Answers the log as whoever leads must use it until the lead is lost; None:
        somebody else leads.
        """

    def holds(self) -> bool:
        """Whether it is still held; False also where that cannot be told."""


class Leader:
    """Lets this server write as soon as it may, and lead whenever nobody else does."""

    def __init__(
        self,
        *,
        lead: Lead,
        sequencer: Sequencer,
        opening: Opening,
        publisher: Callable[[Storage], Publisher],
    ) -> None:
        """*publisher* makes one a term: it asks all witnesses before it signs."""
        self._lead = lead
        self._sequencer = sequencer
        self._opening = opening
        self._publisher = publisher
        self._said = ""

    async def run(self) -> None:
        """Look who leads, until cancelled."""
        while True:
            if storage := await asyncio.to_thread(self._lead.take):
                await self._term(storage)
            elif not self._sequencer.is_open:
                await self._open()
            await asyncio.sleep(LOOK_EVERY)

    async def _term(self, storage: Storage) -> None:
        """Lead until it is lost; nothing is remembered from one term to the next."""
        work = {
            asyncio.create_task(self._publisher(storage).run()),
            asyncio.create_task(self._integrate(storage)),
        }
        try:
            while await asyncio.to_thread(self._lead.holds):
                ended, _ = await asyncio.wait(
                    work, timeout=LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED
                )
                for one in ended:
                    one.result()  # a fault of ours ends the server, and its lead
        finally:
            for one in work:
                one.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _integrate(self, storage: Storage) -> None:
        while True:
            try:
                await asyncio.to_thread(storage.integrate)
            except WalletError as error:
                self._complain(f"not integrated: {error}")
            else:
                self._said = ""
            await asyncio.sleep(INTEGRATE_EVERY)

    async def _open(self) -> None:
        try:
            await self._opening.ask()
        except WalletError as error:
            self._complain(f"not open: {error}")
        else:
            self._sequencer.open()
            self._said = ""

    def _complain(self, said: str) -> None:
        if said != self._said:
            _LOG.warning("%s", said)
        self._said = said
