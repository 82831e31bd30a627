"""The records as a locked file and the SMART Health Link that opens it.

The file and the link are meant to go by two ways: the file on a stick or by mail, the
link on paper. Whoever has both can read the records.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from wallet.exports import patient_shared
from wallet.exports.dress import Dress
from wallet.exports.parts import of_bytes
from wallet.exports.smart import picture
from wallet.exports.smart.link import seal

if TYPE_CHECKING:
    from wallet.exports.dress import Selection

FILE = "health-records.jwe"
LINK = "health-link.txt"
_LABEL = "Health records, handed over by the patient"
_ABOUT = """\
health-records.jwe   the records, locked
health-link.txt      the SMART Health Link that opens them
health-link.svg      the same link as a picture

Keep the two apart: hand over the file on a stick, and the link on paper. Whoever has
both can read the records. The link leads to no server: a program that reads SMART
Health Links takes the file and the link together.
"""


def write(chosen: Selection) -> Dress:
    """Link, picture and locked file, as a folder."""
    shared = patient_shared.write(chosen)
    plain = io.BytesIO()
    for part in shared.parts:
        with part.read() as source:
            plain.write(source.read())
    link = seal(plain.getvalue(), kind="application/fhir+json", label=_LABEL)
    drawn = picture.modules(link.text)
    return Dress(
        parts=(
            of_bytes(FILE, link.file),
            of_bytes(LINK, f"{link.text}\n".encode()),
            of_bytes("health-link.svg", picture.svg(drawn, title="SMART Health Link")),
            of_bytes("READ-ME.TXT", _ABOUT.replace("\n", "\r\n").encode()),
        ),
        left_out=shared.left_out,
        held=shared.held,
    )
