"""A DICOM file as a picture or scan in the records: what, when, where, of whom.

Only the head is read; the picture stays in the original. A scan of hundreds of files is
one record: what it says is of the study and the kind of picture, which all its files
share, and each file is one more original of it. A DICOMDIR only lists the others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wallet.records.dicom.dataset import MOST_HEAD, read_head
from wallet.records.documents import Derived, Document
from wallet.records.findings import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.reader import Given

Json = dict[str, Any]

VERSION = 1
_MOST = 2 << 30
_DIRECTORY = "1.2.840.10008.1.3.10"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_KINDS = {
    "CT": "CT scan",
    "MR": "MRI scan",
    "US": "Ultrasound",
    "XA": "Picture of vessels",
    "CR": "X-ray",
    "DX": "X-ray",
    "MG": "Mammogram",
    "NM": "Nuclear medicine scan",
    "PT": "PET scan",
    "ECG": "Heart tracing",
    "SR": "Report of a scan",
    "RTPLAN": "Plan of radiation",
    "RTDOSE": "Dose of radiation",
    "OP": "Picture of the eye",
    "OPT": "Picture of the eye",
    "ES": "Endoscopy",
    "XC": "Photograph",
    "IO": "Dental X-ray",
    "PX": "Dental X-ray",
    "BMD": "Bone density",
}
_DATE = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)")
_SEX = {"F": "female", "M": "male", "O": "other"}
_WORD = re.compile(r"[A-Za-z]{3}")


def reader(given: Given) -> Document:
    """See `reader.Reader`."""
    return Document(given, form="dicom", version=VERSION, parse=parse, most=_MOST)


def parse(data: bytes, _given: Given) -> Iterator[Derived]:
    """The record of one file."""
    head = read_head(data[:MOST_HEAD])
    if head.get("media_class") == _DIRECTORY:
        yield Derived("/", cause=Cause.COMPANION)
        return
    yield Derived(
        "/",
        _study(head),
        stable=f"dicom|{head['study_uid']}|{head.get('modality')}"
        if "study_uid" in head
        else "",
        words=" ".join(head.get(key, "") for key in ("study", "series", "body_part")),
    )


def _study(head: dict[str, str]) -> Json:
    """FHIR R4 ImagingStudy, 8.12."""
    kind = _KINDS.get(head.get("modality", ""), "Picture or scan")
    said = head.get("study") or ""
    said = said.replace("^", " ") if _WORD.search(said) else ""
    found: Json = {
        "resourceType": "ImagingStudy",
        "status": "available",
        "description": f"{kind}: {said}" if said else kind,
    }
    if when := _date(head.get("study_date") or head.get("series_date") or ""):
        found["started"] = when
    numbers = []
    if "study_uid" in head:
        numbers.append(
            {"system": "urn:dicom:uid", "value": f"urn:oid:{head['study_uid']}"}
        )
    if "accession" in head:
        numbers.append({"value": head["accession"]})
    if numbers:
        found["identifier"] = numbers
    if person := _person(head):
        found["subject"] = person
    if where := head.get("institution"):
        found["location"] = {"display": where}
    if "modality" in head:
        found["modality"] = [{"system": _DCM, "code": head["modality"]}]
    return found


def _person(head: dict[str, str]) -> Json:
    name = " ".join(reversed(head.get("patient", "").split("=")[0].split("^")[:2]))
    found: Json = {"display": name.strip()} if name.strip() else {}
    if number := head.get("patient_id"):
        found["identifier"] = {"value": number}
    return found


def _date(written: str) -> str:
    found = _DATE.fullmatch(written)
    if found is None or not int(found[1]):
        return ""
    year, month, day = found.groups()
    if not 1 <= int(month) <= 12 or not 1 <= int(day) <= 31:  # noqa: PLR2004 no day
        return year
    return f"{year}-{month}-{day}"
