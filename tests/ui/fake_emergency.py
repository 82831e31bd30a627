"""What a desk with fixed answers says of an emergency card."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

from ui import emergency_answers
from ui.emergency_views import Call, Draft, Line, Offer, Wish
from wallet.actions.patient import emergency, viewing
from wallet.exports.emergency_card import Contact, EmergencyCard

LINES = (
    Line(key="a1", kind="allergy", words="Penicillin (skin rash)"),
    Line(key="a2", kind="allergy", words="Wasp stings (fainting)"),
    Line(key="c1", kind="condition", words="Atrial fibrillation"),
    Line(key="c2", kind="condition", words="Depression", marks=("mental health",)),
    Line(key="m1", kind="medicine", words="Apixaban 5 mg (one in the morning)"),
    Line(key="m2", kind="medicine", words="Metformin 500 mg (two with breakfast)"),
)
OFFER = Offer(
    name="Maya Rosander",
    born="17 April 1951",
    blood_groups=("O Rh positive",),
    lines=LINES,
)
FILLED = replace(
    OFFER,
    wish=Wish(
        with_name=True,
        with_birth_date=True,
        blood_group="O Rh positive",
        items=frozenset({"a1", "a2", "c1", "m1"}),
        calls=(
            Call(name="Jonas \u00c5berg", phone="+46 70 123 45 67"),
            Call(name="Dr. Amara Osei", phone="+46 8 555 01 00"),
        ),
    ),
)
PRINTED = replace(
    FILLED,
    printed_at=datetime(2026, 9, 2, 9, 0, tzinfo=UTC),
    changes=(
        ("Apixaban 5 mg (one in the morning)", "says something else now"),
        ("Wasp stings (fainting)", "new in your records"),
        ("Simvastatin 20 mg", "not in your records now, or over"),
    ),
)
_DAY = date(2026, 11, 24)


@cache
def drawn(wish, wide=900):
    """The card a wish makes, drawn once."""
    words = {
        kind: tuple(
            line.words for line in LINES if line.kind == kind and line.key in wish.items
        )
        for kind in ("allergy", "condition", "medicine")
    }
    card = EmergencyCard(
        name=OFFER.name if wish.with_name else "",
        born="1951-04-17" if wish.with_birth_date else "",
        blood_group=wish.blood_group,
        allergies=words["allergy"],
        conditions=words["condition"],
        medicines=words["medicine"],
        contacts=tuple(Contact(name=one.name, phone=one.phone) for one in wish.calls),
        made_on=_DAY,
    )
    made = emergency.draft(card, wish.sheet)
    return emergency_answers.draft(made, viewing.pages(made.pdf, wide=wide))


class FakeEmergency:
    """Remembers what it was asked; see `fake_desk.FakeDesk`."""

    emergency = OFFER

    def emergency_offer(self):
        self._note("emergency_offer")
        return self.emergency

    def emergency_changes(self):
        self._note("emergency_changes")
        return len(self.emergency.changes)

    def emergency_draft(self, wish):
        self._note(("emergency_draft", wish))
        return Draft() if wish.empty else drawn(wish)

    def emergency_pages(self, wish):
        self._note("emergency_pages")
        return drawn(wish, 2_000).pages

    def emergency_printed(self, wish):
        self._note(("emergency_printed", wish))

    def save_emergency(self, wish, path):
        self._note(("save_emergency", wish, path))
