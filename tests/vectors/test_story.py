"""A second reader of our vectors, written from PROTOCOL.md 11 alone.

It imports nothing of `wallet`: its own CBOR, COSE, HKDF, Merkle tree and stream, and
the second HPKE of tests.support. What both agree on is what the page says.
"""

import base64
import hashlib
import hmac
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.support import hpke_oracle
from tests.vectors import make

HERE = Path(__file__).parent
STORY = json.loads((HERE / "story.json").read_text(encoding="utf-8"))
PACKAGE = (HERE / "story.hwp").read_bytes()
ORIGIN = STORY["origin"]


def value(part, name):
    found = STORY[part][name]
    return bytes.fromhex(found) if isinstance(found, str) else found


def drawn(name):
    return bytes.fromhex(STORY["drawn"][name])


# --- the page's own tools, once more ----------------------------------------------


def sha(data):
    return hashlib.sha256(data).digest()


def u16(n):
    return n.to_bytes(2, "big")


def u32(n):
    return n.to_bytes(4, "big")


def expand(key, info, length=32):
    out = block = b""
    counter = 1
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([counter]), "sha256")
        out, counter = out + block, counter + 1
    return out[:length]


def hkdf(ikm, salt, info, length):
    return expand(hmac.digest(salt, ikm, "sha256"), info, length)


def x(key, label, context=b"", length=32):
    return expand(key, b"heartwood/1/" + label.encode() + b"\0" + context, length)


def read(data, at=0):
    """One CBOR value and where it ends."""
    major, small = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return {20: False, 21: True, 22: None}[small], at
    number = small
    if small >= 24:
        width = 1 << (small - 24)
        number, at = int.from_bytes(data[at : at + width], "big"), at + width
    if major == 0:
        return number, at
    if major in (2, 3):
        piece = data[at : at + number]
        return (piece if major == 2 else piece.decode()), at + number
    if major == 6:
        assert number == 18
        return read(data, at)
    items = []
    for _ in range(number * (major - 3)):
        item, at = read(data, at)
        items.append(item)
    return (
        items if major == 4 else dict(zip(items[::2], items[1::2], strict=True))
    ), at


def whole(data):
    found, end = read(data)
    assert end == len(data)
    return found


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    width, code = (1, 24) if n < 256 else (2, 25) if n < 65_536 else (4, 26)
    return bytes([major << 5 | code]) + n.to_bytes(width, "big")


def s1(data, name, public):
    """Check a COSE_Sign1 by the page and return its payload map."""
    protected, unprotected, payload, signature = whole(data)
    assert unprotected == {}
    assert whole(protected) == {1: -19, 4: sha(public)[:8]} or protected == (
        b"\xa2\x01\x32\x04\x48" + sha(public)[:8]
    )
    aad = f"heartwood/1/{name}/{ORIGIN}".encode()
    signed = b"\x84\x6aSignature1" + b"".join(
        head(2, len(part)) + part for part in (protected, aad, payload)
    )
    Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    fields = whole(payload)
    assert fields[2] == 1
    assert len(fields[15]) == 16
    return fields


def ed_public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def derived(label):
    seed = bytes.fromhex(STORY["seed"])
    context = u16(STORY["person"]) + u16(STORY["dev"]) + u32(STORY["number"])
    return x(seed, label, context)


def clinic(label):
    return x(bytes.fromhex(STORY["clinic_seed"]), label)


def node(left, right):
    return sha(b"\1" + left + right)


def unpad(padded):
    assert len(padded) % 1_024 == 0
    size = int.from_bytes(padded[:4], "big")
    assert not padded[4 + size :].strip(b"\0")
    assert len(padded) - 4 - size < 1_024
    return padded[4 : 4 + size]


LEAF = value("share", "leaf")
OBJECT = value("share", "object")


# --- Share -------------------------------------------------------------------------


def test_keys_are_derived_from_seed_person_dev_and_number():
    assert ed_public(derived("ledger")) == value("share", "ledger_public")
    assert ed_public(derived("control")) == value("share", "control_public")
    assert derived("grant-secret") == value("share", "grant_secret")
    assert ed_public(derived("pair-sign")) == value("share", "pair_sign_public")


def test_the_card_carries_the_readers_keys_and_its_accreditation():
    card = s1(bytes.fromhex(STORY["card"]), "card", ed_public(clinic("clinic-sign")))
    reader = sha(b"heartwood/1/reader\0" + card[60] + card[61])
    assert reader.hex() == STORY["reader_id"]
    body = whole(card[69])
    assert body.keys() == {70, 71, 72, 73, 74, 75}
    assert body[73] == reader
    words = hashlib.pbkdf2_hmac("sha256", reader, b"heartwood/1/words", 200_000)
    bits = int.from_bytes(words, "big") >> (256 - 66)
    places = [(bits >> shift & 2047) + 1 for shift in range(55, -1, -11)]
    assert [place for place, _ in STORY["reader_words"]] == places


