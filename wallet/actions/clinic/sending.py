"""Bring the clinic's copies up to date and send the receipts it owes.

PROTOCOL.md 11, Open 14: an offline receipt is logged, then its details go to the
relay, which keeps them and releases nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions.clinic.opening import Asking, log_receipt, request_for
from wallet.actions.network import UNWATCHED, Watch
from wallet.desk.desk import ReceiptState
from wallet.errors import LedgerForkedError, RefusedError, UnreachableError
from wallet.grants import receipt
from wallet.grants.grant_file import open_grant_file
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.actions.clinic.home import Clinic
    from wallet.actions.network import Network
    from wallet.desk.desk import StoredReceipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What one synchronisation did; ``reason`` says what kept it from more."""

    reason: Reason
    sent: int
    owed: int


def sync(
    clinic: Clinic,
    network: Network,
    *,
    asking: Asking | None = None,
    watch: Watch = UNWATCHED,
) -> Synced:
    """Bring copies up to date, then send every receipt that is owed."""
    asking = asking or Asking()
    try:
        network.sync(watch)
    except LedgerForkedError:
        return _answer(clinic, Reason.LEDGER_FORKED, sent=0)
    except UnreachableError:
        return _answer(clinic, Reason.LEDGER_UNREACHABLE, sent=0)
    sent, reason = 0, Reason.GO_AHEAD
    for stored in clinic.desk.owed():
        try:
            _send(clinic, network, stored, asking)
        except UnreachableError as away:
            relay = away.what == "relay"
            reason = Reason.RELAY_UNREACHABLE if relay else Reason.LEDGER_UNREACHABLE
        except RefusedError as refused:
            reason = refused.reason
        else:
            sent += 1
    return _answer(clinic, reason, sent=sent)


def _answer(clinic: Clinic, reason: Reason, *, sent: int) -> Synced:
    return Synced(reason=reason, sent=sent, owed=len(clinic.desk.owed()))


def _send(
    clinic: Clinic, network: Network, stored: StoredReceipt, asking: Asking
) -> None:
    item = clinic.desk.item(stored.leaf)
    if item is None:
        raise RefusedError(Reason.PACKAGE_MISSING, "permission of a receipt")
    view = log_receipt(
        clinic, network, stored, origin=item.origin, waiting=asking.waiting
    )
    if stored.relay is not None:
        grant = open_grant_file(
            item.file, openers=[clinic.opener], reader=clinic.reader_id
        )
        tree = stored.place // receipt.TREE
        keys = receipt.tree_keys(grant.permission.secret, tree)
        request = request_for(stored, view, keys)
        network.relay(stored.relay).release(request.encode())
    clinic.desk.move_receipt(stored, ReceiptState.ANSWERED)
