"""An unlocked wallet: its store, its keys, its person and the ledgers it follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from wallet.actions.network import Ledgers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.actions.network import View
    from wallet.keys.derivation import PatientKeys
    from wallet.ledger.ledger_client import LedgerClient
    from wallet.ledger.relay_client import Releases
    from wallet.ledger.replica import Replica
    from wallet.practitioners.card import Accreditation
    from wallet.practitioners.licence import RegisterFacts
    from wallet.store.connection import Store


class PatientNetwork(Ledgers, Protocol):
    """Ledgers and relays, as a patient needs them."""

    @property
    def origins(self) -> tuple[str, ...]:
        """The ledgers this wallet follows."""

    def source(self, origin: str) -> LedgerClient:
        """Where the public files of one of them are read."""

    def sources(self, origin: str) -> Sequence[LedgerClient]:
        """Where the public files of one are read, in order: its server, mirrors."""

    def replica(self, origin: str) -> Replica:
        """The verified copy of one of them."""

    def note(self, origin: str) -> bytes | None:
        """The signed checkpoint that the copy of *origin* stands on."""

    def hear(self, data: bytes) -> None:
        """Compare a checkpoint that somebody else was shown."""

    def register(
        self, accreditation: Accreditation, view: View | None
    ) -> RegisterFacts:
        """What a copy of the register says of an accreditation."""

    def relay(self, url: str) -> PatientRelay:
        """The relay at an address a card named."""


class PatientRelay(Protocol):
    """One relay, as far as a patient needs it; see `wallet.ledger.relay_client`."""

    def deposit(
        self, *, origin: str, entry: bytes, order: bytes, package: bytes
    ) -> None:
        """Put a package."""

    def order(self, *, origin: str, entry: bytes, order: bytes) -> Releases:
        """Send a new root, a list or a delete order; learn every release so far."""

    def notice(self, *, origin: str, entry: bytes, notice: bytes) -> Releases:
        """Hand over a withdrawal, honoured at once; learn every release so far."""

    def bucket_bits(self) -> int:
        """How many first bits of R name a bucket just now."""

    def bucket(self, bits: int, prefix: int) -> dict[bytes, bytes]:
        """Every R and its sealed details in one bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Everything a patient's action may touch; made by `home.open_wallet`."""

    store: Store = field(repr=False)
    keys: PatientKeys = field(repr=False)
    network: PatientNetwork = field(repr=False)
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
