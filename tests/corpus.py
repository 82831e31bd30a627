"""`python -m tests.corpus [FOLDER...]`: what an import makes of public records.

Counted twice: by the program, through `heartwood import --json`, and here by the FHIR
R4 page of Bundle alone, with the standard library's parser, or by the few lines that
`corpus_texts` and `corpus_documents` know of other formats. "lost" is the difference,
in either direction; "bytes" says whether every file came back with its SHA-256.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from tests import corpus_documents, corpus_texts
from wallet.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TESTDATA = Path(
    os.environ.get("HEARTWOOD_TESTDATA")
    or Path(__file__).resolve().parent.parent.parent / "shared" / "testdata"
)
OUTCOMES = ("new", "same", "changed", "kept_raw", "failed")
HEAD = ("folder", "files", "resources", *OUTCOMES, "lost", "bytes", "seconds")
_FHIR = "http://hl7.org/fhir"
_BLANKS = b" \t\r\n"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What one file holds: resources by type, and the types of its bundles."""

    types: Counter[str] = field(default_factory=Counter)
    bundles: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    """Parts of CDA documents, of which an entry may be several records."""

    def missing(self, path: Path, counts: dict[str, int]) -> int:
        """By how much what the program counted is not what is here."""
        if not self.parts:
            return self.total - _sum(counts)
        named, found = corpus_documents.found_in(path.read_bytes())
        return (self.total - named) or (found - _sum(counts))

    @property
    def total(self) -> int:
        """Every resource, or part of a document."""
        return self.types.total() + self.parts.total()


def count(data: bytes) -> Counted:
    """Count the resources in *data* as DESIGN.md 6 words it.

    Entries of bundles, nested bundles opened; the bundle itself and contained
    resources are not counted. A file that is neither JSON nor lines of JSON is one
    thing, kept as it is; so is a line that is no JSON of its own. A zip file is what
    its members are.
    """
    if data.startswith(b"PK"):
        return _members(data)
    counted = Counted()
    other = corpus_texts.count(data) if data else 0
    text = data.removeprefix(b"\xef\xbb\xbf")
    start = text.lstrip(_BLANKS)[:1]
    if other is not None:
        counted.types["(part)"] += other
    elif parts := corpus_documents.count(text.lstrip(_BLANKS)):
        counted.parts.update(parts)
    elif start == b"<" and f'xmlns="{_FHIR}"'.encode() in text[:4096]:
        counted.types.update(_elements(text))
    elif start not in (b"{", b"["):
        counted.types["(file)"] += 1
    else:
        for value in _values(text):
            _walk(value, counted)
    return counted


def _elements(text: bytes) -> Counter[str]:
    """FHIR in XML: what is in a ``resource`` of a bundle, or the one there is."""
    root = ET.fromstring(text)  # noqa: S314 public files
    if _local(root) != "Bundle":
        return Counter([_local(root)])
    found = Counter(_local(one[0]) for one in root.iter(f"{{{_FHIR}}}resource"))
    del found["Bundle"]
    return found


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _members(data: bytes) -> Counted:
    counted = Counted()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            inner = count(archive.read(name))
            counted.types.update(inner.types)
            counted.bundles.update(inner.bundles)
            counted.parts.update(inner.parts)
    return counted


def _values(text: bytes) -> Iterator[Any]:
    try:
        whole = json.loads(text)
    except ValueError:
        for line in text.split(b"\n"):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError:
                    yield None
    else:
        yield from whole if isinstance(whole, list) else [whole]


def _walk(value: Any, counted: Counted) -> None:
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if kind != "Bundle":
        counted.types[kind if isinstance(kind, str) else "(no type)"] += 1
        return
    counted.bundles[value.get("type", "(none)")] += 1
    for entry in value.get("entry", ()):
        if "resource" in entry:
            _walk(entry["resource"], counted)


