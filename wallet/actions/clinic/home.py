"""A clinic's home: its keys under a passphrase, its desk, its card, its copies.

Nothing here can reach a patient's secrets, not even indirectly.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallet.actions.clinic.publishing import clear_unfinished
from wallet.desk.desk import Desk
from wallet.desk.schema import STEPS
from wallet.errors import UsageError
from wallet.keys import keyfile
from wallet.keys.derivation import expand
from wallet.keys.hardening import harden
from wallet.keys.sealing import Opener
from wallet.keys.signing import Signer
from wallet.practitioners.card import Card, parse_card, reader_id
from wallet.store import connection, migrations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wallet.keys.keyfile import Cost

TRUST_FILES = ("ledger.policy", "boards.policy", "ledger.url", "relay.url")


@dataclass(frozen=True, slots=True)
class ClinicHome:
    """Where a clinic's files lie."""

    folder: Path

    @property
    def keys(self) -> Path:
        """The key file."""
        return self.folder / "keys.hw"

    @property
    def desk(self) -> Path:
        """The encrypted desk."""
        return self.folder / "desk.db"

    @property
    def card(self) -> Path:
        """The signed card."""
        return self.folder / "card.hwcard"

    @property
    def trust(self) -> Path:
        """Whom this clinic trusts: policies and addresses."""
        return self.folder / "trust"

    @property
    def replicas(self) -> Path:
        """Copies of ledgers: public data."""
        return self.folder / "replicas"

    def relay_url(self) -> str | None:
        """The relay this clinic names on its card, if its trust files say one."""
        path = self.trust / "relay.url"
        return path.read_text(encoding="utf-8").strip() if path.exists() else None

    @property
    def private(self) -> Path:
        """Half-opened packages lie here; wiped at every start."""
        return self.folder / "tmp"

    @property
    def unfinished(self) -> Path:
        """Names the folder on another disk that records are being carried to."""
        return self.folder / "unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """An unlocked clinic."""

    home: ClinicHome
    signer: Signer
    opener: Opener
    desk: Desk
    card: Card | None
    close: Callable[[], None] = lambda: None

    @property
    def reader_id(self) -> bytes:
        """Name of this reader everywhere."""
        return reader_id(self.signer.public, self.opener.public)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderKeys:
    """Everything a clinic derives from its seed."""

    signer: Signer
    opener: Opener
    desk_key: bytes = field(repr=False)

    @property
    def reader_id(self) -> bytes:
        """Name of this reader everywhere."""
        return reader_id(self.signer.public, self.opener.public)

    @classmethod
    def from_seed(cls, seed: bytes) -> ReaderKeys:
        """Derive signing, sealing and desk key."""
        return cls(
            signer=Signer.from_seed(expand(seed, "clinic-sign")),
            opener=Opener.from_seed(expand(seed, "clinic-seal")),
            desk_key=expand(seed, "clinic-desk"),
        )


def create(
    home: ClinicHome,
    *,
    passphrase: bytes,
    trust: Path | None,
    cost: Cost | None = None,
) -> ReaderKeys:
    """Lay out a new clinic: keys, an empty desk, and the trust files of *trust*.

    Raises:
        UsageError: there is a clinic already, or *trust* is no such folder.
    """
    if home.keys.exists():
        raise UsageError("there is a clinic in this home already")
    if trust is not None and not trust.is_dir():
        raise UsageError("there is no such folder of trust files")
    harden()
    for folder in (home.folder, home.trust, home.replicas, home.private):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in TRUST_FILES if trust is not None else ():
        if trust is not None and (trust / name).exists():
            shutil.copyfile(trust / name, home.trust / name)
    seed = keyfile.create(home.keys, passphrase=passphrase, cost=cost)
    keys = ReaderKeys.from_seed(seed)
    store = connection.create(home.desk, key=keys.desk_key)
    try:
        migrations.bring_up(store, STEPS)
    finally:
        store.close()
    return keys


def enter(home: ClinicHome, *, passphrase: bytes | None) -> Clinic:
    """Unlock a clinic; what a crash left half-opened is wiped.

    Raises:
        HomeMissingError: there is no clinic here.
        PassphraseWrongError: the passphrase does not open it.
    """
    harden()
    keys = ReaderKeys.from_seed(keyfile.load(home.keys, passphrase=passphrase))
    clear_unfinished(home)
    if home.private.exists():
        shutil.rmtree(home.private)
    home.private.mkdir(mode=0o700)
    store = connection.open_store(home.desk, key=keys.desk_key)
    migrations.bring_up(store, STEPS)
    card = parse_card(home.card.read_bytes()) if home.card.exists() else None
    return Clinic(
        home=home,
        signer=keys.signer,
        opener=keys.opener,
        desk=Desk(store),
        card=card,
        close=store.close,
    )
