"""CCTV Ed25519: what we accept among the edge cases is pinned, whatever the library."""

import pytest

from tests.vectors.published import HERE, load
from wallet.errors import RefusedError
from wallet.keys.signing import SMALL_ORDER, Signer, verify
from wallet.verdict import Reason

PINNED = HERE / "cctv_ed25519_accepted.txt"


def accepts(case):
    try:
        verify(
            public=bytes.fromhex(case["key"]),
            message=case["msg"].encode(),
            signature=bytes.fromhex(case["sig"]),
        )
    except RefusedError:
        return False
    return True


def test_the_accepted_edge_cases_are_the_pinned_ones(record_property):
    every = load("cctv-ed25519/ed25519vectors.json")
    taken = [case["number"] for case in every if accepts(case)]
    refused = len(every) - len(taken)
    record_property("cctv_ed25519", {"accepted": len(taken), "refused": refused})
    pinned = [
        int(line)
        for line in PINNED.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert taken == pinned


def test_every_published_low_order_key_is_one_of_the_fourteen_we_refuse():
    every = load("cctv-ed25519/ed25519vectors.json")
    low = {
        bytes.fromhex(case["key"])
        for case in every
        if "low_order_A" in (case["flags"] or [])
    }
    assert low == SMALL_ORDER
    assert not any(accepts(case) for case in every if bytes.fromhex(case["key"]) in low)


def test_a_forgery_that_the_library_takes_is_refused_under_all_fourteen():
    forged = bytes([1]) + bytes(63)
    for public in SMALL_ORDER:
        with pytest.raises(RefusedError) as refused:
            verify(public=public, message=b"anything", signature=forged)
        assert refused.value.reason is Reason.SIGNATURE_WRONG


def test_a_signature_with_s_beyond_the_order_is_refused():
    order = 2**252 + 27742317777372353535851937790883648493
    signer = Signer.from_seed(bytes(32))
    good = signer.sign(b"m")
    scalar = int.from_bytes(good[32:], "little") + order
    with pytest.raises(RefusedError) as refused:
        verify(
            public=signer.public,
            message=b"m",
            signature=good[:32] + scalar.to_bytes(32, "little"),
        )
    assert refused.value.reason is Reason.SIGNATURE_WRONG
