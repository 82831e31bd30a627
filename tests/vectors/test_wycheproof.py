"""C2SP/wycheproof, each primitive through the wrapper that uses it here."""

import hashlib
from collections import Counter

import pytest
from cryptography.hazmat.primitives import hpke

from tests.support import hpke_oracle
from tests.vectors.page_tools import pbkdf2
from tests.vectors.published import cases, folder, raw
from wallet.errors import RefusedError
from wallet.keys import keyfile, record_cipher, sealing, signing, slots, stream
from wallet.keys.derivation import extract_and_expand, reader_words_seed
from wallet.keys.sealing import Opener
from wallet.keys.slots import Slot
from wallet.ledger.entry import commit

JUDGED = {
    "aes_gcm",
    "ed25519",
    "hkdf_sha256",
    "hmac_sha256",
    "mlkem_768",
    "mlkem_768_encaps",
    "pbkdf2_hmacsha256",
    "x25519",
}
# Nothing here signs with ML-DSA yet.
NOT_OURS = {"mldsa_44_sign_seed", "mldsa_44_verify"}


def judged(record_property, name, answer):
    """Run *answer* over every case of a file and count what agreed."""
    assert name in JUDGED
    counts = Counter()
    for group, case in cases(name):
        counts[answer(group, case)] += 1
    record_property(name, dict(counts))
    assert counts.pop("disagrees", 0) == 0
    return counts


def agree(*, good, case):
    return "agrees" if good == (case["result"] == "valid") else "disagrees"


def test_ed25519_signatures_are_judged_as_published(record_property):
    def answer(group, case):
        message, signature = raw(case, "msg", "sig")
        public = bytes.fromhex(group["publicKey"]["pk"])
        try:
            signing.verify(public=public, message=message, signature=signature)
        except RefusedError:
            return agree(good=False, case=case)
        return agree(good=True, case=case)

    assert judged(record_property, "ed25519", answer) == {"agrees": 151}


def test_hkdf_gives_the_published_bytes(record_property):
    def answer(_group, case):
        secret, salt, info, wanted = raw(case, "ikm", "salt", "info", "okm")
        try:
            made = extract_and_expand(secret, salt=salt, info=info, length=case["size"])
        except ValueError:
            return agree(good=False, case=case)
        return agree(good=made == wanted, case=case)

    assert judged(record_property, "hkdf_sha256", answer) == {"agrees": 86}


