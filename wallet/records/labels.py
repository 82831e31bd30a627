"""Security labels a record carries: one level of confidentiality, any sensitivities.

HL7 v3 Confidentiality and ActCode as in ``meta.security`` (FHIR R4 6.1.5); a container
passes its labels on to what lies in it. What is not understood is kept, because an
unlabelled record is not "not sensitive".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.records.record import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_CONFIDENTIALITY_SYSTEMS = frozenset(
    {
        CONFIDENTIALITY,
        "http://hl7.org/fhir/v3/Confidentiality",
        "urn:oid:2.16.840.1.113883.5.25",
    }
)
_LEVELS = ("U", "L", "M", "N", "R", "V")
_INLINE = "inline-sec-label"
RULE, PATIENT = "rule", "patient"
PRIVATE = "PRS"
"""v3 ActCode: sensitive because its patient says so."""
_ADDED_HERE = frozenset({RULE, PATIENT})
# v3 codes that say what to do with a record, not what it is about.
_HANDLING = frozenset(
    {
        *("PROCESSINLINELABEL", "NOAUTH", "NOCOLLECT", "NODSCLCD", "NODSCLCDS"),
        *("NOINTEGRATE", "NOLIST", "NOMOU", "NOORGPOL", "NOPAT", "NOPERSISTP"),
        *("NORDSCLCD", "NORDSLCD", "NORDSCLCDS", "NORDSCLW", "NORELINK", "NOREUSE"),
        *("NOVIP", "ORCON", "MASK", "CPLYCC", "CPLYCD", "CPLYCUI", "CPLYPOL"),
        *("ENCRYPT", "DELAU", "MINEC", "HTEST", "SUBSETTED", "REDACTED", "MASKED"),
        *("ANONYED", "PSEUDED", "TREAT", "ETREAT", "HPAYMT", "HOPERAT", "HRESCH"),
        *("PATRQT", "TRANSRCH", "CUI", "PERSISTLABEL", "PRIVMARK", "CLINTRCH"),
    }
)
_WORDS = {
    PRIVATE: "kept private by you",
    "R": "restricted",
    "V": "very restricted",
    "ETH": "alcohol and drugs",
    "ETHUD": "alcohol",
    "OPIOIDUD": "opioids",
    "SUD": "alcohol and drugs",
    "42CFRPart2": "alcohol and drug treatment",
    "PSY": "mental health",
    "PSYTHPN": "notes of a therapist",
    "MH": "mental health",
    "BH": "mental health",
    "HIV": "HIV",
    "STD": "sexual health",
    "SEX": "sexual and reproductive health",
    "SDV": "violence and abuse",
    "DV": "violence and abuse",
    "DVD": "developmental disability",
    "VIO": "violence and abuse",
    "GDIS": "genetic conditions",
    "COGN": "memory and thinking",
}

# What a wider policy of v3 ActCode takes in; 42 CFR Part 2 is about the same treatment.
_DRUGS = ("ETH", "ETHUD", "OPIOIDUD", "SUD", "42CFRPart2")
_MIND = ("MH", "PSY", "PSYTHPN")
_TAKES_IN = {
    "BH": (*_MIND, *_DRUGS, "COGN", "DVD", "EMOTDIS"),
    "MH": _MIND,
    "PSY": ("PSYTHPN",),
    "SUD": _DRUGS,
    "ETH": _DRUGS,
    "SEX": ("STD",),
}


def with_narrower(codes: Iterable[str]) -> frozenset[str]:
    """The same sensitivities with every narrower one they take in."""
    return frozenset(one for code in codes for one in (code, *_TAKES_IN.get(code, ())))


def words(code: str) -> str:
    """Name a label in plain words; an unknown one keeps its code."""
    return _WORDS.get(code, code)


def reason(label: Label) -> str:
    """Say why a label is there."""
    return _REASONS.get(label.basis, _REASONS["source"])


_REASONS = {
    "source": "The place it came from marked it so.",
    "container": "The file it came in is marked so.",
    "parts": "Something inside it is marked so.",
    "notice": "Its text carries the notice of a law that protects it.",
    RULE: "Heartwood put it here because of a code or a word in it.",
    PATIENT: "You put it here.",
    "unreadable": "The mark it came with is damaged, so it counts as the strictest.",
}


def labels_of(resource: dict[str, Any]) -> tuple[Label, ...]:
    """Every label in ``meta.security``, in contained resources and marked inline."""
    found = _of_meta(resource.get("meta"))
    contained = resource.get("contained")
    if isinstance(contained, list):
        for inner in contained:
            if isinstance(inner, dict):
                found += _of_meta(inner.get("meta"))
    if any(label.code == "PROCESSINLINELABEL" for label in found):
        _inline(resource, found)
    return tuple(dict.fromkeys(found))


def passed_on(labels: Iterable[Label]) -> tuple[Label, ...]:
    """The labels of a container, as what lies in it carries them."""
    return tuple(
        Label(code=label.code, system=label.system, basis="container")
        for label in labels
    )


def beside(own: tuple[Label, ...], around: tuple[Label, ...]) -> tuple[Label, ...]:
    """What a record carries in a bundle that bears labels too.

    A bundle bears the highest marks of its parts. They speak for whatever a part
    leaves open: for its level where it names none, and for what it is about where it
    names neither. What a rule or the patient says of the part leaves all of it open.
    """
    stated = tuple(one for one in own if one.basis not in _ADDED_HERE)
    if not around or confidentiality(stated) is not None:
        return own
    levels = tuple(one for one in around if one.system in _CONFIDENTIALITY_SYSTEMS)
    return with_rules((*own, *(levels if sensitivity(stated) else around)), ())


def with_rules(labels: Iterable[Label], rules: Iterable[Label]) -> tuple[Label, ...]:
    """*labels*, each once, and those *rules* that say something else."""
    stated = dict.fromkeys(labels)
    known = {(one.system, one.code) for one in stated}
    return (*stated, *(one for one in rules if (one.system, one.code) not in known))


def confidentiality(labels: Iterable[Label]) -> str | None:
    """The highest level named; a level nobody knows counts as the highest there is."""
    levels = [
        label.code if label.code in _LEVELS else _LEVELS[-1]
        for label in labels
        if label.system in _CONFIDENTIALITY_SYSTEMS
    ]
    return max(levels, key=_LEVELS.index) if levels else None


def sensitivity(labels: Iterable[Label]) -> tuple[str, ...]:
    """What the record is about that may need care; unknown codes are included."""
    found = {
        label.code
        for label in labels
        if label.system not in _CONFIDENTIALITY_SYSTEMS and label.code not in _HANDLING
    }
    return tuple(sorted(found))


def _of_meta(meta: object) -> list[Label]:
    codings = meta.get("security") if isinstance(meta, dict) else None
    if not codings:
        return []
    return [
        label
        for coding in (codings if isinstance(codings, list) else [codings])
        if (label := _label(coding)) is not None
    ]


def _label(coding: object) -> Label | None:
    if not isinstance(coding, dict):
        return None
    code, system = coding.get("code"), coding.get("system", "")
    if not isinstance(code, str) or not isinstance(system, str):
        return None
    return Label(code=code, system=system, basis="source")


def _inline(value: object, found: list[Label]) -> None:
    """Collect labels that elements carry in extensions (HL7 DS4P)."""
    if isinstance(value, list):
        for inner in value:
            _inline(inner, found)
    elif isinstance(value, dict):
        url = value.get("url")
        if isinstance(url, str) and url.endswith(_INLINE):
            label = _label(value.get("valueCoding"))
            found += [label] if label else []
        for inner in value.values():
            if isinstance(inner, (dict, list)):
                _inline(inner, found)
