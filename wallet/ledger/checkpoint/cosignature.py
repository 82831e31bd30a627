"""The signature lines below a checkpoint: what each kind signs, writing and checking.

C2SP signed-note 1.0.0 (0x01) and tlog-cosignature (0x04 and 0x06), at commit 5ba5ee8.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.keys import mldsa, signing
from wallet.ledger.checkpoint.vkey import (
    COSIGNATURE_KIND,
    COSIGNING_KINDS,
    LOG_KIND,
    MLDSA_KIND,
    vkey_for,
)
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.keys.mldsa import MldsaSigner
    from wallet.keys.signing import Signer
    from wallet.ledger.checkpoint.note import Checkpoint
    from wallet.ledger.checkpoint.vkey import Vkey

DASH = "\u2014 "
_TIME_SIZE = 8
_MAX_SECONDS = 253_402_300_799  # the last second of the year 9999
_LABEL = b"subtree/v1\n\0"
_LONGEST_NAME = 255  # opaque<1..2^8-1>


def sign_log(signer: Signer, name: str, text: bytes) -> bytes:
    """The log's own signature line under *text* (0x01)."""
    vkey = vkey_for(name, LOG_KIND, signer.public)
    return line(vkey, signer.sign(text))


def cosign(signer: Signer, name: str, text: bytes, seconds: int) -> bytes:
    """A witness's line (0x04): it saw *text* at *seconds*, and nothing else."""
    vkey = vkey_for(name, COSIGNATURE_KIND, signer.public)
    signature = signer.sign(_note_message(text, seconds))
    return line(vkey, _stamp(seconds) + signature)


def cosign_mldsa(
    signer: MldsaSigner, name: str, checkpoint: Checkpoint, seconds: int
) -> bytes:
    """A line of a witness, or of the log itself, under ML-DSA-44 (0x06).

    It is over origin, size and root: extension lines are not covered.
    """
    vkey = vkey_for(name, MLDSA_KIND, signer.public)
    signature = signer.sign(_subtree_message(name, checkpoint, seconds))
    return line(vkey, _stamp(seconds) + signature)


def verify_line(vkey: Vkey, *, text: bytes, signature: bytes) -> None:
    """Check a log's own line (0x01).

    Raises:
        RefusedError: ``signature_wrong``.
    """
    signing.verify(
        public=vkey.public, message=text, signature=signature, place="log signature"
    )


def verify_cosignature(
    vkey: Vkey, *, text: bytes, checkpoint: Checkpoint, signature: bytes
) -> int:
    """Check a timestamped line (0x04 or 0x06); when it was signed, POSIX seconds.

    Raises:
        RefusedError: ``signature_wrong``.
    """
    seconds = int.from_bytes(signature[:_TIME_SIZE], "big")
    # A time of zero says that nothing is said of the tree being the newest.
    if vkey.kind not in COSIGNING_KINDS or not 0 < seconds <= _MAX_SECONDS:
        raise RefusedError(Reason.SIGNATURE_WRONG, "cosignature time")
    signed, place = signature[_TIME_SIZE:], "cosignature"
    if vkey.kind == COSIGNATURE_KIND:
        message = _note_message(text, seconds)
        signing.verify(
            public=vkey.public, message=message, signature=signed, place=place
        )
        return seconds
    try:
        message = _subtree_message(vkey.name, checkpoint, seconds)
    except ValueError:
        raise RefusedError(Reason.SIGNATURE_WRONG, place) from None
    mldsa.verify(public=vkey.public, message=message, signature=signed, place=place)
    return seconds


def line(vkey: Vkey, signature: bytes) -> bytes:
    """Write one signature line."""
    encoded = base64.b64encode(vkey.key_id + signature).decode()
    return f"{DASH}{vkey.name} {encoded}\n".encode()


def _stamp(seconds: int) -> bytes:
    if not 0 < seconds <= _MAX_SECONDS:
        raise ValueError("no time to cosign at")
    return seconds.to_bytes(_TIME_SIZE, "big")


def _note_message(text: bytes, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n".encode() + text


def _subtree_message(name: str, checkpoint: Checkpoint, seconds: int) -> bytes:
    """The cosigned_message over the whole tree: start 0, end its size."""
    return b"".join(
        (
            _LABEL,
            _opaque(name),
            seconds.to_bytes(_TIME_SIZE, "big"),
            _opaque(checkpoint.origin),
            (0).to_bytes(8, "big"),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def _opaque(name: str) -> bytes:
    data = name.encode()
    if len(data) > _LONGEST_NAME:
        raise ValueError("a name too long for an ML-DSA cosignature")
    return bytes([len(data)]) + data
