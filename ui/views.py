"""What a page shows, as values: no page knows where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from ui.hand_views import HandSheet
    from wallet.verdict import CheckpointRef, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """One record in the timeline; *day* is missing where the record has no date.

    A visit counts in *inside* what belongs to it; what stands *under* it is indented.
    """

    key: str
    category: str
    title: str
    note: str
    day: date | None
    precision: str = "day"
    labels: tuple[str, ...] = ()
    inside: int = 0
    under: bool = False


class Flag(StrEnum):
    """Where a result lies against the range of the lab that made it."""

    UNKNOWN = ""
    INSIDE = "inside"
    ABOVE = "above"
    BELOW = "below"


class Point(NamedTuple):
    """One result among others of its kind, and the range the lab printed with it.

    A *sign* (``<`` or ``>``) says that the lab only knows a limit. *original* is what
    was written, where *written* was worked out from another unit.
    """

    day: date
    value: float
    written: str
    low: float | None = None
    high: float | None = None
    sign: str = ""
    original: str = ""

    @property
    def outside(self) -> bool:
        """Tell whether it lies outside the lab's own range."""
        return (self.low is not None and self.value < self.low) or (
            self.high is not None and self.value > self.high
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSheet:
    """Everything the record page shows of one record."""

    key: str
    category: str
    title: str
    source: str
    when: str
    number: str = ""
    unit: str = ""
    usual: str = ""
    flag: Flag = Flag.UNKNOWN
    text: str = ""
    series: tuple[Point, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    came_from: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = ()
    versions: int = 1
    original: str = ""
    hand: HandSheet | None = None
    seen_in: tuple[tuple[str, str], ...] = ()
    low: float | None = None
    high: float | None = None
    visit: tuple[RecordLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsOverview:
    """How much there is, by category, from how many places, since when."""

    counts: tuple[tuple[str, int], ...] = ()
    places: int = 0
    first_year: int | None = None
    questions: int = 0

    @property
    def total(self) -> int:
        """Count every record."""
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing an import could not read as it stood."""

    place: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """What one file brought; *about* says whose it is where that is not the patient.

    A *table* waits to be told what its columns are.
    """

    name: str
    new: int = 0
    same: int = 0
    changed: int = 0
    kept: int = 0
    failed: int = 0
    taken: bool = True
    findings: tuple[Finding, ...] = ()
    alike: int = 0
    about: str = ""
    table: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAnswer:
    """What one import brought, file by file."""

    files: tuple[ImportedFile, ...]

    def sum(self, what: str) -> int:
        """Add up one count over all files."""
        return sum(getattr(file, what) for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLine:
    """One record that would come in, and what it would be here."""

    category: str
    title: str
    note: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What files would bring; *total* counts the lines that are not all here."""

    answer: ImportAnswer
    kinds: tuple[tuple[str, int], ...] = ()
    lines: tuple[ReviewLine, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """A file that may be about somebody else, and why it may."""

    key: str
    file: str
    who: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two records that may be one: facts in the same order on both sides."""

    key: str
    title: str
    source: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records that may be one; *differs* are the names of facts that do."""

    one: Side
    other: Side
    differs: frozenset[str] = frozenset()
    same: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Everything that waits for the patient's word, and what was said already."""

    whose: tuple[Whose, ...] = ()
    pairs: tuple[Pair, ...] = ()
    settled: tuple[Pair, ...] = ()
    more: int = 0
    equal: int = 0


class Known(StrEnum):
    """Whether this reader was seen before."""

    NEW = "new"
    KNOWN = "known"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSheet:
    """Whose card this is and what the ledger says about the licence behind it.

    *latest* is the latest end a permission for them may have for now; None: any.
    """

    path: Path
    name: str
    role: str
    organisation: str
    board: str
    until: date | None
    verdict: Verdict
    known: Known
    words: tuple[str, ...] = ()
    witnesses: int = 0
    latest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What may be seen: every kind, or the chosen ones, within dates."""

    kinds: frozenset[str] | None = None
    since: date | None = None
    until: date | None = None
    ticked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a reader would see under a scope, counted."""

    rows: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    total: int
    hidden: int = 0
    first_year: int | None = None


class State(StrEnum):
    """Where a permission stands; the words of DESIGN.md 6."""

    WAITING = "waiting"
    NOT_STARTED = "not_started"
    IN_FORCE = "in_force"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    ENDED = "ended"
    REFUSED = "refused"


LIVE = frozenset({State.WAITING, State.NOT_STARTED, State.IN_FORCE, State.PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One permission; *pending* names what is signed but not yet in force.

    Until *held_until* it waits on purpose, as its patient has set.
    """

    key: str
    reader: str
    role: str
    scope: str
    starts: datetime
    ends: datetime
    state: State
    pending: str = ""
    last_look: datetime | None = None
    held_until: datetime | None = None

    @property
    def live(self) -> bool:
        """Tell whether it may still be used, now or later."""
        return self.state in LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened around the records."""

    at: datetime
    kind: str
    title: str
    note: str
    proof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """What the ledger says; *as_of* is missing before the first copy."""

    as_of: datetime | None = None
    witnesses: int = 0
    set_up: bool = True
    reachable: bool = True
    forked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What Home shows."""

    name: str = ""
    records: int = 0
    permissions: tuple[Permission, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The answer to "Prove it again"."""

    verdict: Verdict
    sentence: str
    entries: int = 0
    seconds: float = 0.0
    witnesses: int = 0
    findings: tuple[str, ...] = ()
    checkpoints: tuple[CheckpointRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StickPlace:
    """A folder or drive that could take the records."""

    path: Path
    name: str
    free: int
    earlier: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StickAnswer:
    """What was written, or what a check found."""

    folder: Path
    records: int = 0
    files: int = 0
    size: int = 0
    good: bool = True
    sentence: str = ""
    findings: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyAnswer:
    """A copy that was saved, and what has no place in its form, each with why.

    *outside* counts the records that were not chosen.
    """

    path: Path
    records: int
    left_out: tuple[tuple[str, str], ...] = ()
    missing: int = 0
    outside: int = 0
    locked: bool = False
