"""SMART Health Cards and Links: published good ones open, each broken rule is named."""

import base64
import contextlib
import hashlib
import io
import json
import zlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from tests.corpus import TESTDATA
from tests.support.wallets import as_bytes, bring_in, open_wallet
from wallet.actions.patient import records
from wallet.actions.patient.company import Whose
from wallet.actions.patient.importing import import_paths
from wallet.records.findings import Cause
from wallet.records.smart.card import Standing, read_card, read_payload
from wallet.records.smart.code import letters_of
from wallet.records.smart.issuers import Issuers, key_of, thumbprint
from wallet.records.smart.jose import BrokenError, read_object
from wallet.records.smart.link import open_file, read_link
from wallet.vault import sources

CARDS = TESTDATA / "smart-health-cards"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ISS = "https://spec.smarthealth.cards/examples/issuer"
published = pytest.mark.skipif(not CARDS.is_dir(), reason="no test data here")


def published_issuers():
    jwks = json.loads((CARDS / "issuer/.well-known/jwks.json").read_text())
    row = {"issuer": {"iss": ISS, "name": "Example issuer"}, "keys": jwks["keys"]}
    return Issuers.parse(json.dumps({"issuerInfo": [row]}).encode())


def text_of(name):
    return (CARDS / f"test-example-00-{name}").read_text().strip()


def cards_in(name):
    return json.loads(text_of(name))["verifiableCredential"]


@published
@pytest.mark.parametrize("name", ["e-file-multi-jws.smart-health-card"])
def test_published_cards_are_verified_by_the_published_key(name):
    for card in cards_in(name):
        read = read_card(card, issuers=published_issuers(), now=NOW)
        assert read.standing is Standing.VERIFIED
        assert read.issuer == "Example issuer"
        assert read.bundle["entry"][0]["resource"]["resourceType"] == "Patient"


@published
def test_a_card_of_nobody_known_is_read_with_that_said():
    [card] = cards_in("e-file.wrong-extension")
    read = read_card(card, issuers=Issuers(), now=NOW)
    assert (read.standing, read.issuer) == (Standing.UNKNOWN_ISSUER, "")


@published
@pytest.mark.parametrize(
    "name",
    ["e-file-invalid_issuer_url.smart-health-card"],
)
def test_a_card_under_another_address_is_nobodys(name):
    read = read_card(cards_in(name)[0], issuers=published_issuers(), now=NOW)
    assert read.standing is Standing.UNKNOWN_ISSUER


BROKEN = {
    "d-jws-der-signature.txt": "not 64 bytes",
    "d-jws-der-signature-r-neg.txt": "not 64 bytes",
    "d-jws-invalid-signature.txt": "signature does not fit",
    "d-jws-issuer-kid-mismatch.txt": "no such key",
    "d-jws-no_deflate.txt": "not packed",
    "d-jws-no_jws_header_alg.txt": "another way than ES256",
    "d-jws-no_jws_header_kid.txt": "names no key",
    "d-jws-no_jws_header_zip.txt": "not packed with DEF",
    "d-jws-wrong_jws_header_kid.txt": "no such key",
    "e-file-invalid_deflate.smart-health-card": "not packed",
    "e-file-invalid_issuer_url_http.smart-health-card": "not https",
    "e-file-issuer_url_with_trailing_slash.smart-health-card": "slash",
    "e-file-no_deflate.smart-health-card": "not packed",
}


@published
@pytest.mark.parametrize(("name", "rule"), BROKEN.items())
def test_each_published_broken_card_is_refused_with_its_rule(name, rule):
    card = text_of(name) if name.endswith(".txt") else cards_in(name)[0]
    with pytest.raises(BrokenError, match=rule):
        read_card(card, issuers=published_issuers(), now=NOW)


PAYLOADS = {
    "exp_milliseconds": "end of the card is not in seconds",
    "nbf_milliseconds": "beginning of the card is not in seconds",
    "missing-shc-vc-type": "no health card",
    "pre-expired": "ends before it begins",
}


