"""A patient's home on disk: made once, opened with a passphrase, one lock.

``slots.hw`` wraps the keys, ``vault.db`` is the encrypted store, ``trust`` says whose
word counts, ``replicas`` are public copies of ledgers, ``tmp`` is private and emptied.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions.live_network import LiveNetwork
from wallet.actions.patient.session import Session
from wallet.actions.patient.unconnected import Unconnected
from wallet.errors import HomeMissingError, RefusedError, UsageError
from wallet.keys import custody
from wallet.keys.derivation import PatientKeys
from wallet.ledger.fetch import at_once
from wallet.store.connection import Store, create, open_store, salt_of
from wallet.store.lock import HomeLock
from wallet.store.migrations import bring_up
from wallet.vault import schema, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wallet.keys.keyfile import Cost
    from wallet.ledger.fetch import Wait

ISSUERS = "issuers.json"
TRUST_FILES = ("ledger.policy", "boards.policy", "ledger.url")


@dataclass(frozen=True, slots=True)
class PatientHome:
    """Where each thing of a home lies."""

    folder: Path

    @property
    def slots(self) -> Path:
        """The wrapped keys."""
        return self.folder / "slots.hw"

    @property
    def vault(self) -> Path:
        """The encrypted store."""
        return self.folder / "vault.db"

    @property
    def private(self) -> Path:
        """Files without a name while they are needed; emptied at every start."""
        return self.folder / "tmp"

    @property
    def exists(self) -> bool:
        """Whether there is a wallet here."""
        return self.slots.exists() and not self.unfinished.exists()

    @property
    def unfinished(self) -> Path:
        """Stands here while a wallet is made, whose words nobody has seen yet."""
        return self.folder / "unfinished"


def create_wallet(
    home: PatientHome, *, passphrase: str, cost: Cost | None = None
) -> tuple[str, ...]:
    """Make a wallet and give its 24 words, once.

    Raises:
        UsageError: there is one already, or the passphrase is empty.
    """
    return _create(home, passphrase, cost, due=0)


def begin_wallet(
    home: PatientHome, *, passphrase: str, cost: Cost | None = None
) -> tuple[str, ...]:
    """Make a wallet that gives its 24 words again until they are on paper.

    Raises:
        UsageError: there is one already, or the passphrase is empty.
    """
    return _create(home, passphrase, cost, due=1)


def words_due(wallet: Session) -> tuple[str, ...]:
    """The 24 words, if they are still to be written down; else none."""
    due = settings.get_number(wallet.store, settings.WORDS_DUE)
    return wallet.keys.words() if due else ()


def words_kept(wallet: Session) -> None:
    """Give the words no more: they are on paper."""
    with wallet.store.transaction():
        settings.put(wallet.store, settings.WORDS_DUE, 0)


def _create(
    home: PatientHome, passphrase: str, cost: Cost | None, *, due: int
) -> tuple[str, ...]:
    if not passphrase:
        raise UsageError("a wallet needs a passphrase")
    home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    custody.harden()
    lock = HomeLock(home.folder)
    try:
        if home.unfinished.exists():
            _drop(home)
        if home.slots.exists() or home.vault.exists():
            raise UsageError("there is a wallet in this home already")
        home.unfinished.touch(mode=0o600)
        words = _make(home, passphrase, cost or custody.tuned(), due=due)
        home.unfinished.unlink()
    finally:
        lock.release()
    return words


def _make(
    home: PatientHome, passphrase: str, cost: Cost, *, due: int
) -> tuple[str, ...]:
    opened, words = custody.create(home.slots, passphrase=passphrase, cost=cost)
    store = create(home.vault, key=opened.data_key, salt=opened.vault_id)
    try:
        bring_up(store, schema.STEPS)
        with store.transaction():
            settings.put(store, settings.WORDS_DUE, due)
    finally:
        store.close()
        opened.wipe()
    return words


def _drop(home: PatientHome) -> None:
    """Take away a wallet that was cut short before its words were ever shown."""
    for pattern in ("slots.hw*", "vault.db*"):
        for path in home.folder.glob(pattern):
            path.unlink()
    home.unfinished.unlink()


def add_trust(home: PatientHome, folder: Path) -> None:
    """Take over whose word counts from a folder of trust files.

    Raises:
        UsageError: a file is missing there.
    """
    target = home.folder / "trust"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in TRUST_FILES:
        if not (folder / name).is_file():
            raise UsageError(f"the trust folder has no {name}")
        shutil.copyfile(folder / name, target / name)
    # Whose SMART Health Cards are believed; without the list, nobody's are.
    if (folder / ISSUERS).is_file():
        shutil.copyfile(folder / ISSUERS, target / ISSUERS)


@contextmanager
def open_wallet(
    home: PatientHome,
    *,
    passphrase: str,
    wait: Wait = at_once,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Session]:
    """Unlock a wallet for the length of a block; the home is locked to others.

    Args:
        home: Where it lies.
        passphrase: As it was typed.
        wait: How answers of servers are waited for.
        cancelled: Asked while another process has the home.

    Raises:
        HomeMissingError: there is no wallet here.
        HomeBusyError: another process has it.
        CancelledError: as asked.
        PassphraseWrongError, SlotsDamagedError, SlotsForeignError: see `custody`.
        StoreDamagedError: the store does not open with its key.
    """
    if not home.exists:
        raise HomeMissingError("there is no wallet in this home")
    custody.harden()
    lock = HomeLock(home.folder, cancelled=cancelled)
    try:
        shutil.rmtree(home.private, ignore_errors=True)  # what a crash left
        with _opened_store(home, passphrase) as (store, keys):
            network = _connect(home, wait)
            try:
                yield Session(store=store, keys=keys, network=network, home=home.folder)
            finally:
                network.close()
    finally:
        shutil.rmtree(home.private, ignore_errors=True)
        lock.release()


def change_passphrase(home: PatientHome, *, old: str, new: str) -> None:
    """Let *new* open the wallet from now on, and *old* no more.

    Raises:
        UsageError: *new* is empty; and as `open_wallet`.
    """
    if not new:
        raise UsageError("a wallet needs a passphrase")
    custody.harden()
    lock = HomeLock(home.folder)
    try:
        opened = custody.unlock(home.slots, old, vault_id=salt_of(home.vault))
        store = open_store(home.vault, key=opened.data_key)
        try:
            bring_up(store, schema.STEPS)
            _rewrap(home, store, opened, new)
        finally:
            store.close()
            opened.wipe()
    finally:
        lock.release()


def _rewrap(
    home: PatientHome, store: Store, opened: custody.Opened, passphrase: str
) -> None:
    """Refuse an old file of keys first: what is made from it would be older still."""
    custody.check_generation(opened, vault_generation=schema.generation(store))
    number = custody.change_passphrase(home.slots, opened=opened, passphrase=passphrase)
    schema.note_generation(store, number)


def change_own_passphrase(wallet: Session, *, old: str, new: str) -> None:
    """The same for a wallet that is open, whose lock this process holds.

    Raises:
        UsageError: *new* is empty.
        PassphraseWrongError: *old* does not open it; nothing was changed.
    """
    if not new:
        raise UsageError("a wallet needs a passphrase")
    home = PatientHome(wallet.home)
    opened = custody.unlock(home.slots, old, vault_id=salt_of(home.vault))
    try:
        _rewrap(home, wallet.store, opened, new)
    finally:
        opened.wipe()


def erase_wallet(home: PatientHome, *, passphrase: str) -> None:
    """Erase keys and records for good; public copies of ledgers stay.

    The keys go first: without them the rest is noise, wherever a copy of it lies.

    Raises:
        HomeMissingError: there is no wallet here.
        PassphraseWrongError: as said; nothing is erased.
    """
    lock = HomeLock(home.folder)
    try:
        custody.unlock(home.slots, passphrase, vault_id=salt_of(home.vault)).wipe()
        for path in sorted(home.folder.glob("slots.hw*")):
            _overwrite(path)
        for path in sorted(home.folder.glob("vault.db*")):
            path.unlink()
        for name in ("outbox", "tmp"):
            shutil.rmtree(home.folder / name, ignore_errors=True)
    finally:
        lock.release()


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _connect(home: PatientHome, wait: Wait) -> LiveNetwork | Unconnected:
    """A wallet without trust files, or with damaged ones, still opens its records."""
    named = [(home.folder / "trust" / name).is_file() for name in TRUST_FILES]
    if not any(named):
        return Unconnected()
    try:
        return LiveNetwork(home.folder, wait=wait)
    except (UsageError, RefusedError) as broken:
        return Unconnected(broken)


@contextmanager
def _opened_store(
    home: PatientHome, passphrase: str
) -> Iterator[tuple[Store, PatientKeys]]:
    opened = custody.unlock(home.slots, passphrase, vault_id=salt_of(home.vault))
    store = open_store(home.vault, key=opened.data_key)
    try:
        custody.wipe(opened.data_key)
        bring_up(store, schema.STEPS)
        seen = schema.generation(store)
        custody.check_generation(opened, vault_generation=seen)
        if opened.generation > seen:  # a change of the passphrase was cut short
            schema.note_generation(store, opened.generation)
        custody.mend_spare(home.slots)
        yield store, PatientKeys(opened.dev, opened.seed)
    finally:
        store.close()
        opened.wipe()
