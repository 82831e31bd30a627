"""Wallets that hold public records, brought in as a person would bring them in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.corpus import TESTDATA
from wallet.actions.patient.company import Whose
from wallet.actions.patient.home import PatientHome, create_wallet, open_wallet
from wallet.actions.patient.importing import import_paths
from wallet.keys.keyfile import Cost

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "seven green lamps at noon"
_CHEAP = Cost(memory=64, passes=1, lanes=1)  # nobody measures a passphrase here
ARRIVED = datetime(2026, 11, 24, 10, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Patient:
    """Whose wallet it is called, and what is brought in, as patterns of file names."""

    name: str
    patterns: tuple[str, ...]

    def files(self) -> list[Path]:
        """The files there are, in the order of the patterns."""
        return [path for one in self.patterns for path in sorted(TESTDATA.glob(one))]


PATIENTS = (
    Patient(
        "one-life",
        (
            "fhir-r4-synthea/Jenee*.json",
            "pdf-onc/*/*.pdf",
            "dicom",
            "apple-health/export.zip",
            "tabular-labs/labs.txt",
            "smart-health-cards/test-example-00-g-qr-code-0-scaled-85.jpg",
        ),
    ),
    Patient("us-core", ("us-core-6.1.0",)),
    Patient("ips", ("ips-1.1.0/Bundle-IPS*.json", "ips-1.1.0/Bundle-bundle*.json")),
    Patient("c-cda", ("ccda-onc/*/*.xml", "ccda-ds4p-onc/*/*.xml", "xdm-onc/*/*.zip")),
    Patient("documents", ("ccda-fhir-converter",)),
    Patient("blue-button", ("blue-button",)),
    Patient("hl7v2", ("hl7v2",)),
    Patient("old-releases", ("fhir-dstu2", "fhir-stu3", "fhir-r5-json", "fhir-r4-xml")),
    Patient("examples", ("fhir-r4-spec-examples",)),
    Patient("labels", ("security-labels/*.json", "security-labels/ds4p-ig")),
    Patient("claims", ("cms-blue-button-fhir",)),
    Patient("phr", ("phr-ndjson/*/*.phr",)),
    Patient("wearable", ("wearable-openmhealth",)),
)


def by_name(name: str) -> Patient:
    """The patient called *name*."""
    return next(one for one in PATIENTS if one.name == name)


def make_home(folder: Path, patient: Patient) -> Path:
    """A wallet in *folder* with everything of *patient* in it."""
    create_wallet(PatientHome(folder), passphrase=PASSPHRASE, cost=_CHEAP)
    with open_wallet(PatientHome(folder), passphrase=PASSPHRASE) as wallet:
        import_paths(wallet, patient.files(), now=ARRIVED, whose=Whose.MINE)
    return folder
