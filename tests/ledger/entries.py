"""Entries of invented people."""

from functools import cache

from wallet.keys.signing import Signer
from wallet.ledger.entry import (
    StatusChange,
    build_grant,
    build_receipt,
    build_status,
    leaf_hash,
)

ORIGIN = "ledger.test/demo"
LEDGER_KEY = Signer.from_seed(b"k" * 32)
CONTROL = Signer.from_seed(b"c" * 32)
OTHER = Signer.from_seed(b"o" * 32)


@cache
def grant(number, origin=ORIGIN):
    return build_grant(
        LEDGER_KEY,
        origin=origin,
        commitment=bytes(32),
        control_public=CONTROL.public,
        nonce=number.to_bytes(16, "big"),
    )


@cache
def receipt(number):
    return build_receipt(
        LEDGER_KEY,
        origin=ORIGIN,
        commitment=bytes(32),
        nonce=number.to_bytes(16, "big"),
    )


def change(index, entry, state, seq, *, signer=CONTROL, origin=ORIGIN, nonce=bytes(16)):
    told = StatusChange(index=index, leaf=leaf_hash(entry), state=state, seq=seq)
    return build_status(signer, origin=origin, change=told, nonce=nonce)
