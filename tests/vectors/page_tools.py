"""What PROTOCOL.md asks for, once more: CBOR, COSE, HKDF, trees, notes, streams.

Written from the page and the RFCs it names, for the second reader of our vectors. It
imports nothing of `wallet`.
"""

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def sha(data):
    return hashlib.sha256(data).digest()


def u16(n):
    return n.to_bytes(2, "big")


def u32(n):
    return n.to_bytes(4, "big")


# --- RFC 5869 and 11's X; RFC 8018 -------------------------------------------------


def expand(key, info, length=32):
    out = block = b""
    counter = 1
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([counter]), "sha256")
        out, counter = out + block, counter + 1
    return out[:length]


def hkdf(ikm, salt, info, length):
    return expand(hmac.digest(salt, ikm, "sha256"), info, length)


def x(key, label, context=b"", length=32):
    return expand(key, b"heartwood/1/" + label.encode() + b"\0" + context, length)


def pbkdf2(password, salt, rounds):
    """One block of PBKDF2-HMAC-SHA256, round by round."""
    keyed = hmac.new(password, digestmod="sha256")

    def prf(data):
        one = keyed.copy()
        one.update(data)
        return one.digest()

    block = prf(salt + u32(1))
    mixed = int.from_bytes(block, "big")
    for _ in range(rounds - 1):
        block = prf(block)
        mixed ^= int.from_bytes(block, "big")
    return mixed.to_bytes(32, "big")


# --- RFC 8949 4.2.1 ----------------------------------------------------------------


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for code, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if n < 1 << 8 * width:
            return bytes([major << 5 | code]) + n.to_bytes(width, "big")
    raise AssertionError("no such number")


def write(value):
    """The one encoding of a value."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, dict):
        pairs = sorted((write(key), write(item)) for key, item in value.items())
        return head(5, len(value)) + b"".join(key + item for key, item in pairs)
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(write, value))
    data = value if isinstance(value, bytes) else value.encode()
    return head(2 if data is value else 3, len(data)) + data


def read(data, at=0):
    """One CBOR value and where it ends."""
    major, small = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return {20: False, 21: True, 22: None}[small], at
    number = small
    if small >= 24:
        width = 1 << (small - 24)
        number, at = int.from_bytes(data[at : at + width], "big"), at + width
    if major == 0:
        return number, at
    if major == 1:
        return -1 - number, at
    if major in (2, 3):
        piece = data[at : at + number]
        return (piece if major == 2 else piece.decode()), at + number
    assert major in (4, 5)
    items = []
    for _ in range(number * (major - 3)):
        item, at = read(data, at)
        items.append(item)
    keyed = dict(zip(items[::2], items[1::2], strict=True)) if major == 5 else None
    return (items if major == 4 else keyed), at


def whole(data):
    """A value that fills *data* and is encoded in the one way."""
    found, _ = read(data)
    assert write(found) == data
    return found


# --- PROTOCOL.md 1: statements -----------------------------------------------------


def ed_public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def verify(public, signature, message):
    Ed25519PublicKey.from_public_bytes(public).verify(signature, message)


def s1(data, name, origin, public):
    """Check a COSE_Sign1 and give its payload map."""
    assert data[:1] == b"\xd2"  # tag 18
    protected, unprotected, payload, signature = whole(data[1:])
    assert unprotected == {}
    assert protected == write({1: -19, 4: sha(public)[:8]})
    aad = f"heartwood/1/{name}/{origin}".encode()
    verify(public, signature, write(["Signature1", protected, aad, payload]))
    return whole(payload)


# --- RFC 6962, C2SP notes and proofs -----------------------------------------------


def leaf(data):
    return sha(b"\0" + data)


def node(left, right):
    return sha(b"\1" + left + right)


def perfect_root(hashes):
    """Root of a tree of 2**n leaves."""
    while len(hashes) > 1:
        hashes = [node(a, b) for a, b in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def climb(here, at, path):
    """Root that a path leads to in a tree of 2**len(path) leaves."""
    for step in path:
        here = node(step, here) if at & 1 else node(here, step)
        at >>= 1
    return here


def key_id(name, kind, public):
    return sha(name.encode() + b"\n" + bytes([kind]) + public)[:4]


def open_note(note, log, witness):
    """Origin, size and root of a checkpoint with the line of each (name, key)."""
    body, lines = note.rsplit("\n\n", 1)
    text = body + "\n"
    wanted = [(1, *log), (4, *witness)]
    for line, (kind, name, public) in zip(lines.splitlines(), wanted, strict=True):
        dash, signer, encoded = line.split(" ")
        signature = base64.b64decode(encoded)
        assert (dash, signer) == ("\N{EM DASH}", name)
        assert signature[:4] == key_id(name, kind, public)
        if kind == 1:
            verify(public, signature[4:], text.encode())
        else:
            seconds = int.from_bytes(signature[4:12], "big")
            signed = f"cosignature/v1\ntime {seconds}\n{text}"
            verify(public, signature[12:], signed.encode())
    origin, size, root = body.split("\n")
    return origin, int(size), base64.b64decode(root)


def open_proof(proof, log, witness):
    """Index, path and the checkpoint's three facts."""
    top, note = proof.decode().split("\n\n", 1)
    magic, index, *path = top.split("\n")
    assert magic == "c2sp.org/tlog-proof@v1"
    steps = [base64.b64decode(step) for step in path]
    return int(index.removeprefix("index ")), steps, open_note(note, log, witness)


# --- PROTOCOL.md 11: padding and streams -------------------------------------------


def unpad(padded):
    assert len(padded) % 1_024 == 0
    size = int.from_bytes(padded[:4], "big")
    assert not padded[4 + size :].strip(b"\0")
    assert len(padded) - 4 - size < 1_024
    return padded[4 : 4 + size]


def padme(length):
    """Nikitin et al. 2019, and at least 65,536."""
    exponent = length.bit_length() - 1
    low = exponent - exponent.bit_length()
    mask = (1 << low) - 1
    return max((length + mask) & ~mask, 65_536)


def chunks(data):
    """The chunks of a package behind head and commitment."""
    return [data[at : at + 65_552] for at in range(73, len(data), 65_552)]


def decrypt(key, sealed):
    """STREAM: a counter and the last flag in each nonce."""
    plain = b""
    for counter, chunk in enumerate(sealed):
        last = counter == len(sealed) - 1
        assert last or len(chunk) == 65_552
        nonce = bytes(7) + u32(counter) + bytes([last])
        plain += AESGCM(key).decrypt(nonce, chunk, None)
    return plain
