"""The records as an International Patient Summary: a FHIR document to be read first.

HL7 IPS 1.1.0: a document Bundle with the Composition first, medicines, allergies and
problems always there (with the code that says that nothing is known, where nothing is),
the other sections where there is something for them, words in every section. Made by
the patient: it claims to be no more than what the wallet holds.
"""

from __future__ import annotations

import html
from collections import Counter
from typing import TYPE_CHECKING, Any, BinaryIO

from wallet.exports.dress import Dress, LeftOut, Why
from wallet.exports.facts import facts, spoken_date
from wallet.exports.gate import Gate, made_fit
from wallet.exports.ips_sections import FOLLOWERS, SECTIONS, Section, placed
from wallet.exports.mending import unknown
from wallet.exports.naming import to_json
from wallet.exports.parts import spooled
from wallet.exports.patient_shared import entry_of
from wallet.exports.trimming import Extent
from wallet.records.fhir.facts import facts_of
from wallet.records.labels import confidentiality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.exports.dress import Selection
    from wallet.exports.facts import Facts
    from wallet.exports.ips_sections import Placed
    from wallet.exports.naming import Naming
    from wallet.exports.parts import Part, Shareable

Json = Any
PATH = "fhir/ips.json"
_GUIDE = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
_ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
_LOINC = "http://loinc.org"
_XHTML = "http://www.w3.org/1999/xhtml"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_PIECE = 1 << 16
_NOTHING = {
    "no-allergy-info": "No information about allergies",
    "no-medication-info": "No information about medications",
    "no-problem-info": "No information about problems",
}
_SAID = {
    Why.GATHERS: "only speak about other records",
    Why.NO_PLACE: "have no place in a summary",
    Why.NOBODY_NAMES_IT: "are staff or places that nothing here names",
    Why.OLDER: "are older results of a kind that is here",
    Why.SECOND_PERSON: "say once more who the patient is",
    Why.TAKEN_BACK: "were taken back by their source",
    Why.UNFIT: "break rules of the format",
}


def write(chosen: Selection) -> Dress:
    """The summary as a dress."""
    where = placed(chosen, chosen.naming())

    def make(gate: Gate) -> Part:
        summary = _Summary(chosen, gate, where)
        entries = spooled(PATH, summary.write_entries, scratch=chosen.scratch)
        return spooled(
            PATH,
            lambda sink: summary.write_document(sink, entries),
            scratch=chosen.scratch,
        )

    part, naming, unfit = made_fit(
        chosen, make, behind=where.behind, followers=FOLLOWERS
    )
    missing = (*unfit, *where.left_out, *_unnamed(chosen, naming))
    ids = {one.record_id for one in missing if one.rtype not in FOLLOWERS}
    ids |= {one.record_id for one in missing if one.why is Why.NOBODY_NAMES_IT}
    return Dress(parts=(part,), left_out=missing, held=len(chosen.records) - len(ids))


def _unnamed(chosen: Selection, naming: Naming) -> Iterator[LeftOut]:
    for record in chosen.records:
        if record.rtype in FOLLOWERS and naming.is_unnamed(record):
            yield LeftOut(
                record_id=record.record_id,
                rtype=record.rtype,
                title=record.title,
                why=Why.NOBODY_NAMES_IT,
            )


