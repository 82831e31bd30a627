"""The chosen records as one clinical document (C-CDA), for a clinic's own system."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from wallet.exports.cda.document import Written, write_document
from wallet.exports.dress import Dress, LeftOut, Why, left_out
from wallet.exports.lines import is_shown
from wallet.exports.parts import heads_of, spooled
from wallet.exports.trimming import GATHERING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.exports.dress import Selection
    from wallet.exports.naming import Naming
    from wallet.exports.parts import Part

PATH = "clinical-document.xml"


def write(chosen: Selection) -> Dress:
    """The document as a dress."""
    naming = chosen.naming()
    part, _ = document(chosen, PATH, naming)
    missing = not_in_document(chosen, naming)
    held = len(chosen.records) - len(missing)
    return Dress(parts=(part,), left_out=missing, held=held)


def document(chosen: Selection, name: str, naming: Naming) -> tuple[Part, Written]:
    """The document as a part called *name*, and what became of the records in it."""
    made: list[Written] = []

    def fill(sink: BinaryIO) -> None:
        made.append(
            write_document(
                chosen.records,
                sink,
                naming=naming,
                made_at=chosen.made_at,
                scratch=chosen.scratch,
            )
        )

    part = spooled(name, fill, scratch=chosen.scratch)
    return part, made[0]


def not_in_document(chosen: Selection, naming: Naming) -> tuple[LeftOut, ...]:
    """What has no line in it: staff and places, and what speaks about others."""
    return tuple(_missing(chosen, naming))


def _missing(chosen: Selection, naming: Naming) -> Iterator[LeftOut]:
    ours = naming.patient.record_id if naming.patient else b""
    for record in heads_of(chosen.records):
        if record.rtype == "Patient":
            if record.record_id != ours:
                yield left_out(record, Why.SECOND_PERSON)
        elif record.rtype != "Medication" and not is_shown(record, chosen.extent):
            why = Why.GATHERS if record.rtype in GATHERING else Why.NO_PLACE
            yield left_out(record, why)
