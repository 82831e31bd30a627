"""Letters and notes, as plain text inside the record, and the reports of pictures."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, NamedTuple

from wallet.actions.demo_world.person import NAME
from wallet.actions.demo_world.pieces import (
    LOINC,
    concept,
    patient,
    start,
    term,
)
from wallet.actions.demo_world.places import PLACES, STAFF, where, who
from wallet.actions.demo_world.visits import visit_of, visits
from wallet.actions.demo_world.world import Filed, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.actions.demo_world.visits import Visit
    from wallet.actions.demo_world.world import World


class _Letter(NamedTuple):
    visit: str
    loinc: str
    title: str
    text: str


_CONSULT, _REFER, _LEAVE, _NOTE = "11488-4", "57133-1", "18842-5", "11506-3"
_LETTERS = (
    _Letter("check-up-11", "34117-2", "First visit to the practice",
            "New to the practice. Blood pressure 158 over 96, measured twice. Father "
            "had a heart attack at 61. Lisinopril begun. Walk half an hour a day."),
    _Letter("check-up-10", _NOTE, "Note of the yearly check-up",
            "Blood pressure better. Bad cholesterol high. Wants to try food first."),
    _Letter("rash", _NOTE, "Note about the rash",
            "Itchy rash on day two of amoxicillin. Stopped. Penicillin must not be "
            "given again: entered as an allergy."),
    _Letter("bowel", _CONSULT, "Letter about the bowel screening",
            "Nothing found. Next screening in ten years."),
    _Letter("check-up-8", _NOTE, "Note of the yearly check-up",
            "Cholesterol still high after two years. Simvastatin begun."),
    _Letter("knee-x-ray", _CONSULT, "Letter about the right knee",
            "Worn cartilage on the inner side. Exercises first, no operation now."),
    _Letter("fall", _LEAVE, "Letter after the fall",
            "Broke the left wrist on ice. Set in plaster. Home the same day."),
    _Letter("bone-density", _CONSULT, "Letter about the bones",
            "Bones a little thinner than usual for the age. Vitamin D low."),
    _Letter("check-up-5", _NOTE, "Note of the yearly check-up",
            "Muscles ache on simvastatin. Changed to atorvastatin 20 mg."),
    _Letter("virus", _NOTE, "Note by telephone",
            "COVID-19, at home. Oxygen stays above 95 percent. Well after nine days."),
    _Letter("chest", _REFER, "Letter to the heart clinic",
            "For three weeks a tight chest on the second flight of stairs, gone after "
            "two minutes of rest. Please see her soon."),
    _Letter("heart-first", _CONSULT, "Letter from the heart clinic",
            "Likely narrowed heart arteries. Aspirin and a spray for the chest given. "
            "Exercise test ordered."),
    _Letter("angiogram", _LEAVE, "Letter after the hospital stay",
            "One artery narrowed by four fifths, opened and held open with a stent. "
            "Clopidogrel for one year. Atorvastatin raised to 40 mg, also metoprolol."),
    _Letter("heart-1", _CONSULT, "Letter from the heart clinic",
            "No chest pain since the stent. Has finished the heart exercise course."),
    _Letter("tired", _REFER, "Letter to the heart clinic",
            "Tired and dizzy for two weeks. Pulse uneven in the practice."),
    _Letter("flutter", _LEAVE, "Letter from the emergency room",
            "Irregular heartbeat for nine hours, gone by itself. Apixaban begun; no "
            "more aspirin."),
    _Letter("heart-4", _CONSULT, "Letter from the heart clinic",
            "Two short spells of irregular heartbeat in six months. No bleeding."),
    _Letter("eyes-5", _CONSULT, "Letter from the eye clinic",
            "Beginning cataract on both sides. Glasses still enough."),
    _Letter("echo-last", _CONSULT, "Letter about the ultrasound of the heart",
            "The heart pumps well again. Valves close tightly."),
    _Letter("referral", _REFER, "Letter for the new heart specialist",
            "Dr. Varga is retiring. Please take over: stent, irregular heartbeat that "
            "comes and goes, high blood pressure. Three allergies, see list."),
    _Letter("talk-5", _NOTE, "Last note of the talking therapy",
            "Sleeps again, meets friends. Therapy ended by agreement."),
)  # fmt: skip


def documents(world: World) -> Iterator[Filed]:
    """Every letter, filed where it was written."""
    by_key = {visit.key: visit for visit in visits(world)}
    for letter in _LETTERS:
        yield _filed(world, letter, by_key[letter.visit])


def _filed(world: World, letter: _Letter, visit: Visit) -> Filed:
    text = (
        f"{PLACES[visit.place]}\n{visit.day.isoformat()}\n\n"
        f"{letter.title}\nPatient: {NAME}, born 1961-04-17\n\n"
        f"{letter.text}\n\n{STAFF[visit.staff].name}\n"
    ).encode()
    digest = hashlib.sha1(text, usedforsecurity=False).digest()  # FHIR Attachment.hash
    made = start(world, "DocumentReference", letter.visit, labels=visit.labels) | {
        "status": "current",
        "docStatus": "final",
        "type": concept(LOINC, letter.loinc, letter.title),
        "category": [
            {
                "coding": [
                    {
                        "system": "http://hl7.org/fhir/us/core/CodeSystem/"
                        "us-core-documentreference-category",
                        "code": "clinical-note",
                    }
                ]
            }
        ],
        "subject": patient(world),
        "date": moment(visit.day, 17, 30),
        "author": [who(world, visit.staff)],
        "custodian": where(world, visit.place),
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "data": base64.b64encode(text).decode(),
                    "size": len(text),
                    "hash": base64.b64encode(digest).decode(),
                    "title": letter.title,
                    "creation": moment(visit.day, 17, 30),
                }
            }
        ],
        "context": {"encounter": [visit_of(world, letter.visit)]},
    }
    return Filed(visit.place, made)


_PICTURES = (
    ("mammogram-1", "24606-6", "Breast screening", "Nothing to worry about."),
    ("mammogram-2", "24606-6", "Breast screening", "Nothing to worry about."),
    ("mammogram-3", "24606-6", "Breast screening", "Nothing to worry about."),
    ("mammogram-4", "24606-6", "Breast screening", "Nothing to worry about."),
    ("knee-x-ray", "36643-5", "Picture of the right knee", "Inner gap narrowed."),
    ("fall", "36643-5", "Picture of the left wrist", "Broken near the hand, in place."),
    ("bone-density", "38269-7", "Bone density", "A little thin, not brittle."),
    ("echo-last", "42148-7", "Ultrasound of the heart", "Pumps well, valves tight."),
)


def reports(world: World) -> Iterator[Filed]:
    """What was seen on pictures, in one sentence each."""
    by_key = {visit.key: visit for visit in visits(world)}
    for key, loinc, title, seen in _PICTURES:
        visit = by_key[key]
        made = start(world, "DiagnosticReport", key, title) | {
            "status": "final",
            "category": [term("v2-0074", "RAD")],
            "code": concept(LOINC, loinc, title),
            "subject": patient(world),
            "encounter": visit_of(world, key),
            "effectiveDateTime": moment(visit.day, 11),
            "issued": moment(visit.day, 15),
            "performer": [where(world, visit.place)],
            "conclusion": seen,
        }
        yield Filed(visit.place, made)
