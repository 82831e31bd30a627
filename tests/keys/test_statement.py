"""Statements: exact bytes, and a refusal for everything else."""

import time
from contextlib import suppress

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.cbor import byte_string, decode, encode, loosely
from wallet.errors import RefusedError
from wallet.keys.signing import (
    SMALL_ORDER,
    Signer,
    sign_payload,
    sign_statement,
    verify_statement,
)
from wallet.statement import (
    KEY,
    Name,
    is_count,
    layouts,
    may_be,
    parse,
    parse_one_of,
    peek_type,
)
from wallet.verdict import Reason

SIGNER = Signer.from_seed(bytes(range(32)))
SHAPE = {6: KEY, 7: KEY}
ORIGIN = "ledger.example/consent/2027h1"
ONE_OF_OTHERS = {Name.GRANT: SHAPE}


def receipt(**other):
    fields = {6: bytes(32), 7: SIGNER.public}
    return sign_statement(
        SIGNER, name=Name.RECEIPT, origin=ORIGIN, fields={**fields, **other}
    )


def refusal(data, *, name=Name.RECEIPT, origin=ORIGIN, public=SIGNER.public):
    with pytest.raises(RefusedError) as refused:
        verify_statement(data, name=name, origin=origin, public=public, fields=SHAPE)
    return refused.value.reason


def test_map_keys_are_sorted_bytewise_and_not_by_length():
    keys = {10: 0, 100: 0, -1: 0}
    assert encode(keys) == bytes.fromhex("a30a0018640020 00".replace(" ", ""))


def test_a_receipt_entry_is_179_bytes():
    assert len(receipt()) == 179


def test_every_flipped_bit_is_refused():
    good = receipt()
    for bit in range(len(good) * 8):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        assert refusal(bytes(bad)) in (
            Reason.MALFORMED,
            Reason.SIGNATURE_WRONG,
            Reason.UNKNOWN_VERSION,
        )


def test_a_statement_cannot_be_replayed_as_another_type_or_on_another_ledger():
    assert refusal(receipt(), name=Name.GRANT) is Reason.MALFORMED
    assert refusal(receipt(), origin="other.example") is Reason.SIGNATURE_WRONG


def test_another_key_is_refused_by_its_kid():
    other = Signer.from_seed(bytes(32))
    assert refusal(receipt(), public=other.public) is Reason.SIGNATURE_WRONG


def test_one_field_more_is_malformed():
    extra = sign_statement(
        SIGNER,
        name=Name.RECEIPT,
        origin=ORIGIN,
        fields={6: bytes(32), 7: SIGNER.public, 8: 1},
    )
    assert refusal(extra) is Reason.MALFORMED


def test_one_field_less_is_malformed():
    less = sign_statement(
        SIGNER, name=Name.RECEIPT, origin=ORIGIN, fields={6: bytes(32)}
    )
    assert refusal(less) is Reason.MALFORMED


def test_a_newer_version_is_unknown_and_not_malformed():
    newer = sign_statement(
        SIGNER,
        name=Name.RECEIPT,
        origin=ORIGIN,
        fields={2: 2, 6: bytes(32), 7: SIGNER.public, 99: "new"},
    )
    assert refusal(newer) is Reason.UNKNOWN_VERSION


def test_another_algorithm_is_unknown_and_not_malformed():
    good = receipt()
    other = good.replace(encode({1: -19, 4: good[8:16]})[:3], b"\xa2\x01\x26", 1)
    with pytest.raises(RefusedError):
        peek_type(other)


def test_all_fourteen_small_order_keys_are_refused():
    assert len(SMALL_ORDER) == 14
    for public in SMALL_ORDER:
        assert refusal(receipt(), public=public) is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize(
    "data",
    [
        "1800",  # 0 in two bytes
        "a2010101 02".replace(" ", ""),  # the same key twice
        "f7",  # undefined
        "f97e00",  # NaN
        "fb3ff0000000000000",  # a float
        "5f4100ff",  # an indefinite length
        "0000",  # trailing bytes
        "c100",  # a tag
        "a1f500",  # a key that is true
        "a1616100",  # a text key
        "6365cc81",  # text that is not NFC
        "1b8000000000000000",  # 2^63
        "818181818181818181",  # nine containers
    ],
)
def test_another_encoding_or_type_is_malformed(data):
    with pytest.raises(RefusedError) as refused:
        decode(bytes.fromhex(data))
    assert refused.value.reason is Reason.MALFORMED


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.binary(max_size=40)
    | st.text(alphabet="abc xyz", max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-300, 70_000), inner, max_size=4)
    ),
    max_leaves=6,
)


@given(VALUES)
def test_what_is_written_is_read_back(value):
    try:
        data = encode(value)
    except ValueError:
        return
    assert decode(data) == value


def shared_lists(levels, width):
    """Lists of references to the list before: tiny here, width**levels spelled out."""
    parts = [b"\xd8\x1c\x81\x00"]
    parts += [
        b"\xd8\x1c\x98" + bytes([width]) + (b"\xd8\x1d" + bytes([level])) * width
        for level in range(levels)
    ]
    return bytes([0x80 + len(parts)]) + b"".join(parts)