@published
@pytest.mark.parametrize(("name", "rule"), PAYLOADS.items())
def test_each_published_broken_payload_is_refused_with_its_rule(name, rule):
    file = CARDS / f"test-example-00-b-jws-payload-expanded-{name}.json"
    held = read_object(file.read_bytes(), what="the content", most=1 << 20)
    with pytest.raises(BrokenError, match=rule):
        read_payload(held)


NUMBERS = {
    "0-odd-count": "odd number",
    "0-number-too-big": "stands for no letter",
    "0-wrong_qr_header": "not written",
    "0-index-out-of-range": "cannot be",
}


@published
@pytest.mark.parametrize(("name", "rule"), NUMBERS.items())
def test_each_published_broken_code_is_refused_with_its_rule(name, rule):
    with pytest.raises(BrokenError, match=rule):
        letters_of([text_of(f"f-qr-code-numeric-value-{name}.txt")])


@published
def test_a_code_too_long_for_a_picture_is_refused_and_the_longest_is_not():
    parts = [
        (CARDS / f"test-example-02-f-qr-code-numeric-value-{n}-qr_chunk_too_big.txt")
        for n in (0, 1)
    ]
    with pytest.raises(BrokenError, match="too long"):
        letters_of([part.read_text().strip() for part in parts])
    longest = (CARDS / "test-example-1195-byte-qrnumeric.txt").read_text().strip()
    assert len(letters_of([longest])) == 1_194


@published
def test_a_card_in_many_small_codes_is_put_together_and_a_missing_one_is_said():
    codes = [
        text_of(f"f-qr-code-numeric-value-{n}-qr_chunk_too_small.txt")
        for n in range(17)
    ]
    letters = letters_of(codes[::-1])
    read = read_card(letters, issuers=published_issuers(), now=NOW)
    assert read.standing is Standing.VERIFIED
    with pytest.raises(BrokenError, match="missing"):
        letters_of(codes[:-1])
    with pytest.raises(BrokenError, match="twice"):
        letters_of([*codes, codes[0]])


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    """An issuer of our own, so that one rule at a time can be broken."""

    def __init__(self):
        self.key = generate_private_key(SECP256R1())
        numbers = self.key.public_key().public_numbers()
        x, y = (b64(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        self.kid = thumbprint(x, y)
        self.jwk = {
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
            "kid": self.kid, "x": x, "y": y,
        }  # fmt: skip
        self.issuers = Issuers.parse(
            json.dumps(
                {"issuerInfo": [{"issuer": {"iss": ISS}, "keys": [self.jwk]}]}
            ).encode()
        )

    def sign(self, payload, *, header=None, after=b"", pack=None):
        plain = json.dumps(payload).encode() if isinstance(payload, dict) else payload
        packing = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packing.compress(plain) + packing.flush() if pack is None else pack
        head = header or {"alg": "ES256", "zip": "DEF", "kid": self.kid}
        signed = f"{b64(json.dumps(head).encode())}.{b64(packed + after)}"
        der = self.key.sign(signed.encode(), ECDSA(SHA256()))
        raw = b"".join(n.to_bytes(32, "big") for n in decode_dss_signature(der))
        return f"{signed}.{b64(raw)}"

    def read(self, card, now=NOW):
        return read_card(card, issuers=self.issuers, now=now)


def payload(**changes):
    subject = {
        "fhirVersion": "4.0.1",
        "fhirBundle": {"resourceType": "Bundle", "type": "collection", "entry": []},
    }
    held = {
        "iss": ISS,
        "nbf": 1_600_000_000,
        "vc": {
            "type": ["https://smarthealth.cards#health-card"],
            "credentialSubject": subject,
        },
    }
    return {**held, **changes}


@pytest.fixture(scope="module")
def signer():
    return Signer()


def test_a_card_of_our_own_issuer_is_verified(signer):
    assert signer.read(signer.sign(payload())).standing is Standing.VERIFIED


def test_an_ended_card_is_read_and_said_to_be_ended(signer):
    card = signer.sign(payload(exp=1_700_000_000))
    assert signer.read(card).standing is Standing.EXPIRED


ALTERED = {
    "http": ({"iss": ISS.replace("https", "http")}, "not https"),
    "slash": ({"iss": f"{ISS}/"}, "slash"),
    "query": ({"iss": f"{ISS}?a=b"}, "no address"),
    "somebody else's name in it": ({"iss": "https://a@b"}, "no address"),
    "no issuer": ({"iss": None}, "no address"),
    "nbf in ms": ({"nbf": 1_600_000_000_000}, "not in seconds"),
    "nbf as text": ({"nbf": "1600000000"}, "no time"),
    "nbf true": ({"nbf": True}, "no time"),
    "no nbf": ({"nbf": None}, "no time"),
    "exp in ms": ({"exp": 1_700_000_000_000}, "not in seconds"),
    "exp before nbf": ({"exp": 1_500_000_000}, "ends before"),
    "from tomorrow": ({"nbf": 1_900_000_000}, "not valid yet"),
    "no vc": ({"vc": None}, "no health card"),
    "no type": ({"vc": {"type": []}}, "no health card"),
}


@pytest.mark.parametrize(("changes", "rule"), ALTERED.values(), ids=ALTERED.keys())
def test_a_good_signature_saves_no_broken_rule(signer, changes, rule):
    with pytest.raises(BrokenError, match=rule):
        signer.read(signer.sign(payload(**changes)))


def test_bytes_behind_the_packed_content_are_refused(signer):
    with pytest.raises(BrokenError, match="behind its end"):
        signer.read(signer.sign(payload(), after=b"x"))


def test_a_content_that_unpacks_without_end_is_refused(signer):
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packing.compress(bytes(400 << 20)) + packing.flush()
    with pytest.raises(BrokenError, match="too large when unpacked"):
        signer.read(signer.sign(b"", pack=bomb))


def test_a_content_with_a_mark_or_a_second_key_is_refused(signer):
    plain = json.dumps(payload()).encode()
    for bad in (b"\xef\xbb\xbf" + plain, plain[:-1] + b',"iss":"x"}', plain + b"{}"):
        with pytest.raises(BrokenError, match="not JSON"):
            signer.read(signer.sign(bad))


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ({"alg": "none", "zip": "DEF"}, "another way"),
        ({"alg": "HS256", "zip": "DEF"}, "another way"),
        ({"alg": "ES256"}, "DEF"),
        ({"alg": "ES256", "zip": "DEF", "crit": ["b64"]}, "more than is known"),
        ({"alg": "ES256", "zip": "DEF", "kid": "other"}, "no such key"),
    ],
)
def test_a_header_says_exactly_what_it_must(signer, header, rule):
    head = {"kid": signer.kid, **header}
    with pytest.raises(BrokenError, match=rule):
        signer.read(signer.sign(payload(), header=head))


