"""The operator's logged word on all states below it. PROTOCOL.md 3, "Status"."""

from __future__ import annotations

from dataclasses import dataclass

from wallet.errors import RefusedError
from wallet.ledger.entry import parse_entry
from wallet.statement import Name
from wallet.verdict import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRoot:
    """What a root entry says: the root over the chunks of its first *covered* entries.

    The log admits no root entry but its operator's, so one that is logged is the
    operator's word; *operator* is the key that it bears.
    """

    covered: int
    root: bytes
    operator: bytes


def read_status_root(entry: bytes, *, origin: str, index: int) -> StatusRoot:
    """Read the root entry that stands at *index* of the log *origin*.

    Raises:
        RefusedError: ``unknown_version``, ``signature_wrong``; ``malformed`` also for
            an entry of another type, or one that does not cover exactly the entries
            before it, or bears another epoch than that size.
    """
    read = parse_entry(entry, origin=origin)
    if read.name is not Name.STATUS_ROOT:
        raise RefusedError(Reason.MALFORMED, "status root type")
    told = read.statement
    if not told.count(4) == told.count(7) == index:
        raise RefusedError(Reason.MALFORMED, "status root size")
    return StatusRoot(covered=index, root=told.key(5), operator=told.key(6))
