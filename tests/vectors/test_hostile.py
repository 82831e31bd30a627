"""Bytes from outside end in a typed refusal, whatever they are.

Every reader of public bytes is given noise, and its own good bytes with a piece cut
out, put in or put elsewhere. What is signed or sealed is believed only if it is
exactly what was written.
"""

import base64
import io
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ledger_simulator import LedgerSimulator
from tests.support.relay_world import RelayWorld, at
from tests.support.world import ORIGIN, PARTS, body_for, card_for
from tests.vectors.payloads import (
    BARE,
    CLAUSE,
    GRANT,
    MADE,
    PACKAGE,
    PAIR,
    READER,
    SIGNED,
)
from wallet.cbor import encode
from wallet.errors import (
    RefusedError,
    SlotsDamagedError,
    TurnedAwayError,
    UnreachableError,
)
from wallet.exports import folder_manifest
from wallet.grants import order
from wallet.grants.grant_file import open_grant_file
from wallet.grants.manifest import lay_out, take_out
from wallet.grants.package import content_key, object_id, open_share
from wallet.grants.permission import parse_permission
from wallet.grants.receipt import parse_request
from wallet.grants.withdrawal import (
    check_notice,
    read_notice,
    read_stop_file,
    sign_notice,
    write_stop_file,
)
from wallet.keys import slots, stream
from wallet.ledger import proof
from wallet.ledger.checkpoint import Vkey, parse_note
from wallet.ledger.entry import leaf_hash, parse_entry
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.relay_client import RelayClient
from wallet.ledger.tiles import decode_bundle, encode_bundle
from wallet.ledger.tree import Tree
from wallet.practitioners.application import (
    read_answer,
    read_request,
    write_answer,
    write_request,
)
from wallet.practitioners.card import Accreditation, parse_card
from wallet.registry import parse_boards
from wallet.server.witness.witness import Witness

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LOG = LedgerSimulator(ORIGIN, NOW)
LOG.submit(MADE.entry)
LOG.submit(b"another")
NOTE = LOG.publish()
POLICY = Policy.parse(LOG.policy)
PATH = Tree(map(leaf_hash, [MADE.entry, b"another"])).inclusion(0)
PROOF = proof.write(0, PATH, NOTE)
NOTICE = sign_notice(GRANT.control, origin=ORIGIN, leaf=MADE.leaf)
BOARD_KEY = READER.signer.public


@dataclass(frozen=True)
class Reader:
    """What reads public bytes: good ones, how they are read, what it may raise.

    ``sealed`` says that other bytes than the good ones are never believed.
    """

    good: bytes
    read: Any
    sealed: bool
    refusals: tuple[type[Exception], ...] = (RefusedError,)


def text(read):
    return lambda data: read(data.decode("utf-8", "surrogateescape"))


def opened_package(data):
    name = object_id(MADE.permission.secret, 0)
    grant = open_grant_file(
        MADE.offline_file, openers=[READER.opener], reader=READER.reader_id
    )
    key = content_key(
        grant.parts.share_a, grant.parts.share_b, leaf=MADE.leaf, object_id=name
    )
    stream.decrypt(key, io.BytesIO(data), io.BytesIO())


def taken_out(data):
    take_out(
        io.BytesIO(data),
        origin=ORIGIN,
        pair_sign=PAIR.sign.public,
        begin=lambda _ref: io.BytesIO(),
    )


def laid_out():
    sink = io.BytesIO()
    lay_out(MADE.manifest, PARTS, sink)
    return sink.getvalue()


def believed_note(data):
    POLICY.accept(parse_note(data))


def believed_proof(data):
    leaf = leaf_hash(MADE.entry)
    proof.verify(proof.parse(data), leaf=leaf, policy=POLICY, origin=ORIGIN)


def stop_file(data):
    notice = read_notice(read_stop_file(data))
    check_notice(notice, origin=ORIGIN, control_key=GRANT.control.public)


class Line:
    """A server that answers everything with the same bytes."""

    def __init__(self, answer):
        self.answer = answer

    remembers = True

    def get(self, _url, *, cap):
        return self.answer[:cap]

    get_alone = get

    def post(self, _url, _body, *, cap, headers=None):
        return self.answer[:cap]


