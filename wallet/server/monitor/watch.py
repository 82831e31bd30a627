"""Watch one log: its checkpoint, its witnesses, and every entry it holds.

A witness is asked itself, at its own monitoring endpoint (C2SP tlog-witness): a ledger
that shows this monitor one history and others a second one cannot hide it there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.errors import (
    LedgerForkedError,
    RefusedError,
    TurnedAwayError,
    UnreachableError,
    WalletError,
)
from wallet.ledger import fork
from wallet.ledger.checkpoint import MAX_NOTE, Note, parse_note
from wallet.ledger.gossip import hear
from wallet.ledger.sources import mirror_prefix
from wallet.ledger.sync import sync
from wallet.server.monitor.alerts import Alert, Weight
from wallet.server.monitor.witnessed import Witnessed
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wallet.ledger.fetch import Http
    from wallet.ledger.ledger_client import LedgerClient
    from wallet.ledger.policy import Party
    from wallet.ledger.replica import Replica
    from wallet.server.monitor.rules import Rules

_MISSING = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds: how old a checkpoint may be, how far a witness and its clock may lag."""

    age: float = 1_200.0  # twice the pause of an idle ledger
    lag: float = 300.0
    clock: float = 120.0  # between two who cosigned the same checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What is known of the end of a log: whether it was sealed and all of it is here.

    ``passed``: the first entry that stands where nothing may any more, if there is one.
    """

    is_reached: Callable[[], bool] = lambda: False
    passed: Callable[[], int | None] = lambda: None


ENDLESS = End()


@dataclass(slots=True)
class Delay:
    """How long ended entries waited at most to be seen under quorum, in seconds."""

    count: int = 0
    total: float = 0.0
    longest: float = 0.0


@dataclass(slots=True)
class Facts:
    """What the last look measured."""

    reachable: bool = False
    size: int = 0
    quorum: bool = False
    age: float | None = None
    witness_sizes: dict[str, int] = field(default_factory=dict)
    witness_lags: dict[str, float] = field(default_factory=dict)
    ended: Delay = field(default_factory=Delay)


class Watch:
    """One log under watch; `look` is a turn."""

    def __init__(
        self,
        *,
        replica: Replica,
        rules: Rules,
        sources: Sequence[LedgerClient],
        http: Http,
        limits: Limits,
        keep: Callable[[bytes], str],
        acknowledged: Callable[[], Mapping[int, int]] = dict,
        end: End = ENDLESS,
    ) -> None:
        """Watch the log of *replica*.

        *keep* stores a file of evidence and answers where it lies; *acknowledged*
        says which entries somebody has looked into, and when (`Memory`). A log that
        has reached its *end* may be old, or gone.
        """
        self._end = end
        self._replica, self._rules, self._sources = replica, rules, sources
        self._http, self._limits, self._keep = http, limits, keep
        self._witnessed = Witnessed(http)
        self._acknowledged = acknowledged
        self._kept: dict[tuple[bytes, bytes], str] = {}
        self._ahead: dict[str, float] = {}
        self.facts = Facts()

    @property
    def origin(self) -> str:
        """The log that is watched."""
        return self._replica.origin

    @property
    def rules(self) -> Rules:
        """What was found in its entries."""
        return self._rules

    def look(self, now: datetime) -> list[Alert]:
        """Look at everything once; what is wrong, or cannot be told."""
        found = self._look_at_log(now)
        for name, party in self._replica.policy.witnesses.items():
            if party.url is not None:
                found += self._look_at_witness(name, party, now)
                found += self._shown_to(name, party.url)
        found += self._against_the_rules()
        named = {one.index for one in self._rules.checked.findings}
        passed = self._end.passed()
        if passed is not None and passed not in named:
            said = f"The ledger went on after its end, with entry {passed}."
            found.append(self._alert("end", said, Reason.LEDGER_FORKED))
        if self._replica.forked is not None:
            trusted, offered = self._replica.forked
            found.append(self._fork("history", trusted, offered))
        return [*{alert.key: alert for alert in found}.values()]

    def _against_the_rules(self) -> list[Alert]:
        """Every entry that breaks a rule: what was logged stays, and stays said."""
        acknowledged, found = self._acknowledged(), list[Alert]()
        for one in self._rules.checked.findings:
            alert = self._alert(
                f"entry {one.index} {one.sentence}", one.sentence, Reason.MALFORMED
            )
            seen = acknowledged.get(one.index)
            if seen is not None:
                alert = replace(
                    alert,
                    weight=Weight.KNOWN,
                    sentence=f"{alert.sentence} Acknowledged on {_day(seen)}.",
                )
            found.append(alert)
        return found

    def unable(self, why: str) -> Alert:
        """Say that nothing could be looked at: the monitor's own disk fails it."""
        said = f"{self.origin}: This monitor cannot keep what it reads: {why}."
        reason = Reason.COPY_TOO_OLD
        return Alert(f"{self.origin} unable", Weight.DOUBT, reason, said)

    def _look_at_log(self, now: datetime) -> list[Alert]:
        before = self._replica.quorum_time
        found = self._read_log()
        ends = self._rules.advance(seconds=int(now.timestamp()))
        after, delay = self._replica.quorum_time, self.facts.ended
        if ends and before is not None and after is not None:
            waited = (after - before).total_seconds()
            delay.count, delay.total = delay.count + ends, delay.total + ends * waited
            delay.longest = max(delay.longest, waited)
        self.facts.size = self._replica.size
        self.facts.age = None if after is None else (now - after).total_seconds()
        age = self.facts.age or 0.0
        if age > self._limits.age and not self._end.is_reached():
            minutes = int(age // 60)
            said = f"The newest checkpoint under quorum is {minutes} minutes old."
            found.append(self._alert("age", said, Reason.COPY_TOO_OLD))
        return [*found, *self._look_at_clocks()]

    def _look_at_clocks(self) -> list[Alert]:
        """Those who cosigned one checkpoint did so within moments of each other."""
        if self._replica.note is None:
            return []
        note, policy = parse_note(self._replica.note), self._replica.policy
        middle = policy.quorum_time(note)
        seen = note.cosignature_times([one.vkey for one in policy.witnesses.values()])
        found = []
        for name, party in policy.witnesses.items():
            if middle is None or party.vkey not in seen or party in policy.mirrors:
                continue  # a mirror signs when it has read everything
            apart = seen[party.vkey] - int(middle.timestamp())
            if abs(apart) > self._limits.clock:
                where = "ahead of" if apart > 0 else "behind"
                said = (
                    f"The clock of the witness {name} is {abs(apart)} seconds {where}"
                )
                said += " the quorum."
                found.append(self._unsure(f"witness {name} clock", said))
        return found

    def _unsure(self, key: str, said: str) -> Alert:
        whole = f"{self.origin}: {said}"
        return Alert(f"{self.origin} {key}", Weight.DOUBT, Reason.CLOCK_DOUBTFUL, whole)

    def _read_log(self) -> list[Alert]:
        """Bring the copy up to date from the first source that can."""
        self.facts.reachable, self.facts.quorum = False, False
        found: list[Alert] = []
        for source in self._sources:
            try:
                found = self._read(source)
            except (UnreachableError, TurnedAwayError):
                continue
            self.facts.reachable = True
            if not found:
                self.facts.quorum = True
                return []
        if not self.facts.reachable:
            if self._end.is_reached():
                return []
            said = "The ledger does not answer at any address."
            return [self._doubt("away", said)]
        return found

    def _read(self, source: LedgerClient) -> list[Alert]:
        try:
            answer = sync(self._replica, source)
        except LedgerForkedError as forked:
            return [self._fork("history", forked.trusted, forked.offered)]
        except RefusedError as refused:
            said = f"What the ledger serves is not what it must be ({refused})."
            return [self._alert("served", said, Reason.MALFORMED)]
        if answer.reason is Reason.NO_QUORUM:
            return [self._alert("quorum", self._who_signed(source), Reason.NO_QUORUM)]
        if answer.reason is not None:
            said = "The ledger shows fewer entries than it has shown before."
            return [self._alert("smaller", said, Reason.COPY_TOO_OLD)]
        return []

    def _who_signed(self, source: LedgerClient) -> str:
        policy = self._replica.policy
        try:
            note = parse_note(source.checkpoint())
            vkeys = [party.vkey for party in policy.witnesses.values()]
            signed = note.cosignature_times(vkeys)
        except WalletError:
            signed = {}
        names = [name for name, one in policy.witnesses.items() if one.vkey in signed]
        who = ", ".join(names) if names else "nobody"
        return f"The newest checkpoint has no quorum: {who} signed it."

    def _look_at_witness(self, name: str, party: Party, now: datetime) -> list[Alert]:
        """Compare what a witness says it has seen: a split view shows here."""
        try:
            note = self._seen_by(party)
            self.facts.witness_sizes[name] = note.checkpoint.size
            fits = hear(self._replica, note.raw)
        except LedgerForkedError as forked:
            return [self._fork(f"by {name}", forked.trusted, forked.offered)]
        except RefusedError:
            said = f"The witness {name} shows what it or the ledger never signed."
            return [self._alert(f"witness {name} note", said, Reason.SIGNATURE_WRONG)]
        except (TurnedAwayError, UnreachableError) as away:
            missing = isinstance(away, TurnedAwayError) and away.status == _MISSING
            what = "has seen nothing of this ledger" if missing else "does not answer"
            return [self._doubt(f"witness {name} away", f"The witness {name} {what}.")]
        if not fits:
            return self._ahead_of_log(name, note.checkpoint.size, now)
        self._ahead.pop(name, None)
        return self._lag(name, party, note)

    def _shown_to(self, name: str, url: str) -> list[Alert]:
        """What a witness was shown against what it has seen, as far as it convicts."""
        shown = self._witnessed.forks(url, self._replica)
        return [self._fork(f"shown to {name}", *pair) for pair in shown]

    def _seen_by(self, party: Party) -> Note:
        """The newest note of a witness, under its own line and the log's."""
        prefix = mirror_prefix(party.url or "", self.origin)
        note = parse_note(self._http.get(f"{prefix}/checkpoint", cap=MAX_NOTE))
        if party.vkey not in note.cosignature_times([party.vkey]):
            raise RefusedError(Reason.SIGNATURE_WRONG, "cosignature")
        return note

    def _ahead_of_log(self, name: str, size: int, now: datetime) -> list[Alert]:
        """It has seen more than is published: in a moment the log must show that."""
        since = self._ahead.setdefault(name, now.timestamp())
        if now.timestamp() - since <= self._limits.lag:
            return []
        said = (
            f"The witness {name} has seen {size} entries under the ledger's "
            f"signature, of which the ledger shows {self._replica.size}."
        )
        return [self._alert(f"witness {name} ahead", said, Reason.COPY_TOO_OLD)]

    def _lag(self, name: str, party: Party, note: Note) -> list[Alert]:
        newest, size = self._replica.quorum_time, note.checkpoint.size
        seen = note.cosignature_times([party.vkey])[party.vkey]
        behind = 0.0 if newest is None else newest.timestamp() - seen
        lag = max(behind, 0.0) if size < self._replica.size else 0.0
        self.facts.witness_lags[name] = lag
        if lag <= self._limits.lag:
            return []
        said = (
            f"The witness {name} lags by {int(lag)} seconds: it has seen {size} of "
            f"{self._replica.size} entries."
        )
        return [self._alert(f"witness {name} lag", said, Reason.NO_QUORUM)]

    def _fork(self, key: str, trusted: bytes, offered: bytes) -> Alert:
        """Keep both notes as a file that a stranger can check."""
        pair = (trusted, offered)
        if pair not in self._kept:
            try:
                self._kept[pair] = self._keep(
                    fork.write(trusted=trusted, offered=offered)
                )
            except RefusedError:
                self._kept[pair] = "nowhere: there is no signed note of our own yet"
        said = (
            "The ledger has signed two different histories; both notes are kept in "
            f"{self._kept[pair]}."
        )
        return self._alert(f"fork {key}", said, Reason.LEDGER_FORKED)

    def _alert(self, key: str, said: str, reason: Reason) -> Alert:
        whole = f"{self.origin}: {said}"
        return Alert(f"{self.origin} {key}", Weight.WRONG, reason, whole)

    def _doubt(self, key: str, said: str) -> Alert:
        whole, reason = f"{self.origin}: {said}", Reason.LEDGER_UNREACHABLE
        return Alert(f"{self.origin} {key}", Weight.DOUBT, reason, whole)


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%d %H:%M} UTC"
