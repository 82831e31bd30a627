"""The clinic's desk: its inbox, the receipts it owes, and the charts it has tied.

Receipt keys are used up durably before anything is sent, so that no crash ever uses
one twice. PROTOCOL.md 5, 6 and 11 (Open 5 and 10).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from wallet.errors import RefusedError, UsageError
from wallet.grants.receipt import Manner
from wallet.verdict import Reason, Sender

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager


class Store(Protocol):
    """As much of `wallet.store.connection.Store` as a desk needs."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, durable at the end."""

    def run(self, sql: str, values: Sequence[object] = ...) -> int:
        """Change rows."""

    def all(self, sql: str, values: Sequence[object] = ...) -> list[tuple[Any, ...]]:
        """Ask for every row."""

    def one(self, sql: str, values: Sequence[object] = ...) -> tuple[Any, ...] | None:
        """Ask for the first row."""


class ReceiptState(StrEnum):
    """How far a receipt has come."""

    STORED = "stored"  # signed here, not in the ledger yet
    LOGGED = "logged"  # in the ledger; asked, not released
    ANSWERED = "answered"  # the relay has answered, or taken its details


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReceipt:
    """Steps 5 to 9 of an opening, kept before anything is sent."""

    leaf: bytes
    place: int
    object_id: bytes
    entry: bytes
    salt: bytes = field(repr=False)
    sealed_details: bytes = field(repr=False)
    manner: Manner
    relay: str | None
    made_at: datetime
    index: int | None = None
    state: ReceiptState = ReceiptState.STORED


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """A permission this desk was given."""

    leaf: bytes
    file: bytes = field(repr=False)
    origin: str
    control_key: bytes
    first_seen: datetime
    sequence: int | None
    manifest: bytes | None


