"""How private an HL7 v2 message says its records are.

ARV-3 (table 0717) and PD1-12 hold for the whole message, ORC-28 (table 0177) for one
order, TXA-18 (table 0272) for a document and what follows it. A restriction nobody
knows the meaning of still restricts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.records.labels import CONFIDENTIALITY
from wallet.records.record import Label

if TYPE_CHECKING:
    from wallet.records.hl7v2.syntax import Segment

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_RESTRICTED = {
    "HIV": ("HIV",),
    "AID": ("HIV",),
    "MHC": ("MH",),
    "PSY": ("PSY",),
    "ODS": ("ETH",),
    "DRG": ("ETH",),
    "ETH": ("ETH",),
    "SMD": ("SEX",),
    "STD": ("STD",),
    "SDV": ("SDV",),
}
_USUAL = frozenset({"", "U", "UC", "US", "UWM", "LOC", "DEM", "NO"})
_VERY = frozenset({"V", "VR", "VIP"})


class Access:
    """The restrictions heard so far in one message."""

    def __init__(self) -> None:
        self._whole: dict[Label, None] = {}
        self._order: dict[Label, None] = {}
        self._document: dict[Label, None] = {}

    def hear(self, segment: Segment) -> None:
        """Take in what a segment says of access."""
        if segment.name == "ARV":
            for written in segment.repeats(3):
                self._whole |= _labels(segment.within(written), "container")
        elif segment.name == "PD1" and segment.part(12) == "Y":
            self._whole |= _labels("R", "container")
        elif segment.name == "ORC":
            self._order = _labels(segment.part(28), "container")
        elif segment.name == "TXA":
            self._document = _labels(segment.part(18), "container")

    def labels(self) -> tuple[Label, ...]:
        """Labels for a record that comes now."""
        return tuple({**self._whole, **self._order, **self._document})


def _labels(code: str, basis: str) -> dict[Label, None]:
    if code in _USUAL:
        return {}
    level = "V" if code in _VERY else "R"
    found = [Label(code=level, system=CONFIDENTIALITY, basis=basis)]
    found += [
        Label(code=about, system=_ACT, basis=basis)
        for about in _RESTRICTED.get(code, ())
    ]
    return dict.fromkeys(found)
