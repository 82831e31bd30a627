"""Names in our own words for codes; the tables are ``resources/names``.

LOINC codes are used under the licence of Regenstrief Institute (see LOINC-NOTICE.txt
beside the tables); CVX is public domain. No name of SNOMED CT is shipped: where a
record has such a code, it is called what its source calls it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from wallet.records.plain.tables import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SHORTEST = 3  # pH and the like stay as they are
LOINC, CVX = "http://loinc.org", "http://hl7.org/fhir/sid/cvx"
# The kind of thing that SNOMED CT adds to a full name, as in "Asthma (disorder)".
_KIND = re.compile(
    r" \((?:disorder|finding|procedure|situation|regime/therapy|event|observable entity"
    r"|morphologic abnormality|body structure|qualifier value|substance|product"
    r"|medicinal product|clinical drug|physical object|person|organism|occupation"
    r"|environment|record artifact|context-dependent category|navigational concept"
    r"|environment / location|social concept|attribute|assessment scale)\)$"
)
# How LOINC writes a short name: "Creat SerPl-mCnc", "WBC # Bld Auto" ("Creat" is what
# was measured, "SerPl" where, "mCnc" as what).
_MEASURED_AS = re.compile(r"-(?:[acefglmnsv]{1,2}(?:Cnc|Rat|Rto|Fr|Cnt|Time|Vel)|Imp)$")
_IN = {
    "SerPl": "",
    "SerPlBld": "",
    "Ser": "",
    "Plas": "",
    "Bld": "",
    "BldA": "in blood of an artery",
    "BldV": "in blood of a vein",
    "RBC": "in red blood cells",
    "Ur": "in urine",
    "Stl": "in stool",
    "CSF": "in spinal fluid",
}
# How SNOMED CT and portals call visits.
_VISIT_FOR = re.compile(r"^Encounter for (.+)$")
_VISIT = re.compile(r"\b[Ee]ncounter\b")
_REMARK = re.compile(r"\{([^{}]*)\}")
# What a program made of a resource when nobody had written a text for it.
_GENERATED = ("Generated Narrative", "LinkId Text Definition")


@cache
def plain_names() -> Mapping[tuple[str, str], str]:
    """``(system, code)`` to a name."""
    found: dict[tuple[str, str], str] = {}
    for system, table in ((LOINC, "loinc"), (CVX, "cvx")):
        for name, codes in rows(table):
            found |= {(system, code): name for code in codes.split()}
    return found


@cache
def codes_of(name: str) -> tuple[str, ...]:
    """Every LOINC code that bears this name of ours."""
    return tuple(
        code
        for (system, code), said in plain_names().items()
        if said == name and system == LOINC
    )


def plain_name(codes: Iterable[str]) -> str:
    """What a record with *codes* (``system|code``) is called; empty if not known.

    The first code counts: what comes after it are parts of the record, or other
    systems' words for the same.

    >>> plain_name(["http://loinc.org|2345-7"]), plain_name(["urn:local|GLU"])
    ('Blood sugar', '')
    """
    names = plain_names()
    for held in codes:
        system, _, code = held.rpartition("|")
        said = names.get((system, code))
        if said:
            return said
    return ""


def title_of(title: str, codes: Iterable[str]) -> str:
    """The title of a record in plain words; the source's own where we have none.

    >>> title_of("Asthma (disorder)", ())
    'Asthma'
    """
    return plain_name(codes) or _own_words(title)


def _own_words(title: str) -> str:
    """A title as its source wrote it, without what is not meant for people.

    >>> _own_words("Salicylates SerPl-mCnc"), _own_words("QRS dur {EKG lead}")
    ('Salicylates', 'QRS dur (EKG lead)')
    >>> _own_words("ambulatory"), _own_words("Generated Narrative with Details id: 1")
    ('Ambulatory', '')
    >>> _own_words("Encounter for check up (procedure)"), _own_words("Other Encounter")
    ('Check up', 'Other visit')
    """
    if title.startswith(_GENERATED):
        return ""
    said = _short_name(_REMARK.sub(r"(\1)", _KIND.sub("", title)))
    said = _VISIT_FOR.sub(lambda found: found[1].strip("'\" "), said)
    said = _VISIT.sub("visit", said)
    if "_" in said and " " not in said:
        said = said.replace("_", " ")
    if len(said) > _SHORTEST and said.islower():
        said = said[0].upper() + said[1:]
    return said


def _short_name(title: str) -> str:
    bare = _MEASURED_AS.sub("", title)
    if bare == title:
        return title
    what, _, where = bare.rpartition(" ")
    if not what or where not in _IN:
        return bare
    return f"{what} {_IN[where]}".strip()


VISIT_NAMES = {
    "AMB": "Outpatient visit",
    "EMER": "Emergency visit",
    "FLD": "Visit on site",
    "HH": "Visit at home",
    "IMP": "Hospital stay",
    "ACUTE": "Hospital stay",
    "NONAC": "Hospital stay",
    "OBSENC": "Stay for observation",
    "PRENC": "Visit before admission",
    "SS": "Short stay",
    "VR": "Visit by phone or video",
}
"""HL7 v3 ActEncounterCode to a name."""
