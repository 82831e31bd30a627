"""Builders: a reader with keys and card, a patient's keys, one permission."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from wallet.grants.grant_file import open_grant_file
from wallet.grants.issue import Reader, Terms, issue
from wallet.grants.manifest import Part
from wallet.grants.scope import Scope
from wallet.keys.derivation import PatientKeys, expand
from wallet.keys.sealing import Opener
from wallet.keys.signing import Signer
from wallet.practitioners.card import (
    Accreditation,
    AccreditationBody,
    reader_id,
    sign_card,
)

ORIGIN = "ledger.test/demo"
NOON = 1_795_521_600  # 2026-11-24 12:00 UTC
DAY = 86_400
PARTS = (
    Part.of_bytes("START-HERE.html", b"<p>hello</p>"),
    Part.of_bytes("fhir/patient-shared.json", b"{}" * 9_000),
)


@dataclass(frozen=True)
class Clinic:
    """A reader's two private keys."""

    signer: Signer
    opener: Opener

    @property
    def reader_id(self):
        return reader_id(self.signer.public, self.opener.public)


def clinic(name="elm street"):
    seed = name.encode().ljust(32, b".")
    return Clinic(
        Signer.from_seed(expand(seed, "clinic-sign")),
        Opener.from_seed(expand(seed, "clinic-seal")),
    )


def body_for(
    reader, *, name="Dr. Amara Osei", begins=NOON - DAY, ends=NOON + 900 * DAY
):
    return AccreditationBody(
        name=name,
        number="C-1",
        role="Cardiologist",
        reader_id=reader.reader_id,
        begins=begins,
        ends=ends,
    )


def card_for(reader, *, body=None, index=0, salt=bytes(32), origin=ORIGIN, **other):
    body = body or body_for(reader)
    terms = {
        "relay": "http://127.0.0.1:1",
        "begins": NOON - DAY,
        "ends": NOON + 365 * DAY,
        **other,
    }
    return sign_card(
        reader.signer,
        sealing_key=reader.opener.public,
        origin=origin,
        accreditation=Accreditation(
            origin=origin, index=index, salt=salt, body=body.encode()
        ),
        **terms,
    )


def patient_keys(seed=b"s" * 32, dev=7):
    return PatientKeys(dev, seed)


def issued(reader, *, number=0, parts=PARTS, draws=None, **terms):
    """Issue to *reader*; returns the Issued, the package bytes and the keys."""
    keys, relay = patient_keys(), terms.pop("relay", "http://127.0.0.1:1")
    sink = io.BytesIO()
    with tempfile.TemporaryDirectory() as scratch:
        made = issue(
            terms=Terms(
                **{
                    "scope": Scope(),
                    "purpose": "TREAT",
                    "begins": NOON,
                    "ends": NOON + 90 * DAY,
                    "max_age": 3_600,
                    "origin": ORIGIN,
                    **terms,
                }
            ),
            reader=Reader(
                reader_id=reader.reader_id,
                sealing_key=reader.opener.public,
                relay=relay,
            ),
            pair=keys.pair(number),
            grant=keys.grant(number),
            parts=parts,
            made_at=NOON,
            sink=sink,
            scratch=Path(scratch),
            draws=draws,
        )
    return made, sink.getvalue(), keys


def opened(reader, data):
    return open_grant_file(data, openers=[reader.opener], reader=reader.reader_id)
