"""The records as one FHIR R4 Bundle that a clinic's system takes as patient-shared.

Shape of the Kill the Clipboard "patient-shared bundle" (draft 0.10.2): a collection
with a timestamp, exactly one Patient, every entry under a fresh ``urn:uuid`` name and
every reference to one of those names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from wallet.exports.naming import parse_body, to_json
from wallet.exports.trimming import GATHERING, Extent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from wallet.exports.naming import Naming
    from wallet.exports.parts import Shareable

PATH = "fhir/patient-shared.json"
ALL_PATH = "fhir/all.ndjson"


def write_patient_shared(
    records: Iterable[Shareable], sink: BinaryIO, *, naming: Naming, made_at: datetime
) -> int:
    """Write the bundle and return how many entries it has.

    Args:
        records: Already scoped; what *naming* was made from.
        sink: Takes the bytes.
        naming: Says what each record is called and what of it may leave.
        made_at: The bundle's timestamp.
    """
    stamp = made_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    sink.write(
        b'{"resourceType":"Bundle","type":"collection","timestamp":"%s","entry":[\n'
        % stamp.encode()
    )
    count = 0
    for entry in _entries(records, naming):
        sink.write((b",\n" if count else b"") + to_json(entry))
        count += 1
    sink.write(b"\n]}\n")
    return count


def write_all(records: Iterable[Shareable], sink: BinaryIO) -> int:
    """Write every record as it is kept, one a line, and return how many."""
    count = 0
    for record in records:
        sink.write(to_json(parse_body(record.body)) + b"\n")
        count += 1
    return count


def _entries(records: Iterable[Shareable], naming: Naming) -> Iterator[dict[str, Any]]:
    """The one Patient first; a bare one if the scope leaves the person out."""
    patient: dict[str, Any] = {"resourceType": "Patient"}
    if naming.patient is not None:
        patient = naming.trimmed(naming.patient)
    yield _entry(naming.patient_name, patient)
    for record in records:
        gathers = naming.extent is Extent.SCOPED and record.rtype in GATHERING
        left_out = gathers or naming.waits(record)
        if record.rtype != "Patient" and not left_out:
            yield _entry(naming.of(record), naming.trimmed(record))
    for record in naming.mentioned():
        yield _entry(naming.of(record), naming.trimmed(record))


def _entry(name: str, resource: dict[str, Any]) -> dict[str, Any]:
    inner = {"resourceType": resource["resourceType"]}
    inner |= {**resource, "id": name.removeprefix("urn:uuid:")}
    return {"fullUrl": name, "resource": inner}
