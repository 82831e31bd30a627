"""What a desk with fixed answers says of a patient's own hand."""

from dataclasses import replace

from ui import hand_answers
from ui.hand_views import (
    FileLine,
    HandSheet,
    MarkLine,
    NoteLine,
    VersionSheet,
)
from wallet.actions.patient.byhand import FORMS

SHEETS = tuple(hand_answers.form_sheet(form) for form in FORMS)
HAND = HandSheet(
    key="0",
    title="Cholesterol, bad (LDL)",
    about="City Laboratory \u00b7 12 November 2026",
    author="You corrected this",
    form=next(form for form in SHEETS if form.category == "test"),
    said={
        "name": "Cholesterol, bad (LDL)",
        "value": "118",
        "unit": "mg/dL",
        "date": "2026-11-12",
        "by": "City Laboratory",
    },
    marks=(
        MarkLine(words="Kept private by you", reason="You put it here.", hers=True),
        MarkLine(
            words="Mental health",
            reason="Heartwood put it here because of a code or a word in it.",
        ),
    ),
    notes=(
        NoteLine(
            key="n1",
            text="Ask Dr. Osei whether the tablets may be taken in the morning.",
            when="24 November 2026",
        ),
    ),
    tags=("ask", "cholesterol"),
    files=(FileLine(key="f1", name="lab-sheet.pdf", about="PDF \u00b7 312 kB"),),
    versions=(
        VersionSheet(
            number=2,
            title="24 November 2026, by you",
            changes=("Result: \u201c181 mg/dL\u201d became \u201c118 mg/dL\u201d",),
            holds=True,
        ),
        VersionSheet(number=1, title="24 November 2026, by City Laboratory"),
    ),
)


class FakeHand:
    """Remembers in ``held`` what was added; see `fake_desk.FakeDesk`."""

    held = HAND

    def forms(self):
        self._note("forms")
        return SHEETS

    def hand(self, key):
        self._note(("hand", key))
        return replace(self.held, key=key)

    def write_down(self, category, entries):
        self._note(("write_down", category, dict(entries)))
        return "made"

    def correct(self, key, entries):
        self._note(("correct", key, dict(entries)))
        return self.hand(key)

    def go_back(self, key, number):
        self._note(("go_back", key, number))
        return self.hand(key)

    def add_note(self, key, text):
        self._note(("add_note", key, text))
        fresh = NoteLine(key="n9", text=text, when="24 November 2026")
        self.held = replace(self.held, notes=(*self.held.notes, fresh))
        return self.hand(key)

    def remove_note(self, key, note):
        self._note(("remove_note", key, note))
        self.held = replace(self.held, notes=())
        return self.hand(key)

    def add_tag(self, key, name):
        self._note(("add_tag", key, name))
        self.held = replace(self.held, tags=(*self.held.tags, name))
        return self.hand(key)

    def remove_tag(self, key, name):
        self._note(("remove_tag", key, name))
        left = tuple(tag for tag in self.held.tags if tag != name)
        self.held = replace(self.held, tags=left)
        return self.hand(key)

    def attach(self, key, file):
        self._note(("attach", key, file))
        return self.hand(key)

    def save_attached(self, key, attached, out):
        self._note(("save_attached", key, attached, out))

    def detach(self, key, attached):
        self._note(("detach", key, attached))
        self.held = replace(self.held, files=())
        return self.hand(key)

    def keep_private(self, key):
        self._note(("keep_private", key))
        self.held = replace(self.held, marks=HAND.marks)
        return self.hand(key)

    def end_private(self, key):
        self._note(("end_private", key))
        self.held = replace(self.held, marks=HAND.marks[1:])
        return self.hand(key)

    def delete(self, key):
        self._note(("delete", key))
        return 0
