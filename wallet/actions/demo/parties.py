"""Who takes part in the demo and where each keeps its things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody with a home of their own."""

    name: str
    home: Path
    passphrase_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A clinic, and the card it shows."""

    party: Party
    card: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server by its address and its public verification key."""

    url: str
    vkey: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that runs, published and ready."""

    folder: Path
    ledger: Server
    policy: Path
    witnesses: tuple[Server, ...]
    relay_url: str
    patient: Party
    old: Reader
    new: Reader
    records: tuple[Path, ...]

    def as_json(self) -> dict[str, Any]:
        """The one line of `demo --up --json` (DESIGN.md 6)."""
        return {
            "ledger": {
                "url": self.ledger.url,
                "vkey": self.ledger.vkey,
                "policy": str(self.policy),
            },
            "relay": {"url": self.relay_url},
            "witnesses": [
                {"url": witness.url, "vkey": witness.vkey} for witness in self.witnesses
            ],
            "patient": {
                "home": str(self.patient.home),
                "passphrase_file": str(self.patient.passphrase_file),
            },
            "clinics": [
                {
                    "name": reader.party.name,
                    "home": str(reader.party.home),
                    "passphrase_file": str(reader.party.passphrase_file),
                    "card": str(reader.card),
                }
                for reader in (self.new, self.old)
            ],
        }