def test_permission_commitment_and_entry_fit_one_another():
    grant = s1(value("share", "g"), "permission", value("share", "pair_sign_public"))
    body = value("share", "body")
    assert grant == whole(body)
    assert grant.keys() == {1, 2, 15, *range(20, 35)}
    assert (grant[1], grant[20], grant[30]) == (101, drawn("id"), ORIGIN)
    assert grant[21].hex() == STORY["reader_id"]
    assert grant[24] == {1: [{1: ["medicine", "test"], 3: 0}], 2: [], 3: None, 4: []}
    commitment = hmac.digest(drawn("salt"), body, "sha256")
    assert commitment == value("share", "c")
    entry = s1(value("share", "e"), "grant", value("share", "ledger_public"))
    assert entry == {
        1: 20,
        2: 1,
        15: entry[15],
        6: commitment,
        7: grant[31],
        8: grant[32],
    }
    assert len(value("share", "e")) == 213
    assert sha(b"\0" + value("share", "e")) == LEAF


def test_object_content_key_and_stream_are_as_written():
    secret = value("share", "grant_secret")
    assert x(secret, "object", u32(0), 16) == OBJECT
    key = hkdf(drawn("a") + drawn("b"), LEAF, b"heartwood/1/content\0" + OBJECT, 32)
    assert key == value("share", "k")
    start = b"HWP1\x01" + u32(65_536) + drawn("stream-salt")
    assert PACKAGE[:41] == start == value("share", "head")
    both = hkdf(key, drawn("stream-salt"), start, 64)
    assert PACKAGE[41:73] == both[32:] == value("share", "commitment")
    assert (sha(PACKAGE), len(PACKAGE)) == (
        value("share", "p_sha256"),
        value("share", "p_size"),
    )
    plain, rest, counter = b"", PACKAGE[73:], 0
    while rest:
        chunk, rest = rest[:65_552], rest[65_552:]
        nonce = bytes(7) + u32(counter) + bytes([not rest])
        plain += AESGCM(both[:32]).decrypt(nonce, chunk, None)
        counter += 1
    assert (len(plain), sha(plain)) == (
        value("share", "t_size"),
        value("share", "t_sha256"),
    )
    size = int.from_bytes(plain[:4], "big")
    manifest = plain[4 : 4 + size]
    assert manifest == value("share", "m")
    fields = s1(manifest, "manifest", value("share", "pair_sign_public"))
    assert (fields[1], fields[20], fields[35]) == (102, drawn("id"), LEAF)
    at = 4 + size
    for _, length, digest in fields[38]:
        assert sha(plain[at : at + length]) == digest
        at += length
    assert not plain[at:].strip(b"\0")
    assert [name for name, _, _ in fields[38]] == [
        "START-HERE.html",
        "fhir/patient-shared.json",
    ]


def test_share_b_opens_for_the_reader_bound_to_entry_and_object():
    opened = hpke_oracle.open_sealed(
        clinic("clinic-seal"),
        value("share", "sb"),
        label="share",
        context=LEAF + OBJECT,
    )
    assert opened == drawn("b")
    assert len(value("share", "sb")) == 1_168


@pytest.mark.parametrize("name", ["file", "file_with_both_shares"])
def test_the_grant_file_opens_by_the_page(name):
    data = value("share", name)
    assert data[:8] == b"HWGRANT1"
    assert data[8:10] == u16(1)
    assert sha(data[:-32]) == data[-32:]
    size = int.from_bytes(data[10:14], "big")
    assert len(data) == 14 + size + 32
    padded = hpke_oracle.open_sealed(
        clinic("clinic-seal"),
        data[14:-32],
        label="permission",
        context=bytes.fromhex(STORY["reader_id"]),
    )
    share_b = drawn("b") if name == "file_with_both_shares" else None
    assert whole(unpad(padded)) == [
        value("share", "g"),
        drawn("salt"),
        value("share", "e"),
        drawn("a"),
        share_b,
    ]


def test_a_grant_file_of_a_small_scope_is_as_long_as_the_page_says():
    assert len(value("share", "file")) % 1_024 == 3_230 % 1_024


def receipt_keys():
    secret = value("share", "grant_secret")
    return [ed_public(x(secret, "receipt", u32(k))) for k in range(1_024)]


def test_the_receipt_tree_is_rfc_6962_over_raw_keys():
    level = [sha(b"\0" + key) for key in receipt_keys()]
    while len(level) > 1:
        level = [node(a, b) for a, b in zip(level[::2], level[1::2], strict=True)]
    assert level == [value("share", "root_0")]


