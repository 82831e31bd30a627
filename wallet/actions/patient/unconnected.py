"""A wallet that follows no ledger yet: records work, sharing says why it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from wallet.actions.network import UNWATCHED, Watch
from wallet.errors import RefusedError, UsageError
from wallet.ledger.entry import State
from wallet.practitioners.licence import RegisterFacts

if TYPE_CHECKING:
    from wallet.actions.network import View
    from wallet.practitioners.card import Accreditation


_NONE = "this home has no trust folder, so it follows no ledger"


class Unconnected:
    """Answers as a network does that knows nothing and reaches nobody."""

    origins: tuple[str, ...] = ()

    def __init__(self, broken: UsageError | RefusedError | None = None) -> None:
        """*broken* is what is wrong with trust files or copies that are there."""
        self._broken = broken
        self._why = _NONE if broken is None else f"the ledger is not followed: {broken}"

    def source(self, origin: str) -> NoReturn:  # noqa: ARG002 - every one is unknown
        """There is nobody to ask.

        Raises:
            UsageError: always.
        """
        raise UsageError(self._why)

    def sources(self, origin: str) -> NoReturn:  # noqa: ARG002 - every one is unknown
        """There is nobody to ask.

        Raises:
            UsageError: always.
        """
        raise UsageError(self._why)

    def replica(self, origin: str) -> NoReturn:  # noqa: ARG002 - every one is unknown
        """There is no copy of *origin*.

        Raises:
            UsageError: always.
        """
        raise UsageError(self._why)

    def note(self, origin: str) -> None:  # noqa: ARG002 - every origin is unknown
        """There is no copy of *origin*."""
        return

    def hear(self, data: bytes) -> None:
        """There is nothing to compare with."""

    def view(self, origin: str) -> None:  # noqa: ARG002 - every origin is unknown
        """There is no copy of *origin*."""
        return

    def register(
        self,
        accreditation: Accreditation,  # noqa: ARG002 - nothing is known of any
        view: View | None,  # noqa: ARG002 - there is none
    ) -> RegisterFacts:
        """Nothing is known of any licence."""
        return RegisterFacts(
            vouched=None, state=State.UNKNOWN, forked=False, checkpoint=None
        )

    def sync(self, _watch: Watch = UNWATCHED) -> None:
        """Nothing is followed, so nothing is behind.

        Raises:
            UsageError: something should be followed, but cannot be.
        """
        if self._broken is not None:
            raise UsageError(self._why)

    def submit(self, origin: str, entry: bytes) -> NoReturn:  # noqa: ARG002
        """There is no ledger to add to.

        Raises:
            UsageError: always.
        """
        raise UsageError(self._why)

    def relay(self, url: str) -> NoReturn:  # noqa: ARG002 - every one is unknown
        """Without a ledger nothing is handed to a relay.

        Raises:
            UsageError: always.
        """
        raise UsageError(self._why)

    def close(self) -> None:
        """Nothing is open."""