class _Summary:
    """One making of the document: entries first, for the Composition tells of them."""

    def __init__(self, chosen: Selection, gate: Gate, where: Placed) -> None:
        self._chosen, self._gate, self._where = chosen, gate, where
        self._naming = gate.naming
        self._medicines = gate.naming.medicines()
        self._rows: dict[str, list[tuple[str, Facts]]] = {
            section.name: [] for section in SECTIONS
        }
        self._labels: list[Any] = []

    def write_entries(self, sink: BinaryIO) -> None:
        """Everything behind the Composition, each entry after a comma."""
        sink.writelines(
            b",\n" + to_json(entry_of(name, resource))
            for name, resource in self._entries()
        )

    def _entries(self) -> Iterator[tuple[str, dict[str, Json]]]:
        yield self._naming.patient_name, self._patient()
        yield self._maker, _maker()
        for record in self._chosen.records:
            place = self._where.section_of.get(record.record_id)
            resource = self._gate.passed(record) if place else None
            if place and resource is not None:
                name = self._naming.of(record)
                self._tell(place, name, record, resource)
                yield name, resource
        for record in self._naming.mentioned():
            resource = self._gate.passed(record)
            if resource is not None:
                yield self._naming.of(record), resource
        for section in SECTIONS:
            if section.nothing and not self._rows[section.name]:
                yield (
                    self._naming.fresh(section.nothing),
                    _nothing_known(section, self._naming.patient_name),
                )

    @property
    def _maker(self) -> str:
        return self._naming.fresh("made with")

    def _patient(self) -> dict[str, Json]:
        """The person; name and birth date are there, or said not to be."""
        record = self._naming.patient
        held = self._gate.passed(record) if record is not None else None
        patient = held or {"resourceType": "Patient"}
        patient.setdefault("name", [{"text": "Name not given"}])
        if "birthDate" not in patient:
            patient.setdefault("_birthDate", unknown())
        return patient

    def _tell(
        self, section: str, name: str, record: Shareable, resource: dict[str, Json]
    ) -> None:
        whole = self._naming.extent is Extent.WHOLE
        title = record.title if whole else facts_of(resource, self._medicines).title
        self._rows[section].append((name, facts(resource, title=title, place="")))
        self._labels += record.labels
        if record.rtype == "MedicationStatement" and not any(
            key.lstrip("_").startswith("effective") for key in resource
        ):
            resource["_effectiveDateTime"] = unknown()

    def write_document(self, sink: BinaryIO, entries: Part) -> None:
        """The whole bundle: head, Composition, *entries*."""
        stamp = self._chosen.made_at.isoformat(timespec="seconds")
        name = self._naming.fresh("document")
        head = {
            "resourceType": "Bundle",
            "meta": {"profile": [f"{_GUIDE}Bundle-uv-ips"]},
            "identifier": {"system": "urn:ietf:rfc:3986", "value": name},
            "type": "document",
            "timestamp": stamp.replace("+00:00", "Z"),
        }
        first = entry_of(self._naming.fresh("composition"), self._composition(stamp))
        sink.write(to_json(head)[:-1] + b',"entry":[\n' + to_json(first))
        with entries.read() as source:
            while piece := source.read(_PIECE):
                sink.write(piece)
        sink.write(b"\n]}\n")

    def _composition(self, stamp: str) -> dict[str, Json]:
        made: dict[str, Json] = {
            "resourceType": "Composition",
            "meta": {"profile": [f"{_GUIDE}Composition-uv-ips"]},
            "status": "final",
            "type": _concept(_LOINC, "60591-5", "Patient summary Document"),
            "subject": {"reference": self._naming.patient_name},
            "date": stamp.replace("+00:00", "Z"),
            "author": [
                {"reference": self._naming.patient_name},
                {"reference": self._maker},
            ],
            "title": f"Patient summary of {spoken_date(stamp[:10])}",
            "section": [
                self._section(section)
                for section in SECTIONS
                if section.nothing or self._rows[section.name]
            ],
        }
        level = confidentiality(self._labels)
        if level is not None:
            made["confidentiality"] = level
        made["section"].append(self._about(stamp))
        return made

    def _section(self, section: Section) -> dict[str, Json]:
        rows = sorted(self._rows[section.name], key=lambda row: row[1].when)
        rows.reverse()
        names = [name for name, _ in rows]
        if not names:
            names = [self._naming.fresh(section.nothing)]
        said = _table([one for _, one in rows]) if rows else _NOTHING[section.nothing]
        return {
            "title": section.title,
            "code": _concept(_LOINC, section.code, section.display),
            "text": _narrative(said if rows else f"<p>{said}</p>"),
            "entry": [{"reference": name} for name in names],
        }

    def _about(self, stamp: str) -> dict[str, Json]:
        """Who made it, and how many records are not in it."""
        day = spoken_date(stamp[:10])
        own = "Made by the patient, with Heartwood, from records that the patient keeps"
        said = [f"{own}, on {day}. It may not be complete."]
        missing = Counter(one.why for one in self._where.left_out)
        missing.update(one.why for one in self._gate.stopped.values())
        said += [f"Not in it: {n} that {_SAID[why]}." for why, n in missing.items()]
        return {
            "title": "About this copy",
            "code": _concept(_LOINC, "48767-8", "Annotation comment [Interpretation]"),
            "text": _narrative("".join(f"<p>{html.escape(one)}</p>" for one in said)),
        }


def _maker() -> dict[str, Json]:
    return {
        "resourceType": "Device",
        "deviceName": [{"name": "Heartwood", "type": "user-friendly-name"}],
        "type": {"text": "Health wallet of a patient"},
    }


def _nothing_known(section: Section, person: str) -> dict[str, Json]:
    """The entry that says that the wallet knows nothing of these."""
    said = _concept(_ABSENT, section.nothing, _NOTHING[section.nothing])
    patient = {"reference": person}
    if section.name == "medicines":
        return {
            "resourceType": "MedicationStatement",
            "status": "unknown",
            "medicationCodeableConcept": said,
            "subject": patient,
            "_effectiveDateTime": unknown(),
        }
    allergy = section.name == "allergies"
    system = "allergyintolerance-clinical" if allergy else "condition-clinical"
    return {
        "resourceType": "AllergyIntolerance" if allergy else "Condition",
        "clinicalStatus": {
            "coding": [{"system": _TERMINOLOGY + system, "code": "active"}]
        },
        "code": said,
        ("patient" if allergy else "subject"): patient,
    }


def _concept(system: str, code: str, display: str) -> dict[str, Json]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _narrative(inside: str) -> dict[str, str]:
    return {"status": "generated", "div": f'<div xmlns="{_XHTML}">{inside}</div>'}


def _table(shown: list[Facts]) -> str:
    """A line for each entry, newest first."""
    rows = "".join(
        f"<tr><td>{_safe(one.what)}</td><td>{_safe(one.shown)}</td>"
        f"<td>{_safe('; '.join(filter(None, (one.value, one.usual, one.more))))}</td>"
        "</tr>"
        for one in shown
    )
    head = "<thead><tr><th>What</th><th>When</th><th>Said</th></tr></thead>"
    return f"<table>{head}<tbody>{rows}</tbody></table>"


def _safe(text: str) -> str:
    plain = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    return html.escape(plain, quote=False)
