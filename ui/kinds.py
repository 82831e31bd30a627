"""Categories, labels and states as a patient reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from ui.views import Permission, State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_MANY = {
    "condition": "Conditions",
    "medicine": "Medicines",
    "allergy": "Allergies",
    "test": "Tests",
    "vital": "Measurements",
    "visit": "Visits",
    "vaccine": "Vaccines",
    "procedure": "Procedures",
    "document": "Documents",
    "imaging": "X-rays and scans",
    "care_plan": "Care plans",
    "care_team": "Care teams",
    "goal": "Goals",
    "device": "Devices",
    "social": "Way of life",
    "family": "Family history",
    "coverage": "Insurance",
    "person": "People and places",
    "other": "Other records",
}
_ONE = {
    "condition": "Condition",
    "medicine": "Medicine",
    "allergy": "Allergy",
    "test": "Test",
    "vital": "Measurement",
    "visit": "Visit",
    "vaccine": "Vaccine",
    "procedure": "Procedure",
    "document": "Document",
    "imaging": "X-ray or scan",
    "care_plan": "Care plan",
    "care_team": "Care team",
    "goal": "Goal",
    "device": "Device",
    "social": "Way of life",
    "family": "Family history",
    "coverage": "Insurance",
    "person": "Person or place",
    "other": "Record",
}
# HL7 v3 ActCode information sensitivity policies, in our own words.
_LABELS = {
    "PRS": "Kept private by you",
    "ETH": "Alcohol and drugs",
    "ETHUD": "Alcohol",
    "OPIOIDUD": "Opioids",
    "SUD": "Alcohol and drugs",
    "42CFRPart2": "Alcohol and drugs",
    "PSY": "Mental health",
    "PSYTHPN": "Notes of your therapist",
    "MH": "Mental health",
    "BH": "Mental health",
    "HIV": "HIV",
    "STD": "Sexual health",
    "SEX": "Sexual health",
    "SDV": "Violence and abuse",
    "DV": "Violence and abuse",
    "VIO": "Violence and abuse",
    "DVD": "Developmental disability",
    "GDIS": "Genetic conditions",
    "COGN": "Memory and thinking",
    "R": "Marked restricted",
    "V": "Marked very restricted",
    "TBOO": "Not to be spoken of",
    "EMOTDIS": "Mental health",
    "CEL": "Well-known person",
    "EMP": "Works there",
    "DEMO": "Address and birth date",
    "PDS": "Kept private by you",
    "PATRPT": "Reported by you",
    "TREAT": "For treatment only",
    "NODSCLCD": "Not to be passed on",
    "NORDSCLCD": "Not to be passed on",
    "NORDSLCD": "Not to be passed on",
    "NORDSCLCDS": "Not to be passed on",
    "REDACTED": "Parts were taken out",
    "MASKED": "Parts were taken out",
}
# v3 Confidentiality below restricted, and what only tells programs how to read.
USUAL = frozenset({"U", "L", "M", "N", "PROCESSINLINELABEL", "HTEST", "SUBSETTED"})
FILTERS = (
    *("test", "medicine", "condition", "visit", "vaccine", "document", "imaging"),
)
SOON_DAYS = 7


def many(category: str) -> str:
    """Name a kind of record as the title of a list."""
    return _tr(_MANY.get(category, _MANY["other"]))


def one(category: str) -> str:
    """Name the kind of one record."""
    return _tr(_ONE.get(category, _ONE["other"]))


def label(code: str) -> str:
    """Name a sensitivity label; one that nobody here knows is still told of."""
    return _tr(_LABELS.get(code, "Marked by its source"))


def labels(codes: Iterable[str]) -> tuple[str, ...]:
    """Name several labels, each name once; the usual level is nothing to mark."""
    marked = (code for code in codes if code not in USUAL)
    return tuple(dict.fromkeys(label(code) for code in marked))


def ends_soon(permission: Permission, now: datetime) -> bool:
    """Tell whether a standing permission ends within a week."""
    left = permission.ends - now
    return permission.state is State.IN_FORCE and 0 <= left.days < SOON_DAYS


def state(permission: Permission, now: datetime) -> tuple[str, str]:
    """Give the word and the shape of a permission's chip."""
    if permission.held_until is not None:
        return _tr("Waits on purpose"), "hourglass"
    if permission.pending == "issue" or permission.state is State.WAITING:
        return _tr("Signed, not yet in force"), "hourglass"
    if permission.pending in ("withdraw", "replace"):
        return _tr("Ending, not yet in force"), "hourglass"
    if permission.pending:
        return _tr("Change signed, not yet in force"), "hourglass"
    if ends_soon(permission, now):
        return _tr("Ends soon"), "clock"
    word, shape = _STATES[permission.state]
    return _tr(word), shape


_STATES: dict[State, tuple[str, str]] = {
    State.WAITING: ("Signed, not yet in force", "hourglass"),
    State.NOT_STARTED: ("Starts later", "clock"),
    State.IN_FORCE: ("In force", "check"),
    State.PAUSED: ("Paused", "bars"),
    State.WITHDRAWN: ("Ended by you", "cross"),
    State.REPLACED: ("Replaced", "cross"),
    State.ENDED: ("Ended", "cross"),
    State.REFUSED: ("Refused by the ledger", "stop"),
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("kinds", text)