def test_commitments_are_hmac_as_published(record_property):
    def answer(group, case):
        key, message, tag = raw(case, "key", "msg", "tag")
        made = commit(key, message)[: group["tagSize"] // 8]
        return agree(good=made == tag, case=case)

    assert judged(record_property, "hmac_sha256", answer) == {"agrees": 174}


def test_spoken_words_rest_on_pbkdf2_as_published(record_property):
    # Salt and rounds of our wrapper are fixed: what it calls is judged by the vectors,
    # the call itself by a second PBKDF2.
    def answer(_group, case):
        word, salt, wanted = raw(case, "password", "salt", "dk")
        made = hashlib.pbkdf2_hmac(
            "sha256", word, salt, case["iterationCount"], case["dkLen"]
        )
        return agree(good=made == wanted, case=case)

    assert judged(record_property, "pbkdf2_hmacsha256", answer) == {"agrees": 60}
    name = bytes(range(32))
    assert reader_words_seed(name) == pbkdf2(name, b"heartwood/1/words", 200_000)


class Bound(Slot):
    """A slot whose associated data is the published case's."""

    def bound(self, vault_id):
        return vault_id


def test_the_slots_of_a_vault_open_what_aes_gcm_opens_as_published(record_property):
    # The wrapper that takes a nonce from outside; PROTOCOL.md's are all of 12 bytes.
    def answer(group, case):
        key, nonce, aad, plain = raw(case, "key", "iv", "aad", "msg")
        box = b"".join(raw(case, "ct", "tag"))
        if group["ivSize"] != 96:
            return "nonce of another size"
        slot = Bound(kind=1, slot_id=b"", parameters=(), nonce=nonce, box=box)
        opened = slot.open(key=key, vault_id=aad)
        if opened is None:
            return agree(good=False, case=case)
        return agree(good=opened == plain, case=case)

    counts = judged(record_property, "aes_gcm", answer)
    assert counts == {"agrees": 197, "nonce of another size": 119}


def test_records_and_streams_rest_on_that_same_cipher():
    assert slots.AESGCM is record_cipher.AESGCM is stream.AESGCM is keyfile.AESGCM


SEED = bytes(range(32))
LATTICE = sealing.mlkem.MLKEM768PrivateKey.from_seed_bytes(bytes(64))
CURVE = sealing.x25519.X25519PrivateKey.from_private_bytes(SEED)


def sealed_by_the_oracle(*, kem_ct, ss_m, ss_x, ct_x, curve):
    """What a sender would have made whose two secrets are the published ones."""
    shared = hpke_oracle.combine(
        ss_m=ss_m, ss_x=ss_x, ct_x=ct_x, pk_x=curve.public_key().public_bytes_raw()
    )
    info = b"heartwood/1/share\0context"
    return kem_ct + ct_x + hpke_oracle.schedule(shared, info).seal(b"share B")


def opens(lattice, curve, sealed):
    """Whether our opener, holding these keys, gives the message."""
    opener = Opener(b"", hpke.MLKEM768X25519PrivateKey(lattice, curve))
    try:
        opened = opener.open(sealed, label="share", context=b"context")
    except RefusedError:
        return False
    return opened == b"share B"


def test_our_opener_finds_the_secrets_of_x25519_as_published(record_property):
    ss_m, kem_ct = LATTICE.public_key().encapsulate()

    def answer(_group, case):
        public, private, shared = raw(case, "public", "private", "shared")
        curve = sealing.x25519.X25519PrivateKey.from_private_bytes(private)
        sealed = sealed_by_the_oracle(
            kem_ct=kem_ct, ss_m=ss_m, ss_x=shared, ct_x=public, curve=curve
        )
        if opens(LATTICE, curve, sealed):
            return "agrees"
        zero = shared == bytes(32) and case["result"] == "acceptable"
        return "zero secret refused" if zero else "disagrees"

    counts = judged(record_property, "x25519", answer)
    assert counts == {"agrees": 487, "zero secret refused": 31}


def test_our_opener_finds_the_secrets_of_ml_kem_as_published(record_property):
    ct_x = CURVE.public_key().public_bytes_raw()
    ss_x = CURVE.exchange(CURVE.public_key())

    def answer(_group, case):
        seed, kem_ct = raw(case, "seed", "c")
        try:
            lattice = sealing.mlkem.MLKEM768PrivateKey.from_seed_bytes(seed)
        except ValueError:
            return agree(good=False, case=case)
        sealed = sealed_by_the_oracle(
            kem_ct=kem_ct,
            ss_m=bytes.fromhex(case["K"]),
            ss_x=ss_x,
            ct_x=ct_x,
            curve=CURVE,
        )
        public = lattice.public_key().public_bytes_raw()
        same = public.hex() == case["ek"]
        return agree(good=same and opens(lattice, CURVE, sealed), case=case)

    assert judged(record_property, "mlkem_768", answer) == {"agrees": 193}


def test_sealing_keys_that_are_no_ml_kem_keys_are_refused(record_property):
    # Encapsulation takes no fixed randomness here, so only the key is judged.
    curve = bytes([9]) + bytes(31)

    def answer(_group, case):
        (public,) = raw(case, "ek")
        try:
            sealing.check_sealing_key(public + curve)
        except RefusedError:
            return agree(good=False, case=case)
        return agree(good=True, case=case)

    assert judged(record_property, "mlkem_768_encaps", answer) == {"agrees": 265}


@pytest.mark.parametrize("point", [bytes(32), bytes([1]) + bytes(31)])
def test_a_sealing_key_with_a_low_order_curve_point_is_refused(point):
    whole = sealing.Opener.from_seed(bytes(32)).public[:1184] + point
    with pytest.raises((RefusedError, ValueError)):
        sealing.seal(whole, label="share", context=b"", message=bytes(32))


def test_every_published_file_is_judged_here_or_named_as_not_ours():
    found = {
        path.name.removesuffix("_test.json")
        for path in (folder() / "wycheproof").glob("*.json")
    }
    assert found == JUDGED | NOT_OURS
