"""Problems and allergies as C-CDA statements.

Source: C-CDA 2.1, problem concern (4.3) and observation (4.4), status (4.6), severity
(4.8), reaction (4.9), allergy concern (4.30) and observation (4.7), criticality
(4.145), encounter diagnosis (4.80), under 2.16.840.1.113883.10.20.22.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.exports.cda.item import (
    TEMPLATES,
    actor_of,
    author,
    behind,
    relation,
    status,
    template,
)
from wallet.exports.cda.markup import NOTHING, Markup, element
from wallet.exports.cda.values import (
    LOINC,
    SNOMED,
    UNKNOWN,
    coded,
    concept,
    items,
    span,
    text_of,
    words_of,
)

if TYPE_CHECKING:
    from wallet.exports.cda.item import Item

Json = Any

_ACT_CLASS = "2.16.840.1.113883.5.6"
_SEVERITY_VALUE = {"mild": "255604002", "moderate": "6736007", "severe": "24484000"}
_CRITICAL = {"high": "CRITH", "low": "CRITL", "unable-to-assess": "CRITU"}
_OVER = {
    "active": ("55561003", "Active"),
    "recurrence": ("246455001", "Recurrence"),
    "relapse": ("263855007", "Relapse"),
    "inactive": ("73425007", "Inactive"),
    "remission": ("277022003", "Remission"),
    "resolved": ("413322009", "Resolved"),
}
_ENDED = frozenset({"inactive", "remission", "resolved"})
_NONE_KNOWN = {
    "160245001": ("55607006", "Problem"),
    "716186003": ("419199007", "Allergy to substance"),
    "409137002": ("416098002", "Allergy to drug"),
    "429625007": ("414285001", "Allergy to food"),
}
"""A code that says there is none, and what it denies."""
_ALLERGIES = {
    "medication": ("416098002", "Allergy to drug"),
    "food": ("414285001", "Allergy to food"),
    "environment": ("232347008", "Environmental allergy"),
}
_INTOLERANCES = {
    "medication": ("59037007", "Drug intolerance"),
    "food": ("235719002", "Food intolerance"),
}
_OBSERVED = {"classCode": "OBS", "moodCode": "EVN"}
_ACTED = {"classCode": "ACT", "moodCode": "EVN"}


def problem(item: Item) -> Markup:
    """A concern with its problem."""
    return _concern(item, "3", problem_observation(item), kind="CONC")


def diagnosis(item: Item) -> Markup:
    """A diagnosis that belongs to a visit."""
    return element(
        "act",
        _ACTED,
        template(f"{TEMPLATES}80", "2015-08-01"),
        coded("code", "29308-4", LOINC, "Diagnosis"),
        relation("SUBJ", problem_observation(item)),
    )


def problem_observation(item: Item) -> Markup:
    """The problem itself; denied where the record refutes it."""
    resource = item.resource
    denied = _code(resource.get("verificationStatus")) == "refuted"
    none = _none_known(resource)
    value = (
        coded("value", *_pair(none), **{"xsi:type": "CD"})
        if none
        else concept("value", _affirmed(resource.get("code")), kind="CD", prefer=SNOMED)
    )
    state = _code(resource.get("clinicalStatus"))
    return element(
        "observation",
        {**_OBSERVED, "negationInd": "true" if denied or none else ""},
        template(f"{TEMPLATES}4", "2015-08-01"),
        item.ids,
        _problem_kind(),
        item.told,
        status("completed"),
        _course(resource, state),
        value,
        *(concept("targetSiteCode", site) for site in items(resource.get("bodySite"))),
        author(actor_of(resource), resource.get("recordedDate")),
        NOTHING if none else _state("6", state),
        _severity(words=resource.get("severity")),
        behind(item),
    )


def allergy(item: Item) -> Markup:
    """A concern with its allergy or intolerance."""
    resource = item.resource
    denied = _code(resource.get("verificationStatus")) == "refuted"
    none = _none_known(resource)
    state = _code(resource.get("clinicalStatus"))
    observation = element(
        "observation",
        {**_OBSERVED, "negationInd": "true" if denied or none else ""},
        template(f"{TEMPLATES}7", "2014-06-09"),
        item.ids,
        coded("code", "ASSERTION", "2.16.840.1.113883.5.4"),
        item.told,
        status("completed"),
        _course(resource, state),
        coded("value", *_pair(none or _kind(resource)), **{"xsi:type": "CD"}),
        author(actor_of(resource), resource.get("recordedDate")),
        _substance(None if none else _affirmed(resource.get("code"))),
        NOTHING if none else _state("28", state),
        *(_reaction(one) for one in items(resource.get("reaction"))),
        _criticality(text_of(resource.get("criticality"))),
        behind(item),
    )
    return _concern(item, "30", observation, kind="CONC")


def _concern(item: Item, number: str, inner: Markup, *, kind: str) -> Markup:
    resource = item.resource
    over = _code(resource.get("clinicalStatus")) in _ENDED
    start = resource.get("recordedDate") or resource.get("onsetDateTime")
    return element(
        "act",
        _ACTED,
        template(f"{TEMPLATES}{number}", "2015-08-01"),
        element("id", {"root": item.name.removeprefix("urn:uuid:"), "extension": "c"}),
        coded("code", kind, _ACT_CLASS, "Concern"),
        status("completed" if over else "active"),
        span("effectiveTime", start, over="UNK" if over else ""),
        relation("SUBJ", inner),
    )


def _course(resource: dict[str, Json], state: str) -> Markup:
    """From when, and until when: an end stands there only where it is over."""
    over = "UNK" if state == "resolved" else ""
    onset, end = resource.get("onsetDateTime"), resource.get("abatementDateTime")
    if isinstance(held := resource.get("onsetPeriod"), dict):
        onset = held.get("start")
    if isinstance(held := resource.get("abatementPeriod"), dict):
        end = held.get("end") or held.get("start")
    return span("effectiveTime", onset, end, over=over)


def _state(number: str, state: str) -> Markup:
    if state not in _OVER:
        return NOTHING
    inner = element(
        "observation",
        _OBSERVED,
        template(f"{TEMPLATES}{number}", "2019-06-20"),
        coded("code", "33999-4", LOINC, "Status"),
        status("completed"),
        coded("value", *_pair(_OVER[state]), **{"xsi:type": "CD"}),
    )
    return relation("REFR", inner)


def _severity(*, words: Json = None, word: str = "") -> Markup:
    if word in _SEVERITY_VALUE:
        value = coded(
            "value", _SEVERITY_VALUE[word], SNOMED, word, **{"xsi:type": "CD"}
        )
    elif isinstance(words, dict):
        value = concept("value", words, kind="CD")
    else:
        return NOTHING
    inner = element(
        "observation",
        _OBSERVED,
        template(f"{TEMPLATES}8", "2014-06-09"),
        coded("code", "SEV", "2.16.840.1.113883.5.4", "Severity"),
        status("completed"),
        value,
    )
    return relation("SUBJ", inner, inverted="true")


def _reaction(held: dict[str, Json]) -> Markup:
    told = []
    for what in items(held.get("manifestation")):
        inner = element(
            "observation",
            _OBSERVED,
            template(f"{TEMPLATES}9", "2014-06-09"),
            element("id", UNKNOWN),
            coded("code", "ASSERTION", "2.16.840.1.113883.5.4"),
            status("completed"),
            span("effectiveTime", held.get("onset")),
            concept("value", what, kind="CD", prefer=SNOMED),
            _severity(word=text_of(held.get("severity"))),
        )
        told.append(relation("MFST", inner, inverted="true"))
    return Markup("".join(told))


def _criticality(word: str) -> Markup:
    if word not in _CRITICAL:
        return NOTHING
    inner = element(
        "observation",
        _OBSERVED,
        template(f"{TEMPLATES}145"),
        coded("code", "82606-5", LOINC, "Criticality"),
        status("completed"),
        coded(
            "value", _CRITICAL[word], "2.16.840.1.113883.5.1063", **{"xsi:type": "CD"}
        ),
    )
    return relation("SUBJ", inner, inverted="true")


def _substance(code: Json) -> Markup:
    """What somebody is allergic to; without one the statement is about all there is."""
    substance = concept("code", code) if code else element("code", {"nullFlavor": "NA"})
    entity = element("playingEntity", {"classCode": "MMAT"}, substance)
    role = element("participantRole", {"classCode": "MANU"}, entity)
    return element("participant", {"typeCode": "CSM"}, role)


def _kind(resource: dict[str, Json]) -> tuple[str, str]:
    said = resource.get("category")
    category = said[0] if isinstance(said, list) and said else ""
    if resource.get("type") == "intolerance":
        return _INTOLERANCES.get(
            str(category), ("418038007", "Propensity to adverse reactions to substance")
        )
    return _ALLERGIES.get(str(category), ("419199007", "Allergy to substance"))


def _none_known(resource: dict[str, Json]) -> tuple[str, str] | None:
    code = resource.get("code")
    for coding in items(code.get("coding") if isinstance(code, dict) else None):
        if coding.get("system") == "http://snomed.info/sct":
            found = _NONE_KNOWN.get(str(coding.get("code")))
            if found:
                return found
    return None


def _affirmed(code: Json) -> Json:
    """The code without the words our reader puts before what is denied."""
    said = words_of(code)
    for prefix in ("Not found: ", "Not allergic: "):
        if said.startswith(prefix):
            return {**code, "text": said.removeprefix(prefix)}
    return code


def _problem_kind() -> Markup:
    return element(
        "code",
        {"code": "55607006", "codeSystem": SNOMED, "displayName": "Problem"},
        element("translation", {"code": "75326-9", "codeSystem": LOINC}),
    )


def _pair(pair: tuple[str, str]) -> tuple[str, str, str]:
    return pair[0], SNOMED, pair[1]


def _code(value: Json) -> str:
    held = value.get("coding") if isinstance(value, dict) else None
    return next((text_of(one.get("code")) for one in items(held)), "")
