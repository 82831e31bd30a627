"""An unlocked wallet: its store, its keys, its person and the ledgers it follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from wallet.keys.derivation import PatientKeys
    from wallet.ledger.entry import State
    from wallet.ledger.relay_client import RelayClient
    from wallet.practitioners.card import Accreditation
    from wallet.practitioners.licence import RegisterFacts
    from wallet.store.connection import Store


class View(Protocol):
    """A verified copy of one ledger as of its newest quorum checkpoint."""

    @property
    def size(self) -> int:
        """Entries under that checkpoint."""

    @property
    def quorum_time(self) -> datetime | None:
        """Its quorum time; None where no checkpoint ever had a quorum."""

    def first_index(self, leaf: bytes) -> int | None:
        """First index of a leaf hash, if the copy holds it."""

    def state(self, index: int) -> State:
        """What the entries read so far leave an entry in."""

    def highest_seq(self, index: int) -> int:
        """Highest status sequence seen for an entry; 0 before any."""

    def proof(self, index: int) -> bytes:
        """A C2SP tlog-proof that the checkpoint covers an entry."""

    def entry(self, index: int) -> bytes:
        """The bytes of an entry."""


class Network(Protocol):
    """Ledgers this wallet follows, and relays by address."""

    def view(self, origin: str) -> View | None:
        """The copy of *origin*; None where the policy does not name it."""

    def register(
        self, accreditation: Accreditation, view: View | None
    ) -> RegisterFacts:
        """What a copy of the register says of an accreditation."""

    def sync(self) -> None:
        """Bring every copy up to date."""

    def submit(self, origin: str, entry: bytes) -> int:
        """Add an entry with its stamp; answer its index."""

    def relay(self, url: str) -> RelayClient:
        """The relay at an address a card named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Everything a patient's action may touch; made by `home.open_wallet`."""

    store: Store = field(repr=False)
    keys: PatientKeys = field(repr=False)
    network: Network = field(repr=False)
    home: Path
    person: int = 0

    @property
    def dev(self) -> int:
        """The 16 random bits of this installation."""
        return self.keys.dev

    @property
    def outbox_folder(self) -> Path:
        """Encrypted packages that wait to be sent."""
        return self._folder("outbox")

    @property
    def scratch_folder(self) -> Path:
        """A private place for files that have no name while they are needed."""
        return self._folder("tmp")

    def _folder(self, name: str) -> Path:
        folder = self.home / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder
