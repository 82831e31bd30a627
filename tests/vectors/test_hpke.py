"""Sealing against a second HPKE, and both against the published KEM 0x647a vector."""

import json

import pytest

from tests.support import hpke_oracle
from tests.vectors.published import HERE
from wallet.keys.sealing import OVERHEAD, PUBLIC_SIZE, Opener, seal

VECTOR = json.loads((HERE / "hpke_647a.json").read_text(encoding="utf-8"))


def field(name):
    return bytes.fromhex(VECTOR[name])


def test_our_seed_gives_the_published_public_key():
    assert Opener.from_seed(field("skRm")).public == field("pkRm")


def test_the_oracle_gives_every_published_intermediate_value():
    shared = hpke_oracle.decapsulate(field("skRm"), field("enc"))
    assert shared == field("shared_secret")
    made = hpke_oracle.schedule(shared, field("info"), aead=VECTOR["aead_id"])
    assert made.key == field("key")
    assert made.base_nonce == field("base_nonce")
    assert made.exporter_secret == field("exporter_secret")
    for number, case in enumerate(VECTOR["encryptions"]):
        plain = made.open(
            bytes.fromhex(case["ct"]), aad=bytes.fromhex(case["aad"]), sequence=number
        )
        assert plain.hex() == case["pt"]


@pytest.mark.parametrize("size", [0, 32, 3_000])
def test_the_oracle_opens_what_we_seal(size):
    seed, message = bytes(range(32)), bytes(size)
    mine = Opener.from_seed(seed)
    sealed = seal(mine.public, label="share", context=b"leaf", message=message)
    assert len(mine.public) == PUBLIC_SIZE
    assert len(sealed) == OVERHEAD + size
    opened = hpke_oracle.open_sealed(seed, sealed, label="share", context=b"leaf")
    assert opened == message
