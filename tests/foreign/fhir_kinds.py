"""The kinds of finding that HL7's own examples raise, written down beside an example.

`hl7-kinds.txt` is written by `python -m tests.foreign.judges --examples FOLDER` from
HL7's published examples of R4 (package hl7.fhir.r4.examples 4.0.1, unpacked in FOLDER)
and from those of US Core 6.1.0 and the IPS 1.1.0 in the shared test data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.foreign import tools
from tests.foreign.fhir_findings import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.foreign.fhir_findings import Finding

TABLE = tools.HERE / "hl7-kinds.txt"
_HEAD = """\
# Kinds of finding that HL7's own examples raise, by judge: what is said, the element,
# how often, and one example that raises it. Written by tests/foreign/fhir_kinds.py.
"""


def known() -> dict[Kind, str]:
    """Each kind, and an example of HL7's that raises it."""
    rows = (
        line.split("\t")
        for line in TABLE.read_text(encoding="utf-8").splitlines()
        if line[:1] != "#"
    )
    return {Kind(judge, said, element): of for judge, said, element, _, of in rows}


def write_down(found: Iterable[Finding]) -> None:
    """Write the table anew."""
    count: dict[Kind, int] = {}
    example: dict[Kind, str] = {}
    for one in found:
        count[one.kind] = count.get(one.kind, 0) + 1
        name = one.file.split("-", 2)[2]
        example[one.kind] = min(example.get(one.kind, name), name)
    rows = ("\t".join((*kind, str(count[kind]), example[kind])) for kind in count)
    TABLE.write_text(_HEAD + "\n".join(sorted(rows)) + "\n", encoding="utf-8")
