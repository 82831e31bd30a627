"""Every answer of C2SP tlog-witness, add-checkpoint."""

import base64
import hashlib

import pytest

from wallet.errors import TurnedAwayError
from wallet.keys.signing import Signer
from wallet.ledger import merkle
from wallet.ledger.checkpoint import (
    LOG_KIND,
    Checkpoint,
    note_text,
    parse_note,
    sign_log,
    vkey_for,
)
from wallet.server.witness.witness import Witness

ORIGIN = "ledger.test/demo"
LOG = Signer.from_seed(b"l" * 32)
NOON = 1_800_000_000
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(20)]
FORKED = [merkle.leaf_hash(b"other"), *LEAVES[1:]]


@pytest.fixture
def witness(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def opened(folder):
    return Witness(
        folder / "witness.db",
        name="witness.test",
        signer=Signer.from_seed(b"w" * 32),
        logs=[vkey_for(ORIGIN, LOG_KIND, LOG.public)],
    )


def note(size, leaves=LEAVES, *, origin=ORIGIN, signer=LOG, root=None):
    root = merkle.root(leaves[:size]) if root is None else root
    text = note_text(Checkpoint(origin, size, root))
    return text + b"\n" + sign_log(signer, origin, text)


def request(old, size, leaves=LEAVES, **other):
    path = merkle.consistency_path(leaves[:size], old) if 0 < old <= size else []
    lines = [b"old %d" % old, *map(base64.b64encode, path)]
    return b"\n".join(lines) + b"\n\n" + note(size, leaves, **other)


def asked(witness, body):
    with pytest.raises(TurnedAwayError) as turned:
        witness.add_checkpoint(body, seconds=NOON)
    return turned.value.status


def test_growth_is_cosigned_and_remembered(witness, tmp_path):
    for old, size in ((0, 3), (3, 3), (3, 12)):
        line = witness.add_checkpoint(request(old, size), seconds=NOON)
        read = parse_note(note(size) + line)
        assert read.cosignature_times([witness.vkey]) == {witness.vkey: NOON}
    again = opened(tmp_path)
    name = hashlib.sha256(ORIGIN.encode()).hexdigest()
    assert parse_note(again.checkpoint(name)).checkpoint.size == 12
    assert again.checkpoint("0" * 64) is None
    with pytest.raises(TurnedAwayError) as turned:
        again.add_checkpoint(request(3, 13), seconds=NOON)
    assert (turned.value.status, turned.value.detail) == (409, "12")
    again.close()


@pytest.mark.expects_log("another history was shown; both notes are kept")
def test_a_fork_is_never_cosigned(witness):
    witness.add_checkpoint(request(0, 3), seconds=NOON)
    assert asked(witness, request(3, 3, FORKED)) == 422
    assert asked(witness, request(3, 12, FORKED)) == 422
    assert asked(witness, request(0, 12, FORKED)) == 409
    assert witness.add_checkpoint(request(3, 12), seconds=NOON)


def test_lines_that_strangers_put_below_a_note_are_not_passed_on(witness):
    junk = "".join(
        f"\u2014 stranger-{n} {base64.b64encode(bytes([n]) * 70).decode()}\n"
        for n in range(99)
    ).encode()
    head, _, body = request(0, 3).partition(b"\n\n")
    witness.add_checkpoint(head + b"\n\n" + body + junk, seconds=NOON)
    name = hashlib.sha256(ORIGIN.encode()).hexdigest()
    kept = parse_note(witness.checkpoint(name))
    assert [line.name for line in kept.lines] == [ORIGIN, "witness.test"]


def test_each_other_fault_has_its_own_answer(witness):
    stranger = Signer.from_seed(b"s" * 32)
    assert asked(witness, request(0, 3, origin="other.test/x")) == 404
    assert asked(witness, request(0, 3, signer=stranger)) == 403
    assert asked(witness, request(4, 3)) == 400
    assert asked(witness, request(0, 0, root=bytes(32))) == 422
    step = base64.b64encode(bytes(32))
    assert asked(witness, b"old 0\n" + step + b"\n\n" + note(3)) == 422
    for head in (b"", b"old", b"old 00", b"old -1", b"old x", b"new 0", b"old 0\n!"):
        assert asked(witness, head + b"\n\n" + note(3)) == 400
    other = step[:-2] + b"B="  # the same bytes under bits that must be zero
    assert base64.b64decode(other) == base64.b64decode(step)
    assert asked(witness, b"old 1\n" + other + b"\n\n" + note(3)) == 400
    too_many = b"\n".join([b"old 1", *[step] * 64])
    assert asked(witness, too_many + b"\n\n" + note(3)) == 400
    assert (
        asked(witness, b"old 0\n" + base64.b64encode(b"x") + b"\n\n" + note(3)) == 400
    )
    assert asked(witness, b"old 0\n\nno note") == 400


def test_an_empty_log_can_be_witnessed(witness):
    assert witness.add_checkpoint(request(0, 0), seconds=NOON)
