"""Every chosen record as it is kept, one a line (NDJSON): nothing renamed, nothing cut.

Only for the patient's own copy: the lines hold whatever a source wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from wallet.exports.dress import Dress
from wallet.exports.naming import parse_body, to_json
from wallet.exports.parts import spooled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.exports.dress import Selection
    from wallet.exports.parts import Shareable

PATH = "fhir/all.ndjson"


def write(chosen: Selection) -> Dress:
    """The lines as a dress."""
    part = spooled(
        PATH, lambda sink: write_all(chosen.records, sink), scratch=chosen.scratch
    )
    return Dress(parts=(part,), held=len(chosen.records))


def write_all(records: Iterable[Shareable], sink: BinaryIO) -> int:
    """Write every record as it is kept, one a line, and return how many."""
    count = 0
    for record in records:
        sink.write(to_json(parse_body(record.body)) + b"\n")
        count += 1
    return count
