"""C2SP/wycheproof, each primitive through the wrapper that uses it here."""

import hashlib
from collections import Counter

import pytest
from cryptography.exceptions import InvalidTag

from tests.vectors.published import cases, raw
from wallet.errors import RefusedError
from wallet.keys import sealing, signing, stream
from wallet.keys.derivation import extract_and_expand
from wallet.ledger.entry import commit


def judged(record_property, name, answer):
    """Run *answer* over every case of a file and count what agreed."""
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
    def answer(_group, case):
        word, salt, wanted = raw(case, "password", "salt", "dk")
        made = hashlib.pbkdf2_hmac(
            "sha256", word, salt, case["iterationCount"], case["dkLen"]
        )
        return agree(good=made == wanted, case=case)

    assert judged(record_property, "pbkdf2_hmacsha256", answer) == {"agrees": 60}


def test_the_cipher_of_our_streams_is_aes_gcm_as_published(record_property):
    def answer(_group, case):
        key, nonce, aad, plain = raw(case, "key", "iv", "aad", "msg")
        box = b"".join(raw(case, "ct", "tag"))
        try:
            opened = stream.AESGCM(key).decrypt(nonce, box, aad or None)
        except ValueError:
            if case["result"] == "valid" and not 8 <= len(nonce) <= 128:
                return "nonce size refused by the library"
            return agree(good=False, case=case)
        except InvalidTag:
            return agree(good=False, case=case)
        return agree(good=opened == plain, case=case)

    counts = judged(record_property, "aes_gcm", answer)
    assert counts == {"agrees": 289, "nonce size refused by the library": 27}


def test_the_curve_under_our_sealing_is_x25519_as_published(record_property):
    def answer(_group, case):
        public, private, wanted = raw(case, "public", "private", "shared")
        key = sealing.x25519.X25519PrivateKey.from_private_bytes(private)
        peer = sealing.x25519.X25519PublicKey.from_public_bytes(public)
        try:
            made = key.exchange(peer)
        except ValueError:
            zero = wanted == bytes(32) and case["result"] == "acceptable"
            return "zero secret refused" if zero else "disagrees"
        return "agrees" if made == wanted else "disagrees"

    counts = judged(record_property, "x25519", answer)
    assert counts == {"agrees": 487, "zero secret refused": 31}


def test_the_lattice_under_our_sealing_is_ml_kem_as_published(record_property):
    def answer(_group, case):
        seed, sealed = raw(case, "seed", "c")
        try:
            key = sealing.mlkem.MLKEM768PrivateKey.from_seed_bytes(seed)
            made = key.decapsulate(sealed)
        except ValueError:
            return agree(good=False, case=case)
        public = key.public_key().public_bytes_raw()
        good = made.hex() == case["K"] and public.hex() == case["ek"]
        return agree(good=good, case=case)

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
