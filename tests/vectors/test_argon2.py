"""RFC 9106 5.3, Argon2id: the one published answer, re-typed."""

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from wallet.keys import keyfile

TAG = (
    "0d 64 0d f5 8d 78 76 6c 08 c0 37 a3 4a 8b 53 c9"
    "d0 1e f0 45 2d 75 b6 5e b5 25 20 e9 6b 01 e6 59"
)


def test_the_library_under_our_key_files_gives_the_published_tag():
    assert keyfile.Argon2id is Argon2id
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
