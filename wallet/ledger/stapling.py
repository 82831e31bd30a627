"""Make a stapled bundle out of an own verified copy: nobody learns for which entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.bundle import thin_note, write_bundle
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.status_root import read_status_root
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.ledger.replica import Replica


def staple(replica: Replica, index: int) -> bytes:
    """A bundle of the entry at *index* under the newest checkpoint of *replica*.

    Raises:
        RefusedError: ``not_in_copy`` where the copy has no checkpoint or does not hold
            the entry yet; ``status_unproved`` where the log has not logged the root
            over its states last, or a wrong one.
    """
    note, last = replica.note, replica.size - 1
    if note is None or not 0 <= index < last:
        raise RefusedError(Reason.NOT_IN_COPY, "bundle index")
    root_entry = replica.entry(last)
    try:
        read_status_root(root_entry, origin=replica.origin, index=last)
    except RefusedError:
        raise RefusedError(Reason.STATUS_UNPROVED, "no status root is last") from None
    if last in replica.wrong_roots:
        raise RefusedError(Reason.STATUS_UNPROVED, "the logged status root is wrong")
    chunk, chunk_path = replica.status_proof(index)
    return write_bundle(
        index=index,
        entry=replica.entry(index),
        entry_path=replica.inclusion(index),
        root_entry=root_entry,
        root_path=replica.inclusion(last),
        chunk=chunk,
        chunk_path=chunk_path,
        note=thin_note(parse_note(note), replica.policy),
    )
