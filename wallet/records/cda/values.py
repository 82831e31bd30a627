"""HL7 V3 data types as FHIR R4 ones: codes, amounts, names, addresses, identifiers.

Source: HL7 V3 Data Types R1 as CDA R2 uses them, and the FHIR terminology pages on
identifiers of code systems. What is not understood is left out, never guessed.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wallet.records.xml_tree import Node

Json = dict[str, Any]

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
_V3 = "http://terminology.hl7.org/CodeSystem/v3-"
_HL7 = "2.16.840.1.113883."
SYSTEMS = {
    f"{_HL7}6.1": LOINC,
    f"{_HL7}6.96": "http://snomed.info/sct",
    f"{_HL7}6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    f"{_HL7}6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    f"{_HL7}6.3": "http://hl7.org/fhir/sid/icd-10",
    f"{_HL7}6.103": "http://hl7.org/fhir/sid/icd-9-cm",
    f"{_HL7}6.42": "http://hl7.org/fhir/sid/icd-9-cm",
    f"{_HL7}6.2": "http://hl7.org/fhir/sid/icd-9-cm",
    f"{_HL7}6.104": "http://hl7.org/fhir/sid/icd-9-cm",
    f"{_HL7}6.4": "http://www.cms.gov/Medicare/Coding/ICD10",
    f"{_HL7}6.12": "http://www.ama-assn.org/go/cpt",
    f"{_HL7}6.69": "http://hl7.org/fhir/sid/ndc",
    f"{_HL7}12.292": "http://hl7.org/fhir/sid/cvx",
    f"{_HL7}6.59": "http://hl7.org/fhir/sid/cvx",
    f"{_HL7}6.60": "http://terminology.hl7.org/CodeSystem/MVX",
    f"{_HL7}4.9": "http://fdasis.nlm.nih.gov",
    f"{_HL7}3.26.1.1": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    f"{_HL7}6.101": "http://nucc.org/provider-taxonomy",
    f"{_HL7}6.8": UCUM,
    f"{_HL7}5.1": f"{_V3}AdministrativeGender",
    f"{_HL7}5.2": f"{_V3}MaritalStatus",
    f"{_HL7}5.4": f"{_V3}ActCode",
    f"{_HL7}5.6": f"{_V3}ActClass",
    f"{_HL7}5.8": f"{_V3}ActReason",
    f"{_HL7}5.25": f"{_V3}Confidentiality",
    f"{_HL7}5.83": f"{_V3}ObservationInterpretation",
    f"{_HL7}5.111": f"{_V3}RoleCode",
    f"{_HL7}5.112": f"{_V3}RouteOfAdministration",
    f"{_HL7}5.1063": f"{_V3}ObservationValue",
    f"{_HL7}5.1076": f"{_V3}ReligiousAffiliation",
}
"""Object identifier of a code system to the address FHIR gives it."""

_NUMBERS = {
    f"{_HL7}4.1": "http://hl7.org/fhir/sid/us-ssn",
    f"{_HL7}4.6": "http://hl7.org/fhir/sid/us-npi",
}
_URI = "urn:ietf:rfc:3986"
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*))+")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?")
_MOST_TEXT = 300
_MOST_CODINGS = 12


def system_of(oid: str) -> str:
    """The address of a code system; an unknown one keeps its object identifier."""
    known = SYSTEMS.get(oid)
    if known or not oid:
        return known or ""
    if _OID.fullmatch(oid):
        return f"urn:oid:{oid}"
    return f"urn:uuid:{oid.lower()}" if _UUID.fullmatch(oid) else ""


def identifiers(nodes: Iterable[Node]) -> list[Json]:
    """II: every identifier that says anything."""
    found = []
    for node in nodes:
        root, extension = node.get("root"), node.get("extension")
        if extension:
            system = _NUMBERS.get(root) or system_of(root)
            held = {"system": system, "value": extension}
            found.append({key: said for key, said in held.items() if said})
        elif root and system_of(root):
            plain = f"urn:oid:{root}" if _OID.fullmatch(root) else system_of(root)
            found.append({"system": _URI, "value": plain})
    return found


def concept(node: Node | None, words: Callable[[Node | None], str]) -> Json | None:
    """CD, CE, CV or CO, with its translations; None if it says nothing at all."""
    if node is None:
        return None
    codings: list[Json] = []
    waiting = [node]
    while waiting and len(codings) < _MOST_CODINGS:
        held = waiting.pop(0)
        coding = _coding(held)
        if coding and coding not in codings:
            codings.append(coding)
        waiting += held.all("translation")
    text = words(node.one("originalText"))
    if not text or len(text) > _MOST_TEXT:
        text = next((one["display"] for one in codings if "display" in one), "")
    if not text and not codings:
        # A plain text in place of a code, as some write it.
        text = " ".join(node.text.split())[:_MOST_TEXT]
    said: Json = {"coding": codings} if codings else {}
    if text:
        said["text"] = text
    return said or None


def _coding(node: Node) -> Json | None:
    code, system = node.get("code"), system_of(node.get("codeSystem"))
    if not code or node.get("nullFlavor"):
        return None
    held = {
        "system": system,
        "code": code,
        "display": " ".join(node.get("displayName").split()),
    }
    return {key: said for key, said in held.items() if said}


def codes(node: Node | None) -> set[tuple[str, str]]:
    """Every ``(object identifier, code)`` of a concept and its translations."""
    if node is None:
        return set()
    found = {(node.get("codeSystem"), node.get("code"))}
    for inner in node.all("translation"):
        found |= codes_of_one(inner)
    return {pair for pair in found if pair[1]}


def codes_of_one(node: Node) -> set[tuple[str, str]]:
    """The code of one translation."""
    return {(node.get("codeSystem"), node.get("code"))}


def number(text: str) -> Decimal | None:
    """A number exactly as it is written; None if it is none."""
    text = text.strip().replace(",", "") if text.count(",") > 1 else text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.removeprefix("+"))
    except InvalidOperation:
        return None


def quantity(node: Node | None) -> Json | None:
    """PQ: the amount, with its unit as written and as UCUM code.

    A unit that is no UCUM is written in a translation or in words (C-CDA Examples,
    "Result Unit Non-UCUM"); it then has no system.
    """
    if node is None:
        return None
    value = number(node.get("value"))
    if value is None:
        return _translated(node)
    unit = node.get("unit")
    if not unit or unit == "1":
        return {"value": value}
    held: Json = {"value": value, "unit": unit}
    return {**held, "system": UCUM, "code": unit} if unit in _UCUM else held


def _translated(node: Node) -> Json | None:
    for inner in node.all("translation"):
        value = number(inner.get("value"))
        if value is not None:
            unit = " ".join(inner.text.split()) or inner.get("displayName")
            unit = unit or inner.get("code")
            return {"value": value, "unit": unit} if unit else {"value": value}
    return None


# Case matters in UCUM ("MG/DL" is no unit of it), so only what is known is called so.
_UCUM_UNITS = (
    "% /min /mL /uL /L /[HPF] /[LPF] 10*3/uL 10*6/uL 10*9/L 10*12/L 10*3/mL 10*6/L "
    "10*3 10*6 [arb'U]/mL [beth'U] [degF] [ft_i] [in_i] [lb_av] [oz_av] [iU] [iU]/L "
    "[iU]/mL [IU] [IU]/L [IU]/mL [pH] Cel K U U/L U/mL a cL cm dL d deg fL fmol g g/L "
    "g/dL g/mL h k[IU]/L kPa kU/L kat/L kg kg/m2 L L/min m m2 mL mL/h mL/min "
    "mL/min/{1.73_m2} mL/kg mcg meq meq/L mg mg/L mg/dL mg/g mg/g{creat} mg/h mg/kg "
    "mg/mL mg/mmol mg/(24.h) min mm mm/h mm[Hg] mmol mmol/L mmol/mol mo mol mol/L ms "
    "mU/L mU/mL m[IU]/L m[IU]/mL nkat/L ng/L ng/dL ng/mL nmol/L osm/kg mosm/kg pg "
    "pg/mL pmol/L s u[IU]/mL uU/mL ug ug/L ug/dL ug/mL ukat/L umol/L wk {INR} {ratio} "
    "{score} {beats}/min {breaths}/min"
)
_UCUM = frozenset(_UCUM_UNITS.split())


def interval(node: Node) -> Json | None:
    """IVL_PQ as a Range, or as one Quantity with a comparator; keyed by its name."""
    low, high = node.one("low"), node.one("high")
    least, most = quantity(low), quantity(high)
    if least and most:
        return {"Range": {"low": least, "high": most}}
    centre = quantity(node.one("center")) or quantity(node)
    if centre:
        return {"Quantity": centre}
    if least and low is not None:
        sign = ">" if low.get("inclusive") == "false" else ">="
        return {"Quantity": {"comparator": sign, **least}}
    if most and high is not None:
        sign = "<" if high.get("inclusive") == "false" else "<="
        return {"Quantity": {"comparator": sign, **most}}
    return None


_NAME_USE = {"L": "usual", "C": "official", "P": "nickname", "A": "anonymous"}
_NAME_PARTS = (("prefix", "prefix"), ("given", "given"), ("suffix", "suffix"))


def human_name(node: Node) -> Json | None:
    """PN or a plain text in its place."""
    held: Json = {}
    family = [_plain(part) for part in node.all("family")]
    if any(family):
        held["family"] = " ".join(filter(None, family))
    for name, key in _NAME_PARTS:
        parts = [said for part in node.all(name) if (said := _plain(part))]
        if parts:
            held[key] = parts
    if not held:
        text = _plain(node)
        return {"text": text} if text else None
    use = node.get("use").split()
    if use and use[0] in _NAME_USE:
        held["use"] = _NAME_USE[use[0]]
    births = [part.get("qualifier") for part in node.elements]
    if "BR" in births:
        held["use"] = "maiden"
    return held


def spoken_name(node: Node | None) -> str:
    """A name as one line."""
    if node is None:
        return ""
    order = ("prefix", "given", "family", "suffix")
    parts = [_plain(part) for name in order for part in node.all(name)]
    return " ".join(filter(None, parts)) or _plain(node)


_ADDRESS_USE = {"HP": "home", "H": "home", "HV": "home", "WP": "work", "TMP": "temp"}
_ADDRESS_PARTS = (
    ("city", "city"),
    ("county", "district"),
    ("state", "state"),
    ("postalCode", "postalCode"),
    ("country", "country"),
)


def address(node: Node) -> Json | None:
    """AD or a plain text in its place."""
    held: Json = {}
    lines = [said for part in node.all("streetAddressLine") if (said := _plain(part))]
    if lines:
        held["line"] = lines
    for name, key in _ADDRESS_PARTS:
        said = _plain(node.one(name))
        if said:
            held[key] = said
    if not held:
        text = _plain(node)
        return {"text": text} if text else None
    use = _ADDRESS_USE.get(node.get("use").split(" ")[0])
    return {**held, "use": use} if use else held


_TELECOM = {"tel": "phone", "fax": "fax", "mailto": "email"}
_TELECOM_USE = {"HP": "home", "H": "home", "WP": "work", "MC": "mobile", "HV": "home"}


def contact(node: Node) -> Json | None:
    """TEL."""
    value = node.get("value")
    if not value or node.get("nullFlavor"):
        return None
    scheme, colon, rest = value.partition(":")
    kind = _TELECOM.get(scheme.lower()) if colon else "phone"
    held = {"system": kind or "other", "value": rest if kind and colon else value}
    use = _TELECOM_USE.get(node.get("use").split(" ")[0])
    return {**held, "use": use} if use else held


def listed(nodes: Iterable[Node], reader: Callable[[Node], Json | None]) -> list[Json]:
    """Everything *reader* finds in *nodes*."""
    return [held for node in nodes if (held := reader(node))]


def _plain(node: Node | None) -> str:
    return "" if node is None else " ".join(node.text.split())
