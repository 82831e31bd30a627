"""`python -m tests.foreign.judges`: strangers judge our FHIR of public records.

Prints a line for each judge and kind of finding: how often in ours, an example of HL7's
that raises it too, the verdict. Ends with 1 if a kind is ours alone. With `--examples
FOLDER` it judges HL7's own examples instead and writes their kinds down.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.corpus import TESTDATA, files_of, show
from tests.foreign import fhir_kinds
from tests.foreign.fhir_exports import exported
from tests.foreign.fhir_findings import Finding, Kind, judged

_NO_PATIENTS = frozenset(
    {"LICENSES", "crypto-vectors", "ledger-vectors", "traceability"}
)
_OF_HL7 = ("fhir-r4-spec-examples", "us-core-6.1.0")
_DEFINES = (
    *("CapabilityStatement", "CodeSystem", "ConceptMap", "GraphDefinition"),
    *("ImplementationGuide", "OperationDefinition", "SearchParameter"),
    *("StructureDefinition", "StructureMap", "TestScript", "ValueSet"),
    *("package", "ig-", "."),
)
_LARGEST = 300_000  # larger ones are bundles of definitions
HEAD = ("judge", "says", "element", "ours", "verdict", "of HL7's", "of ours")


def examples(folder: Path) -> list[Path]:
    """HL7's own examples, but for those of definitions."""
    mine = [path for name in _OF_HL7 for path in files_of(TESTDATA / name)]
    mine += (TESTDATA / "ips-1.1.0").glob("*.json")
    mine += (
        path
        for path in sorted(folder.glob("*.json"))
        if not path.name.startswith(_DEFINES) and path.stat().st_size < _LARGEST
    )
    return mine


def exports(folder: Path, names: list[str]) -> list[Path]:
    """Every FHIR export of every public patient, made in *folder*."""
    made = []
    for source in sorted(path for path in TESTDATA.iterdir() if path.is_dir()):
        if source.name in _NO_PATIENTS or (names and source.name not in names):
            continue
        for file in files_of(source):
            name = str(file.relative_to(TESTDATA)).replace("/", "_")
            made += exported([file], folder / name)
    return made


def table(found: list[Finding]) -> list[tuple[object, ...]]:
    """Each kind that was found, those that are ours alone first."""
    known = fhir_kinds.known()
    count = Counter(one.kind for one in found)
    where: dict[Kind, str] = {}
    for one in found:
        where.setdefault(one.kind, one.file)
    rows = [
        (*kind, count[kind], "as HL7's", known[kind], where[kind])
        if kind in known
        else (*kind, count[kind], "OURS ALONE", "", where[kind])
        for kind in sorted(count, key=lambda kind: (kind in known, kind))
    ]
    return [HEAD, *rows]


def main(words: list[str]) -> int:
    """Print the table; 1 if a kind is ours alone."""
    parser = argparse.ArgumentParser(prog="judges")
    parser.add_argument("--examples", type=Path)
    parser.add_argument("folders", nargs="*")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if asked.examples:
            fhir_kinds.write_down(judged(examples(asked.examples), folder))
            return 0
        files = exports(folder / "exports", asked.folders)
        rows = table(judged(files, folder))
    alone = sum(row[4] == "OURS ALONE" for row in rows)
    print(show(rows))  # noqa: T201 a command
    print(f"\n{len(files)} exports; kinds that are ours alone: {alone}")  # noqa: T201 a command
    return 1 if alone else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
