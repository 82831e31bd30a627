"""How fresh this computer's copy of the ledger is, and who signed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions.patient.network import as_of
from wallet.ledger.checkpoint import parse_note

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.patient.session import Session
    from wallet.ledger.replica import Replica
    from wallet.verdict import CheckpointRef


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """What can be said without the network.

    ``follows`` is false where the home names no ledger; ``witnesses`` counts those
    whose good signatures the copy furthest behind in number carries; ``checkpoints``
    say to the byte which history each copy is.
    """

    follows: bool
    as_of: datetime | None
    witnesses: int
    entries: int
    is_forked: bool
    checkpoints: tuple[CheckpointRef, ...] = ()


def ledger_line(wallet: Session) -> LedgerLine:
    """Say how the copies stand."""
    copies = [wallet.network.replica(origin) for origin in wallet.network.origins]
    return LedgerLine(
        follows=bool(copies),
        as_of=as_of(wallet),
        witnesses=min((_witnesses(copy) for copy in copies), default=0),
        entries=sum(copy.size for copy in copies),
        is_forked=any(copy.is_forked for copy in copies),
        checkpoints=tuple(
            found for copy in copies if (found := copy.checkpoint_ref) is not None
        ),
    )


def _witnesses(copy: Replica) -> int:
    if copy.note is None or copy.quorum_time is None:
        return 0
    vkeys = [party.vkey for party in copy.policy.witnesses.values()]
    seen = parse_note(copy.note).cosignature_times(vkeys)
    return len({vkey.name for vkey in seen})
