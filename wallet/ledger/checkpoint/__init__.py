"""Checkpoints: signed notes of a log and the cosignatures of its witnesses.

vkey.py         who signs, with which key of which kind
cosignature.py  the lines below a note: what they sign, writing and checking one
note.py         the note itself, read strictly

C2SP signed-note 1.0.0, tlog-checkpoint 1.0.0 and tlog-cosignature, all as of commit
5ba5ee8 of the C2SP repository.
"""

from wallet.ledger.checkpoint.cosignature import cosign, cosign_mldsa, sign_log
from wallet.ledger.checkpoint.note import (
    MAX_NOTE,
    Checkpoint,
    Note,
    SignatureLine,
    note_text,
    parse_note,
)
from wallet.ledger.checkpoint.vkey import (
    COSIGNATURE_KIND,
    COSIGNING_KINDS,
    LOG_KIND,
    LOG_KINDS,
    MLDSA_KIND,
    Vkey,
    vkey_for,
)

__all__ = [
    "COSIGNATURE_KIND",
    "COSIGNING_KINDS",
    "LOG_KIND",
    "LOG_KINDS",
    "MAX_NOTE",
    "MLDSA_KIND",
    "Checkpoint",
    "Note",
    "SignatureLine",
    "Vkey",
    "cosign",
    "cosign_mldsa",
    "note_text",
    "parse_note",
    "sign_log",
    "vkey_for",
]
