"""A grant file with two faults says the earlier one of the order of the check."""

import hashlib

import pytest

from tests.support.world import ORIGIN, clinic, issued, opened, patient_keys
from wallet.cbor import decode, encode
from wallet.errors import RefusedError
from wallet.grants.grant_file import GrantParts, write_grant_file
from wallet.keys.signing import SMALL_ORDER, sign_payload
from wallet.ledger.entry import build_grant, build_receipt, commit
from wallet.statement import Name
from wallet.verdict import Reason

ELM, OAK = clinic(), clinic("oak")
MADE, _, KEYS = issued(ELM)
PARTS = opened(ELM, MADE.grant_file).parts
PAIR, GRANT = KEYS.pair(0), KEYS.grant(0)


def body_with(**changed):
    payload = decode(decode(PARTS.signed[1:])[2])
    return encode(
        {**payload, **{int(key[1:]): value for key, value in changed.items()}}
    )


def signed(body, signer=PAIR.sign, origin=ORIGIN):
    return sign_payload(signer, name=Name.PERMISSION, origin=origin, payload=body)


def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def entry_for(body, **other):
    return build_grant(
        other.get("signer", GRANT.ledger),
        origin=other.get("origin", ORIGIN),
        commitment=commit(PARTS.salt, body),
        control_public=other.get("control", GRANT.control.public),
    )


def refusal(*, g=PARTS.signed, entry=PARTS.entry, reader=ELM, salt=PARTS.salt):
    data = write_grant_file(
        GrantParts(signed=g, salt=salt, entry=entry, share_a=bytes(32), share_b=None),
        sealing_key=reader.opener.public,
        reader=reader.reader_id,
    )
    with pytest.raises(RefusedError) as refused:
        opened(reader, data)
    return refused.value.reason


NEWER = body_with(f2=2)
SMALL = min(SMALL_ORDER)
NO_SEAL = body_with(f23=b"\xff" * 1_216)
PAYLOAD = decode(PARTS.signed[1:])[2]
RECEIPT = build_receipt(GRANT.ledger, origin=ORIGIN, commitment=bytes(32))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        # a newer version is looked at first, whoever it is for and whoever signed
        ({"g": flipped(signed(NEWER)), "reader": OAK}, Reason.UNKNOWN_VERSION),
        ({"g": signed(NEWER), "entry": b"\xd2"}, Reason.UNKNOWN_VERSION),
        # then form, of permission and entry alike
        ({"entry": PARTS.entry[:-1], "reader": OAK}, Reason.MALFORMED),
        ({"g": flipped(PARTS.signed), "entry": PARTS.entry[:-1]}, Reason.MALFORMED),
        ({"entry": RECEIPT, "reader": OAK}, Reason.MALFORMED),
        ({"g": signed(NO_SEAL), "entry": entry_for(NO_SEAL)}, Reason.MALFORMED),
        # then the reader
        ({"g": flipped(PARTS.signed), "reader": OAK}, Reason.WRONG_READER),
        ({"entry": flipped(PARTS.entry), "reader": OAK}, Reason.WRONG_READER),
        ({"salt": bytes(32), "reader": OAK}, Reason.WRONG_READER),
        # then every signature, commitment and key
        ({"g": flipped(PARTS.signed)}, Reason.SIGNATURE_WRONG),
        ({"g": signed(PAYLOAD, signer=GRANT.ledger)}, Reason.SIGNATURE_WRONG),
        ({"g": signed(PAYLOAD, origin="other.test/log")}, Reason.SIGNATURE_WRONG),
        ({"entry": flipped(PARTS.entry)}, Reason.SIGNATURE_WRONG),
        ({"entry": entry_for(PAYLOAD, origin="x.test")}, Reason.SIGNATURE_WRONG),
        ({"salt": bytes(32)}, Reason.SIGNATURE_WRONG),
        ({"entry": entry_for(PAYLOAD, signer=PAIR.sign)}, Reason.SIGNATURE_WRONG),
        (
            {"entry": entry_for(PAYLOAD, control=PAIR.sign.public)},
            Reason.SIGNATURE_WRONG,
        ),
    ],
)
def test_the_earlier_fault_is_said(told, reason):
    assert refusal(**told) is reason


def test_a_control_key_that_verifies_forgeries_is_refused():
    """Else anybody could end it, or nobody."""
    body = body_with(f32=SMALL)
    told = {"g": signed(body), "entry": entry_for(body, control=SMALL)}
    assert refusal(**told) is Reason.SIGNATURE_WRONG


def test_a_digest_that_does_not_fit_is_malformed_even_for_somebody_else():
    data = bytearray(MADE.grant_file)
    data[20] ^= 1
    with pytest.raises(RefusedError) as refused:
        opened(OAK, bytes(data))
    assert refused.value.reason is Reason.MALFORMED
    body = bytes(data[:-32])
    again = body + hashlib.sha256(body).digest()
    with pytest.raises(RefusedError) as refused:
        opened(ELM, again)
    assert refused.value.reason is Reason.WRONG_READER


def test_every_field_of_a_permission_has_a_refusal():
    """Left out, one too many, and each of another kind."""
    payload = decode(PAYLOAD)
    for key in payload:
        short = encode({k: v for k, v in payload.items() if k != key})
        assert refusal(g=signed(short), entry=entry_for(short)) is Reason.MALFORMED
        odd = encode({**payload, key: [b"odd"]})
        assert refusal(g=signed(odd), entry=entry_for(odd)) is Reason.MALFORMED
    more = encode({**payload, 99: 1})
    assert refusal(g=signed(more), entry=entry_for(more)) is Reason.MALFORMED


def test_the_same_keys_make_the_same_file_again_only_in_what_is_not_drawn():
    again, _, _ = issued(ELM)
    assert patient_keys().pair(0).sign.public == again.permission.pair_sign
    assert again.entry != MADE.entry
    assert again.permission.permission_id != MADE.permission.permission_id
