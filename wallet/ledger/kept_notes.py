"""What the checkpoints of a replica still prove when its disk is read again.

The mark of a replica and the names of its stored checkpoints are signed by nobody: a
disk could make an old copy look new. Only what is under a signature counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import RefusedError, StoreDamagedError
from wallet.ledger.checkpoint import parse_note
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.ledger.checkpoint import Checkpoint
    from wallet.ledger.policy import Policy
    from wallet.ledger.replica_files import Mark, ReplicaFiles


def proven_seconds(files: ReplicaFiles, mark: Mark, policy: Policy) -> int | None:
    """The quorum time of a mark, as far as a kept note proves it; POSIX seconds.

    It may be newer than that of the note the mark stands on: clocks were set back.
    """
    if mark.quorum_seconds is None:
        return None
    notes = [mark.note or b""]
    notes += [
        files.kept(*one) for one in files.stored() if one[0] == mark.quorum_seconds
    ]
    proven = [*filter(None, (_seconds(data, policy) for data in notes))]
    return min(mark.quorum_seconds, max(proven)) if proven else None


def check_kept(data: bytes, checkpoint: Checkpoint, policy: Policy) -> None:
    """Check that a stored note still is one of *checkpoint*, under the log's signature.

    Raises:
        StoreDamagedError: it is not.
    """
    try:
        note = parse_note(data)
        policy.accept(note)
    except RefusedError as refused:
        if refused.reason is not Reason.NO_QUORUM:  # the policy of its day had one
            raise StoreDamagedError("replica checkpoint") from None
    if note.checkpoint != checkpoint:
        raise StoreDamagedError("replica checkpoint")


def _seconds(data: bytes, policy: Policy) -> int | None:
    try:
        moment = policy.accept(parse_note(data))
    except RefusedError:
        return None
    return None if moment is None else int(moment.timestamp())
