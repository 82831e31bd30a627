"""One record: what a person calls it, when it was, who said it, and its exact bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

CATEGORIES = (
    *("condition", "medicine", "allergy", "test", "vital", "visit", "vaccine"),
    *("procedure", "document", "imaging", "care_plan", "care_team", "goal"),
    *("device", "social", "family", "coverage", "person", "other"),
)
"""The data classes of records and of scopes (US Core and USCDI, in our words)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A security label and why it is there.

    ``basis`` is ``source`` where the record itself carries it, ``container`` where
    the bundle around it does, ``parts`` where something inside it does, ``notice``
    where its text carries the notice of a law, ``rule`` where its codes or words say
    so (`sensitivity`), ``patient`` where she put it there, and ``unreadable`` where
    the label itself was damaged.
    """

    code: str
    system: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The newest version of a record.

    ``start`` is no more exact than ``start_precision`` says (``year``, ``month``,
    ``day`` or ``time``); ``start_as_written`` keeps the time zone of the place.
    ``sources`` counts the files that say it; scopes and exports do not ask. In a
    list ``body`` is empty; ask for the one record to get it.
    """

    record_id: bytes
    person: int
    category: str
    rtype: str
    title: str
    start: datetime | None
    start_precision: str
    start_as_written: str
    end: datetime | None
    codes: tuple[str, ...]
    value: str
    unit: str
    status: str
    provider: str
    source_name: str
    confidentiality: str | None
    sensitivity: tuple[str, ...]
    labels: tuple[Label, ...] = ()
    versions: int = 1
    sources: int = 1
    body: bytes = field(default=b"", repr=False)
    body_hash: bytes = b""

    @property
    def scope_id(self) -> str:
        """The id as commands print it and scopes name it."""
        return self.record_id.hex()
