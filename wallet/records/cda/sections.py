"""The sections of a C-CDA document: what each is about, in plain words.

By LOINC code, else by template; from the C-CDA 2.1 and 4.0 section lists.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallet.records.xml_tree import Node


class About(StrEnum):
    """What the entries of a section mean, where they do not say it themselves."""

    PROBLEMS = "problems"
    CONCERNS = "concerns"
    ALLERGIES = "allergies"
    MEDICINES = "medicines"
    VACCINES = "vaccines"
    RESULTS = "results"
    VITALS = "vitals"
    PROCEDURES = "procedures"
    VISITS = "visits"
    SOCIAL = "social"
    FAMILY = "family"
    STATUS = "status"
    PLAN = "plan"
    GOALS = "goals"
    TEAM = "team"
    DEVICES = "devices"
    PAYERS = "payers"
    DIRECTIVES = "directives"
    NOTES = "notes"
    PRIVACY = "privacy"
    OTHER = "other"


_BY_CODE = {
    "11450-4": (About.PROBLEMS, "Health conditions"),
    "11348-0": (About.PROBLEMS, "Past illnesses"),
    "75326-9": (About.PROBLEMS, "Health conditions"),
    "46241-6": (About.PROBLEMS, "Diagnosis at admission"),
    "11535-2": (About.PROBLEMS, "Diagnosis at discharge"),
    "29308-4": (About.PROBLEMS, "Diagnosis"),
    "10219-4": (About.PROBLEMS, "Diagnosis before the operation"),
    "10218-6": (About.PROBLEMS, "Diagnosis after the operation"),
    "59769-0": (About.PROBLEMS, "Diagnosis after the procedure"),
    "55109-3": (About.PROBLEMS, "Complications"),
    "75310-3": (About.CONCERNS, "Health concerns"),
    "48765-2": (About.ALLERGIES, "Allergies"),
    "10160-0": (About.MEDICINES, "Medicines"),
    "10183-2": (About.MEDICINES, "Medicines at discharge"),
    "75311-1": (About.MEDICINES, "Medicines at discharge"),
    "42346-7": (About.MEDICINES, "Medicines at admission"),
    "29549-3": (About.MEDICINES, "Medicines given"),
    "59774-0": (About.MEDICINES, "Anaesthesia"),
    "10213-7": (About.MEDICINES, "Anaesthesia"),
    "11369-6": (About.VACCINES, "Vaccines"),
    "30954-2": (About.RESULTS, "Test results"),
    "11493-4": (About.RESULTS, "Tests in the hospital"),
    "8716-3": (About.VITALS, "Vital signs"),
    "47519-4": (About.PROCEDURES, "Procedures"),
    "29554-3": (About.PROCEDURES, "Procedure"),
    "46240-8": (About.VISITS, "Visits"),
    "29762-2": (About.SOCIAL, "Way of life"),
    "10157-6": (About.FAMILY, "Family history"),
    "47420-5": (About.STATUS, "Everyday abilities"),
    "10190-7": (About.STATUS, "Mental state"),
    "61144-2": (About.STATUS, "Nutrition"),
    "18776-5": (About.PLAN, "Plan of care"),
    "62387-6": (About.PLAN, "What is being done"),
    "11383-7": (About.OTHER, "How care went"),
    "11393-2": (About.OTHER, "How care went"),
    "59772-4": (About.PLAN, "Planned procedure"),
    "61146-7": (About.GOALS, "Goals"),
    "85847-2": (About.TEAM, "Care team"),
    "46264-8": (About.DEVICES, "Medical devices"),
    "48768-6": (About.PAYERS, "Insurance"),
    "42348-3": (About.DIRECTIVES, "Wishes for care"),
    "81338-6": (About.DIRECTIVES, "Wishes for care"),
    "57017-6": (About.PRIVACY, "Rules of privacy"),
    "11488-4": (About.NOTES, "Consultation note"),
    "11506-3": (About.NOTES, "Progress note"),
    "34117-2": (About.NOTES, "History and examination"),
    "18842-5": (About.NOTES, "Discharge letter"),
    "28570-0": (About.NOTES, "Procedure note"),
    "34109-9": (About.NOTES, "Note"),
    "34746-8": (About.NOTES, "Nurse's note"),
    "51848-0": (About.NOTES, "Assessment"),
    "51847-2": (About.NOTES, "Assessment and plan"),
    "18726-0": (About.NOTES, "Imaging reports"),
    "11502-2": (About.NOTES, "Laboratory report"),
    "26436-6": (About.NOTES, "Laboratory reports"),
    "29299-5": (About.NOTES, "Reason for the visit"),
    "10154-3": (About.NOTES, "Main complaint"),
    "46239-0": (About.NOTES, "Reason for the visit"),
    "42349-1": (About.NOTES, "Reason for the referral"),
    "10164-2": (About.NOTES, "History of this illness"),
    "11329-0": (About.NOTES, "General history"),
    "10187-3": (About.NOTES, "Review of the body's systems"),
    "29545-1": (About.NOTES, "Physical examination"),
    "10210-3": (About.NOTES, "General condition"),
    "8648-8": (About.NOTES, "Course in the hospital"),
    "8650-4": (About.NOTES, "Consultations in the hospital"),
    "8653-8": (About.NOTES, "Instructions at discharge"),
    "69730-0": (About.NOTES, "Instructions"),
    "42344-2": (About.NOTES, "Diet at discharge"),
    "10184-0": (About.NOTES, "Examination at discharge"),
    "55112-7": (About.NOTES, "Summary of the document"),
    "55107-7": (About.NOTES, "Addendum"),
    "55122-6": (About.NOTES, "Implants"),
    "59775-7": (About.NOTES, "How the procedure ended"),
    "59773-2": (About.NOTES, "Samples taken"),
    "59770-8": (About.NOTES, "Blood loss"),
    "59768-2": (About.NOTES, "Reasons for the procedure"),
    "59771-6": (About.NOTES, "Implants"),
    "59776-5": (About.NOTES, "Findings"),
    "10216-0": (About.NOTES, "Drains"),
    "10221-0": (About.NOTES, "Samples taken"),
    "10223-6": (About.NOTES, "Note of the surgeon"),
    "55108-5": (About.NOTES, "How the operation went"),
    "121070": (About.NOTES, "Findings"),
    "121181": (About.NOTES, "Index of pictures"),
    "18782-3": (About.NOTES, "Findings"),
    "90767-5": (About.NOTES, "Summary"),
    "18834-2": (About.NOTES, "Comparison"),
    "19005-8": (About.NOTES, "Impression"),
}
_TEMPLATES = "2.16.840.1.113883.10.20."
_BY_TEMPLATE = {
    f"{_TEMPLATES}22.2.5": "11450-4",
    f"{_TEMPLATES}22.2.20": "11348-0",
    f"{_TEMPLATES}22.2.6": "48765-2",
    f"{_TEMPLATES}22.2.1": "10160-0",
    f"{_TEMPLATES}22.2.2": "11369-6",
    f"{_TEMPLATES}22.2.3": "30954-2",
    f"{_TEMPLATES}22.2.4": "8716-3",
    f"{_TEMPLATES}22.2.7": "47519-4",
    f"{_TEMPLATES}22.2.22": "46240-8",
    f"{_TEMPLATES}22.2.17": "29762-2",
    f"{_TEMPLATES}22.2.15": "10157-6",
    f"{_TEMPLATES}22.2.14": "47420-5",
    f"{_TEMPLATES}22.2.56": "10190-7",
    f"{_TEMPLATES}22.2.10": "18776-5",
    f"{_TEMPLATES}22.2.60": "61146-7",
    f"{_TEMPLATES}22.2.58": "75310-3",
    f"{_TEMPLATES}22.2.500": "85847-2",
    f"{_TEMPLATES}22.2.23": "46264-8",
    f"{_TEMPLATES}22.2.18": "48768-6",
    f"{_TEMPLATES}22.2.21": "42348-3",
    f"{_TEMPLATES}22.2.65": "34109-9",
    f"{_TEMPLATES}1.11": "11450-4",
    f"{_TEMPLATES}1.2": "48765-2",
    f"{_TEMPLATES}1.8": "10160-0",
    f"{_TEMPLATES}1.6": "11369-6",
    f"{_TEMPLATES}1.14": "30954-2",
    f"{_TEMPLATES}1.16": "8716-3",
    f"{_TEMPLATES}1.12": "47519-4",
    f"{_TEMPLATES}1.3": "46240-8",
    f"{_TEMPLATES}1.15": "29762-2",
    f"{_TEMPLATES}1.4": "10157-6",
    f"{_TEMPLATES}1.5": "47420-5",
    f"{_TEMPLATES}1.10": "18776-5",
    f"{_TEMPLATES}1.7": "46264-8",
    f"{_TEMPLATES}1.9": "48768-6",
    f"{_TEMPLATES}1.1": "42348-3",
}
_PRIVACY = "2.16.840.1.113883.3.3251.1.5"


def about(section: Node) -> About:
    """What *section* is about."""
    return _BY_CODE.get(_code(section), (About.OTHER, ""))[0]


def plain_name(section: Node) -> str:
    """What a section of this kind is called here; empty for an unknown kind."""
    return _BY_CODE.get(_code(section), (About.OTHER, ""))[1]


def title(section: Node) -> str:
    """What the document calls the section, else what we do."""
    given = section.one("title")
    said = " ".join(given.text.split()) if given is not None else ""
    if not said:
        code = section.one("code")
        said = code.get("displayName") if code is not None else ""
    return said[:200] or plain_name(section) or "Part of a document"


def _code(section: Node) -> str:
    code = section.one("code")
    if code is not None:
        for node in (code, *code.all("translation")):
            if node.get("code") in _BY_CODE:
                return node.get("code")
    roots = [template.get("root") for template in section.all("templateId")]
    if _PRIVACY in roots:
        return "57017-6"
    for root in roots:
        for known in (root, root.rpartition(".")[0]):
            # ``.1`` behind a section's template says that entries are required.
            if known in _BY_TEMPLATE:
                return _BY_TEMPLATE[known]
    return ""
