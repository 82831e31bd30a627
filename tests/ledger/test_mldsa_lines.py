"""ML-DSA-44 lines (0x06): the exact message, both ways, and every refusal."""

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from tlog_scales.signing import Vkey as TheirVkey
from tlog_scales.tlog import Checkpoint as TheirCheckpoint

from wallet.errors import RefusedError
from wallet.keys.mldsa import PUBLIC_SIZE, SIGNATURE_SIZE, MldsaSigner, verify
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import (
    LOG_KIND,
    MAX_NOTE,
    MLDSA_KIND,
    Checkpoint,
    Vkey,
    cosign_mldsa,
    note_text,
    parse_note,
    sign_log,
    vkey_for,
)
from wallet.verdict import Reason

ORIGIN, NAME, NOON = "ledger.test/demo", "w.test", 1_700_000_000
LOG, WITNESS = Signer.from_seed(b"l" * 32), MldsaSigner.from_seed(b"w" * 32)
HERE = Checkpoint(ORIGIN, 7, bytes(range(32)))
TEXT = note_text(HERE)
SIGNED = sign_log(LOG, ORIGIN, TEXT)
KEY = vkey_for(NAME, MLDSA_KIND, WITNESS.public)
LINE = cosign_mldsa(WITNESS, NAME, HERE, NOON)
NOTE = TEXT + b"\n" + SIGNED + LINE


def parts(line=LINE):
    """Key id, time and signature of a line."""
    data = base64.b64decode(line.split(b" ")[2])
    return data[:4], data[4:12], data[12:]


def line(key_id, time, signature, name=NAME):
    encoded = base64.b64encode(key_id + time + signature).decode()
    return f"\N{EM DASH} {name} {encoded}\n".encode()


def refused(act):
    with pytest.raises(RefusedError) as caught:
        act()
    return caught.value.reason


def times(lines, *keys, text=TEXT):
    return parse_note(text + b"\n" + SIGNED + lines).cosignature_times(keys or [KEY])


def test_a_line_is_read_back_with_its_time():
    assert times(LINE) == {KEY: NOON}
    key_id, time, signature = parts()
    assert (key_id, len(signature)) == (KEY.key_id, SIGNATURE_SIZE)
    assert int.from_bytes(time, "big") == NOON
    assert len(LINE) < 3_300


def test_what_is_signed_is_the_cosigned_message_of_the_specification():
    label = b"subtree/v1\n\x00"
    message = b"".join(
        (
            label,
            bytes([len(NAME)]) + NAME.encode(),
            NOON.to_bytes(8, "big"),
            bytes([len(ORIGIN)]) + ORIGIN.encode(),
            bytes(8),
            (7).to_bytes(8, "big"),
            bytes(range(32)),
        )
    )
    assert len(label) == 12
    verify(public=WITNESS.public, message=message, signature=parts()[2])


def test_a_strangers_library_verifies_our_line():
    key = TheirVkey.from_string(KEY.text)
    TheirCheckpoint.from_text(NOTE.decode()).verify(key)
    smaller = NOTE.decode().replace("\n7\n", "\n6\n")
    with pytest.raises(InvalidSignature):
        TheirCheckpoint.from_text(smaller).verify(key)


def test_the_verifier_key_is_read_and_written_again():
    assert Vkey.parse(KEY.text) == KEY
    assert len(KEY.public) == PUBLIC_SIZE
    short = vkey_for("w.test", LOG_KIND, LOG.public).text.replace("+AW", "+Bm")
    assert refused(lambda: Vkey.parse(short)) is Reason.MALFORMED


def test_the_name_is_signed():
    other = vkey_for("v.test", MLDSA_KIND, WITNESS.public)
    _, time, signature = parts()
    moved = line(other.key_id, time, signature, name="v.test")
    assert refused(lambda: times(moved, other)) is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize("place", [0, 7, 8, 2_000])
def test_a_known_keys_bad_line_refuses_the_whole_note(place):
    key_id, time, signature = parts()
    data = bytearray(time + signature)
    data[place] ^= 1
    forged = line(key_id, bytes(data[:8]), bytes(data[8:]))
    assert refused(lambda: times(LINE + forged)) is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize("time", [0, 1 << 63, 253_402_300_800])
def test_a_time_that_no_witness_may_sign_is_refused(time):
    key_id, _, signature = parts()
    forged = line(key_id, time.to_bytes(8, "big"), signature)
    assert refused(lambda: times(forged)) is Reason.SIGNATURE_WRONG
    with pytest.raises((ValueError, OverflowError)):
        cosign_mldsa(WITNESS, NAME, HERE, time)


def test_a_line_of_another_length_is_refused():
    key_id, time, signature = parts()
    for other in (signature[:-1], signature + b"\0", b"", signature[:64]):
        assert refused(lambda one=other: times(line(key_id, time, one)))


def test_another_root_or_size_is_refused_but_extension_lines_are_not_covered():
    for other in (
        Checkpoint(ORIGIN, 8, HERE.root),
        Checkpoint(ORIGIN, 7, bytes(32)),
        Checkpoint("other.test", 7, HERE.root),
    ):
        text = note_text(other)
        assert refused(lambda one=text: times(LINE, text=one))
    assert times(LINE, text=TEXT + b"extension\n") == {KEY: NOON}


def test_a_name_longer_than_the_message_can_say_signs_and_verifies_nothing():
    long = "n" * 256
    key = vkey_for(long, MLDSA_KIND, WITNESS.public)
    with pytest.raises(ValueError, match="too long"):
        cosign_mldsa(WITNESS, long, HERE, NOON)
    _, time, signature = parts()
    forged = line(key.key_id, time, signature, name=long)
    assert refused(lambda: times(forged, key)) is Reason.SIGNATURE_WRONG


def test_a_log_may_sign_with_both_kinds():
    own = vkey_for(ORIGIN, LOG_KIND, LOG.public)
    second = vkey_for(ORIGIN, MLDSA_KIND, WITNESS.public)
    both = SIGNED + cosign_mldsa(WITNESS, ORIGIN, HERE, NOON)
    parse_note(TEXT + b"\n" + both).verify_log(own, second)
    parse_note(TEXT + b"\n" + both).verify_log(second)
    parse_note(TEXT + b"\n" + SIGNED).verify_log(own, second)
    key_id, time, signature = parts(cosign_mldsa(WITNESS, ORIGIN, HERE, NOON))
    bad = line(key_id, time, signature[::-1], name=ORIGIN)
    note = parse_note(TEXT + b"\n" + SIGNED + bad)
    note.verify_log(own)  # to whom the other key is unknown
    assert refused(lambda: note.verify_log(own, second)) is Reason.SIGNATURE_WRONG
    assert refused(lambda: note.verify_log(KEY)) is Reason.SIGNATURE_WRONG


def test_sixteen_signatures_of_the_longest_kind_and_more_fit_a_note():
    keys = [MldsaSigner.from_seed(bytes([n]) * 32) for n in range(33)]
    lines = [cosign_mldsa(key, f"w{n}.test", HERE, NOON) for n, key in enumerate(keys)]
    vkeys = [
        vkey_for(f"w{n}.test", MLDSA_KIND, key.public) for n, key in enumerate(keys)
    ]
    assert len(times(b"".join(lines), *vkeys)) == 33
    assert sum(map(len, lines)) < MAX_NOTE / 4
