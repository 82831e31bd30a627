"""What an HL7 v2 message has said so far: who, when, by whom, how private."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.records.hl7v2 import values
from wallet.records.hl7v2.privacy import Access

if TYPE_CHECKING:
    from wallet.records.hl7v2.syntax import Segment

Json = dict[str, Any]


class Message:
    """What the segments before this one said: who, when, by whom, how private."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self.kind = self.event = self.zone = self.sender = self.sent = ""
        self.subject: Json = {}
        self.order: Segment | None = None
        self.report: Segment | None = None
        self.access = Access()

    def begin(self, head: Segment) -> None:
        """Start anew with an MSH."""
        self._reset()
        self.kind, self.event = head.part(9, 1), head.part(9, 2)
        self.sent = head.part(7)
        self.zone = values.zone_of(self.sent)
        self.sender = head.part(4) or head.part(3)

    def when(self, segment: Segment, *fields: int) -> str:
        """The first time that is one."""
        for field in fields:
            if said := values.moment(segment.part(field), zone=self.zone):
                return said
        return ""

    @property
    def filler(self) -> list[Json]:
        """The number the laboratory gave the order (ORC-3)."""
        return values.identifiers(self.order, 3) if self.order else []

    @property
    def ordered(self) -> str:
        """When the order was given (ORC-9, ORC-15)."""
        return self.when(self.order, 9, 15) if self.order else ""
