"""Share with a reader, switch readers, withdraw: the patient's side of a permission.

Everything is signed and kept in one transaction here; `outbox` sends it. PROTOCOL.md
7 and 11.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING

from wallet.actions.patient import cards, ending, holding, permissions
from wallet.actions.patient.gathering import go_on
from wallet.errors import RefusedError, UsageError
from wallet.grants import withdrawal
from wallet.grants.issue import Issued, Reader, Terms, issue
from wallet.grants.permission import Permission, parse_permission
from wallet.ledger import shard
from wallet.ledger.clock import from_seconds
from wallet.ledger.stapling import staple
from wallet.practitioners.card import Card, pair_id, parse_card, six_words
from wallet.vault import grants, receipts
from wallet.vault.grants import Ending, ReaderRow
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from wallet.actions.patient.gathering import Gathered
    from wallet.actions.patient.permissions import GrantView
    from wallet.actions.patient.session import Session
    from wallet.grants.manifest import Part
    from wallet.grants.scope import Scope
    from wallet.keys.derivation import GrantKeys

_MAX_AGE = 3_600


class Way(StrEnum):
    """How the records reach the reader."""

    RELAY = "relay"  # half the key waits for a logged receipt
    CARRIED = "carried"  # both halves in the file; a read may stay unlogged for a time


def share(
    wallet: Session,
    data: bytes,
    *,
    scope: Scope,
    purpose: str,
    begins: datetime,
    ends: datetime,
    gathered: Gathered,
    now: datetime,
    replaces: bytes | None = None,
    way: Way = Way.RELAY,
    cancelled: Callable[[], bool] = lambda: False,
) -> GrantView:
    """Sign a permission for the holder of a card, and keep it to be sent.

    Only then may its file leave this computer: what was handed over is always logged.

    Raises:
        RefusedError: the licence or the terms do not allow it; nothing was signed.
        UsageError: it would outlast every ledger that takes permissions by now.
        CancelledError: as *cancelled* wanted, and nothing of it is left.
    """
    looked = cards.look_at_card(wallet, data, now=now)  # 1
    if looked.verdict.reason is not Reason.GO_AHEAD:
        raise RefusedError(looked.verdict.reason, "licence")
    if looked.known is cards.Known.CHANGED:
        raise RefusedError(Reason.WRONG_READER, "a known name with another key")
    origin = _log_for(wallet, looked.card.origin, ends=ends)
    old = ending.standing(wallet, replaces) if replaces is not None else None
    number, reader = _take_numbers(wallet, looked)
    package = wallet.outbox_folder / f"{os.urandom(16).hex()}.hwp"
    terms = Terms(
        scope=scope,
        purpose=purpose,
        begins=int(begins.timestamp()),
        ends=int(ends.timestamp()),
        max_age=_MAX_AGE,
        origin=origin,
    )
    issued = _issue(  # 2 to 15
        wallet,
        terms,
        _addressed(looked.card, way),
        gathered.parts,
        numbers=(number, reader.number),
        to=package,
        made_at=now,
        cancelled=cancelled,
    )
    with wallet.store.transaction():  # 16
        if looked.known is cards.Known.NEW:
            grants.add_reader(
                wallet.store, reader, person=wallet.person, dev=wallet.dev, since=now
            )
        grants.add_permission(
            wallet.store,
            issued,
            person=wallet.person,
            dev=wallet.dev,
            number=number,
            reader_number=reader.number,
            package=package.name,
            grant_file=issued.grant_file if issued.order else issued.offline_file,
            contents=gathered.contents,
            made_at=now,
            replaces=replaces,
            held_until=holding.until(wallet, now=now, ends=ends, replaces=replaces),
        )
        receipts.add_keys(
            wallet.store,
            issued.receipt_keys,
            person=wallet.person,
            leaf=issued.leaf,
            first=0,
        )
        if old is not None:
            ending.sign(wallet, old, Ending.REPLACED)
    return permissions.show(wallet, issued.leaf, now=now)


def send_now(wallet: Session, leaf: bytes, *, now: datetime) -> GrantView:
    """Let a permission wait no longer; it goes out with the next sending.

    Raises:
        UsageError: there is no such permission, or it does not wait on purpose.
    """
    holding.release(wallet, leaf, now=now)
    return permissions.show(wallet, leaf, now=now)


def withdraw(wallet: Session, leaf: bytes, *, now: datetime) -> GrantView:
    """Sign the end of a permission; it is in force once the ledger covers it.

    Raises:
        UsageError: there is no such permission, or it is ended already.
    """
    ending.withdraw(wallet, leaf)
    return permissions.show(wallet, leaf, now=now)


def stop_file(wallet: Session, leaf: bytes) -> bytes:
    """The file that ends a permission at a desk without any network.

    Raises:
        UsageError: the permission was not withdrawn.
    """
    row = grants.permission(wallet.store, leaf=leaf)
    if row is None or row.notice is None:
        raise UsageError("this permission has not been withdrawn")
    return withdrawal.write_stop_file(row.notice)


def grant_file(wallet: Session, leaf: bytes) -> bytes:
    """The sealed file for the reader.

    Raises:
        UsageError: there is no such permission.
    """
    row = grants.permission(wallet.store, leaf=leaf)
    if row is None:
        raise UsageError("there is no such permission")
    return row.grant_file


def pair_words(permission: Permission) -> tuple[tuple[int, str], ...]:
    """The six words that the reader's screen must show for this permission, in person.

    They name the two keys one reader knows this patient by (PROTOCOL.md 4).
    """
    return six_words(pair_id(permission.pair_sign, permission.pair_seal))


def bundle(wallet: Session, leaf: bytes) -> bytes:
    """Proof of a permission's state for a desk without a copy, made here alone.

    It names the permission's place in the public ledger to whoever holds it, which
    the permission itself does not: so it is made only where it is asked for.

    Raises:
        UsageError: the ledger does not hold the permission yet.
        RefusedError: as `staple`.
    """
    row = grants.permission(wallet.store, leaf=leaf)
    if row is None or row.entry_index is None:
        raise UsageError("the ledger does not hold this permission yet")
    origin = parse_permission(row.signed)[0].origin
    return staple(wallet.network.replica(origin), row.entry_index)


def last_end(wallet: Session, data: bytes) -> datetime | None:
    """The latest end that a permission for the holder of a card may have.

    None where any end may be: the ledger is not divided by time.

    Raises:
        RefusedError: the bytes are no card.
    """
    latest = shard.shards_beside(parse_card(data).origin, _covered(wallet))
    end = shard.last_end(latest[-1]) if latest else None
    return None if end is None else from_seconds(end)


def _covered(wallet: Session) -> list[str]:
    """The ledgers of which this computer has a copy that a quorum signed."""
    views = {one: wallet.network.view(one) for one in wallet.network.origins}
    return [one for one, view in views.items() if view and view.quorum_time is not None]


def _log_for(wallet: Session, origin: str, *, ends: datetime) -> str:
    """The ledger for a permission: by its end, where that network has shards."""
    followed = _covered(wallet)
    chosen = shard.choose(origin, followed, ends=int(ends.timestamp()))
    if chosen is None:
        end = shard.last_end(shard.shards_beside(origin, followed)[-1]) or 0
        day = from_seconds(end - 1)
        said = f"a permission can last until {day:%d %B %Y} at most for now"
        raise UsageError(f"{said}; choose an earlier end, and renew it later")
    if wallet.network.view(chosen) is None:
        raise RefusedError(Reason.NOT_IN_COPY, "card origin")
    return chosen


def _addressed(card: Card, way: Way) -> Reader:
    return Reader(
        reader_id=card.reader_id,
        sealing_key=card.sealing_key,
        relay=card.relay if way is Way.RELAY else None,
    )


def _grant_keys(wallet: Session, number: int) -> GrantKeys:
    return wallet.keys.grant(number, person=wallet.person)


def _issue(
    wallet: Session,
    terms: Terms,
    reader: Reader,
    parts: Sequence[Part],
    *,
    numbers: tuple[int, int],
    to: Path,
    made_at: datetime,
    cancelled: Callable[[], bool],
) -> Issued:
    """Seal everything into a file, or leave none."""
    try:
        with to.open("xb") as sink:
            issued = issue(
                terms=terms,
                reader=reader,
                pair=wallet.keys.pair(numbers[1], person=wallet.person),
                grant=_grant_keys(wallet, numbers[0]),
                parts=parts,
                made_at=int(made_at.timestamp()),
                sink=sink,
                scratch=wallet.scratch_folder,
            )
            sink.flush()
            os.fsync(sink.fileno())
        go_on(cancelled)
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    return issued


def _take_numbers(wallet: Session, looked: cards.CardView) -> tuple[int, ReaderRow]:
    """Use up the numbers durably before any key is derived from them."""
    known = grants.reader_by_id(
        wallet.store, person=wallet.person, reader_id=looked.card.reader_id
    )
    with wallet.store.transaction():
        number = _next(wallet, "grant")
        reader_number = known.number if known else _next(wallet, "reader")
    reader = known or ReaderRow(
        number=reader_number,
        reader_id=looked.card.reader_id,
        name=looked.name,
        role=looked.role,
        card=looked.card.raw,
    )
    return number, reader


def _next(wallet: Session, kind: str) -> int:
    return grants.take_number(
        wallet.store, person=wallet.person, dev=wallet.dev, kind=kind
    )