def test_the_put_order_names_what_is_deposited():
    order = s1(value("share", "put_order"), "order", value("share", "ledger_public"))
    assert order == {
        1: 104,
        2: 1,
        15: order[15],
        35: LEAF,
        39: 0,
        40: OBJECT,
        41: sha(PACKAGE),
        42: len(PACKAGE),
        43: value("share", "sb"),
        44: 0,
        45: value("share", "root_0"),
        46: 1_795_521_600,
        47: 1_795_521_600 + 90 * 86_400,
    }


# --- Open --------------------------------------------------------------------------


def test_details_receipt_and_commitment_fit_one_another():
    public = value("open", "receipt_public")
    assert public == receipt_keys()[value("open", "place")]
    details = s1(value("open", "d"), "details", ed_public(clinic("clinic-sign")))
    assert details == {
        1: 103,
        2: 1,
        15: details[15],
        35: LEAF,
        40: OBJECT,
        48: public,
        49: drawn("receipt-salt"),
        50: "Dr. Amara Osei",
        51: None,
        52: "TREAT",
        53: 1_795_521_660,
        54: 0,
    }
    padded = hpke_oracle.open_sealed(
        derived("pair-seal"),
        value("open", "sd"),
        label="details",
        context=LEAF + public,
    )
    assert unpad(padded) == value("open", "d")
    commitment = sha(
        b"heartwood/1/receipt\0"
        + drawn("receipt-salt")
        + OBJECT
        + LEAF
        + sha(value("open", "sd"))
    )
    assert commitment == value("open", "r")
    entry = s1(value("open", "re"), "receipt", public)
    assert entry == {1: 30, 2: 1, 15: entry[15], 6: commitment, 7: public}
    assert len(value("open", "re")) == 179


def test_the_release_request_is_the_list_of_step_11():
    leaf, name, place, path, entry, proof, salt, sealed, offline = whole(
        value("open", "request")
    )
    assert (leaf, name, place, offline) == (LEAF, OBJECT, value("open", "place"), 0)
    assert (entry, proof) == (value("open", "re"), value("open", "tlog_proof"))
    assert (salt, sealed) == (drawn("receipt-salt"), value("open", "sd"))
    here, at = sha(b"\0" + value("open", "receipt_public")), place % 1_024
    for step in path:
        here = node(step, here) if at & 1 else node(here, step)
        at >>= 1
    assert len(path) == 10
    assert here == value("share", "root_0")


def test_the_proof_shows_the_receipt_in_the_ledger():
    text = value("open", "tlog_proof").decode()
    top, checkpoint = text.split("\n\n", 1)
    first, index, step = top.split("\n")
    assert (first, index) == ("c2sp.org/tlog-proof@v1", "index 1")
    body, signatures = checkpoint.rsplit("\n\n", 1)
    origin, size, root = body.split("\n")
    assert (origin, size) == (ORIGIN, "2")
    made = node(base64.b64decode(step), sha(b"\0" + value("open", "re")))
    assert base64.b64decode(root) == made
    dash, name, line = signatures.strip().split(" ")
    assert (dash, name) == ("\N{EM DASH}", ORIGIN)
    log = Ed25519PublicKey.from_public_bytes(bytes.fromhex(STORY["log_public"]))
    log.verify(base64.b64decode(line)[4:], (body + "\n").encode())


# --- Withdraw ----------------------------------------------------------------------


def test_notice_stop_file_and_status_change_end_the_entry():
    control = value("share", "control_public")
    notice = s1(value("withdraw", "n"), "notice", control)
    assert notice == {1: 105, 2: 1, 15: notice[15], 5: LEAF, 6: 1}
    n = value("withdraw", "n")
    assert value("withdraw", "stop_file") == b"HWSTOP1\n" + u32(len(n)) + n
    change = s1(value("withdraw", "w"), "status", control)
    assert change == {1: 3, 2: 1, 15: change[15], 4: 0, 5: LEAF, 6: 1, 7: 1}
    order = s1(
        value("withdraw", "delete_order"), "order", value("share", "ledger_public")
    )
    assert order == {1: 104, 2: 1, 15: order[15], 35: LEAF, 39: 3}


def test_the_command_makes_the_same_values_wherever_nothing_is_sealed(tmp_path):
    make.make(tmp_path)
    again = json.loads((tmp_path / "story.json").read_text(encoding="utf-8"))
    sealed = {
        "sb",
        "file",
        "file_with_both_shares",
        "put_order",
        "sd",
        "r",
        "re",
        "request",
        "tlog_proof",
    }
    for part in ("share", "open", "withdraw"):
        for name, made in again[part].items():
            if name not in sealed:
                assert made == STORY[part][name], name
    assert (tmp_path / "story.hwp").read_bytes() == PACKAGE
