"""Ledger entries by the thousand, each one nobody else would make."""

from wallet.keys.signing import Signer
from wallet.ledger.entry import build_receipt


def receipts(count, *, origin):
    """Signed receipts, the same ones every time."""
    for number in range(count):
        key = Signer.from_seed(number.to_bytes(32, "big"))
        yield build_receipt(
            key,
            origin=origin,
            commitment=number.to_bytes(32, "little"),
            nonce=number.to_bytes(16, "big"),
        )