@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: b"\xd2" + data])
def test_a_value_shared_a_billion_times_is_never_spelled_out(wrap):
    bomb = wrap(shared_lists(6, 60))
    assert len(bomb) < 1_200
    for read in (decode, lambda data: loosely(data, cap=4_096, place="x")):
        began = time.process_time()
        with suppress(RefusedError):
            read(bomb)
        assert time.process_time() - began < 1
    with pytest.raises(RefusedError):
        decode(bomb)
    with pytest.raises(RefusedError):
        peek_type(b"\xd2" + bomb, cap=4_096)


@pytest.mark.parametrize(
    "data",
    [
        b"\x9b" + b"\xff" * 8,
        b"\xbb" + b"\x7f" * 8,
        b"\x5b" + b"\xff" * 8,
        b"\x81" * 1_000_000,
        b"\xc1" * 1_000_000,
        b"\x9f" * 50,
        b"",
        b"\x1b\0",
    ],
)
def test_a_length_or_a_depth_is_never_believed_before_it_is_there(data):
    with pytest.raises(RefusedError) as refused:
        decode(data)
    assert refused.value.reason is Reason.MALFORMED


def test_a_newer_statement_may_hold_what_we_cannot_read():
    payload = cbor2.dumps({1: 30, 2: 2, 6: cbor2.CBORTag(42, [1.5, "x"])})
    newer = sign_payload(SIGNER, name=Name.RECEIPT, origin=ORIGIN, payload=payload)
    with pytest.raises(RefusedError) as refused:
        peek_type(newer)
    assert refused.value.reason is Reason.UNKNOWN_VERSION


@given(VALUES)
def test_the_librarys_reader_understands_what_ours_writes(value):
    with suppress(ValueError):
        assert cbor2.loads(encode(value)) == value


@given(st.binary(max_size=60))
def test_hostile_bytes_end_in_a_refusal_and_never_in_another_error(data):
    reason = Reason.MALFORMED
    try:
        value = decode(data)
    except RefusedError as refused:
        reason = refused.reason
    else:
        assert encode(value) == data
    assert reason is Reason.MALFORMED
    with suppress(RefusedError):
        parse(data, name=Name.GRANT, fields={})


@pytest.mark.parametrize("size", [0, 1, 2, 200, 300, 70_000])
@pytest.mark.parametrize("name", Name)
def test_a_type_is_told_from_the_first_bytes(name, size):
    signed = sign_statement(SIGNER, name=name, origin="x", fields={6: bytes(size)})
    assert [one for one in Name if may_be(signed, one)] == [name]


@pytest.mark.parametrize("cut", range(23))
def test_what_is_cut_short_is_of_no_type(cut):
    signed = sign_statement(SIGNER, name=Name.STATUS, origin="x", fields={})
    assert not may_be(signed[:cut], Name.STATUS)


def test_one_of_several_types_is_read_by_its_own_shape():
    shapes = {Name.GRANT: {6: KEY}, Name.RECEIPT: SHAPE}
    assert (
        parse_one_of(receipt(), shapes=shapes, laid_out=layouts(shapes)).name
        is Name.RECEIPT
    )
    with pytest.raises(RefusedError) as refused:
        parse_one_of(receipt(), shapes=ONE_OF_OTHERS, laid_out=layouts(ONE_OF_OTHERS))
    assert refused.value.reason is Reason.UNKNOWN_VERSION


ONE_OF = {Name.GRANT: {6: KEY, 7: KEY, 8: KEY}, Name.RECEIPT: SHAPE}
LAID_OUT = layouts(ONE_OF)


def read(data, *, laid_out):
    try:
        return parse_one_of(data, shapes=ONE_OF, laid_out=laid_out)
    except RefusedError as refused:
        return refused.reason, refused.place


def test_reading_by_layout_gives_what_reading_by_parts_gives():
    for name, shape in ONE_OF.items():
        good = sign_statement(
            SIGNER, name=name, origin=ORIGIN, fields=dict.fromkeys(shape, b"\n" * 32)
        )
        (layout,) = LAID_OUT[len(good)]
        assert layout.read(good) == parse(good, name=name, fields=shape)
        for at in range(len(good)):
            for bit in (1, 16, 128):
                bad = good[:at] + bytes((good[at] ^ bit,)) + good[at + 1 :]
                assert read(bad, laid_out=LAID_OUT) == read(bad, laid_out={})


def test_only_types_whose_fields_are_all_keys_are_laid_out():
    open_ended = {Name.STATUS: {4: is_count, 5: KEY, 6: is_count, 7: is_count}}
    assert not layouts(open_ended)


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65_536])
def test_bytes_alone_are_encoded_as_anything_is(size):
    assert byte_string(bytes(size)) == encode(bytes(size))
    assert decode(byte_string(bytes(size))) == bytes(size)