class Desk:
    """Everything a clinic remembers between two commands."""

    def __init__(self, store: Store) -> None:
        """Take an open store that has every step of `schema.STEPS`."""
        self._store = store

    # --- inbox -------------------------------------------------------------------

    def keep(
        self, leaf: bytes, *, file: bytes, origin: str, control_key: bytes, at: datetime
    ) -> None:
        """Keep a permission whose signatures fit; a second copy changes nothing."""
        self._store.run(
            "INSERT OR IGNORE INTO inbox "
            "(leaf, file, origin, control_key, first_seen) VALUES (?,?,?,?,?)",
            (leaf, file, origin, control_key, at.timestamp()),
        )

    def item(self, leaf: bytes) -> InboxItem | None:
        """One permission of the inbox."""
        row = self._store.one(
            "SELECT leaf, file, origin, control_key, first_seen, sequence, manifest "
            "FROM inbox WHERE leaf=?",
            (leaf,),
        )
        if row is None:
            return None
        _, file, origin, control_key, first_seen, sequence, manifest = row
        return InboxItem(
            leaf=leaf,
            file=bytes(file),
            origin=origin,
            control_key=bytes(control_key),
            first_seen=_moment(first_seen),
            sequence=sequence,
            manifest=bytes(manifest) if manifest is not None else None,
        )

    def check_sequence(self, leaf: bytes, *, sequence: int, manifest: bytes) -> None:
        """Refuse an older package than was opened, or another one under its number.

        Raises:
            RefusedError: ``package_altered``.
        """
        item = self.item(leaf)
        if item is None or item.sequence is None:
            return
        older = sequence < item.sequence
        if older or (sequence == item.sequence and manifest != item.manifest):
            raise RefusedError(Reason.PACKAGE_ALTERED, "another package than seen")

    def opened(self, leaf: bytes, *, sequence: int, manifest: bytes) -> None:
        """Remember the newest package opened, by the SHA-256 of its manifest."""
        self._store.run(
            "UPDATE inbox SET sequence=?, manifest=? WHERE leaf=?",
            (sequence, manifest, leaf),
        )

    # --- withdrawals handed over ---------------------------------------------------

    def take_notice(self, leaf: bytes, signed: bytes, *, at: datetime) -> None:
        """Keep a notice whose signature fits; the first one counts."""
        self._store.run(
            "INSERT OR IGNORE INTO notice VALUES (?,?,?)",
            (leaf, signed, at.timestamp()),
        )

    def noticed(self, leaf: bytes) -> datetime | None:
        """When a withdrawal of this permission was handed over here, if it was."""
        row = self._store.one("SELECT taken_at FROM notice WHERE leaf=?", (leaf,))
        return None if row is None else _moment(row[0])

    # --- receipts ------------------------------------------------------------------

    def use_place(self, leaf: bytes) -> int:
        """Use up the lowest receipt place never used; durable when this returns."""
        with self._store.transaction():
            row = self._store.one("SELECT next_place FROM inbox WHERE leaf=?", (leaf,))
            if row is None:
                raise RefusedError(Reason.PACKAGE_MISSING, "permission not kept")
            self._store.run(
                "UPDATE inbox SET next_place=next_place+1 WHERE leaf=?", (leaf,)
            )
        return int(row[0])

    def add_receipt(self, receipt: StoredReceipt) -> None:
        """Store a receipt before it is sent anywhere."""
        self._store.run(
            "INSERT INTO receipt VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                receipt.leaf,
                receipt.place,
                receipt.object_id,
                receipt.entry,
                receipt.salt,
                receipt.sealed_details,
                int(receipt.manner),
                receipt.relay,
                receipt.made_at.timestamp(),
                receipt.index,
                receipt.state.value,
            ),
        )

    def move_receipt(
        self, receipt: StoredReceipt, state: ReceiptState, *, index: int | None = None
    ) -> None:
        """Note how far a receipt has come."""
        self._store.run(
            "UPDATE receipt SET state=?, entry_index=coalesce(?, entry_index) "
            "WHERE leaf=? AND place=?",
            (state.value, index, receipt.leaf, receipt.place),
        )

    def receipts(self) -> list[StoredReceipt]:
        """Every receipt this desk has signed, oldest first."""
        rows = self._store.all(
            "SELECT leaf, place, object_id, entry, salt, sealed, manner, relay, "
            "made_at, entry_index, state FROM receipt ORDER BY made_at, place"
        )
        return [
            StoredReceipt(
                leaf=bytes(row[0]),
                place=row[1],
                object_id=bytes(row[2]),
                entry=bytes(row[3]),
                salt=bytes(row[4]),
                sealed_details=bytes(row[5]),
                manner=Manner(row[6]),
                relay=row[7],
                made_at=_moment(row[8]),
                index=row[9],
                state=ReceiptState(row[10]),
            )
            for row in rows
        ]

    def owed(self) -> list[StoredReceipt]:
        """Offline receipts that ledger or relay have not seen yet."""
        return [
            receipt
            for receipt in self.receipts()
            if receipt.manner is Manner.OFFLINE
            and receipt.state is not ReceiptState.ANSWERED
        ]

    # --- charts --------------------------------------------------------------------

    def sender(self, pair: bytes) -> Sender:
        """Whether this pair of keys was tied to a chart in person."""
        row = self._store.one("SELECT 1 FROM chart WHERE pair=?", (pair,))
        return Sender.KNOWN if row else Sender.NEW

    def tie(self, chart: str, *, pair_sign: bytes, pair: bytes, at: datetime) -> None:
        """Tie a pair of keys to a chart, once the six words were compared.

        Raises:
            RefusedError: ``signature_wrong``: the chart has another key already.
            UsageError: this key belongs to another chart; one person has one.
        """
        row = self._store.one("SELECT pair FROM chart WHERE name=?", (chart,))
        if row is not None and bytes(row[0]) != pair:
            raise RefusedError(Reason.SIGNATURE_WRONG, "chart has another key")
        tied = self._store.one("SELECT name FROM chart WHERE pair=?", (pair,))
        if tied is not None and tied[0] != chart:
            raise UsageError("this key is tied to another chart already")
        self._store.run(
            "INSERT OR IGNORE INTO chart VALUES (?,?,?,?)",
            (chart, pair_sign, pair, at.timestamp()),
        )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