def relay_answers(data):
    client = RelayClient("http://relay", Line(data))
    for ask in (
        lambda: client.order(origin="o", entry=b"", order=b""),
        client.bucket_bits,
        lambda: client.bucket(0, 0),
    ):
        try:
            ask()
        except UnreachableError:
            continue


def ledger_answers(data):
    client = LedgerClient("http://ledger", Line(data))
    for ask in (client.log_json, lambda: client.submit(MADE.entry)):
        try:
            ask()
        except UnreachableError:
            continue


def share(data):
    name = object_id(MADE.permission.secret, 0)
    open_share(data, opener=READER.opener, leaf=MADE.leaf, object_id=name)


def accreditation():
    body = body_for(READER).encode()
    return Accreditation(origin=ORIGIN, index=3, salt=bytes(32), body=body)


def order_of(data):
    order.parse_order(data, origin=ORIGIN, ledger_key=GRANT.ledger.public)


def a_slots_file():
    slot = slots.Slot(
        kind=slots.WORDS, slot_id=bytes(16), parameters=(0, 7), nonce=bytes(12)
    ).close(key=bytes(32), data_key=bytes(32), vault_id=bytes(16))
    box = slots.seal_seed(bytes(32), bytes(32))
    return slots.Slots(
        vault_id=bytes(16), generation=1, slots=(slot,), seed_box=box
    ).encode(bytes(32))


REQUEST = encode(
    [
        MADE.leaf,
        bytes(16),
        0,
        [bytes(32)] * 10,
        MADE.entry,
        PROOF,
        bytes(32),
        b"sealed",
        0,
    ]
)
LISTED = folder_manifest.manifest_bytes(
    [folder_manifest.Listed(name="a/b.json", size=3, digest=bytes(32))]
)
READERS = {
    "grant file": Reader(
        MADE.grant_file,
        lambda data: open_grant_file(
            data, openers=[READER.opener], reader=READER.reader_id
        ),
        sealed=True,
    ),
    "package stream": Reader(PACKAGE, opened_package, sealed=True),
    "package layout": Reader(laid_out(), taken_out, sealed=True),
    "sealed share": Reader(MADE.deposit.sealed_share, share, sealed=True),
    "permission": Reader(MADE.signed, parse_permission, sealed=True),
    "entry": Reader(
        MADE.entry, lambda data: parse_entry(data, origin=ORIGIN), sealed=True
    ),
    "card": Reader(card_for(READER), parse_card, sealed=True),
    "order": Reader(MADE.order, order_of, sealed=True),
    "stop file": Reader(write_stop_file(NOTICE), stop_file, sealed=True),
    "board's request": Reader(
        write_request(READER.signer, sealing_key=READER.opener.public),
        read_request,
        sealed=True,
    ),
    # An unknown signer's line may be added to a note; what is signed may not change.
    "checkpoint": Reader(NOTE, believed_note, sealed=False),
    "proof": Reader(PROOF, believed_proof, sealed=False),
    "board's answer": Reader(write_answer(accreditation()), read_answer, sealed=False),
    "release request": Reader(REQUEST, parse_request, sealed=False),
    "policy": Reader(LOG.policy.encode(), text(Policy.parse), sealed=False),
    "verifier key": Reader(
        POLICY.log(ORIGIN).text.encode(), text(Vkey.parse), sealed=True
    ),
    "boards": Reader(
        f"board city {BOARD_KEY.hex()}\n".encode(), text(parse_boards), sealed=False
    ),
    "tile bundle": Reader(
        encode_bundle([MADE.entry, b"another"]), decode_bundle, sealed=False
    ),
    "folder list": Reader(LISTED, folder_manifest.parse_manifest, sealed=False),
    "slots file": Reader(
        a_slots_file(), slots.parse, sealed=True, refusals=(SlotsDamagedError,)
    ),
    "ledger's answers": Reader(
        b'{"index": 3, "difficulty": 1}', ledger_answers, sealed=False
    ),
    "relay's answers": Reader(encode([[0, 7, 99]]), relay_answers, sealed=False),
}


