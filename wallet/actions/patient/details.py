"""What readers said of their openings, read from relays in whole buckets.

Every relay is asked for exactly one bucket at every sync, whether or not a receipt
waits for its details, so that asking tells nothing. PROTOCOL.md 6 and 10.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from wallet.actions.patient import holding
from wallet.errors import RefusedError, UnreachableError
from wallet.grants import receipt as openings
from wallet.practitioners.card import parse_card
from wallet.vault import grants, receipts
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wallet.actions.patient.session import Session
    from wallet.vault.grants import PermissionRow
    from wallet.vault.receipts import ReceiptRow

_BUCKET = 256
_PREFIX = 32


def read_details(wallet: Session, *, now: datetime) -> frozenset[str]:
    """Read one bucket of every relay in use; answer who did not reply.

    Which bucket is chosen without the receipts that wait on purpose (`holding`).
    """
    silent: set[str] = set()
    permissions = grants.permissions(wallet.store, person=wallet.person)
    waiting = [
        row
        for row in receipts.receipts(wallet.store, person=wallet.person)
        if row.sealed is None
    ]
    for url in sorted({row.relay for row in permissions if row.relay is not None}):
        here = {row.leaf: row for row in permissions if row.relay == url}
        try:
            mine = [row for row in waiting if row.leaf in here]
            _read_one(wallet, url, here, mine, now=now)
        except UnreachableError:
            silent.add("relay")
    return frozenset(silent)


def _read_one(
    wallet: Session,
    url: str,
    permissions: dict[bytes, PermissionRow],
    waiting: Sequence[ReceiptRow],
    *,
    now: datetime,
) -> None:
    relay = wallet.network.relay(url)
    bits = min(relay.bucket_bits(), _most_bits(wallet))
    due = [row for row in waiting if not holding.is_held(row.held_until, now=now)]
    prefix = _chosen(due, bits)
    bucket = relay.bucket(bits, prefix)
    for row in waiting:
        if _prefix(row.commitment, bits) != prefix:
            continue  # at another sync
        sealed = bucket.get(row.commitment)
        if sealed is not None:
            _explain(wallet, permissions[row.leaf], row, sealed)
        elif not row.unanswered:
            with wallet.store.transaction():
                receipts.mark_unanswered(wallet.store, row)


def _most_bits(wallet: Session) -> int:
    """The narrowest bucket that can hold 256 items, whatever a relay says of its own.

    It cannot hold more details than there are entries in the ledgers.
    """
    views = [wallet.network.view(origin) for origin in wallet.network.origins]
    entries = sum(view.size for view in views if view is not None)
    return max(0, (entries // _BUCKET).bit_length() - 1)


def _chosen(waiting: Sequence[ReceiptRow], bits: int) -> int:
    """The bucket of a receipt never asked about, else one of the old ones or any."""
    fresh = [row for row in waiting if not row.unanswered]
    known = [_prefix(row.commitment, bits) for row in fresh or waiting]
    if not fresh:
        known.append(secrets.randbelow(1 << bits))
    return secrets.choice(known)


def _prefix(commitment: bytes, bits: int) -> int:
    return int.from_bytes(commitment[: _PREFIX // 8], "big") >> (_PREFIX - bits)


def _explain(
    wallet: Session, permission: PermissionRow, row: ReceiptRow, sealed: bytes
) -> None:
    try:
        details = _details(wallet, permission, row, sealed)
    except RefusedError:
        # Opened by someone who holds this permission, without a name.
        with wallet.store.transaction():
            receipts.explain(wallet.store, row, sealed=sealed)
        return
    with wallet.store.transaction():
        receipts.explain(
            wallet.store,
            row,
            sealed=sealed,
            who=details.who,
            staff=details.staff,
            purpose=details.purpose,
            asked_at=details.asked_at,
            manner=int(details.manner),
        )


def _details(
    wallet: Session, permission: PermissionRow, row: ReceiptRow, sealed: bytes
) -> openings.Details:
    reader = grants.reader_by_number(
        wallet.store, person=wallet.person, number=permission.reader_number
    )
    details = openings.open_details(
        sealed,
        opener=wallet.keys.pair(permission.reader_number, person=wallet.person).seal,
        leaf=row.leaf,
        key=row.public,
        card_key=parse_card(reader.card).signing_key,
        origin=permission.origin,
    )
    expected = openings.commitment(
        salt=details.salt,
        object_id=details.object_id,
        leaf=row.leaf,
        sealed_details=sealed,
    )
    if expected != row.commitment:
        raise RefusedError(Reason.SIGNATURE_WRONG, "details of another receipt")
    return details
