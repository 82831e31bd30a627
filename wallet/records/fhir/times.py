"""When something was: the element that says it, for each type, and its moment.

What is not written as FHIR R4 writes times has no moment.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = Any
"""Whatever a JSON parser returns."""


_EVENT = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
_WHEN: Mapping[str, tuple[str, ...]] = {
    "Observation": _EVENT,
    "DiagnosticReport": _EVENT,
    "Condition": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "AllergyIntolerance": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "MedicationRequest": ("authoredOn",),
    "MedicationDispense": ("whenHandedOver", "whenPrepared"),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod", "dateAsserted"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "Immunization": ("occurrenceDateTime", "recorded"),
    "Encounter": ("period",),
    "Appointment": ("start", "requestedPeriod", "created"),
    "DocumentReference": ("date",),
    "ImagingStudy": ("started",),
    "Goal": ("startDate", "statusDate"),
    "CarePlan": ("period", "created"),
    "Claim": ("billablePeriod", "created"),
    "ExplanationOfBenefit": ("billablePeriod", "created"),
}
# For every other type, and where none of the above is there.
_ANY_WHEN = (
    *("effectiveDateTime", "effectivePeriod", "occurrenceDateTime"),
    *("occurrencePeriod", "performedDateTime", "performedPeriod", "period"),
    *("authoredOn", "authored", "dateTime", "started", "start", "date", "sent"),
    *("createdDateTime", "createdPeriod", "created", "recordedDate", "recorded"),
    *("dateAsserted", "issued", "receivedTime", "identifiedDateTime", "detected"),
)
_UNDATED = frozenset(
    {"Patient", "Practitioner", "PractitionerRole", "Organization", "Location"}
    | {"RelatedPerson", "Medication", "Device", "Endpoint", "Questionnaire", "ValueSet"}
    | {"Person"}
)


def moment(written: str) -> tuple[int | None, str]:
    """A FHIR date or instant as POSIX seconds of its beginning, and how exact it is.

    >>> moment("1970-02"), moment("1970-01-01T01:00:00+01:00"), moment("soon")
    ((2678400, 'month'), (0, 'time'), (None, ''))
    """
    try:
        if len(written) > 10:  # noqa: PLR2004 longer than YYYY-MM-DD
            at = datetime.fromisoformat(written)
            # Without a zone it is not valid FHIR; the day still holds.
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            return int(at.timestamp()), "time"
        year, _, rest = written.partition("-")
        month, _, day = rest.partition("-")
        at = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None, ""
    return int(at.timestamp()), "day" if day else "month" if month else "year"


def times_of(resource: dict[str, Json], rtype: str) -> tuple[str, str]:
    """Start and end as they are written."""
    if rtype in _UNDATED:
        return "", ""
    end = resource.get("abatementDateTime")
    end = end if isinstance(end, str) else ""
    if rtype == "DocumentReference":
        context = resource.get("context")
        period = context.get("period") if isinstance(context, dict) else None
        if isinstance(period, dict) and isinstance(period.get("start"), str):
            return period["start"], str(period.get("end") or "")
    for key in (*_WHEN.get(rtype, ()), *_ANY_WHEN):
        held = resource.get(key)
        if isinstance(held, str):
            return held, end
        if isinstance(held, list) and held and isinstance(held[0], dict):
            held = held[0]
        if isinstance(held, dict):
            first, last = held.get("start"), held.get("end")
            if isinstance(first, str) or isinstance(last, str):
                last = last if isinstance(last, str) else ""
                return first if isinstance(first, str) else last, last or end
    return "", end
