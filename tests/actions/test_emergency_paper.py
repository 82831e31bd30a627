"""A card on paper says when the records have moved on, and remembers no words."""

from datetime import timedelta

import pytest

from tests.support.wallets import NOON, bring_in, bundle, open_wallet
from wallet.actions.patient import byhand, emergency, emergency_paper, records, remarks
from wallet.actions.patient.emergency import Choice, Contact
from wallet.actions.patient.emergency_paper import Change, Kind
from wallet.vault import settings

LATER = NOON + timedelta(days=3)


def prescription(name, written, **more):
    return {
        "resourceType": "MedicationRequest",
        "id": f"{name}-{written}".replace(" ", "-"),
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": name},
        "subject": {"reference": "Patient/m"},
        "authoredOn": written,
        **more,
    }


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def add(wallet, category, name, **more):
    return byhand.add(wallet, category, {"name": name, **more}, now=NOON)


def put_on_paper(wallet, choice):
    held = emergency.offers(wallet)
    kept = emergency.choose(wallet, choice, held)
    emergency_paper.note(wallet, kept, held, now=NOON)
    return kept


def changes(wallet):
    held = emergency.offers(wallet)
    found = emergency_paper.since(wallet, emergency.chosen(wallet), held)
    assert found.printed_at == NOON
    return list(found.changes)


def test_a_card_never_printed_is_never_out_of_date(wallet):
    add(wallet, "allergy", "Nuts")
    assert not emergency_paper.is_printed(wallet)
    held = emergency.offers(wallet)
    assert emergency_paper.since(wallet, Choice(), held) is None


def test_each_way_in_which_paper_grows_old_is_named(wallet):
    pills = add(wallet, "medicine", "Apixaban 5 mg", how="Twice a day")
    nuts = add(wallet, "allergy", "Nuts", reaction="Rash")
    asthma = add(wallet, "condition", "Asthma")
    put_on_paper(wallet, Choice(items=(pills, nuts, asthma)))
    assert emergency_paper.is_printed(wallet)
    assert changes(wallet) == []
    byhand.correct(wallet, nuts, {"reaction": "Fainting"}, now=LATER)
    byhand.correct(wallet, pills, {"until": "2020"}, now=LATER)
    records.erase(wallet, asthma, now=LATER)
    add(wallet, "medicine", "Ramipril 5 mg")
    assert set(changes(wallet)) == {
        Change(kind=Kind.OTHER, about="allergy", words="Nuts (Fainting)"),
        Change(kind=Kind.GONE, about="medicine", words="Apixaban 5 mg"),
        Change(kind=Kind.GONE, about=""),
        Change(kind=Kind.NEW, about="medicine", words="Ramipril 5 mg"),
    }


def test_another_choice_than_the_printed_one_is_named(wallet):
    nuts, asthma = add(wallet, "allergy", "Nuts"), add(wallet, "condition", "Asthma")
    jonas = Contact(name="Jonas", phone="1")
    put_on_paper(wallet, Choice(items=(nuts,), contacts=(jonas,), with_name=True))
    emergency.choose(wallet, Choice(items=(asthma,), blood_group="A positive"))
    assert changes(wallet) == [
        Change(kind=Kind.TAKEN_OFF, about="name"),
        Change(kind=Kind.ADDED, about="blood"),
        Change(kind=Kind.TAKEN_OFF, about="people"),
        Change(kind=Kind.TAKEN_OFF, about="allergy", words="Nuts"),
        Change(kind=Kind.ADDED, about="condition", words="Asthma"),
    ]


def test_a_newer_prescription_of_the_same_medicine_stays_on_the_card(wallet, tmp_path):
    bring_in(wallet, tmp_path, bundle(prescription("Apixaban 5 mg", "2026-01-05")))
    (item,) = emergency.offers(wallet).items
    put_on_paper(wallet, Choice(items=(item.key,)))
    bring_in(wallet, tmp_path, bundle(prescription("Apixaban 5 mg", "2026-06-01")))
    (newer,) = emergency.offers(wallet).items
    assert newer.key != item.key
    assert emergency.card(wallet, now=NOON).medicines == ("Apixaban 5 mg",)
    assert changes(wallet) == []
    how = [{"text": "One in the morning"}]
    again = prescription("Apixaban 5 mg", "2026-08-01", dosageInstruction=how)
    bring_in(wallet, tmp_path, bundle(again))
    said = "Apixaban 5 mg (One in the morning)"
    assert changes(wallet) == [Change(kind=Kind.OTHER, about="medicine", words=said)]
    remarks.keep_private(wallet, emergency.offers(wallet).items[0].key)
    assert emergency.card(wallet, now=NOON).medicines == ()
    (change,) = changes(wallet)
    assert change == Change(kind=Kind.GONE, about="medicine", words="Apixaban 5 mg")


def test_no_word_of_a_record_is_remembered_with_the_paper(wallet):
    nuts = add(wallet, "allergy", "Macadamia", reaction="Rash")
    put_on_paper(wallet, Choice(items=(nuts,)))
    kept = settings.get_bytes(wallet.store, "emergency_paper", person=wallet.person)
    assert nuts.encode() in kept
    for word in (b"Macadamia", b"Rash"):
        assert word not in kept