def test_one_changed_letter_anywhere_verifies_nothing(signer):
    card = signer.sign(payload())
    for at in range(0, len(card), 7):
        other = "A" if card[at] != "A" else "B"
        with contextlib.suppress(BrokenError):
            read = signer.read(f"{card[:at]}{other}{card[at + 1 :]}")
            # The letter may lie in the issuer's address: then it is nobody's card.
            assert read.standing is Standing.UNKNOWN_ISSUER
            assert read.iss != ISS


def test_padding_and_stray_bits_are_another_text_and_refused(signer):
    card = signer.sign(payload())
    for bad in (f"{card}=", f"{card}\n", f"{card}.", card.replace("-", "+", 1) + "+"):
        with pytest.raises(BrokenError):
            signer.read(bad)


@published
@pytest.mark.parametrize(
    "name",
    ["wrong_alg_key", "wrong_curve_key", "wrong_kid_key", "wrong_kty_key",
     "wrong_use_key"],
)  # fmt: skip
def test_each_published_bad_key_is_refused(name):
    held = json.loads((CARDS / f"{name}.json").read_text())
    with pytest.raises(BrokenError):
        key_of(held["keys"][0] if "keys" in held else held)


def test_a_private_key_is_no_issuers_key(signer):
    with pytest.raises(BrokenError, match="not public"):
        key_of({**signer.jwk, "d": "AA"})


def link_of(**changes):
    held = {"url": "https://example.org/shl/1", "key": b64(bytes(32)), **changes}
    return f"shlink:/{b64(json.dumps(held).encode())}"


