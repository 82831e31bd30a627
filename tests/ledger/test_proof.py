"""tlog-proofs: the exact text, and a refusal for everything else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.conftest import NOON, ORIGIN
from tests.ledger.entries import grant
from tests.support.ledger_simulator import LedgerSimulator
from wallet.errors import RefusedError
from wallet.ledger import proof
from wallet.ledger.entry import leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.tree import Tree
from wallet.verdict import Reason

LEDGER = LedgerSimulator(ORIGIN, NOON)
for _number in range(5):
    LEDGER.submit(grant(_number))
NOTE = LEDGER.publish()
LEAVES = [leaf_hash(grant(number)) for number in range(5)]
PATH = Tree(LEAVES).inclusion(2)
GOOD = proof.write(2, PATH, NOTE)
POLICY = Policy.parse(LEDGER.policy)


def judge(data, *, leaf=LEAVES[2], policy=POLICY, origin=ORIGIN):
    return proof.verify(proof.parse(data), leaf=leaf, policy=policy, origin=origin)


def refused(data, **other):
    with pytest.raises(RefusedError) as caught:
        judge(data, **other)
    return caught.value.reason


def test_the_text_is_that_of_the_public_format():
    hashes = b"".join(base64.b64encode(one) + b"\n" for one in PATH)
    head = b"c2sp.org/tlog-proof@v1\nindex 2\n"
    assert head + hashes + b"\n" + NOTE == GOOD
    assert proof.write(2, PATH, NOTE, b"x").split(b"\n")[1] == b"extra eA=="


def test_a_proof_gives_the_quorum_time():
    assert int(judge(GOOD).timestamp()) == int(NOON.timestamp()) - 1
    extra = proof.parse(proof.write(2, PATH, NOTE, b"x"))
    assert (extra.extra, extra.index, extra.path) == (b"x", 2, tuple(PATH))


def test_a_log_of_one_entry_needs_no_path():
    one = LedgerSimulator(ORIGIN, NOON)
    one.submit(grant(2))
    assert judge(proof.write(0, [], one.publish()))


@pytest.mark.parametrize(
    "data",
    [
        GOOD.replace(b"index 2", b"index 3"),
        GOOD.replace(b"index 2", b"index 02"),
        GOOD.replace(b"index 2\n", b""),
        GOOD.replace(b"index 2", b"extra !\nindex 2"),
        GOOD.replace(b"index 2\n", b"index 2\nAAAA\n"),
        proof.write(2, PATH[:-1], NOTE),
        proof.write(2, [*PATH, bytes(32)], NOTE),
        proof.write(2, PATH * 40, NOTE),
        proof.write(9, PATH, NOTE),
        GOOD[: GOOD.index(b"\n\n")],
        GOOD[: GOOD.index(b"\n\n") + 2],
        b"c2sp.org/tlog-proof@v1\n\n" + NOTE,
        GOOD + bytes(1 << 16),
    ],
)
def test_a_proof_that_does_not_lead_to_the_root_is_malformed(data):
    assert refused(data) is Reason.MALFORMED


def test_another_version_is_unknown():
    assert refused(GOOD.replace(b"@v1", b"@v2")) is Reason.UNKNOWN_VERSION


def test_another_leaf_or_origin_is_malformed():
    assert refused(GOOD, leaf=LEAVES[3]) is Reason.MALFORMED
    assert refused(GOOD, origin="other.test") is Reason.MALFORMED


def test_a_proof_needs_a_quorum():
    LEDGER.witnesses_up = {"w2"}
    assert refused(proof.write(2, PATH, LEDGER.publish())) is Reason.NO_QUORUM


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_no_changed_byte_proves_another_entry(place, flip):
    data = bytearray(GOOD)
    data[place] ^= flip
    try:
        judge(bytes(data))
    except RefusedError:
        return
    # only an unknown signer's name or key id can be changed without harm
    assert place >= GOOD.index("\u2014".encode())


@given(st.binary(max_size=300))
def test_no_bytes_bring_the_reader_down(data):
    with pytest.raises(RefusedError):
        proof.parse(data)
