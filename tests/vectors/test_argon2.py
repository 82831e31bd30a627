"""Argon2id: RFC 9106's own answer, and the reference program's through our stretching.

Our key files and slots use neither a secret nor associated data, so the one published
answer of RFC 9106 5.3 judges the function they call; the answers of the reference
implementation (P-H-C/phc-winner-argon2, test.c, version 0x13) go through the call.
All re-typed.
"""

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from wallet.keys import custody, keyfile
from wallet.keys.keyfile import Cost

TAG = (
    "0d 64 0d f5 8d 78 76 6c 08 c0 37 a3 4a 8b 53 c9"
    "d0 1e f0 45 2d 75 b6 5e b5 25 20 e9 6b 01 e6 59"
)
# passes, memory in KiB, lanes, typed, salt: key
REFERENCE = {
    (2, 1 << 16, 1, "password", "somesalt"): (
        "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
    ),
    (2, 1 << 8, 1, "password", "somesalt"): (
        "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"
    ),
    (2, 1 << 8, 2, "password", "somesalt"): (
        "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"
    ),
    (1, 1 << 16, 1, "password", "somesalt"): (
        "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"
    ),
    (4, 1 << 16, 1, "password", "somesalt"): (
        "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c"
    ),
    (2, 1 << 16, 1, "differentpassword", "somesalt"): (
        "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde"
    ),
    (2, 1 << 16, 1, "password", "diffsalt"): (
        "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"
    ),
}


def test_the_function_under_our_key_files_gives_the_published_tag(record_property):
    assert keyfile.Argon2id is custody.Argon2id is Argon2id
    made = Argon2id(
        salt=bytes([2]) * 16,
        length=32,
        iterations=3,
        lanes=4,
        memory_cost=32,
        ad=bytes([4]) * 12,
        secret=bytes([3]) * 8,
    ).derive(bytes([1]) * 32)
    assert made == bytes.fromhex(TAG)
    record_property("argon2id_rfc9106", {"agrees": 1})


def test_a_typed_passphrase_is_stretched_as_the_reference_does(record_property):
    for (passes, memory, lanes, typed, salt), key in REFERENCE.items():
        cost = Cost(memory=memory, passes=passes, lanes=lanes)
        made = custody._argon2(typed.encode(), salt.encode(), cost)
        assert made.hex() == key
    record_property("argon2id_reference", {"agrees": len(REFERENCE)})


@pytest.mark.parametrize("case", list(REFERENCE)[1:3], ids=["one lane", "two lanes"])
def test_a_key_file_is_wrapped_under_the_reference_key(case):
    (passes, memory, lanes, typed, salt), key = case, REFERENCE[case]
    cost = Cost(memory=memory, passes=passes, lanes=lanes)
    box = keyfile.AESGCM(bytes.fromhex(key)).encrypt(bytes(12), b"seed", None)
    stretched = keyfile._stretch(typed.encode(), salt.encode(), cost)
    assert stretched.decrypt(bytes(12), box, None) == b"seed"