def test_a_link_is_read_with_and_without_a_viewer_and_never_asked():
    link = read_link(f"https://viewer.example.org/#{link_of(label='Maya', flag='LP')}")
    assert (link.label, link.flags, link.key) == ("Maya", "LP", bytes(32))
    assert "key" not in repr(link)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"url": "http://example.org/1"}, "not https"),
        ({"url": "https://example.org/" + "a" * 120}, "more than 128"),
        ({"url": 5}, "no address"),
        ({"key": b64(bytes(31))}, "32 bytes"),
        ({"key": None}, "32 bytes"),
        ({"label": "x" * 81}, "more than 80"),
        ({"flag": "PU"}, "do not go together"),
        ({"flag": "Z"}, "do not go together"),
        ({"v": 2}, "another version"),
        ({"exp": 1_700_000_000_000}, "not in seconds"),
        ({"exp": "soon"}, "no time"),
    ],
)
def test_each_rule_of_a_link_is_kept(changes, rule):
    with pytest.raises(BrokenError, match=rule):
        read_link(link_of(**changes))


def sealed(plain, key, **header):
    head = {"alg": "dir", "enc": "A256GCM", "cty": "application/fhir+json", **header}
    first = b64(json.dumps(head).encode())
    out = AESGCM(key).encrypt(bytes(12), plain, first.encode())
    return f"{first}..{b64(bytes(12))}.{b64(out[:-16])}.{b64(out[-16:])}"


def test_an_encrypted_file_opens_with_the_links_key_and_no_other():
    key = hashlib.sha256(b"key").digest()
    assert open_file(sealed(b"{}", key), key=key).content == b"{}"
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packing.compress(b"[]" * 99) + packing.flush()
    assert open_file(sealed(packed, key, zip="DEF"), key=key).content == b"[]" * 99
    with pytest.raises(BrokenError, match="does not open"):
        open_file(sealed(b"{}", key), key=bytes(32))


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ({"alg": "RSA-OAEP"}, "another way"),
        ({"enc": "A128GCM"}, "another way"),
        ({"zip": "BR"}, "packed in another way"),
        ({"cty": "text/html"}, "kind that no link has"),
        ({"crit": ["x"]}, "more than is known"),
    ],
)
def test_each_rule_of_an_encrypted_file_is_kept(header, rule):
    with pytest.raises(BrokenError, match=rule):
        open_file(sealed(b"{}", bytes(32), **header), key=bytes(32))


def test_an_encrypted_file_that_unpacks_without_end_is_refused():
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packing.compress(bytes(200 << 20)) + packing.flush()
    with pytest.raises(BrokenError, match="too large when unpacked"):
        open_file(sealed(bomb, bytes(32), zip="DEF"), key=bytes(32))


@published
def test_published_encrypted_files_open_and_hold_verified_cards():
    opened = 0
    for path in sorted((CARDS / "shl-examples").iterdir()):
        held = json.loads(path.read_text())
        key = base64.urlsafe_b64decode(held["payload"]["key"] + "=")
        for text in held["jweFiles"]:
            plain = open_file(text, key=key).content
            for card in json.loads(plain).get("verifiableCredential", []):
                read_card(card, issuers=published_issuers(), now=NOW)
                opened += 1
    assert opened


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def trust(wallet, issuers):
    folder = wallet.home / "trust"
    folder.mkdir(exist_ok=True)
    (folder / "issuers.json").write_text(json.dumps(issuers))


def flu(number=1):
    vaccine = {
        "resourceType": "Immunization",
        "status": "completed",
        "meta": {"security": [{"code": "IAL1"}]},
        "vaccineCode": {
            "coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]
        },
        "patient": {"reference": "resource:0"},
        "occurrenceDateTime": f"2024-01-0{number}",
    }
    return {"fullUrl": f"resource:{number}", "resource": vaccine}


def card_of(signer, *entries, **changes):
    held = payload(**changes)
    held["vc"]["credentialSubject"]["fhirBundle"]["entry"] = list(entries)
    return signer.sign(held)


def reasons(answer):
    return [one.cause for file in answer.files for one in file.findings]


def counts(answer):
    return {name: n for name, n in answer.totals.as_json().items() if n}


