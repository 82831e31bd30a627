"""Sensitivities a record has by its codes and its words, where nobody wrote a label.

An own small table, in the open: ranges of ICD-10-CM and ICD-9-CM, single LOINC codes,
names of substances, and words. It errs on the side of a label: a label holds nothing
back unless the patient says so, and its reason, "by rule", is shown. Tobacco is none
of it (42 CFR 2.11 leaves it out). Names of labels: HL7 v3 ActCode, as SHARES and SHIFT
use them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wallet.records.labels import RULE
from wallet.records.record import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

_ICD10 = frozenset(
    {
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://hl7.org/fhir/sid/icd-10",
        "urn:oid:2.16.840.1.113883.6.90",
        "urn:oid:2.16.840.1.113883.6.3",
    }
)
_ICD9 = frozenset(
    {"http://hl7.org/fhir/sid/icd-9-cm", "urn:oid:2.16.840.1.113883.6.103"}
)
_LOINC = "http://loinc.org"

# The longest beginning that fits decides; an empty label takes a code out again.
_ICD10_STARTS = {
    **dict.fromkeys(("F10", "K70", "Z714", "T510", "G621", "I426"), "ETHUD"),
    **dict.fromkeys(("F11", "T400", "T401", "T402", "T403", "T404"), "OPIOIDUD"),
    **dict.fromkeys(
        ("F12", "F13", "F14", "F15", "F16", "F18", "F19", "T405", "T436", "Z715"),
        "SUD",
    ),
    **dict.fromkeys(("F55", "O9931", "O9932", "P044", "P961"), "SUD"),
    **dict.fromkeys(("F01", "F02", "F03", "F04", "F05", "F06", "G30"), "COGN"),
    **dict.fromkeys(
        (
            *("F2", "F3", "F4", "F5", "F60", "F61", "F62", "F63", "F64", "F65"),
            *("F66", "F68", "F69", "F90", "F91", "F92", "F93", "F94", "F95", "F98"),
            *("F99", "R4585", "T1491", "X71", "X72", "X73", "X74", "X78", "X83"),
        ),
        "MH",
    ),
    **dict.fromkeys(("F7", "F84", "F88", "F89"), "DVD"),
    **dict.fromkeys(("B20", "Z21", "R75", "O987", "B9735", "Z206", "Z114"), "HIV"),
    **dict.fromkeys(
        (
            *("A50", "A51", "A52", "A53", "A54", "A55", "A56", "A57", "A58", "A59"),
            *("A60", "A61", "A62", "A63", "A64", "Z113", "Z202"),
        ),
        "STD",
    ),
    **dict.fromkeys(
        (
            *("O00", "O02", "O03", "O04", "O07", "O08", "Z30", "Z31", "Z332", "Z640"),
            *("N46", "N97", "F52"),
        ),
        "SEX",
    ),
    **dict.fromkeys(("Q90", "Q91", "Q92", "Q93", "Q96", "Q97", "Q98", "Q99"), "GDIS"),
    **dict.fromkeys(("Z14", "Z15", "Z1371", "E84", "G10", "D57", "D66"), "GDIS"),
    **dict.fromkeys(("T74", "T76", "Y07", "Z69", "Z6281", "Z630", "O9A3"), "SDV"),
}
_ICD9_STARTS = {
    **dict.fromkeys(("291", "303", "3050", "5710", "5711", "5712", "5713"), "ETHUD"),
    **dict.fromkeys(("3040", "3047", "3055"), "OPIOIDUD"),
    **dict.fromkeys(("292", "304", "305"), "SUD"),
    "3051": "",
    **dict.fromkeys(("290", "294", "3310"), "COGN"),
    **dict.fromkeys(
        ("295", "296", "297", "298", "300", "301", "302", "306", "307", "308", "309"),
        "MH",
    ),
    **dict.fromkeys(("311", "312", "313", "314", "V62.84"), "MH"),
    **dict.fromkeys(("042", "V08", "07953", "79571"), "HIV"),
    **dict.fromkeys(
        ("090", "091", "092", "093", "094", "095", "096", "097", "098", "099"), "STD"
    ),
    **dict.fromkeys(("634", "635", "636", "637", "638", "V25"), "SEX"),
    **dict.fromkeys(("758", "V83", "V84"), "GDIS"),
    **dict.fromkeys(("9955", "9958", "E967"), "SDV"),
}
_LOINC_CODES = {
    # Antibodies, antigen and amount of HIV.
    **dict.fromkeys(("7917-8", "7918-6", "5220-9", "5221-7", "5222-5"), "HIV"),
    **dict.fromkeys(("29893-5", "56888-1", "68961-2", "75622-1", "80203-3"), "HIV"),
    **dict.fromkeys(("20447-9", "25836-8", "25835-0", "29539-4", "30361-0"), "HIV"),
    **dict.fromkeys(("20507-0", "5292-8", "22587-0", "21613-5", "24111-7"), "STD"),
    **dict.fromkeys(("43304-5", "43305-2", "691-6", "6349-5", "11084-1"), "STD"),
    # Drugs and alcohol in blood or urine, and the questionnaires about them.
    **dict.fromkeys(("3426-4", "3349-8", "3397-7", "3879-4", "3377-9"), "SUD"),
    **dict.fromkeys(("82666-9", "82667-7"), "SUD"),
    **dict.fromkeys(("5640-8", "5643-2", "72109-2", "75626-2", "75624-7"), "ETHUD"),
    **dict.fromkeys(("44249-1", "44261-6", "55757-9", "55758-7"), "MH"),
    **dict.fromkeys(("69737-5", "70274-6"), "MH"),
    **dict.fromkeys(("2106-3", "2118-8", "19080-1", "2110-5"), "SEX"),
    **dict.fromkeys(("21636-6", "21637-4", "55233-1", "51968-6"), "GDIS"),
}
_WORDS: tuple[tuple[str, str], ...] = (
    (
        "OPIOIDUD",
        (
            r"opioid (?:use|abuse|depend|addict|disorder|withdraw)\w*|heroin|"
            r"buprenorphine|suboxone|subutex|methadone|naltrexone|vivitrol"
        ),
    ),
    (
        "ETHUD",
        (
            r"alcohol(?:ism|ic)|alcohol (?:use|abuse|depend|addict|withdraw|intox)\w*|"
            r"(?:abuse|dependence) of alcohol|disulfiram|antabuse|acamprosate|"
            r"delirium tremens|alcoholics anonymous"
        ),
    ),
    (
        "SUD",
        (
            r"(?:drug|substance)s? (?:use disorder|abuse|depend|addict)\w*|addiction|"
            r"(?:cocaine|cannabis|marijuana|amphetamine|methamphetamine|sedative|"
            r"hallucinogen|inhalant) (?:use|abuse|depend|addict)\w*|cocaine|"
            r"methamphetamine|42 ?c\.?f\.?r\.? part 2|detoxification"
        ),
    ),
    (
        "HIV",
        (
            r"hiv(?:[ -]?[12])?|(?-i:AIDS)|human immunodeficiency virus|"
            r"acquired immunodeficiency|antiretroviral|emtricitabine|tenofovir|"
            r"efavirenz|dolutegravir|bictegravir|raltegravir|elvitegravir|rilpivirine|"
            r"darunavir|atazanavir|abacavir|zidovudine|truvada|biktarvy|genvoya|descovy"
        ),
    ),
    (
        "MH",
        (
            r"depress(?:ion|ive)|bipolar|schizo\w+|psychosis|psychotic|"
            r"anxiety disorder|"
            r"panic (?:disorder|attack)s?|post[- ]?traumatic stress|ptsd|suicid\w+|"
            r"self[- ]harm|personality disorder|psychiatr\w+|psychotherap\w+|anorexia "
            r"nervosa|bulimia|lithium carbonate|clozapine|olanzapine|risperidone|"
            r"quetiapine|haloperidol|aripiprazole|sertraline|fluoxetine|paroxetine|"
            r"citalopram|escitalopram|venlafaxine"
        ),
    ),
    (
        "STD",
        (
            r"syphilis|gonorrh(?:o?ea|o?eae)|chlamydia\w*|genital (?:herpes|warts?)|"
            r"trichomon\w+|sexually transmitted|venereal"
        ),
    ),
    (
        "SEX",
        (
            r"abortion|miscarriage|contracept\w+|infertil\w+|mifepristone|"
            r"in[- ]vitro fertili\w+|erectile dysfunction|gender dysphoria|"
            r"ectopic pregnancy"
        ),
    ),
    (
        "GDIS",
        (
            r"brca ?[12]|huntington\W{0,3}s? disease|"
            r"genetic (?:test|carrier|disease)\w*|"
            r"cystic fibrosis|sickle[- ]cell|down syndrome|lynch syndrome"
        ),
    ),
    (
        "SDV",
        (
            r"domestic violence|sexual (?:assault|abuse)|rape|battered|child abuse|"
            r"intimate partner (?:violence|abuse)|physical abuse"
        ),
    ),
)
_READ = re.compile(
    "|".join(rf"(?P<{name}>\b(?:{words})\b)" for name, words in _WORDS),
    re.IGNORECASE | re.ASCII,
)
# Whatever `_READ` finds holds a word that begins with one of these, and one of the
# longer pieces below: two looks that cost a thirtieth of the search, which an import of
# a hundred thousand records notices.
_LETTERS = 4
_FIRST = frozenset(
    [
        "abor",
        "abac",
        "abus",
        "acam",
        "acqu",
        "addi",
        "aids",
        "alco",
        "amph",
        "anor",
        "anta",
        "anti",
        "anxi",
        "arip",
        "ataz",
        "batt",
        "bict",
        "bikt",
        "bipo",
        "brca",
        "buli",
        "bupr",
        "cann",
        "chla",
        "cita",
        "cloz",
        "coca",
        "cont",
        "cyst",
        "daru",
        "deli",
        "depr",
        "desc",
        "deto",
        "disu",
        "dolu",
        "dome",
        "down",
        "drug",
        "ecto",
        "efav",
        "elvi",
        "emtr",
        "erec",
        "esci",
        "fluo",
        "gend",
        "gene",
        "geni",
        "genv",
        "gono",
        "hall",
        "halo",
        "hero",
        "hiv",
        "hiv1",
        "hiv2",
        "huma",
        "hunt",
        "infe",
        "inha",
        "inti",
        "lith",
        "lync",
        "mari",
        "meth",
        "mife",
        "misc",
        "nalt",
        "olan",
        "opio",
        "pani",
        "paro",
        "part",
        "pers",
        "post",
        "psyc",
        "ptsd",
        "quet",
        "ralt",
        "rape",
        "rilp",
        "risp",
        "schi",
        "seda",
        "self",
        "sert",
        "sexu",
        "sick",
        "subo",
        "subs",
        "subu",
        "suic",
        "syph",
        "teno",
        "trau",
        "tric",
        "truv",
        "vene",
        "venl",
        "vitr",
        "vivi",
        "zido",
    ]
)
_WORD = re.compile(r"\w+", re.ASCII)
_BEGINNINGS = (
    *("opioid", "heroin", "buprenorphine", "suboxone", "subutex", "methadone"),
    *("naltrexone", "vivitrol", "alcohol", "disulfiram", "antabuse", "acamprosate"),
    *("delirium tremens", "drug", "substance", "addict", "cocaine", "cannabis"),
    *("marijuana", "amphetamine", "sedative", "hallucinogen", "inhalant"),
    *("part 2", "detoxification", "hiv", "aids", "human immunodef"),
    *("acquired immunodef", "antiretroviral", "emtricitabine", "tenofovir"),
    *("efavirenz", "tegravir", "rilpivirine", "darunavir", "atazanavir", "abacavir"),
    *("zidovudine", "truvada", "biktarvy", "genvoya", "descovy", "depress", "bipolar"),
    *("schizo", "psycho", "anxiety disorder", "panic ", "traumatic stress", "ptsd"),
    *("suicid", "self-harm", "self harm", "personality disorder", "psychiatr"),
    *("anorexia nervosa", "bulimia", "lithium carb", "clozapine", "olanzapine"),
    *("risperidone", "quetiapine", "haloperidol", "aripiprazole", "sertraline"),
    *("oxetine", "citalopram", "venlafaxine", "syphilis", "gonorrh"),
    *("chlamydia", "genital ", "trichomon", "sexual", "venereal", "abortion"),
    *("miscarriage", "contracept", "infertil", "mifepristone", "vitro fertili"),
    *("erectile dys", "gender dys", "ectopic preg", "brca", "huntington"),
    *("genetic ", "cystic fibrosis", "sickle", "down syndrome", "lynch syndrome"),
    *("domestic violence", "rape", "battered", "child abuse", "intimate partner"),
    "physical abuse",
)
_CODE = re.compile(r'"code"\s*:\s*"([^"]*)"')
# A system whose codes are judged by how they begin is named by one of these.
_BY_BEGINNING = ("sid/icd-", "2.16.840.1.113883.6.")
_NOT_ABOUT = frozenset({"Patient", "Practitioner", "PractitionerRole", "Location"})


def by_rule(
    resource: dict[str, Any], words: str, *, text: str | None = None
) -> tuple[Label, ...]:
    """Labels for *resource*, whose readable words are *words*, in a steady order.

    *text* is the resource as JSON, where somebody has it: no coding is looked for
    where none in it can bear a label.
    Every reader's records go through here, by `found.derived_record` or by the reader
    of FHIR itself.
    """
    if resource.get("resourceType") in _NOT_ABOUT:
        return ()
    found = dict.fromkeys(
        _by_code(resource) if text is None or _may_bear_codes(text) else ()
    )
    if may_speak_of_it(words):
        for match in _READ.finditer(words):
            found[str(match.lastgroup)] = None
    return tuple(
        Label(code=code, system=ACT_CODE, basis=RULE) for code in sorted(found)
    )


def may_speak_of_it(words: str) -> bool:
    """Whether a search of *words* can find anything at all."""
    plain = words.lower()
    if _FIRST.isdisjoint([word[:_LETTERS] for word in _WORD.findall(plain)]):
        return False
    return any(beginning in plain for beginning in _BEGINNINGS)


def _may_bear_codes(text: str) -> bool:
    """Whether a coding in *text* can bear a label."""
    return (
        "\\" in text  # anything may be written as an escape
        or any(system in text for system in _BY_BEGINNING)
        or not _LOINC_CODES.keys().isdisjoint(_CODE.findall(text))
    )


def _by_code(value: object) -> Iterator[str]:
    """Labels of every coding in *value*, however deep: parsing has bounded that."""
    waiting: list[Any] = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, dict):
            code, system = held.get("code"), held.get("system")
            if isinstance(code, str) and isinstance(system, str):
                label = _of_code(system, code)
                if label:
                    yield label
            held = held.values()
        waiting += [one for one in held if isinstance(one, dict | list)]


def _of_code(system: str, code: str) -> str:
    if system == _LOINC:
        return _LOINC_CODES.get(code, "")
    if system in _ICD10:
        return _longest(_ICD10_STARTS, code)
    return _longest(_ICD9_STARTS, code) if system in _ICD9 else ""


def _longest(starts: dict[str, str], code: str) -> str:
    plain = code.replace(".", "").upper()
    for size in range(len(plain), 1, -1):
        if plain[:size] in starts:
            return starts[plain[:size]]
    return ""
