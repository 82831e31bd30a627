"""What no screen may say: codes, names of types, dates that are none, raw values."""

import re
from dataclasses import fields, is_dataclass

from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QListView, QWidget

from ui.models.timeline import ROW_ROLE

# Words of FHIR, CDA, HL7 v2 and of programs, as they are written there.
_TYPES = (
    *("AllergyIntolerance", "CarePlan", "CareTeam", "ClinicalDocument", "Composition"),
    *("DiagnosticReport", "DocumentReference", "ExplanationOfBenefit", "FamilyMember"),
    *("ImagingStudy", "MedicationRequest", "MedicationStatement", "Observation"),
    *("OperationOutcome", "QuestionnaireResponse", "ServiceRequest", "substanceAdmin"),
    *("CodeableConcept", "resourceType", "NullFlavor", "nullFlavor"),
)
_SLIPS = {
    "a type name": re.compile(r"\b(?:" + "|".join(_TYPES) + r")\w*"),
    "a LOINC code": re.compile(r"(?<![\d.-])\d{3,5}-\d(?![\d-])"),
    "a code": re.compile(r"(?<![\d.,+#/-])\d{8,18}(?![\d.,-])"),
    "an OID": re.compile(r"\b\d+(?:\.\d+){4,}\b"),
    "a UUID": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-"),
    "an address": re.compile(r"\b(?:urn:|https?:)"),
    "markup": re.compile(r"</?[a-z]+[ />]|&(?:amp|lt|gt|nbsp|#\d+);|\\n|\{[^{}]*\}"),
    "a date that is none": re.compile(r"\b1 January 1970|\bJan 1970|^1970$|^0001\b"),
    "a program's nothing": re.compile(
        r"\b(?:null|nan|NaN|undefined)\b|^None\b(?! \w)|: None$"
    ),
    "a raw value": re.compile(r"\b[a-z]+(?:_[a-z]+)+\b"),
    "a raw status": re.compile(
        r"(?:^|\u00b7 )(?:entered-in-error|not-done|not-taken|on-hold|in-progress"
        r"|final|preliminary|amended|completed|aborted|draft)(?:$| \u00b7)"
    ),
}
_RAW = frozenset({"key", "category", "precision", "original", "pixels", "codes"})
# Rows whose value is a number of a person's own, or the name of a person's own file.
_NUMBERS = frozenset(
    {"Serial number", "Lot number", "Member number", "Model", "Phone", "Fax", "Address"}
    | {"Source"}
)


def slips(words):
    """Why *words* may not stand on a screen: each reason with what was found."""
    return [
        f"{why}: {found[0]!r} in {words!r}"
        for why, pattern in _SLIPS.items()
        if (found := pattern.search(words))
    ]


def said_by(value):
    """Every word in a value of the window, without keys and without source texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        numbered = len(value) == 2 and value[0] in _NUMBERS
        for one in value[:1] if numbered else value:
            yield from said_by(one)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in _RAW and not _is_letter(value, field.name):
                yield from said_by(getattr(value, field.name))


def shown_by(window, *, but=()):
    """Every word of a window that can be seen or is told to a screen reader.

    *but* are texts of others, shown as they were written.
    """
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if widget.accessibleName() not in but:
            yield widget.accessibleName()
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            words = widget.text()
            if words not in but:
                yield words
        if isinstance(widget, QListView):
            model = widget.model()
            for row in range(model.rowCount()):
                index = model.index(row, 0)
                yield from said_by(index.data(ROW_ROLE))


def own_words(sheet):
    """What a page shows as it was written: letters, numbers and names of files."""
    rows = [row for row in (*sheet.facts, *sheet.came_from) if row[0] in _NUMBERS]
    said = {value for _, value in rows} | {f"{name}: {value}" for name, value in rows}
    return said | {sheet.text}


def _is_letter(value, name):
    return name == "text" and type(value).__name__ in ("RecordSheet", "NoteLine")
