"""Health cards and links: small, true to who signed them, read by our own reader."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.support.selections import NOW, chosen, files_of
from tests.support.shared_records import maya, shared
from tests.support.wallets import open_wallet
from wallet.actions.patient import records
from wallet.exports import card_pictures, health_card, health_link
from wallet.exports.dress import Why
from wallet.exports.smart import payload
from wallet.exports.smart.card import SELF, cards
from wallet.exports.smart.link import seal
from wallet.exports.smart.picture import modules, numeric, svg
from wallet.keys.ecdsa import verify_es256
from wallet.records.smart.card import Standing, read_card
from wallet.records.smart.code import MOST_SINGLE, letters_of
from wallet.records.smart.issuers import Issuers, key_of
from wallet.records.smart.jose import BrokenError, from_base64url
from wallet.records.smart.link import open_file, read_link

LATER = datetime(2026, 12, 1, tzinfo=UTC)
PATIENT = {"resourceType": "Patient", "name": [{"family": "Rosander"}]}


def vaccine(code, day="2023-10-02", **more):
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {
            "coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": code}],
            "text": "Flu shot",
        },
        "occurrenceDateTime": day,
        **more,
    }


def made_cards(records, scratch):
    files = files_of(health_card.write(chosen(records, scratch)))
    held = json.loads(files["health-cards.smart-health-card"])
    return held["verifiableCredential"]


def test_every_card_fits_one_picture_and_says_that_the_patient_made_it(tmp_path):
    made = made_cards(maya(), tmp_path)
    assert len(made) > 3
    for jws in made:
        assert len(jws) <= MOST_SINGLE
        card = read_card(jws, issuers=Issuers(), now=LATER)
        assert (card.iss, card.standing) == (SELF, Standing.UNKNOWN_ISSUER)
        assert card.bundle["entry"][0]["resource"]["resourceType"] == "Patient"


def test_all_vaccines_and_the_newest_result_of_each_test_are_on_cards(tmp_path):
    dress = health_card.write(chosen(maya(), tmp_path))
    told = [
        entry["resource"]
        for jws in made_cards(maya(), tmp_path)
        for entry in read_card(jws, issuers=Issuers(), now=LATER).bundle["entry"][1:]
    ]
    kinds = [one["resourceType"] for one in told]
    assert kinds.count("Immunization") == 27
    codes = [
        one["code"]["coding"][0]["code"]
        for one in told
        if one["resourceType"] == "Observation"
    ]
    assert len(codes) == len(set(codes)) > 10
    assert {one.why for one in dress.left_out} == {Why.NO_PLACE}
    assert dress.held + len(dress.left_out) == len(maya())


def test_a_card_holds_codes_and_no_more_of_a_person_than_name_and_birth(tmp_path):
    whole = [
        shared(
            PATIENT
            | {"birthDate": "1961-04-05", "address": [{"city": "Portland"}], "id": "p"}
        ),
        shared(vaccine("140", note=[{"text": "quillwort"}])),
    ]
    (jws,) = made_cards(whole, tmp_path)
    text = json.dumps(read_card(jws, issuers=Issuers(), now=LATER).bundle)
    for word in ("Portland", "quillwort", "Flu shot", "urn:uuid"):
        assert word not in text
    assert "1961-04-05" in text


@pytest.mark.parametrize(
    "resource",
    [
        vaccine("140") | {"status": "not-done"},
        vaccine("140") | {"vaccineCode": {"text": "Flu shot"}},
        vaccine("140") | {"occurrenceDateTime": None},
    ],
)
def test_what_was_not_given_or_has_no_code_or_day_is_on_no_card(resource):
    assert payload.vaccine(resource) is None


def test_two_cards_have_no_key_in_common():
    made = [
        card
        for _ in range(2)
        for card in cards(
            PATIENT,
            [payload.vaccine(vaccine("140"))],
            kind=payload.IMMUNIZATION,
            made_at=NOW,
        )
    ]
    assert made[0].jwk["kid"] != made[1].jwk["kid"]
    for card in made:
        key = key_of(card.jwk)
        signed, _, signature = card.jws.rpartition(".")
        verify_es256(
            x=key.x,
            y=key.y,
            message=signed.encode(),
            signature=from_base64url(signature, what="the signature"),
        )


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(["140", "207", "88", "115"]), max_size=40))
def test_every_entry_is_on_one_card_and_in_its_order(codes):
    said = [payload.vaccine(vaccine(code)) for code in codes]
    made = cards(PATIENT, said, kind=payload.IMMUNIZATION, made_at=NOW)
    told = [
        entry["resource"]["vaccineCode"]["coding"][0]["code"]
        for card in made
        for entry in read_card(card.jws, issuers=Issuers(), now=LATER).bundle["entry"][
            1:
        ]
    ]
    assert told == codes


def test_pictures_carry_the_numbers_of_their_card(tmp_path):
    files = files_of(card_pictures.write(chosen(maya(), tmp_path)))
    held = json.loads(files["health-cards.smart-health-card"])["verifiableCredential"]
    drawn = [name for name in files if name.endswith(".svg")]
    assert len(drawn) == len(held)
    assert len(json.loads(files["public-keys.json"])["keys"]) == len(held)
    for name in drawn:
        text = files[name].decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?i)script|href|://", text)


def test_a_picture_is_no_larger_than_version_22_and_reads_as_written():
    zxingcpp = pytest.importorskip("zxingcpp")
    jws = "a" * MOST_SINGLE
    drawn = modules(numeric(jws))
    assert drawn.size == 105  # modules of version 22 (ISO/IEC 18004)
    side = drawn.size + 8
    picture = Image.new("L", (side, side), 255)
    for y, row in enumerate(drawn.dark):
        for x, dark in enumerate(row):
            if dark:
                picture.putpixel((x + 4, y + 4), 0)
    found = zxingcpp.read_barcodes(picture.resize((side * 3, side * 3), 0))
    assert letters_of([found[0].text]) == jws


def test_the_drawing_is_the_picture():
    drawn = modules("shlink:/x")
    data = svg(drawn, title="A").decode()
    squares = sum(int(length) for length in re.findall(r"h(\d+)v1", data))
    assert squares == sum(sum(row) for row in drawn.dark)


def test_a_link_opens_its_file_and_no_other_does(tmp_path):
    files = files_of(health_link.write(chosen(maya(), tmp_path)))
    link = read_link(files["health-link.txt"].decode())
    opened = open_file(files["health-records.jwe"].decode(), key=link.key)
    assert opened.kind == "application/fhir+json"
    assert json.loads(opened.content)["resourceType"] == "Bundle"
    assert (link.flags, link.url.split("/")[2]) == ("U", "offline.invalid")
    with pytest.raises(BrokenError):
        open_file(files["health-records.jwe"].decode(), key=bytes(32))


def test_a_locked_file_tells_nothing_and_two_have_nothing_in_common():
    one, two = (
        seal(b'{"quillwort":1}' * 20, kind="application/fhir+json", label="x")
        for _ in range(2)
    )
    assert b"quillwort" not in one.file
    assert one.file.split(b".")[2:] != two.file.split(b".")[2:]
    assert read_link(one.text).url != read_link(two.text).url
    assert one.text not in repr(one)


@pytest.mark.parametrize("part", [0, 2, 3, 4])
def test_a_changed_file_is_refused(part):
    made = seal(b"content", kind="application/fhir+json", label="x")
    parts = made.file.decode().split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    with pytest.raises(BrokenError):
        open_file(".".join(parts), key=read_link(made.text).key)


def test_the_file_and_its_link_come_in_again_from_one_folder(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    for name, data in files_of(health_link.write(chosen(maya(), tmp_path))).items():
        (folder / name).write_bytes(data)
    with open_wallet(tmp_path / "home") as wallet:
        answer = records.import_paths(wallet, [folder], now=LATER)
    assert answer.totals.new > 600
