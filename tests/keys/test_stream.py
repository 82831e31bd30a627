"""HWP1 streams: whole or refused."""

import io

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from wallet.errors import RefusedError
from wallet.keys import stream
from wallet.keys.stream import CHUNK, decrypt, encrypt, padme
from wallet.verdict import Reason

KEY = bytes(range(32))


def sealed(plain, key=KEY):
    out = io.BytesIO()
    encrypt(key, io.BytesIO(plain), out)
    return out.getvalue()


def opened(data, key=KEY):
    out = io.BytesIO()
    decrypt(key, io.BytesIO(data), out)
    return out.getvalue()


def refusal(data, key=KEY):
    with pytest.raises(RefusedError) as refused:
        opened(data, key)
    return refused.value.reason


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_streams_of_every_size_come_back(size):
    plain = bytes(i % 251 for i in range(size))
    assert opened(sealed(plain)) == plain


def test_a_full_last_chunk_carries_the_flag_and_no_empty_one_follows():
    assert len(sealed(bytes(CHUNK))) == 41 + 32 + CHUNK + 16


def test_an_empty_chunk_after_a_full_one_is_refused_whoever_made_it():
    head = sealed(b"")[:41]
    key, commitment = stream._keys(KEY, head)
    cipher = AESGCM(key)
    full = cipher.encrypt(stream._nonce(0, last=False), bytes(CHUNK), None)
    empty = cipher.encrypt(stream._nonce(1, last=True), b"", None)
    assert refusal(head + commitment + full + empty) is Reason.PACKAGE_ALTERED
    last = cipher.encrypt(stream._nonce(0, last=True), bytes(CHUNK), None)
    assert opened(head + commitment + last) == bytes(CHUNK)


def test_truncation_at_every_chunk_and_around_it_is_refused():
    data = sealed(bytes(3 * CHUNK + 5))
    ends = [73 + n * (CHUNK + 16) for n in range(4)]
    for end in {e + d for e in ends for d in (-1, 0, 1)} | {0, 40, 41, 72}:
        assert refusal(data[:end]) is Reason.PACKAGE_ALTERED


def test_swapped_dropped_and_doubled_chunks_are_refused():
    data = sealed(bytes(4 * CHUNK))
    head, size = data[:73], CHUNK + 16
    chunks = [data[73 + n * size : 73 + (n + 1) * size] for n in range(4)]
    for i in range(4):
        for j in range(i):
            other = list(chunks)
            other[i], other[j] = other[j], other[i]
            assert refusal(head + b"".join(other)) is Reason.PACKAGE_ALTERED
        dropped = chunks[:i] + chunks[i + 1 :]
        assert refusal(head + b"".join(dropped)) is Reason.PACKAGE_ALTERED
        doubled = chunks[: i + 1] + chunks[i:]
        assert refusal(head + b"".join(doubled)) is Reason.PACKAGE_ALTERED


def test_a_chunk_of_another_stream_under_the_same_key_is_refused():
    one, two = sealed(bytes(2 * CHUNK)), sealed(bytes(2 * CHUNK))
    assert refusal(one[: 73 + CHUNK + 16] + two[73 + CHUNK + 16 :])


def test_every_flipped_bit_of_the_head_is_refused():
    data = sealed(b"words")
    for bit in range(len(data) * 8):
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        expected = Reason.UNKNOWN_VERSION if bit < 5 * 8 else Reason.PACKAGE_ALTERED
        assert refusal(bytes(bad)) is expected


def test_one_ciphertext_opens_under_one_key_only():
    data = sealed(b"words")
    assert refusal(data, key=bytes(32)) is Reason.PACKAGE_ALTERED


@given(st.integers(1, 1 << 40))
def test_padded_sizes_hold_the_length_and_waste_little(length):
    size = padme(length)
    assert size >= max(length, 65_536)
    assert size <= max(65_536, length * 1.125)
    assert padme(size) == size
