"""The answer to every check: a status, one reason of a closed list, and as of when."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Status(StrEnum):
    """What to do now."""

    GO_AHEAD = "go_ahead"
    STOP = "stop"
    CANNOT_TELL = "cannot_tell"


class Reason(StrEnum):
    """Why; the closed list of PROTOCOL.md 8, plus the two answers of a lock."""

    GO_AHEAD = "go_ahead"
    # a known no
    MALFORMED = "malformed"
    WRONG_READER = "wrong_reader"
    SIGNATURE_WRONG = "signature_wrong"
    WITHDRAWN = "withdrawn"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    PAUSED = "paused"
    WRONG_PURPOSE = "wrong_purpose"
    OUTSIDE_SCOPE = "outside_scope"
    LICENCE_SUSPENDED = "licence_suspended"
    LICENCE_ENDED = "licence_ended"
    NOT_ACCREDITED = "not_accredited"
    PACKAGE_ALTERED = "package_altered"
    # cannot be told from here
    UNKNOWN_VERSION = "unknown_version"
    LEDGER_FORKED = "ledger_forked"
    CLOCK_DOUBTFUL = "clock_doubtful"
    NO_QUORUM = "no_quorum"
    NOT_IN_COPY = "not_in_copy"
    COPY_TOO_OLD = "copy_too_old"
    STATUS_UNPROVED = "status_unproved"
    LICENCE_UNKNOWN = "licence_unknown"
    LEDGER_UNREACHABLE = "ledger_unreachable"
    RELAY_UNREACHABLE = "relay_unreachable"
    PACKAGE_MISSING = "package_missing"
    RELEASE_REFUSED = "release_refused"
    NOT_YET_KNOWN = "not_yet_known"


_STOPS = frozenset(list(Reason)[1:14])


class Sender(StrEnum):
    """Whether the desk has tied this permission's key to a chart in person."""

    NEW = "new"
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRef:
    """The ledger state an answer rests on."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of a check, and the moment it holds for.

    ``evidence`` holds named byte strings that a stranger can check again, such as
    the entry, its proof and the card; it never holds a secret.
    """

    reason: Reason
    as_of: datetime | None = None
    checkpoint: CheckpointRef | None = None
    sender: Sender | None = None
    detail: str = ""
    evidence: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    @property
    def status(self) -> Status:
        """Follow from the reason: a reason never appears under two statuses."""
        if self.reason is Reason.GO_AHEAD:
            return Status.GO_AHEAD
        return Status.STOP if self.reason in _STOPS else Status.CANNOT_TELL
