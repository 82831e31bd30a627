"""What front desks ask of ledger and relay, so that tests can answer in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wallet.ledger.sync import UNWATCHED, Watch

__all__ = ["UNWATCHED", "Ledgers", "Network", "Relay", "View", "Watch"]

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.ledger.entry import State
    from wallet.ledger.relay_client import Releases
    from wallet.practitioners.card import Accreditation
    from wallet.practitioners.licence import RegisterFacts
    from wallet.verdict import CheckpointRef


class View(Protocol):
    """A verified copy of one ledger as of one quorum checkpoint."""

    @property
    def origin(self) -> str:
        """Its log."""

    @property
    def size(self) -> int:
        """Entries under that checkpoint."""

    @property
    def checkpoint_ref(self) -> CheckpointRef | None:
        """What an answer from it rests on."""

    @property
    def quorum_time(self) -> datetime | None:
        """Its quorum time; None where no checkpoint ever had a quorum."""

    @property
    def is_forked(self) -> bool:
        """Whether two histories were seen, now or later."""

    def first_index(self, leaf: bytes) -> int | None:
        """First index of a leaf hash, if it lies below `size`."""

    def state(self, index: int) -> State:
        """What the entries read so far leave an entry in."""

    def highest_seq(self, index: int) -> int:
        """Highest status sequence seen for an entry; 0 before any."""

    def entry(self, index: int) -> bytes:
        """The bytes of an entry."""

    def proof(self, index: int) -> bytes:
        """A C2SP tlog-proof that the checkpoint covers an entry."""

    def at(self, moment: datetime) -> View | None:
        """The same copy as of its newest stored checkpoint not after *moment*."""


class Relay(Protocol):
    """One relay, as far as a reader needs it."""

    def package(self, object_id: bytes) -> bytes:
        """Fetch a package."""

    def release(self, request: bytes) -> bytes:
        """Quote a receipt."""

    def notice(self, *, origin: str, entry: bytes, notice: bytes) -> Releases:
        """Hand on a withdrawal."""


class Ledgers(Protocol):
    """The ledgers a home follows."""

    def view(self, origin: str) -> View | None:
        """The copy of *origin*; None where the policy does not name it."""

    def sync(self, watch: Watch = UNWATCHED) -> None:
        """Bring every copy up to date.

        Raises:
            UnreachableError: the ledger does not answer.
            LedgerForkedError: it showed another history; the copy remembers.
        """

    def submit(self, origin: str, entry: bytes) -> int:
        """Add an entry with its stamp; answer its index."""


class Network(Ledgers, Protocol):
    """Ledgers and relays, as a reader needs them."""

    def register(
        self, accreditation: Accreditation, view: View | None
    ) -> RegisterFacts:
        """What a copy of the register says of an accreditation."""

    def relay(self, url: str) -> Relay:
        """The relay at an address a permission names."""
