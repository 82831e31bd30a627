"""Every admission and status rule, over every entry of a log. PROTOCOL.md 3.

A log that keeps its rules holds no entry that is named here. Entries that break them
have no effect for readers, who judge each themselves; that they are there at all is
what the operator did or let happen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.entry import (
    MAX_ENTRY,
    Entry,
    State,
    check_change,
    leaf_hash,
    parse_entry,
)
from wallet.ledger.shard_link import Relation
from wallet.statement import Name
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.ledger.replica import Replica

_STEP = 1_024


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry that breaks a rule, in words, and the POSIX second it was found at.

    A log takes nothing back, so what breaks a rule stays there and stays said.
    """

    index: int
    sentence: str
    found: int = 0


@dataclass(slots=True)
class Checked:
    """How far a log was read, by whom its roots are signed, and what was found."""

    size: int = 0
    operator: bytes | None = None
    epoch: int = 0
    sealed: int | None = None
    findings: list[Finding] = field(default_factory=list)


class Rules:
    """Reads a verified copy as it grows; *checked* is where it left off."""

    def __init__(self, replica: Replica, checked: Checked) -> None:
        self._replica, self.checked = replica, checked

    def advance(self, *, seconds: int) -> int:
        """Judge every entry that is new; how many of them end another."""
        wrong = set(self._replica.wrong_roots)
        ends = 0
        while self.checked.size < self._replica.size:
            start = self.checked.size
            end = min(start + _STEP, self._replica.size)
            for index, data in enumerate(self._replica.entries(start, end), start):
                said, ended = self._judge(index, data, wrong=index in wrong)
                ends += ended
                self.checked.findings += [Finding(index, one, seconds) for one in said]
            self.checked.size = end
        return ends

    def _judge(self, index: int, data: bytes, *, wrong: bool) -> tuple[list[str], bool]:
        """What is wrong with an entry, and whether it rightly ends another."""
        said: list[str] = []
        first = self._replica.first_index(leaf_hash(data))
        if first != index:
            said.append(f"Entry {index} is a copy of entry {first}.")
        if len(data) > MAX_ENTRY:
            return [*said, f"Entry {index} is longer than {MAX_ENTRY} bytes."], False
        try:
            entry = parse_entry(data, origin=self._replica.origin)
        except RefusedError as refused:
            if refused.reason is Reason.UNKNOWN_VERSION:
                return [*said, f"Entry {index} is of a kind unknown here."], False
            return [*said, f"Entry {index} does not verify ({refused.place})."], False
        more, ends = self._judge_entry(index, entry, wrong=wrong)
        return said + more, ends

    def _judge_entry(
        self, index: int, entry: Entry, *, wrong: bool
    ) -> tuple[list[str], bool]:
        if entry.name is Name.STATUS_ROOT:
            return self._judge_root(index, entry, wrong=wrong), False
        sealed = self.checked.sealed
        late = [f"Entry {index} follows the seal at {sealed}."]
        said = [] if sealed is None else late
        if entry.name is Name.SHARD_LINK:
            return said + self._judge_link(index, entry), False
        if entry.name is not Name.STATUS:
            return said, False
        fault = self._fault_of_change(index, entry)
        ends = entry.change.state is State.ENDED and not fault
        return [*said, *([fault] if fault else [])], ends

    def _judge_root(self, index: int, entry: Entry, *, wrong: bool) -> list[str]:
        said = self._foreign(f"The status root at {index}", entry)
        epoch = entry.statement.count(7)
        if wrong or entry.statement.count(4) != index:
            said.append(f"The status root at {index} is not what the entries say.")
        if epoch < self.checked.epoch:
            said.append(f"The status root at {index} goes back to epoch {epoch}.")
        self.checked.epoch = max(epoch, self.checked.epoch)
        return said

    def _judge_link(self, index: int, entry: Entry) -> list[str]:
        if entry.statement.count(9) == Relation.SEAL and self.checked.sealed is None:
            self.checked.sealed = index
        return self._foreign(f"The shard link at {index}", entry)

    def _foreign(self, what: str, entry: Entry) -> list[str]:
        """The first operator's key is the log's: nobody else writes such entries."""
        operator = entry.statement.key(6)
        if self.checked.operator is None:
            self.checked.operator = operator
        if operator == self.checked.operator:
            return []
        return [f"{what} is signed by a foreign key."]

    def _fault_of_change(self, index: int, entry: Entry) -> str | None:
        change = entry.change
        if change.index >= index:
            return f"Entry {index} changes entry {change.index}, which came no earlier."
        target = self._replica.entry(change.index)
        if self._replica.first_index(leaf_hash(target)) != change.index:
            return f"Entry {index} changes entry {change.index}, which is a copy."
        try:
            owner = parse_entry(target, origin=self._replica.origin)
            check_change(entry, owner, origin=self._replica.origin)
        except RefusedError:
            return f"Entry {index} changes entry {change.index} without its key."
        before = self._replica.state(change.index, size=index)
        if change.state is before is State.ENDED:
            return f"Entry {index} ends entry {change.index} a second time."
        return None
