"""States as an IETF Token Status List, read by a decoder made from the draft alone."""

import base64
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path

import cbor2
import pytest
from hypothesis import given, settings

from tests.ledger.entries import ORIGIN, grant
from tests.support.status_log import OPERATOR, STEPS, MirroredLedger
from wallet.errors import RefusedError
from wallet.keys.signing import verify
from wallet.ledger.chunks import Chunks
from wallet.ledger.policy import Policy
from wallet.ledger.status_list import Terms, write_cwt, write_jwt
from wallet.ledger.status_vector import StatusVector, verify_head

TERMS = Terms(
    uri="https://ledger.test/list", issued=1_795_521_600, expires=1_795_525_200, ttl=600
)
# draft-ietf-oauth-status-list, section 4 and the appendix of test vectors.
SECTION_4 = {
    1: ("eNrbuRgAAhcBXQ", [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),
    2: ("eNo76fITAAPfAgc", [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]),
}
APPENDIX = {
    1: (
        (
            "eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBy"
            "lgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPws"
            "JAAAAAAAAAAAAAAAvhsSAAAAAAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAA"
            "ADjelAAAAAAAAAAAKjDMAQAAAACAZC8L2AEb"
        ),
        {0: 1, 1993: 1, 25460: 1, 159495: 1, 495669: 1, 554353: 1, 645645: 1}
        | {723232: 1, 854545: 1, 934534: 1, 1000345: 1},
    ),
    2: (
        (
            "eNrt2zENACEQAEEuoaBABP5VIO01fCjIHTMStt9ovGVIAAAAAABAbiEBAAAAAAAAAAAAAAAA"
            "AAAAAAAAAAAAAAAAAAAAAAAAAEB5WwIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAID0ugQA"
            "AAAAAAAAAAAAAAAAQG12SgAAAAAAAAAAAAAAAAAAAAAAAAAAAOCSIQEAAAAAAAAAAAAAAAAA"
            "AAAAAAD8ExIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwJEuAQAAAAAAAAAAAAAA"
            "AAAAAAAAAMB9SwIAAAAAAAAAAAAAAAAAAACoYUoAAAAAAAAAAAAAAEBqH81gAQw"
        ),
        {0: 1, 1993: 2, 25460: 1, 159495: 3, 495669: 1, 554353: 1, 645645: 2}
        | {723232: 1, 854545: 1, 934534: 2, 1000345: 3},
    ),
}


VECTORS = Path(__file__).parents[1] / "vectors/token_status_list.json"
WIDER = json.loads(VECTORS.read_text("utf-8"))["lists"]


def statuses(lst, bits):
    """Section 4.1: least significant bits of the first byte first."""
    data = zlib.decompress(lst)
    mask, each = (1 << bits) - 1, 8 // bits
    return [byte >> bits * at & mask for byte in data for at in range(each)]


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("bits", [1, 2])
def test_the_decoder_reads_what_the_draft_shows(bits):
    lst, told = SECTION_4[bits]
    assert statuses(unpadded(lst), bits) == told
    lst, told = APPENDIX[bits]
    read = statuses(unpadded(lst), bits)
    assert len(read) == 1 << 20
    assert {at: status for at, status in enumerate(read) if status} == told


@pytest.mark.parametrize("told", WIDER, ids=lambda one: f"{one['bits']} bits")
def test_the_decoder_reads_the_drafts_wider_lists_too(told):
    """Ours are of two bits; a decoder made to fit ours alone would fail here."""
    read = statuses(unpadded(told["lst"]), told["bits"])
    assert len(read) == 1 << 20
    expected = {at: status for at, status in told["statuses"] if status}
    assert {at: status for at, status in enumerate(read) if status} == expected
    assert len(expected) == (1 << told["bits"]) - 1  # every value that is not zero


def vector_of(steps):
    ledger = MirroredLedger(datetime(2026, 11, 24, 12, tzinfo=UTC))
    ledger.history.add(grant(0))
    ledger.history.play(steps)
    covered = len(ledger.history.entries)
    chunks = Chunks()
    chunks.grow(covered)
    for index in range(covered):
        chunks.put(index, ledger.history.log.state(index))
    ledger.publish()
    policy = Policy.parse(ledger.policy)
    head = verify_head(ledger.head(), origin=ORIGIN, policy=policy)
    return StatusVector.verify(chunks.packed, head)


def read_jwt(token):
    header, claims, signature = token.decode().split(".")
    signed = f"{header}.{claims}".encode()
    verify(
        public=OPERATOR.public,
        message=signed,
        signature=unpadded(signature),
        place="token",
    )
    return json.loads(unpadded(header)), json.loads(unpadded(claims))


def read_cwt(token):
    tagged = cbor2.loads(token)
    protected, unprotected, payload, signature = tagged.value
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    verify(public=OPERATOR.public, message=signed, signature=signature, place="token")
    assert (tagged.tag, unprotected) == (18, {})
    return cbor2.loads(protected), cbor2.loads(payload)


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_both_forms_say_what_the_vector_says(steps):
    vector = vector_of(steps)
    covered = vector.head.epoch
    header, claims = read_jwt(write_jwt(OPERATOR, vector, TERMS))
    assert (header["typ"], header["alg"]) == ("statuslist+jwt", "EdDSA")
    assert (claims["sub"], claims["iat"], claims["exp"], claims["ttl"]) == (
        TERMS.uri,
        TERMS.issued,
        TERMS.expires,
        TERMS.ttl,
    )
    told = [int(vector.state(index)) for index in range(covered)]
    read = statuses(unpadded(claims["status_list"]["lst"]), 2)
    assert claims["status_list"]["bits"] == 2
    assert read[:covered] == told
    assert set(read[covered:]) <= {3}
    assert len(read) == covered + -covered % 4
    header, claims = read_cwt(write_cwt(OPERATOR, vector, TERMS))
    assert header[1] == -8
    assert header[16] == "application/statuslist+cwt"
    assert (claims[2], claims[4], claims[6], claims[65534]) == (
        TERMS.uri,
        TERMS.expires,
        TERMS.issued,
        TERMS.ttl,
    )
    assert claims[65533]["bits"] == 2
    assert statuses(claims[65533]["lst"], 2) == read


def test_a_token_that_was_changed_does_not_verify():
    vector = vector_of([("many", 9)])
    jwt = write_jwt(OPERATOR, vector, TERMS).decode()
    header, claims, signature = jwt.split(".")
    other = json.loads(unpadded(claims)) | {"exp": 1}
    bent = base64.urlsafe_b64encode(json.dumps(other).encode()).decode().rstrip("=")
    with pytest.raises(RefusedError):
        read_jwt(f"{header}.{bent}.{signature}".encode())
    cwt = write_cwt(OPERATOR, vector, TERMS)
    with pytest.raises(RefusedError):
        read_cwt(cwt.replace(b"ledger.test/list", b"ledger.test/lisT"))
