"""The real network of a home: ledgers by its trust folder, relays by address.

A home's ``trust`` folder holds ``ledger.policy`` (whose word counts),
``boards.policy`` (which boards are believed) and ``ledger.url`` (where to ask about a
log for which the policy names no address); its ``replicas`` folder the verified copies.
Shards that followed logs announce are followed too (`following`). Shared by every
party's front desk.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from wallet import registry
from wallet.errors import (
    LedgerForkedError,
    RefusedError,
    TurnedAwayError,
    UnreachableError,
    UsageError,
    WalletError,
)
from wallet.ledger.bundle import parse_bundle, verify_bundle
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.fetch import Alone, Apart, Wait, at_once
from wallet.ledger.following import Following
from wallet.ledger.heard import Heard
from wallet.ledger.policy import Policy
from wallet.ledger.relay_client import RelayClient
from wallet.ledger.shard import is_past
from wallet.ledger.sources import sync_any
from wallet.ledger.sync import UNWATCHED, Watch
from wallet.practitioners.licence import RegisterFacts
from wallet.verdict import Reason

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.ledger.bundle import Stapled
    from wallet.ledger.ledger_client import LedgerClient
    from wallet.ledger.replica import Replica
    from wallet.practitioners.card import Accreditation


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"this home has no {path.parent.name}/{path.name}") from None


class LiveNetwork:
    """Ledgers and relays as they are; opened once a command."""

    def __init__(self, home: Path, *, wait: Wait = at_once) -> None:
        """Open the copies of every origin the policy of *home* names.

        *wait* is how answers of servers are waited for.

        Raises:
            UsageError: the home has no trust files.
            RefusedError: a trust file is not one.
        """
        trust = home / "trust"
        policy = Policy.parse(_read(trust / "ledger.policy"))
        self._unwitnessed = policy.warns
        self._boards = registry.parse_boards(_read(trust / "boards.policy"))
        self._following = Following(
            home / "replicas",
            policy=policy,
            url=_read(trust / "ledger.url").strip(),
            http=Apart("ledger", wait=wait),
        )
        self._relays = Alone("relay", timeout=30.0, wait=wait)
        self._heard = Heard(home / "replicas" / "heard")
        self._met: dict[str, RelayClient] = {}

    @property
    def is_unwitnessed(self) -> bool:
        """Whether the policy of this home asks no witness: one liar is enough then."""
        return self._unwitnessed

    @property
    def origins(self) -> tuple[str, ...]:
        """The ledgers this home follows, in the order of its policy.

        A shard that was only announced counts once a quorum has signed it.
        """
        following = self._following
        fresh = {
            origin
            for origin in following.learned
            if following.replica(origin).quorum_time is None
        }
        return tuple(one for one in following.origins if one not in fresh)

    @property
    def learned(self) -> tuple[str, ...]:
        """Those of them that the trust file does not name itself."""
        return tuple(one for one in self.origins if one in self._following.learned)

    def close(self) -> None:
        """Let go of connections."""
        self._following.close()
        self._relays.close()

    def source(self, origin: str) -> LedgerClient:
        """Where the public files of a ledger this home follows are read."""
        return self._following.source(origin)

    def sources(self, origin: str) -> list[LedgerClient]:
        """The same, and the mirrors that are asked where its own server is away."""
        return self._following.sources(origin)

    def replica(self, origin: str) -> Replica:
        """The verified copy of a ledger this home follows."""
        return self._following.replica(origin)

    def view(self, origin: str) -> Replica | None:
        """The copy of *origin*; None where this home does not follow it."""
        return self.replica(origin) if origin in self.origins else None

    def note(self, origin: str) -> bytes | None:
        """The signed checkpoint that the copy of *origin* stands on."""
        copy = self.view(origin)
        return None if copy is None else copy.note

    def hear(self, data: bytes) -> None:
        """Compare a checkpoint that somebody else was shown (`encounter`).

        Raises:
            RefusedError: it is none of a ledger that is followed here.
            LedgerForkedError: the ledger has signed two histories.
        """
        copy = self.view(parse_note(data).checkpoint.origin)
        if copy is None:
            raise RefusedError(Reason.NOT_IN_COPY, "checkpoint origin")
        self._heard.take(copy, data)

    def stapled(self, data: bytes) -> Stapled:
        """Verify a bundle that came along with a permission or a card.

        Where it contradicts the copy here, the copy remembers both histories.

        Raises:
            RefusedError: as `verify_bundle`; ``not_in_copy`` for a log not followed.
        """
        bundle = parse_bundle(data)
        copy = self.view(bundle.note.checkpoint.origin)
        if copy is None:
            raise RefusedError(Reason.NOT_IN_COPY, "checkpoint origin")
        told = verify_bundle(bundle, policy=copy.policy)
        with suppress(LedgerForkedError, RefusedError):
            copy.check(bundle.note.raw)
        return told

    def register(
        self, accreditation: Accreditation, view: registry.RegistryCopy | None
    ) -> RegisterFacts:
        """What a copy of the register says of an accreditation."""
        found = registry.look_up(
            view,
            origin=accreditation.origin,
            index=accreditation.index,
            salt=accreditation.salt,
            body=accreditation.body,
            boards=self._boards,
        )
        return RegisterFacts(
            vouched=found.vouched,
            state=found.state,
            forked=found.forked,
            checkpoint=found.checkpoint,
        )

    def sync(self, watch: Watch = UNWATCHED) -> None:
        """Bring every copy up to date, and those of shards they announce.

        Where a ledger's own server is away, its mirrors are read.

        A shard that was sealed, and of which the copy holds all, is not asked for any
        more; nor does one keep another waiting that takes nothing any more.

        Raises:
            UnreachableError: the ledger does not answer, or what it answers is no
                ledger: nothing of that is believed, and the copy is as it was.
            LedgerForkedError: it showed another history; the copy remembers, and
                the other copies were brought up to date all the same.
            CancelledError: as *watch* wanted; what was read is kept.
        """
        faults: dict[str, WalletError] = {}
        away: set[LedgerClient] = set()
        todo = self._following.origins
        while todo:
            for origin in todo:
                self._sync(origin, watch, faults, away)
            todo = self._following.learn()
        for origin in self.origins:
            try:
                self._compare(origin)
            except LedgerForkedError as fork:
                faults[origin] = fork
        self._tell(faults)

    def _sync(
        self,
        origin: str,
        watch: Watch,
        faults: dict[str, WalletError],
        away: set[LedgerClient],
    ) -> None:
        sources = self._following.sources(origin)
        if away.issuperset(sources) or self._following.is_complete(origin):
            return
        try:
            sync_any(
                self._following.replica(origin),
                sources,
                away=away,
                progress=watch.progress,
                cancelled=watch.cancelled,
            )
        except LedgerForkedError as fork:
            faults[origin] = fork
        except (RefusedError, TurnedAwayError) as odd:
            faults[origin] = UnreachableError("ledger", str(odd))
        except UnreachableError as gone:
            faults[origin] = gone

    def _compare(self, origin: str) -> None:
        """Compare with what others were shown: relays met so far, and notes heard.

        Raises:
            LedgerForkedError: the ledger has signed two histories.
        """
        copy = self.replica(origin)
        for relay in self._met.values():
            with suppress(UnreachableError, TurnedAwayError, RefusedError):
                self._heard.take(copy, relay.checkpoint(origin))
        self._heard.compare(copy)

    def _tell(self, faults: dict[str, WalletError]) -> None:
        """Raise the worst of what went wrong, where it matters to anybody."""
        forks = [one for one in faults.values() if isinstance(one, LedgerForkedError)]
        if forks:
            raise forks[0]
        times = [self.replica(origin).quorum_time for origin in self.origins]
        newest = max((one for one in times if one is not None), default=None)
        for origin in self.origins:  # a shard only announced is nothing to wait for
            if origin in faults and not is_past(origin, newest):
                raise faults[origin]

    def submit(self, origin: str, entry: bytes) -> int:
        """Add an entry with its stamp; answer its index.

        A status change is handed to the mirrors while the ledger does not answer.
        They keep it and hand it on: that is not in force, and it is asked for again.

        Raises:
            UsageError: this home does not follow *origin*.
            UnreachableError: no answer; `BusyError` where that is what it says.
            TurnedAwayError: the ledger refuses it.
        """
        if origin not in self.origins:
            raise UsageError("this home does not follow that ledger")
        try:
            return self.source(origin).submit(entry)
        except UnreachableError:
            for mirror in self._following.mirrors(origin):
                with suppress(UnreachableError, TurnedAwayError):
                    mirror.hand_on(entry)
            raise

    def relay(self, url: str) -> RelayClient:
        """The relay at *url*; what it was shown of a ledger is compared at a sync."""
        return self._met.setdefault(url, RelayClient(url, self._relays))
