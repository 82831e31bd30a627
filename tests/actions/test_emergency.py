"""The emergency card: only what was chosen, and a stranger's phone reads it."""

from datetime import date

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.wallets import NOON, bring_in, bundle, open_wallet
from wallet.actions.patient import byhand, emergency, records, remarks
from wallet.actions.patient.emergency import Choice, Contact
from wallet.errors import UsageError
from wallet.exports.emergency_card import (
    MOST_BYTES,
    ONLY_THIS,
    EmergencyCard,
    shorter,
    text_of,
)
from wallet.exports.printed.emergency_card import Sheet, pdf

PATIENT = {
    "resourceType": "Patient",
    "id": "m",
    "name": [{"given": ["Maya"], "family": "Rosander"}],
    "birthDate": "1951-04-17",
}
GROUP = {
    "resourceType": "Observation",
    "id": "b",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "882-1"}]},
    "valueString": "O Rh positive",
}
JONAS = Contact(name="Jonas \u00c5berg", phone="+46 70 123 45 67")
FULL = EmergencyCard(
    name="Maya Rosander",
    born="1951-04-17",
    blood_group="O Rh positive",
    allergies=("Penicillin (skin rash)", "Wasp stings (fainting)"),
    conditions=("Atrial fibrillation", "High blood pressure", "Type 2 diabetes"),
    medicines=(
        "Apixaban 5 mg (one in the morning, one in the evening)",
        "Metformin 500 mg (two with breakfast)",
        "Ramipril 5 mg",
    ),
    contacts=(JONAS, Contact(name="Dr. Amara Osei", phone="+46 8 555 01 00")),
    made_on=date(2026, 11, 12),
)
CROWDED = EmergencyCard(
    name="Maria Antonia Rosander-Lindgren",
    allergies=tuple(f"Something that itches, number {n}" for n in range(12)),
    conditions=tuple(f"An illness with quite a long name {n}" for n in range(20)),
    medicines=tuple(f"A medicine of {n} mg (one in the morning)" for n in range(20)),
    contacts=(JONAS,) * 3,
    made_on=date(2026, 11, 12),
)


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        bring_in(wallet, tmp_path, bundle(PATIENT, GROUP))
        yield wallet


def add(wallet, category, name, **more):
    return byhand.add(wallet, category, {"name": name, **more}, now=NOON)


def pages(data):
    document = pypdfium2.PdfDocument(data)
    try:
        return [
            (page.get_size(), page.get_textpage().get_text_range(), scan(page))
            for page in document
        ]
    finally:
        document.close()


def scan(page):
    """What a phone makes of it: the reader is not the one that drew the code."""
    picture = page.render(scale=3).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def test_nothing_is_on_the_card_that_was_not_chosen(wallet):
    rash = add(wallet, "allergy", "Penicillin", reaction="Rash")
    nuts = add(wallet, "allergy", "Nuts")
    pills = add(wallet, "medicine", "Apixaban 5 mg", how="Twice a day")
    over = add(wallet, "medicine", "Aspirin", until="2020")
    drugs = add(wallet, "condition", "Opioid dependence")
    held = emergency.offers(wallet)
    assert (held.name, held.born) == ("Maya Rosander", "1951-04-17")
    assert held.blood_groups == ("O Rh positive",)
    keys = {item.key: item for item in held.items}
    assert keys.keys() == {rash, nuts, pills, drugs}
    assert keys[drugs].marks == ("opioids",)
    assert emergency.chosen(wallet) == Choice()
    with pytest.raises(UsageError):
        emergency.card(wallet, now=NOON)
    choice = Choice(with_name=True, items=(pills, rash), contacts=(JONAS,))
    emergency.choose(wallet, choice)
    assert emergency.chosen(wallet) == choice
    text = emergency.text_of(emergency.card(wallet, now=NOON))
    assert text.split("\n") == [
        "EMERGENCY CARD",
        "Maya Rosander",
        "ALLERGIES: Penicillin (Rash)",
        "MEDICINES: Apixaban 5 mg (Twice a day)",
        "CALL: Jonas \u00c5berg +46 70 123 45 67",
        ONLY_THIS,
        "Chosen by the patient on 12 November 2026.",
    ]
    data, missing = emergency.printed(wallet, "card", now=NOON)
    said = "".join(text for _, text, _ in pages(data))
    assert missing == 0
    for word in ("1951", "Nuts", "Opioid", "positive", "Aspirin"):
        assert word not in text + said
    records.erase(wallet, rash, now=NOON)
    assert "Penicillin" not in emergency.text_of(emergency.card(wallet, now=NOON))
    with pytest.raises(UsageError):
        emergency.choose(wallet, Choice(items=(over,)))
    remarks.keep_private(wallet, pills)
    marks = {item.key: item.marks for item in emergency.offers(wallet).items}
    assert marks[pills] == ("kept private by you",)


