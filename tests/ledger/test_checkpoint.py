"""Signed notes: known lines, strict reading, foreign and wrong signatures."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.errors import RefusedError
from wallet.keys.signing import SMALL_ORDER, Signer
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    LOG_KIND,
    Checkpoint,
    Vkey,
    cosign,
    note_text,
    parse_note,
    sign_log,
    vkey_for,
)
from wallet.verdict import Reason

LOG = Signer.from_seed(b"l" * 32)
WITNESS = Signer.from_seed(b"w" * 32)
ORIGIN = "ledger.test/demo"
TEXT = note_text(Checkpoint(ORIGIN, 7, bytes(range(32))))
LOG_KEY = vkey_for(ORIGIN, LOG_KIND, LOG.public)
WITNESS_KEY = vkey_for("w.test", COSIGNATURE_KIND, WITNESS.public)
SIGNED = sign_log(LOG, ORIGIN, TEXT)
COSIGNED = cosign(WITNESS, "w.test", TEXT, 1_700_000_000)
NOTE = TEXT + b"\n" + SIGNED + COSIGNED


def refused(data):
    with pytest.raises(RefusedError) as caught:
        parse_note(data)
    return caught.value.reason


def test_the_text_is_three_lines():
    root = base64.b64encode(bytes(range(32)))
    assert b"ledger.test/demo\n7\n" + root + b"\n" == TEXT


def test_the_published_verifier_key_of_the_go_checksum_log_is_read():
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = Vkey.parse(text)
    assert (key.name, key.kind, key.text) == ("PeterNeumann", LOG_KIND, text)


def test_a_note_is_read_back_and_verified():
    note = parse_note(NOTE)
    assert note.checkpoint == Checkpoint(ORIGIN, 7, bytes(range(32)))
    assert (note.text, note.raw) == (TEXT, NOTE)
    note.verify_log(LOG_KEY)
    assert note.cosignature_times([WITNESS_KEY]) == {WITNESS_KEY: 1_700_000_000}


def test_lines_of_unknown_keys_are_ignored():
    junk = "\u2014 grease.test {}\n".format(base64.b64encode(b"id!!junk").decode())
    note = parse_note(NOTE + junk.encode())
    note.verify_log(LOG_KEY)
    assert list(note.cosignature_times([WITNESS_KEY])) == [WITNESS_KEY]
    assert note.cosignature_times([]) == {}


def test_of_two_lines_of_one_witness_the_newer_counts():
    newer = cosign(WITNESS, "w.test", TEXT, 1_700_000_009)
    times = parse_note(NOTE + newer).cosignature_times([WITNESS_KEY])
    assert times == {WITNESS_KEY: 1_700_000_009}


def test_extension_lines_are_signed_text():
    text = TEXT + b"extension\n"
    note = parse_note(text + b"\n" + sign_log(LOG, ORIGIN, text))
    note.verify_log(LOG_KEY)
    assert note.text == text


def test_a_note_without_the_logs_line_is_refused():
    with pytest.raises(RefusedError) as caught:
        parse_note(TEXT + b"\n" + COSIGNED).verify_log(LOG_KEY)
    assert caught.value.reason is Reason.SIGNATURE_WRONG


def test_a_cosignature_is_no_log_signature():
    with pytest.raises(RefusedError):
        parse_note(NOTE).verify_log(WITNESS_KEY)


def test_a_bad_line_of_a_known_log_is_refused():
    other = sign_log(LOG, ORIGIN, TEXT + b"x\n")
    with pytest.raises(RefusedError) as caught:
        parse_note(NOTE + other).verify_log(LOG_KEY)
    assert caught.value.reason is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize("seconds", [0, 1 << 40, (1 << 64) - 1])
def test_a_cosignature_at_no_time_is_refused(seconds):
    signed = b"cosignature/v1\ntime %d\n" % seconds + TEXT
    data = WITNESS_KEY.key_id + struct.pack(">Q", seconds) + WITNESS.sign(signed)
    line = f"\u2014 w.test {base64.b64encode(data).decode()}\n".encode()
    with pytest.raises(RefusedError) as caught:
        parse_note(TEXT + b"\n" + line).cosignature_times([WITNESS_KEY])
    assert caught.value.reason is Reason.SIGNATURE_WRONG


def test_a_cosignature_over_another_time_is_refused():
    line = COSIGNED.decode().split(" ")[2]
    data = bytearray(base64.b64decode(line))
    data[11] ^= 1
    forged = COSIGNED.decode().replace(line, base64.b64encode(data).decode() + "\n")
    with pytest.raises(RefusedError) as caught:
        parse_note(TEXT + b"\n" + forged.encode()).cosignature_times([WITNESS_KEY])
    assert caught.value.reason is Reason.SIGNATURE_WRONG


ROOT = TEXT.split(b"\n")[2]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        TEXT,
        TEXT + b"\n",
        NOTE[:-1],
        NOTE.replace(b"\n7\n", b"\n07\n"),
        NOTE.replace(b"\n7\n", b"\n-7\n"),
        NOTE.replace(b"\n7\n", b"\n9999999999999999999\n"),
        NOTE.replace(ROOT, ROOT[:-1]),
        NOTE.replace(ROOT, b"AAAA"),
        NOTE.replace(b"ledger.test", b"ledger test", 1),
        NOTE.replace(b"ledger.test/demo\n", b"\n", 1),
        NOTE.replace(b"\n7\n", b"\n7\r\n"),
        NOTE.replace(b"\xe2\x80\x94", b"-", 1),
        NOTE.replace(b"ledger", b"led\xffer", 1),
        NOTE + b"\n",
        NOTE + SIGNED * 99,
    ],
)
def test_a_note_that_is_not_exactly_one_is_malformed(data):
    assert refused(data) is Reason.MALFORMED


def test_signatures_begin_after_the_last_empty_line():
    assert refused(TEXT + b"\n" + SIGNED + b"\n" + COSIGNED) is Reason.MALFORMED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.MALFORMED),
        ("a+00000000", Reason.MALFORMED),
        (LOG_KEY.text.replace("+", "+0", 1), Reason.MALFORMED),
        (LOG_KEY.text.replace("ledger", "other"), Reason.MALFORMED),
        (LOG_KEY.text + "=", Reason.MALFORMED),
        ("a+00000000+" + base64.b64encode(b"\6" + bytes(32)).decode(), None),
        ("a+00000000+" + base64.b64encode(b"\1" + bytes(31)).decode(), None),
    ],
)
def test_a_verifier_key_that_is_not_exactly_one_is_refused(text, reason):
    with pytest.raises(RefusedError) as caught:
        Vkey.parse(text)
    assert reason in (None, caught.value.reason)


def test_small_order_keys_verify_nothing():
    for public in SMALL_ORDER:
        with pytest.raises(RefusedError) as caught:
            vkey_for("a", LOG_KIND, public)
        assert caught.value.reason is Reason.SIGNATURE_WRONG


@given(st.binary(max_size=400))
def test_no_bytes_bring_the_reader_down(data):
    with pytest.raises(RefusedError):
        parse_note(data)


def _believed(data):
    note = parse_note(data)
    note.verify_log(LOG_KEY)
    if not note.cosignature_times([WITNESS_KEY]):
        raise RefusedError(Reason.NO_QUORUM, "ignored")


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_no_changed_byte_leaves_a_note_believed(place, flip):
    data = bytearray(NOTE)
    data[place] ^= flip
    with pytest.raises(RefusedError):
        _believed(bytes(data))