def test_a_trusted_card_gives_its_records_and_its_bytes_back(signer, wallet, tmp_path):
    trust(wallet, {"issuerInfo": [{"issuer": {"iss": ISS}, "keys": [signer.jwk]}]})
    data = {"verifiableCredential": [card_of(signer, flu(1), flu(2))]}
    answer = bring_in(wallet, tmp_path, data)
    assert (counts(answer), reasons(answer)) == ({"new": 2}, [])
    assert answer.files[0].format == "smart-health-card"
    [one, _] = records.timeline(wallet).records
    assert (one.title, one.labels) == ("Flu vaccine", ())
    sink = io.BytesIO()
    records.export(wallet, sink)
    assert sink.getvalue().count(b'"verified"') == 2
    sink = io.BytesIO()
    records.save_original(wallet, one.scope_id, sink)
    assert sink.getvalue() == as_bytes(data)


def test_a_card_of_nobody_on_the_list_comes_in_with_that_said(signer, wallet, tmp_path):
    answer = bring_in(wallet, tmp_path, card_of(signer, flu()))
    assert counts(answer) == {"new": 1}
    assert reasons(answer) == [Cause.CARD_ISSUER_UNKNOWN]


def test_a_forged_card_gives_no_record_and_is_kept(signer, wallet, tmp_path):
    trust(wallet, {"issuerInfo": [{"issuer": {"iss": ISS}, "keys": [signer.jwk]}]})
    forged = card_of(Signer(), flu())
    answer = bring_in(wallet, tmp_path, {"verifiableCredential": [forged]})
    assert counts(answer) == {"kept_raw": 1}
    assert reasons(answer) == [Cause.CARD_REFUSED]
    assert records.timeline(wallet).records == ()


def test_the_numbers_of_a_code_and_the_card_itself_are_one_record(
    signer, wallet, tmp_path
):
    card = card_of(signer, flu())
    code = "shc:/" + "".join(f"{ord(letter) - 45:02}" for letter in card)
    assert len(card) < 1_195
    answer = bring_in(wallet, tmp_path, code + "\n", card)
    assert counts(answer) == {"new": 1, "same": 1}


def test_a_link_is_kept_and_never_followed(wallet, tmp_path):
    answer = bring_in(wallet, tmp_path, link_of())
    assert (counts(answer), reasons(answer)) == ({"kept_raw": 1}, [Cause.LINK])


def test_a_locked_file_opens_with_its_link_in_the_same_import_or_an_earlier_one(
    signer, wallet, tmp_path
):
    key = hashlib.sha256(b"key").digest()
    plain = json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [flu()]}
    ).encode()
    first = bring_in(wallet, tmp_path, sealed(plain, key))
    assert (counts(first), reasons(first)) == (
        {"kept_raw": 1},
        [Cause.LINK_KEY_MISSING],
    )
    again = bring_in(wallet, tmp_path, sealed(plain, key), link_of(key=b64(key)))
    assert counts(again) == {"new": 1, "kept_raw": 1}
    card = json.dumps({"verifiableCredential": [card_of(signer, flu(3))]}).encode()
    later = bring_in(wallet, tmp_path, sealed(card, key))
    assert counts(later) == {"new": 1}


def test_a_locked_file_inside_a_locked_file_has_an_end(wallet, tmp_path):
    key = bytes(32)
    data = b"{}"
    for _ in range(8):
        data = sealed(data, key).encode()
    answer = bring_in(wallet, tmp_path, link_of(), data)
    assert answer.totals.total == 2


@published
def test_every_published_card_file_comes_in_and_is_given_back(wallet, tmp_path):
    """The long form, with an independent count, is ``python -m tests.corpus``."""
    row = {
        "issuer": {"iss": ISS},
        "keys": json.loads((CARDS / "issuer/.well-known/jwks.json").read_text())[
            "keys"
        ],
    }
    trust(wallet, {"issuerInfo": [row]})
    paths = [p for p in CARDS.glob("*") if p.suffix not in (".png", ".jpg", "")]
    answer = import_paths(wallet, paths, now=NOW, whose=Whose.MINE)
    assert answer.all_taken
    digests = {source.sha256 for source in sources.whole_sources(wallet.store)}
    assert digests == {hashlib.sha256(p.read_bytes()).digest() for p in paths}
