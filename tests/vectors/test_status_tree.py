"""The published vectors of the status tree, by a reader made from its two pages.

Nothing of ours is imported here but the maker, to see that the file is what it makes.
"""

import base64
import hashlib
import json

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.vectors.make_status_tree import FILE, made

VECTORS = json.loads(FILE.read_text(encoding="utf-8"))


def sha256(data):
    return hashlib.sha256(data).digest()


def chunks_of(covered, states):
    """Section 2."""
    count = (covered + 255) // 256
    out = [bytearray(64) for _ in range(count)]
    for index in range(count * 256):
        state = states.get(index, 0) if index < covered else 3
        out[index // 256][index % 256 // 4] |= state << 2 * (index % 4)
    return [bytes(chunk) for chunk in out]


def tree_root(leaves):
    """RFC 6962 2.1."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + tree_root(leaves[:split]) + tree_root(leaves[split:]))


def led_to(leaf, index, size, path):
    """The root a path leads to, by the splits of RFC 6962 read from the top."""
    if size == 1:
        assert not path
        return leaf
    split = 1
    while split * 2 < size:
        split *= 2
    if index < split:
        return sha256(b"\1" + led_to(leaf, index, split, path[:-1]) + path[-1])
    below = led_to(leaf, index - split, size - split, path[:-1])
    return sha256(b"\1" + path[-1] + below)


def leb128(data):
    """Unsigned numbers, one after the other."""
    number, shift = 0, 0
    for byte in data:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number, shift = 0, 0


def test_the_file_is_what_its_maker_makes():
    assert made() == VECTORS


@pytest.mark.parametrize("one", VECTORS["trees"], ids=lambda one: one["covered"])
def test_roots_and_chunk_proofs(one):
    states = {int(index): state for index, state in one["states"].items()}
    chunks = chunks_of(one["covered"], states)
    leaves = [sha256(b"\0" + chunk) for chunk in chunks]
    assert tree_root(leaves).hex() == one["root"]
    assert bool(one["proofs"]) == bool(chunks)
    for proof in one["proofs"]:
        n, path = proof["chunk"], [bytes.fromhex(each) for each in proof["path"]]
        assert bytes.fromhex(proof["bytes"]) == chunks[n]
        assert led_to(leaves[n], n, len(leaves), path).hex() == one["root"]


@pytest.mark.parametrize("one", VECTORS["deltas"], ids=lambda one: one["until"])
def test_deltas(one):
    data = bytes.fromhex(one["bytes"])
    assert data[:8] == b"HWDELTA1"
    assert int.from_bytes(data[8:16], "big") == one["since"]
    assert int.from_bytes(data[16:24], "big") == one["until"]
    index, states = -1, {}
    for number in leb128(data[24:]):
        index += number >> 2
        states[str(index)] = number & 3
    assert states == one["states"]


def test_the_bundle():
    told = VECTORS["bundle"]
    data = bytes.fromhex(told["bytes"])
    assert len(data) <= 4_096
    assert data.startswith(b"HWBUNDLE1\n")
    read = cbor2.loads(data[10:])
    assert sorted(read) == list(range(8))
    text, _, lines = read[7].rpartition(b"\n\n")
    origin, size, root = text.decode().split("\n")
    size, root = int(size), base64.b64decode(root)
    assert (size, read[0]) == (told["size"], told["index"])
    signed_by_all(text + b"\n", lines.decode(), told)
    for index, entry, path in ((read[0], 1, 2), (size - 1, 3, 4)):
        leaf = sha256(b"\0" + read[entry])
        assert led_to(leaf, index, size, hashes(read[path])) == root
    payload = cbor2.loads(cbor2.loads(read[3]).value[2])
    assert payload[4] == payload[7] == size - 1
    index, leaf = read[0], sha256(b"\0" + read[5])
    count = (size - 1 + 255) // 256
    assert led_to(leaf, index // 256, count, hashes(read[6])) == payload[5]
    slot = index % 256
    assert read[5][slot // 4] >> 2 * (slot % 4) & 3 == told["state"]
    assert origin == told["log"].split("+")[0]


def hashes(joined):
    return [joined[at : at + 32] for at in range(0, len(joined), 32)]


def signed_by_all(text, lines, told):
    """C2SP signed-note and tlog-cosignature."""
    keys = {}
    for vkey in (told["log"], *told["cosigners"]):
        name, key_id, key = vkey.split("+", 2)
        keys[name, bytes.fromhex(key_id)] = base64.b64decode(key)
    for line in lines.splitlines():
        _, name, signature = line.split(" ")
        signature = base64.b64decode(signature)
        kind, *_ = key = keys.pop((name, signature[:4]))
        message, signature = text, signature[4:]
        if kind == 4:
            seconds = int.from_bytes(signature[:8], "big")
            message = f"cosignature/v1\ntime {seconds}\n".encode() + text
            signature = signature[8:]
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature, message)
    assert not keys
