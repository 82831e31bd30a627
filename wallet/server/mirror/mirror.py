"""A mirror: holds what logs have signed, and stands behind what it has recomputed.

C2SP tlog-mirror, entries being read from the log instead of uploaded. Its cosignature
(0x04, under a name and key of its own) says three things: every entry of the checkpoint
lies here durably, it extends what was held before, and the newest status root in it is
the one that these entries give (PROTOCOL.md 3, 9).
"""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from wallet.errors import (
    LedgerForkedError,
    RefusedError,
    TurnedAwayError,
    UnreachableError,
    WalletError,
)
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    Note,
    parse_note,
    vkey_for,
)
from wallet.ledger.sources import origin_hash
from wallet.server.mirror.handing_on import HandingOn
from wallet.server.mirror.logs import Log, Logs, Sources
from wallet.server.mirror.retiring import Retiring
from wallet.server.mirror.served import Served
from wallet.server.witness.growth import Growth
from wallet.verdict import Reason

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.keys.signing import Signer
    from wallet.ledger.policy import Policy
    from wallet.server.mirror.copy import MirrorCopy


class BehindError(WalletError):
    """A mirror has not all entries yet: its pending size, and the next it needs."""

    def __init__(self, *, pending: int, following: int) -> None:
        """Keep both sizes."""
        super().__init__(f"holds {following} of {pending} entries")
        self.pending, self.following = pending, following


class Mirror:
    """Copies of every log of a policy, under one name and key."""

    def __init__(
        self,
        home: Path,
        *,
        name: str,
        signer: Signer,
        policy: Policy,
        sources: Sources,
    ) -> None:
        """Go on from what lies in *home*; shards that were learned are known again.

        Raises:
            StoreDamagedError, StoreUnreachableError: what lies there is damaged.
        """
        self.vkey = vkey_for(name, COSIGNATURE_KIND, signer.public)
        self._served = Served(home / "mirror.db", signer=signer, vkey=self.vkey)
        known = [party.vkey for party in policy.logs.values()]
        self._pending = Growth(home / "pending.db", logs=known)
        self.handing_on = HandingOn(home / "handed.db")
        self._retiring = Retiring(home / "retired.db")
        self.not_followed: dict[str, str] = {}  # and why, by origin
        self._logs = Logs(
            home / "replicas",
            policy=policy,
            sources=sources,
            newest=self._served.newest,
        )
        self.learn()

    def close(self) -> None:
        """Let go of databases."""
        self._served.close()
        self._pending.close()
        self.handing_on.close()
        self._retiring.close()

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs it mirrors, those of its policy first."""
        return self._logs.origins

    def learn(self) -> tuple[str, ...]:
        """Take up the shards that are announced by now; those that are new."""
        new = self._logs.learn()
        for log in new:
            self._pending.know(log.policy.log_keys(log.origin)[0])
        return tuple(log.origin for log in new)

    def copy(self, name: str) -> MirrorCopy:
        """The copy of the log whose origin hashes to *name*.

        Raises:
            TurnedAwayError: 404.
        """
        return self._logs.named(name).copy

    def open_copy(self, name: str) -> MirrorCopy:
        """The same, of a log that was not taken down.

        Raises:
            TurnedAwayError: 404, or 410 since that day.
        """
        copy = self.copy(name)
        self._refuse_retired(copy.origin)
        return copy

    def retired(self, origin: str) -> str | None:
        """The day since which a log is not served any more."""
        return self._retiring.since(origin)

    def pending(self, name: str) -> bytes | None:
        """The newest note a log has shown here, published or not."""
        return self._pending.newest(name)

    def checkpoint(self, name: str) -> bytes | None:
        """The newest published note that this mirror stands behind, with its line.

        Raises:
            StoreDamagedError: it is not as it was kept; the next look at the log
                puts another in its place.
        """
        return self._served.checkpoint(self._logs.named(name))

    def add_checkpoint(self, body: bytes) -> bytes:
        """Take note of what a log has signed; no line is given for that.

        Raises:
            TurnedAwayError: as a witness's.
        """
        return self._pending.add_checkpoint(body, sign=lambda _: b"")

    def add_entries(self, origin: str, *, end: int, seconds: int) -> bytes:
        """Read the entries of the pending checkpoint of size *end*; the signature line.

        Raises:
            TurnedAwayError: 404 for a log that is not mirrored, 410 for one that was
                taken down, 422 where the states that were logged are not what the
                entries say, or the log has forked.
            BehindError: no such checkpoint is pending, or its entries cannot be read.
        """
        log = self._logs.of(origin)
        self._refuse_retired(origin)
        copy = log.copy
        pending = self.pending(origin_hash(origin))
        note = None if pending is None else parse_note(pending)
        if note is None or note.checkpoint.size != end:
            size = 0 if note is None else note.checkpoint.size
            raise BehindError(pending=size, following=copy.size)
        try:
            self._read(log, note)
            return self._served.cosign(copy, note, seconds=seconds)
        except LedgerForkedError:
            raise TurnedAwayError(422, "another history") from None
        except RefusedError as refused:
            if refused.reason is not Reason.STATUS_UNPROVED:
                raise BehindError(pending=end, following=copy.size) from refused
            raise TurnedAwayError(422, refused.place) from None

    def follow(self, origin: str, *, seconds: int) -> None:
        """Take up what a log has published, from whoever serves it.

        Raises:
            WalletError: nobody shows a checkpoint that this mirror can stand behind.
        """
        log, faults = self._logs.of(origin), list[WalletError]()
        copy = log.copy
        for source in log.sources:
            try:
                note = parse_note(source.checkpoint())
                if note.checkpoint.origin != origin:
                    raise RefusedError(Reason.NOT_IN_COPY, "checkpoint origin")
                moment = log.policy.accept(note)
                copy.hold(note.raw, source)
            except LedgerForkedError:
                raise
            except WalletError as fault:
                faults.append(fault)
                continue
            at = 0 if moment is None else int(moment.timestamp())
            self._served.serve(log, note, at=at, seconds=seconds)
            self.handing_on.settle(copy)
            return
        if faults:
            raise faults[0]

    def hand_on(self, origin: str) -> None:
        """Give the log every change that waits for it; what fails is tried again.

        Raises:
            WalletError: the log does not take one.
        """
        faults: list[WalletError] = []
        for one in self.handing_on.of(origin):
            for source in self._logs.of(origin).sources:
                try:
                    source.submit(one.entry, one.stamp or None)
                except WalletError as fault:
                    faults.append(fault)
                else:
                    break
        if faults:
            raise faults[0]

    def retire(self, origin: str, *, seconds: int) -> None:
        """Serve a shard no more whose time is over, by the rules of `retiring`."""
        self._retiring.look(self._logs.of(origin), self._logs.chain, seconds=seconds)

    def _refuse_retired(self, origin: str) -> None:
        since = self._retiring.since(origin)
        if since is not None:
            said = f"taken down on {since}, as its retention policy says"
            raise TurnedAwayError(HTTPStatus.GONE, said)

    def _read(self, log: Log, note: Note) -> None:
        """Hold what *note* covers, from any source that serves it.

        Raises:
            RefusedError: ``copy_too_old``: none does.
        """
        copy = log.copy
        for source in log.sources:
            with suppress(RefusedError, TurnedAwayError, UnreachableError):
                copy.hold(note.raw, source)
            if copy.size >= note.checkpoint.size:
                return
        raise RefusedError(Reason.COPY_TOO_OLD, "entries missing")
