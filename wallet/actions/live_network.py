"""The real network of a home: ledgers by its trust folder, relays by address.

A home's ``trust`` folder holds ``ledger.policy`` (whose word counts),
``boards.policy`` (which boards are believed) and ``ledger.url`` (where to ask); its
``replicas`` folder the verified copies. Shared by every party's front desk.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wallet import registry
from wallet.errors import (
    LedgerForkedError,
    RefusedError,
    TurnedAwayError,
    UnreachableError,
    UsageError,
    WalletError,
)
from wallet.ledger import sync as ledger_sync
from wallet.ledger.fetch import Http, LedgerClient, Wait, at_once
from wallet.ledger.policy import Policy
from wallet.ledger.relay_client import RelayClient
from wallet.ledger.replica import Replica
from wallet.practitioners.licence import RegisterFacts

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.practitioners.card import Accreditation


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"this home has no {path.parent.name}/{path.name}") from None


class LiveNetwork:
    """Ledgers and relays as they are; opened once a command."""

    def __init__(self, home: Path, *, wait: Wait = at_once) -> None:
        """Open the copies of every origin the policy of *home* names.

        *wait* is how answers of servers are waited for.

        Raises:
            UsageError: the home has no trust files.
            RefusedError: a trust file is not one.
        """
        trust = home / "trust"
        policy = Policy.parse(_read(trust / "ledger.policy"))
        self._unwitnessed = policy.warns
        self._boards = registry.parse_boards(_read(trust / "boards.policy"))
        self._client = LedgerClient(
            _read(trust / "ledger.url").strip(), Http("ledger", wait=wait)
        )
        self._relays = Http("relay", timeout=30.0, wait=wait)
        self._replicas = {
            origin: Replica.open(
                home / "replicas" / folder_of(origin), origin=origin, policy=policy
            )
            for origin in policy.origins
        }

    @property
    def is_unwitnessed(self) -> bool:
        """Whether the policy of this home asks no witness: one liar is enough then."""
        return self._unwitnessed

    @property
    def origins(self) -> tuple[str, ...]:
        """The ledgers this home follows, in the order of its policy."""
        return tuple(self._replicas)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()
        self._relays.close()

    @property
    def client(self) -> LedgerClient:
        """Where the public files of the ledgers are read."""
        return self._client

    def replica(self, origin: str) -> Replica:
        """The verified copy of an origin the policy names."""
        return self._replicas[origin]

    def view(self, origin: str) -> Replica | None:
        """The copy of *origin*; None where the policy does not name it."""
        return self._replicas.get(origin)

    def register(
        self, accreditation: Accreditation, view: registry.RegistryCopy | None
    ) -> RegisterFacts:
        """What a copy of the register says of an accreditation."""
        found = registry.look_up(
            view,
            origin=accreditation.origin,
            index=accreditation.index,
            salt=accreditation.salt,
            body=accreditation.body,
            boards=self._boards,
        )
        return RegisterFacts(
            vouched=found.vouched,
            state=found.state,
            forked=found.forked,
            checkpoint=found.checkpoint,
        )

    def sync(self) -> None:
        """Bring every copy up to date.

        Raises:
            UnreachableError: the ledger does not answer, or what it answers is no
                ledger: nothing of that is believed, and the copy is as it was.
            LedgerForkedError: it showed another history; the copy remembers, and
                the other copies were brought up to date all the same.
        """
        faults: list[WalletError] = []
        for replica in self._replicas.values():
            try:
                ledger_sync.sync(replica, self._client)
            except LedgerForkedError as fork:
                faults.insert(0, fork)
            except (RefusedError, TurnedAwayError) as odd:
                faults.append(UnreachableError("ledger", str(odd)))
            except UnreachableError as away:
                faults.append(away)
                break
        if faults:
            raise faults[0]

    def submit(self, origin: str, entry: bytes) -> int:
        """Add an entry with its stamp; answer its index.

        Raises:
            UsageError: the policy does not name *origin*.
            UnreachableError: no answer, or a busy one: ask again.
            TurnedAwayError: the ledger refuses it.
        """
        if origin not in self._replicas:
            raise UsageError("this home does not follow that ledger")
        return self._client.submit(entry)

    def relay(self, url: str) -> RelayClient:
        """The relay at *url*."""
        return RelayClient(url, self._relays)


def folder_of(origin: str) -> str:
    """A folder name for an origin; the replica inside says exactly whose it is."""
    return re.sub(r"[^a-z0-9.-]+", "_", origin.lower())
