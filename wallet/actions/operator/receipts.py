"""COSE receipts (RFC 9942), signed by the log for whoever wants that form.

Only what the log signed in a note before is signed again: the note inside a tlog-proof
must bear its own good line, so that nothing here can say more than the log has said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.operator.keys import log_key, signer
from wallet.errors import UsageError
from wallet.ledger import cose_receipt, proof

if TYPE_CHECKING:
    from pathlib import Path


def cose_receipt_of(home: Path, data: bytes) -> bytes:
    """The receipt of a tlog-proof, by the ledger of *home*.

    Which entry it is about the proof does not say; a verifier checks that.

    Raises:
        UsageError: there is no ledger in this home.
        RefusedError: ``malformed``, ``signature_wrong``: not a proof under our note.
    """
    if not (home / "log.key").exists():
        raise UsageError("there is no ledger in this home")
    read = proof.parse(data)
    read.note.verify_log(log_key(home, None))
    return cose_receipt.write(signer(home / "log.key"), proof=read)
