"""Two more strangers: one reads our COSE receipts, one builds the same tree."""

import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.foreign.tools import peer
from tests.ledger.conftest import NOON, ORIGIN
from tests.ledger.entries import grant
from tests.support.ledger_simulator import LedgerSimulator
from wallet.ledger import cose_receipt, proof
from wallet.ledger.entry import leaf_hash
from wallet.ledger.tree import Tree

SIZE = 70
LEDGER = LedgerSimulator(ORIGIN, NOON)
for _number in range(SIZE):
    LEDGER.submit(grant(_number))
NOTE = LEDGER.publish()
TREE = Tree(leaf_hash(grant(number)) for number in range(SIZE))


def receipt(index):
    path = TREE.inclusion(index)
    read = proof.parse(proof.write(index, path, NOTE))
    return cose_receipt.write(LEDGER.key, proof=read)


def asked(tmp_path, data, entry, *, key=LEDGER.key):
    public = Ed25519PublicKey.from_public_bytes(key.public)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    names = []
    for name, content in (("receipt", data), ("entry", entry), ("key", pem)):
        (tmp_path / name).write_bytes(content)
        names.append(tmp_path / name)
    words = [*peer("scitt.py"), *names]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("index", [0, 41, SIZE - 1])
def test_scitt_cose_accepts_a_receipt_of_ours(tmp_path, index):
    done = asked(tmp_path, receipt(index), grant(index))
    assert (done.returncode, done.stdout) == (0, "accepted\n"), done.stderr


@pytest.mark.parametrize("place", [20, 60, 300, -1])
def test_scitt_cose_refuses_a_receipt_with_one_bit_changed(tmp_path, place):
    changed = bytearray(receipt(41))
    changed[place] ^= 1
    done = asked(tmp_path, bytes(changed), grant(41))
    assert (done.returncode, done.stdout[:7]) == (1, "refused"), done.stderr


def test_scitt_cose_refuses_another_entry_and_another_key(tmp_path):
    for entry, key in ((grant(40), LEDGER.key), (grant(41), LEDGER.witness_keys["w1"])):
        done = asked(tmp_path, receipt(41), entry, key=key)
        assert (done.returncode, done.stdout[:7]) == (1, "refused"), done.stderr


def test_pymerkle_computes_the_same_root_of_every_size():
    lines = "".join(f"{grant(number).hex()}\n" for number in range(SIZE))
    done = subprocess.run(
        peer("merkle.py"), input=lines, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [TREE.root(n + 1).hex() for n in range(SIZE)]
