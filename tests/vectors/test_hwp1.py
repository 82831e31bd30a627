"""HWP1: no cut, swap, splice or flip is taken, and no second key opens a stream.

PROTOCOL.md 1 and 11, Share 11 and 12. The two-key case is made here: one AES-GCM
ciphertext that the library opens under two keys.
"""

import io
import itertools

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wallet.errors import RefusedError
from wallet.keys import stream
from wallet.keys.stream import CHUNK, decrypt, encrypt
from wallet.verdict import Reason

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
START, SEALED = 73, CHUNK + 16
WORDS = bytes(itertools.islice(itertools.cycle(range(251)), 3 * CHUNK + 5))


def sealed(plain, salt=None):
    out = io.BytesIO()
    encrypt(KEY, io.BytesIO(plain), out, salt=salt)
    return out.getvalue()


def taken(data, key=KEY):
    """Whether a stream is believed; a refusal has its one reason."""
    out = io.BytesIO()
    try:
        decrypt(key, io.BytesIO(data), out)
    except RefusedError as refused:
        reasons = (Reason.PACKAGE_ALTERED, Reason.UNKNOWN_VERSION)
        assert refused.reason in reasons  # noqa: PT017 the test is the caller
        return False
    return True


def refused_all(record_property, name, streams):
    """Refuse each of them, and count."""
    count = 0
    for data in streams:
        assert not taken(data)
        count += 1
    record_property(name, {"refused": count})
    return count


GOOD = sealed(WORDS)
CHUNKS = [GOOD[at : at + SEALED] for at in range(START, len(GOOD), SEALED)]


def test_the_stream_itself_is_taken():
    assert len(CHUNKS) == 4
    assert taken(GOOD)


def test_truncations_are_refused(record_property):
    ends = {at + d for at in range(START, len(GOOD), SEALED) for d in range(-20, 21)}
    ends |= {*range(START), *range(len(GOOD) - 40, len(GOOD))}
    cut = [GOOD[:end] for end in sorted(ends)]
    assert refused_all(record_property, "hwp1_truncated", cut) == 217


def test_every_other_order_of_chunks_is_refused(record_property):
    orders = [
        GOOD[:START] + b"".join(order)
        for count in range(5)
        for order in itertools.product(CHUNKS, repeat=count)
        if list(order) != CHUNKS
    ]
    # 4**0 + ... + 4**4 sequences of these chunks, of which one is the stream.
    assert refused_all(record_property, "hwp1_reordered", orders) == 340


def test_splices_of_two_streams_under_one_key_are_refused(record_property):
    second = sealed(WORDS[::-1])
    others = [second[at : at + SEALED] for at in range(START, len(second), SEALED)]
    mixes = [
        head + b"".join(pair[pick] for pair, pick in zip(both, picks, strict=True))
        for head in (GOOD[:START], second[:START])
        for both in [list(zip(CHUNKS, others, strict=True))]
        for picks in itertools.product((0, 1), repeat=4)
    ]
    false = [mix for mix in mixes if mix not in (GOOD, second)]
    heads = [GOOD[:41] + second[41:], GOOD[:9] + second[9:41] + GOOD[41:]]
    assert refused_all(record_property, "hwp1_spliced", false + heads) == 32


def test_flipped_bits_are_refused(record_property):
    small = sealed(b"words")
    flips = []
    for whole, places in (
        (small, range(8 * len(small))),
        (GOOD, range(8 * START, 8 * len(GOOD), 40_009)),
    ):
        for bit in places:
            changed = bytearray(whole)
            changed[bit // 8] ^= 1 << bit % 8
            flips.append(bytes(changed))
    assert refused_all(record_property, "hwp1_flipped", flips) == 792


# --- one ciphertext, two keys ------------------------------------------------------

BLOCK = (1 << 128) - 1


def times(a, b):
    """GCM's multiplication, NIST SP 800-38D 6.3."""
    product = 0
    for place in range(127, -1, -1):
        if a >> place & 1:
            product ^= b
        b = b >> 1 ^ (0xE1 << 120 if b & 1 else 0)
    return product


def power(a, exponent):
    made = 1 << 127
    for bit in f"{exponent:b}":
        made = times(made, made)
        if bit == "1":
            made = times(made, a)
    return made


def cipher_block(key, block):
    raw = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 one block
    return int.from_bytes(raw.update(block), "big")


def two_key_chunk(keys, nonce):
    """A ciphertext of two blocks whose tag is right under both keys.

    With H and E of a key: tag = c1*H^3 + c2*H^2 + length*H + E. Choose c2, solve c1.
    """
    second, length = 0x2222, 256
    cubes = total = 0
    for key in keys:
        h = cipher_block(key, bytes(16))
        cubes ^= power(h, 3)
        total ^= times(second, power(h, 2)) ^ times(length, h)
        total ^= cipher_block(key, nonce + b"\0\0\0\1")
    first = times(total, power(cubes, BLOCK - 1))  # a / b is a * b**(2**128 - 2)
    h = cipher_block(keys[0], bytes(16))
    tag = times(first, power(h, 3)) ^ times(second, power(h, 2)) ^ times(length, h)
    tag ^= cipher_block(keys[0], nonce + b"\0\0\0\1")
    return b"".join(part.to_bytes(16, "big") for part in (first, second, tag))


@pytest.mark.parametrize("number", range(8))
def test_one_ciphertext_opens_under_two_keys_but_one_stream_under_one(
    record_property, number
):
    salt = bytes([number]) * 32
    head = sealed(b"", salt=salt)[:41]
    (key_a, commitment), (key_b, _) = (stream._keys(key, head) for key in (KEY, OTHER))
    nonce = bytes(11) + b"\1"  # chunk 0, which is the last
    chunk = two_key_chunk((key_a, key_b), nonce)
    # The library opens it under both: without the commitment this would be two files.
    assert AESGCM(key_a).decrypt(nonce, chunk, None) != AESGCM(key_b).decrypt(
        nonce, chunk, None
    )
    forged = head + commitment + chunk
    assert taken(forged)
    assert not taken(forged, key=OTHER)
    record_property("hwp1_two_keys", {"refused": 1})