def files_of(folder: Path) -> list[Path]:
    """Every file below *folder*, in the order an import takes them."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


@dataclass(frozen=True, kw_only=True)
class Command:
    """`heartwood` on one home, in this process."""

    home: Path
    phrase: Path

    def __call__(self, *words: object) -> tuple[int, dict[str, Any]]:
        """Run one command; answer its exit code and its JSON."""
        given = ["--home", self.home, "--passphrase-file", self.phrase, "--json"]
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = main([str(word) for word in (*given, *words)])
        return code, json.loads(said.getvalue())


@dataclass(frozen=True, kw_only=True)
class Tally:
    """One folder: what the program counted beside what was counted here."""

    folder: str
    expected: dict[str, Counted]
    answer: dict[str, Any]
    records: Counter[str]
    given_back: bool
    seconds: float

    @property
    def total(self) -> int:
        """Resources, counted here."""
        return sum(counted.total for counted in self.expected.values())

    @property
    def types(self) -> Counter[str]:
        """Resources by type, counted here."""
        return sum((one.types for one in self.expected.values()), Counter())

    @property
    def totals(self) -> dict[str, int]:
        """What the program answered."""
        return {name: self.answer["totals"][name] for name in OUTCOMES}

    @cached_property
    def lost(self) -> dict[str, int]:
        """Files whose count is not the one made here, and by how much."""
        return {
            file["path"]: missing
            for file in self.answer["files"]
            if (missing := self._missing(Path(file["path"]), file["counts"]))
        }

    def _missing(self, path: Path, counts: dict[str, int]) -> int:
        return self.expected[str(path)].missing(path, counts)

    def row(self) -> tuple[object, ...]:
        """One line of the table."""
        return (
            self.folder,
            len(self.expected),
            self.total,
            *self.totals.values(),
            sum(self.lost.values()),
            "equal" if self.given_back else "DIFFER",
            f"{self.seconds:.1f}",
        )


def _sum(counts: dict[str, int]) -> int:
    return sum(counts[name] for name in OUTCOMES)


def bring_in(folder: Path, command: Command, *, stick: Path) -> Tally:
    """Import every file of *folder* by command, list the records, take all with you."""
    paths = files_of(folder)
    began = time.monotonic()
    # Of many people: what is counted is what can be read, not whose it is.
    code, answer = command("import", "--mine", *paths)
    seconds = time.monotonic() - began
    if code:
        raise AssertionError(answer["sentence"])
    _, listed = command("records", "list")
    stick.mkdir()
    code, written = command("usb", "write", stick, "--whole-history")
    if code:
        raise AssertionError(written["sentence"])
    return Tally(
        folder=folder.name,
        expected={str(path): count(path.read_bytes()) for path in paths},
        answer=answer,
        records=Counter(record["type"] for record in listed["records"]),
        given_back=digests(paths) == digests(_originals(stick)),
        seconds=seconds,
    )


def digests(paths: Iterable[Path]) -> set[str]:
    """SHA-256 of every file."""
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _originals(stick: Path) -> list[Path]:
    return [path for path in files_of(stick) if path.parent.name == "originals"]


def show(rows: Iterable[tuple[object, ...]]) -> str:
    """The table."""
    lines = list(rows)
    wide = [max(len(str(row[n])) for row in lines) for n in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            str(cell).ljust(wide[n]) if n == 0 else str(cell).rjust(wide[n])
            for n, cell in enumerate(row)
        )
        for row in lines
    )


def by_format(tallies: Iterable[Tally]) -> list[tuple[object, ...]]:
    """The table again, a line for each format that a file was told to be."""
    rows: dict[str, Counter[str]] = {}
    for tally in tallies:
        for file in tally.answer["files"]:
            row = rows.setdefault(file["format"], Counter())
            here = _sum(file["counts"])
            row.update(file["counts"])
            row.update(files=1, things=here, findings=file["findings_total"])
            row.update(lost=tally.lost.get(file["path"], 0))
    head = ("format", "files", "things", *OUTCOMES, "findings", "lost")
    return [
        head,
        *((name, *(rows[name][one] for one in head[1:])) for name in sorted(rows)),
    ]


def run(names: list[str]) -> int:
    """Print the table; 1 if anything was lost or came back otherwise."""
    folders = [TESTDATA / name for name in names] or sorted(
        path for path in TESTDATA.iterdir() if path.is_dir()
    )
    tallies = []
    with tempfile.TemporaryDirectory() as scratch:
        for folder in folders:
            room = Path(scratch) / folder.name
            room.mkdir()
            phrase = room / "phrase"
            phrase.write_text("corpus\n")
            command = Command(home=room / "home", phrase=phrase)
            command("init")
            tallies.append(bring_in(folder, command, stick=room / "stick"))
    print(show([HEAD, *(tally.row() for tally in tallies)]))  # noqa: T201 a command
    print(f"\n{show(by_format(tallies))}")  # noqa: T201 a command
    wrong = [tally for tally in tallies if tally.lost or not tally.given_back]
    for tally in wrong:
        for path, missing in tally.lost.items():
            print(f"{path}: {missing} not accounted for")  # noqa: T201 a command
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
