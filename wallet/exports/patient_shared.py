"""The records as one FHIR R4 Bundle that a clinic's system takes as patient-shared.

Shape of the Kill the Clipboard "patient-shared bundle" (draft 0.10.2): a collection
with a timestamp, exactly one Patient, every entry under a fresh ``urn:uuid`` name and
every reference to one of those names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from wallet.exports.dress import Dress, LeftOut, Why, left_out
from wallet.exports.gate import Gate, made_fit
from wallet.exports.naming import ADDRESS_BOOK, to_json
from wallet.exports.parts import spooled
from wallet.exports.trimming import GATHERING, Extent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from wallet.exports.dress import Selection
    from wallet.exports.naming import Naming
    from wallet.exports.parts import Part, Shareable

PATH = "fhir/patient-shared.json"
_CUT = ADDRESS_BOOK | {"Patient"}
"""Types that are in the bundle even where an element of theirs is not."""


def write(chosen: Selection) -> Dress:
    """The bundle as a dress; see `write_patient_shared`."""

    def make(gate: Gate) -> Part:
        return spooled(
            PATH,
            lambda sink: write_patient_shared(
                chosen.records, sink, gate=gate, made_at=chosen.made_at
            ),
            scratch=chosen.scratch,
        )

    part, naming, unfit = made_fit(chosen, make)
    missing = (*unfit, *_missing(chosen.records, naming))
    ids = {one.record_id for one in missing if one.rtype not in _CUT}
    return Dress(parts=(part,), left_out=missing, held=len(chosen.records) - len(ids))


def _missing(records: Iterable[Shareable], naming: Naming) -> Iterator[LeftOut]:
    """Asked when the bundle is written, for only then is it known who was named."""
    for record in records:
        if record.rtype == "Patient":
            if naming.of(record) != naming.patient_name:
                yield left_out(record, Why.SECOND_PERSON)
        elif naming.extent is Extent.SCOPED and record.rtype in GATHERING:
            yield left_out(record, Why.GATHERS)
        elif naming.is_unnamed(record):
            yield left_out(record, Why.NOBODY_NAMES_IT)


def write_patient_shared(
    records: Iterable[Shareable], sink: BinaryIO, *, gate: Gate, made_at: datetime
) -> int:
    """Write the bundle and return how many entries it has.

    Args:
        records: Already scoped; what the gate's names were made from.
        sink: Takes the bytes.
        gate: Says what each record is called and what of it may leave.
        made_at: The bundle's timestamp.
    """
    stamp = made_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    sink.write(
        b'{"resourceType":"Bundle","type":"collection","timestamp":"%s","entry":[\n'
        % stamp.encode()
    )
    count = 0
    for entry in _entries(records, gate):
        sink.write((b",\n" if count else b"") + to_json(entry))
        count += 1
    sink.write(b"\n]}\n")
    return count


def _entries(records: Iterable[Shareable], gate: Gate) -> Iterator[dict[str, Any]]:
    """The one Patient first; a bare one if the scope leaves the person out."""
    naming = gate.naming
    patient: dict[str, Any] | None = {"resourceType": "Patient"}
    if naming.patient is not None:
        patient = gate.passed(naming.patient)
    yield entry_of(naming.patient_name, patient or {"resourceType": "Patient"})
    for record in records:
        gathers = naming.extent is Extent.SCOPED and record.rtype in GATHERING
        if record.rtype != "Patient" and not gathers and not naming.waits(record):
            yield from _passed(record, gate)
    for record in naming.mentioned():
        yield from _passed(record, gate)


def _passed(record: Shareable, gate: Gate) -> Iterator[dict[str, Any]]:
    resource = gate.passed(record)
    if resource is not None:
        yield entry_of(gate.naming.of(record), resource)


def entry_of(name: str, resource: dict[str, Any]) -> dict[str, Any]:
    """One entry of a bundle; the resource's id is the end of its name."""
    inner = {"resourceType": resource["resourceType"]}
    inner |= {**resource, "id": name.removeprefix("urn:uuid:")}
    return {"fullUrl": name, "resource": inner}
