"""The answer of an import: what came in, what was there, what could not be read.

The JSON shape is DESIGN.md 6, ``import``; counts are of resources.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wallet.records.findings import Cause, Finding, how_many

if TYPE_CHECKING:
    from wallet.records.person import Demographics, Difference

_FOR_NOW = frozenset(
    {Cause.FOREIGN_FORMAT, Cause.COLUMNS_UNKNOWN, Cause.LINK_KEY_MISSING}
    | {Cause.DATES_UNCLEAR, Cause.CARD_REFUSED}
)


class Outcome(StrEnum):
    """What became of one resource."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    KEPT_RAW = "kept_raw"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many resources had each outcome."""

    new: int = 0
    same: int = 0
    changed: int = 0
    kept_raw: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """Every resource seen."""
        return sum(self.as_json().values())

    @property
    def brought(self) -> int:
        """Records that were not here before, or not so."""
        return self.new + self.changed

    def plus(self, other: Counts) -> Counts:
        """Add two."""
        mine, theirs = self.as_json(), other.as_json()
        return Counts(**{name: mine[name] + theirs[name] for name in mine})

    def as_json(self) -> dict[str, int]:
        """The shape of DESIGN.md 6."""
        return {
            "new": self.new,
            "same": self.same,
            "changed": self.changed,
            "kept_raw": self.kept_raw,
            "failed": self.failed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Why a file is held apart, and what was said of it so far.

    ``key`` is empty in a review, where nothing is kept. ``settled`` is true once the
    patient said that it is about somebody else.
    """

    key: str
    people: tuple[Demographics, ...]
    differs: tuple[Difference, ...] = ()
    settled: bool = False

    def as_json(self) -> dict[str, Any]:
        """The question, for programs."""
        return {
            "key": self.key,
            "people": [
                {"name": one.shown, "born": one.born, "sex": one.sex}
                for one in self.people
            ],
            "differs": [one.value for one in self.differs],
            "settled": self.settled,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """What one file brought; ``taken`` is false where nothing of it is kept.

    ``alike`` counts the pairs of records it made worth a question: see
    `wallet.records.likeness`. Where ``apart`` is there, no record was made of it:
    whatever could be read counts as kept as it is.
    """

    path: str
    format: str
    sha256: str
    counts: Counts = Counts()
    findings: tuple[Finding, ...] = ()
    findings_total: int = 0
    taken: bool = True
    alike: int = 0
    apart: Apart | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape of DESIGN.md 6."""
        return {
            "path": self.path,
            "format": self.format,
            "sha256": self.sha256,
            "counts": self.counts.as_json(),
            "findings": [finding.as_json() for finding in self.findings],
            "findings_total": self.findings_total,
            "taken": self.taken,
            "alike": self.alike,
            "apart": None if self.apart is None else self.apart.as_json(),
        }

    def remembered(self) -> str:
        """The answer as the vault keeps it, without the path."""
        return json.dumps(
            {
                "format": self.format,
                "sha256": self.sha256,
                "counts": self.counts.as_json(),
                "findings": [
                    [one.place, one.cause.value, one.detail, one.more]
                    for one in self.findings
                ],
                "findings_total": self.findings_total,
            }
        )

    @staticmethod
    def recalled(text: str, *, path: str) -> FileAnswer:
        """The other way round."""
        held = json.loads(text)
        return FileAnswer(
            path=path,
            format=held["format"],
            sha256=held["sha256"],
            counts=Counts(**held["counts"]),
            findings=tuple(
                # What an older program wrote down has no fourth.
                Finding(place=place, cause=Cause(cause), detail=detail, more=sum(more))
                for place, cause, detail, *more in held["findings"]
            ),
            findings_total=held["findings_total"],
        )

    def findings_beyond(self, shown: int) -> int:
        """How many places the first *shown* findings do not tell of."""
        return self.findings_total - how_many(self.findings[:shown])

    @property
    def may_be_read_now(self) -> bool:
        """Whether it was kept for a reason that may be gone when it comes again."""
        return any(finding.cause in _FOR_NOW for finding in self.findings)

    def seen_again(self) -> FileAnswer:
        """The answer for a file whose every byte is here already."""
        known = self.counts.new + self.counts.same + self.counts.changed
        return replace(self, counts=replace(self.counts, new=0, same=known, changed=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAnswer:
    """What one import brought, file by file."""

    files: tuple[FileAnswer, ...]

    @property
    def totals(self) -> Counts:
        """All files together."""
        counts = Counts()
        for file in self.files:
            counts = counts.plus(file.counts)
        return counts

    @property
    def all_taken(self) -> bool:
        """Whether every byte of every file is kept."""
        return all(file.taken for file in self.files)

    def as_json(self) -> dict[str, Any]:
        """The shape of DESIGN.md 6, without ``ok``."""
        return {
            "totals": self.totals.as_json(),
            "files": [file.as_json() for file in self.files],
        }