def damaged(good):
    """Noise, or *good* with a slice replaced by noise or by another slice of it."""
    place = st.integers(0, len(good))
    near = st.integers(0, min(len(good), 120))

    def put(start, length, filling):
        return good[:start] + filling + good[start + length :]

    slices = st.builds(lambda a, n: good[a : a + n], place, near)
    return st.one_of(
        st.binary(max_size=200),
        st.builds(put, place | near, near, st.binary(max_size=40) | slices),
        st.builds(lambda start, bit: flip(good, start, bit), place, st.integers(0, 7)),
    )


def flip(good, place, bit):
    changed = bytearray(good)
    changed[place % len(good)] ^= 1 << bit
    return bytes(changed)


@pytest.mark.parametrize("name", READERS)
def test_good_bytes_are_read(name):
    READERS[name].read(READERS[name].good)


@pytest.mark.parametrize("name", READERS)
def test_other_bytes_end_in_a_typed_refusal(name):
    reader = READERS[name]

    @settings(deadline=None)
    @given(damaged(reader.good))
    def holds(data):
        try:
            reader.read(data)
        except reader.refusals:
            return
        assert data == reader.good or not reader.sealed

    holds()


# Anything CBOR can say here, to any depth; what cannot be written is left out.
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.binary(max_size=40)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-3, 110), inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("name", {**SIGNED, **BARE, "scope clause": CLAUSE})
def test_any_value_in_any_field_ends_in_a_typed_refusal_or_is_read(name):
    one = {**SIGNED, **BARE, "scope clause": CLAUSE}[name]

    @settings(deadline=None)
    @given(st.sampled_from(sorted(one.fields)), VALUES)
    def holds(field, value):
        try:
            payload = encode({**one.fields, field: value})
        except ValueError:
            return
        with suppress(RefusedError):
            one.read(payload)

    holds()


# --- the servers -------------------------------------------------------------------


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    world = RelayWorld(tmp_path_factory.mktemp("relay"))
    world.log_grant()
    world.deposit()
    yield world
    world.storage.close()


ASKS = ("take_put", "take_order", "take_notice", "take_request")


@pytest.mark.parametrize("ask", ASKS)
def test_a_relay_refuses_every_other_message(relay, ask):
    deleting = order.delete(relay.grant.ledger, origin=ORIGIN, leaf=relay.made.leaf)
    notice = sign_notice(relay.grant.ledger, origin=ORIGIN, leaf=relay.made.leaf)
    good = {
        "take_put": relay.message(deleting),
        "take_order": relay.message(relay.made.order),
        "take_notice": relay.message(notice),  # by the wrong key
        "take_request": relay.receipt(place=5, log=False).encode(),
    }[ask]

    @settings(deadline=None)
    @given(damaged(good))
    def holds(data):
        with pytest.raises(RefusedError):
            getattr(relay.relay, ask)(data, now=at())

    holds()


def test_a_witness_turns_away_every_other_request():
    body = b"old 0\n\n" + NOTE
    with tempfile.TemporaryDirectory() as folder:
        log = POLICY.log(ORIGIN)
        witness = Witness(
            Path(folder) / "w.db", name="w.test", signer=PAIR.sign, logs=[log]
        )

        @settings(deadline=None)
        @given(damaged(body))
        def holds(data):
            status = 200
            try:
                witness.add_checkpoint(data, seconds=1_800_000_000)
            except TurnedAwayError as turned:
                status = turned.status
            assert status in (200, 400, 403, 404, 409, 422)
            if status == 200:  # foreign lines below a note change nothing
                note = parse_note(data.partition(b"\n\n")[2])
                assert note.text == parse_note(NOTE).text

        holds()
        witness.close()


@settings(deadline=None)
@given(st.lists(st.binary(max_size=70), max_size=70))
def test_a_witness_bears_any_proof(lines):
    path = b"\n".join([b"old 1", *map(base64.b64encode, lines)])
    with tempfile.TemporaryDirectory() as folder:
        witness = Witness(
            Path(folder) / "w.db",
            name="w.test",
            signer=PAIR.sign,
            logs=[POLICY.log(ORIGIN)],
        )
        with pytest.raises(TurnedAwayError) as turned:
            witness.add_checkpoint(path + b"\n\n" + NOTE, seconds=1_800_000_000)
        witness.close()
    assert turned.value.status in (400, 409, 422)
