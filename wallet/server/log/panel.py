"""The witnesses of a log together: each asked in its own thread, none waited for long.

C2SP tlog-policy says who makes a quorum; PROTOCOL.md 9 how many must answer at a start.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from wallet.errors import RefusedError, TurnedAwayError, UnreachableError, WalletError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from wallet.ledger.policy import Policy
    from wallet.server.log.cosigners import Cosigner

_LOG = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
_PATIENCE = 1.0  # seconds that those who are slow are waited for beyond a quorum


class Panel:
    """Whom a log asks, and the policy that says when enough have answered."""

    def __init__(self, *, cosigners: Sequence[Cosigner], policy: Policy) -> None:
        self.cosigners, self.policy = cosigners, policy
        self._threads = ThreadPoolExecutor(max(1, len(cosigners)), "witness")
        self._busy: set[str] = set()
        #: What each witness did wrong that has done nothing right since, by key name.
        self.failing: dict[str, str] = {}

    def close(self) -> None:
        """Let go of threads and connections."""
        self._threads.shutdown()
        for one in self.cosigners:
            one.close()

    def enough(self, names: AbstractSet[str]) -> bool:
        """Whether these key names make up the policy's quorum."""
        if self.policy.warns:
            return True
        parties = self.policy.witnesses.items()
        there = {name: party.vkey.name in names for name, party in parties}
        for name, group in self.policy.groups.items():
            there[name] = sum(there[member] for member in group.members) >= group.needed
        return there[self.policy.quorum]

    def could_know_all(self, answered: AbstractSet[str]) -> bool:
        """Whether no quorum exists among those that did not answer (n-k+1)."""
        if self.enough(frozenset()):
            return True
        silent = {one.name for one in self.cosigners} - answered
        return not self.enough(silent)

    async def ask(
        self,
        question: Callable[[Cosigner], _Answer],
        *,
        until: Callable[[AbstractSet[str]], bool],
    ) -> dict[str, _Answer]:
        """Ask everybody at once; answers by key name, of those who gave one.

        After a second, whoever is still silent is left behind as soon as *until* holds
        for the names that answered; a slow one is not asked again before it is done.
        """
        loop = asyncio.get_running_loop()
        asked = {
            loop.run_in_executor(self._threads, question, one): one.name
            for one in self.cosigners
            if one.name not in self._busy
        }
        answers: dict[str, _Answer] = {}
        waiting, over = set(asked), loop.time() + _PATIENCE
        try:
            while waiting:
                rest = max(over - loop.time(), 0) if until(answers.keys()) else None
                done, waiting = await asyncio.wait(
                    waiting, timeout=rest, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    for one in waiting:
                        self._failed(asked[one], "no answer in time")
                    break
                for one in done:
                    fault = one.exception()
                    if isinstance(fault, WalletError):
                        self._failed(asked[one], _why(fault))
                    else:
                        answers[asked[one]] = one.result()
                        self._did_well(asked[one])
        finally:
            for one in waiting:
                self._leave(one, asked[one])
        return answers

    def _failed(self, name: str, why: str) -> None:
        """Say it once: the others go on publishing, and nothing else would tell."""
        if name not in self.failing:
            _LOG.warning("the witness %s fails: %s", name, why)
        self.failing[name] = why

    def _did_well(self, name: str) -> None:
        if self.failing.pop(name, None) is not None:
            _LOG.warning("the witness %s answers again as it must", name)

    def _leave(self, late: asyncio.Future[_Answer], name: str) -> None:
        self._busy.add(name)

        def done(one: asyncio.Future[_Answer]) -> None:
            self._busy.discard(name)
            if not one.cancelled():
                one.exception()  # nobody waits for it any more

        late.add_done_callback(done)


def _why(fault: WalletError) -> str:
    """What went wrong, in our own words: what a witness says may be anything."""
    if isinstance(fault, TurnedAwayError):
        return f"it answered {fault.status}"
    if isinstance(fault, (RefusedError, UnreachableError)):
        return f"{fault}"
    return type(fault).__name__
