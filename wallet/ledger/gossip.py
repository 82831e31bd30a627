"""Compare a checkpoint that somebody else was shown with this copy. PROTOCOL.md 9.

A ledger can show two people two histories only as long as they never compare. Nobody
needs to be believed for it: a note counts as far as the ledger signed it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wallet.errors import LedgerForkedError, RefusedError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.two_histories import held_side
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.ledger.replica import Replica


def hear(replica: Replica, data: bytes) -> bool:
    """Compare a note with a copy; False where it is ahead, so that nothing is known.

    A second history that a quorum stands behind is remembered by the copy; one that
    the ledger signed alone is evidence against it all the same.

    Raises:
        RefusedError: ``malformed``, ``signature_wrong``: it accuses nobody.
        LedgerForkedError: the ledger has signed two histories; both notes.
    """
    note = parse_note(data)
    offered = note.checkpoint
    vkey = replica.policy.log(replica.origin)
    if offered.origin != replica.origin or vkey is None:
        raise RefusedError(Reason.MALFORMED, "checkpoint origin")
    note.verify_log(vkey)
    if offered.size > replica.size:
        return False
    if replica.root_at(offered.size) == offered.root:
        return True
    with suppress(RefusedError, LedgerForkedError):
        replica.check(data)
    raise LedgerForkedError(trusted=held_side(replica, offered.size), offered=note.raw)