def test_lines_that_are_too_long_or_too_many_are_refused(wallet):
    for choice in (
        Choice(blood_group="x" * 41),
        Choice(contacts=(Contact(name="x" * 41, phone="1"),)),
        Choice(contacts=(Contact(name="x", phone="1" * 31),)),
        Choice(contacts=(JONAS,) * 4),
        Choice(items=("00" * 16,)),
    ):
        with pytest.raises(UsageError):
            emergency.choose(wallet, choice)
    with pytest.raises(UsageError):
        emergency.printed(wallet, "poster", now=NOON)


@pytest.mark.parametrize("card", [FULL, CROWDED], ids=["full", "crowded"])
@pytest.mark.parametrize("sheet", Sheet)
def test_every_code_is_read_as_the_plain_text_of_the_card(card, sheet):
    data, missing = pdf(card, sheet)
    assert missing == 0
    found = pages(data)
    assert len(found) == 2
    read = [text for _, _, codes in found for text in codes]
    assert read == [text_of(card)] * (1 if sheet is Sheet.CARD else 2)
    assert "://" not in read[0]
    said = " ".join(text for _, text, _ in found)
    for words in (card.name, card.allergies[0], JONAS.phone, "Anybody who finds"):
        assert words in " ".join(said.split())
    if sheet is Sheet.CARD:
        assert {tuple(round(side) for side in size) for size, _, _ in found} == {
            (243, 153)
        }


def test_what_finds_no_room_is_counted_and_allergies_give_way_last():
    text = text_of(CROWDED)
    assert len(text.encode()) <= MOST_BYTES
    assert "(one in the morning); and 19 more, not written here" in text
    assert "Something that itches, number 0" in text
    said = "".join(page for _, page, _ in pages(pdf(CROWDED, Sheet.CARD)[0]))
    assert "more, not written here" in " ".join(said.split())
    assert "As much as fits, in the code" in " ".join(said.split())
    told = "".join(page for _, page, _ in pages(pdf(FULL, Sheet.CARD)[0]))
    assert "The same, in the code" in " ".join(told.split())


def test_medicines_and_conditions_share_the_room_there_is():
    card = EmergencyCard(
        allergies=("Penicillin",),
        conditions=tuple(f"A condition with a name {n}" for n in range(9)),
        medicines=tuple(f"A medicine of {n} mg (one a day)" for n in range(9)),
        made_on=date(2026, 11, 12),
    )
    shown = shorter(card)
    while len(text_of(shown, most=1 << 20).encode()) > MOST_BYTES:
        shown = shorter(shown)
    assert text_of(card) == text_of(shown)
    assert len(shown.conditions) >= 4
    assert len(shown.medicines) >= 4
    assert shown.allergies == card.allergies
    while shown is not None:
        last, shown = shown, shorter(shown)
    assert (len(last.conditions), len(last.medicines), last.allergies) == (
        *(1, 1),
        ("Penicillin",),
    )
    assert dict(last.left) == {"conditions": 8, "medicines": 8}


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=200), max_size=30))
def test_the_text_always_fits_its_code(name, items):
    card = EmergencyCard(name=name, conditions=tuple(items), made_on=date(2026, 11, 12))
    assert len(text_of(card).encode("utf-8", "replace")) <= MOST_BYTES


def test_letters_without_a_typeface_are_counted_and_the_code_has_them():
    card = EmergencyCard(
        name="\u0645\u0627\u064a\u0627", allergies=("Nuts",), made_on=date(2026, 11, 12)
    )
    data, missing = pdf(card, Sheet.CARD)
    assert missing == 4
    assert "\u0645\u0627\u064a\u0627" in pages(data)[1][2][0]
    for sheet in Sheet:
        said = "".join(text for _, text, _ in pages(pdf(card, sheet)[0]))
        assert "stands for letters" in " ".join(said.split())
    said = "".join(text for _, text, _ in pages(pdf(FULL, Sheet.CARD)[0]))
    assert "stands for letters" not in " ".join(said.split())
