"""A mirror: holds what logs have signed, and stands behind what it has recomputed.

C2SP tlog-mirror, entries being read from the log instead of uploaded. Its cosignature
(0x04, under a name and key of its own) says three things: every entry of the checkpoint
lies here durably, it extends what was held before, and the newest status root in it is
the one that these entries give (PROTOCOL.md 3, 9).
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wallet.errors import (
    LedgerForkedError,
    RefusedError,
    StoreDamagedError,
    TurnedAwayError,
    UnreachableError,
    WalletError,
)
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    Note,
    Vkey,
    cosign,
    parse_note,
    vkey_for,
)
from wallet.ledger.sources import origin_hash
from wallet.server.log.storage_sqlite import open_database
from wallet.server.mirror.copy import MirrorCopy
from wallet.server.mirror.handing_on import HandingOn
from wallet.server.witness.growth import Growth
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wallet.keys.signing import Signer
    from wallet.ledger.fetch import LedgerClient
    from wallet.ledger.policy import Policy

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cosigned (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS served (
  origin TEXT PRIMARY KEY, size INTEGER NOT NULL, at INTEGER NOT NULL,
  note BLOB NOT NULL
) STRICT;
"""
_SERVED = "SELECT size, at, note FROM served WHERE origin=?"
_LATER = (Reason.NO_QUORUM, Reason.COPY_TOO_OLD)


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
        sources: Mapping[str, Sequence[LedgerClient]],
    ) -> None:
        """*sources* says, for each origin, where its files are read, in order."""
        self.vkey = vkey_for(name, COSIGNATURE_KIND, signer.public)
        self._signer, self._policy, self._sources = signer, policy, sources
        self._lock = threading.Lock()
        self._db = open_database(home / "mirror.db", _SCHEMA)
        logs = [party.vkey for party in policy.logs.values()]
        self._pending = Growth(home / "pending.db", logs=logs)
        self.handing_on = HandingOn(home / "handed.db")
        self._copies = {
            origin: MirrorCopy(
                home / "replicas" / origin_hash(origin), origin=origin, policy=policy
            )
            for origin in policy.origins
        }
        self.not_followed: dict[str, str] = {}  # and why, by origin
        self._by_hash = {origin_hash(origin): origin for origin in policy.origins}

    def close(self) -> None:
        """Let go of databases."""
        self._db.close()
        self._pending.close()
        self.handing_on.close()

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs it mirrors."""
        return tuple(self._copies)

    def copy(self, name: str) -> MirrorCopy:
        """The copy of the log whose origin hashes to *name*.

        Raises:
            TurnedAwayError: 404.
        """
        if name not in self._by_hash:
            raise TurnedAwayError(404, "no such log")
        return self._copies[self._by_hash[name]]

    def pending(self, name: str) -> bytes | None:
        """The newest note a log has shown here, published or not."""
        return self._pending.newest(name)

    def checkpoint(self, name: str) -> bytes | None:
        """The newest published note that this mirror stands behind, with its line.

        Raises:
            StoreDamagedError: it is not as it was kept; the next look at the log
                puts another in its place.
        """
        row = self._row(_SERVED, self.copy(name).origin)
        if row is None:
            return None
        size, _, note = row
        if not self._stands(note, size):
            raise StoreDamagedError("the checkpoint that was served is damaged")
        return bytes(note)

    def add_checkpoint(self, body: bytes) -> bytes:
        """Take note of what a log has signed; no line is given for that.

        Raises:
            TurnedAwayError: as a witness's.
        """
        return self._pending.add_checkpoint(body, sign=lambda _: b"")

    def add_entries(self, origin: str, *, end: int, seconds: int) -> bytes:
        """Read the entries of the pending checkpoint of size *end*; the signature line.

        Raises:
            TurnedAwayError: 404 for a log that is not mirrored, 422 where the states
                that were logged are not what the entries say, or the log has forked.
            BehindError: no such checkpoint is pending, or its entries cannot be read.
        """
        copy = self._copies.get(origin)
        if copy is None:
            raise TurnedAwayError(404, "no such log")
        pending = self.pending(origin_hash(origin))
        note = None if pending is None else parse_note(pending)
        if note is None or note.checkpoint.size != end:
            size = 0 if note is None else note.checkpoint.size
            raise BehindError(pending=size, following=copy.size)
        try:
            self._read(copy, note)
            return self._cosign(copy, note, seconds)
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
        copy, faults = self._copies[origin], list[WalletError]()
        for source in self._sources[origin]:
            try:
                note = parse_note(source.checkpoint())
                if note.checkpoint.origin != origin:
                    raise RefusedError(Reason.NOT_IN_COPY, "checkpoint origin")
                moment = self._policy.accept(note)
                copy.hold(note.raw, source)
            except LedgerForkedError:
                raise
            except WalletError as fault:
                faults.append(fault)
                continue
            at = 0 if moment is None else int(moment.timestamp())
            self._serve(copy, note, at=at, seconds=seconds)
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
            for source in self._sources[origin]:
                try:
                    source.submit(one.entry, one.stamp or None)
                except WalletError as fault:
                    faults.append(fault)
                else:
                    break
        if faults:
            raise faults[0]

    def _read(self, copy: MirrorCopy, note: Note) -> None:
        """Hold what *note* covers, from any source that serves it.

        Raises:
            RefusedError: ``copy_too_old``: none does.
        """
        for source in self._sources[copy.origin]:
            with suppress(RefusedError, TurnedAwayError, UnreachableError):
                copy.hold(note.raw, source)
            if copy.size >= note.checkpoint.size:
                return
        raise RefusedError(Reason.COPY_TOO_OLD, "entries missing")

    def _cosign(self, copy: MirrorCopy, note: Note, seconds: int) -> bytes:
        """The line, once it is durable that it was given; none for a smaller log."""
        copy.check_status(note.checkpoint)
        with self._lock:
            done = self._db.execute(
                "INSERT INTO cosigned VALUES (?,?) ON CONFLICT (origin) DO UPDATE "
                "SET size=excluded.size WHERE size <= excluded.size",
                (copy.origin, note.checkpoint.size),
            )
        if done.rowcount != 1:
            raise RefusedError(Reason.COPY_TOO_OLD, "a larger one was cosigned")
        return cosign(self._signer, self.vkey.name, note.text, seconds)

    def _serve(self, copy: MirrorCopy, note: Note, *, at: int, seconds: int) -> None:
        """Show a published note under our line, if we can stand behind it."""
        row, newest = self._row(_SERVED, copy.origin), (note.checkpoint.size, at)
        if row is not None and newest <= row[:2] and self._stands(row[2], row[0]):
            return
        lines = known_lines(note, self._policy.log_keys(copy.origin))
        lines += known_lines(
            note, [one.vkey for one in self._policy.witnesses.values()]
        )
        note.cosignature_times([self.vkey])  # a line that says it is ours must be
        copy.check_status(note.checkpoint)
        ours = known_lines(note, [self.vkey]) or self._cosign(copy, note, seconds)
        if ours not in lines:
            lines += ours
        with self._lock:
            self._db.execute(
                "INSERT OR REPLACE INTO served VALUES (?,?,?,?)",
                (copy.origin, *newest, note.text + b"\n" + lines),
            )

    def _stands(self, data: bytes, size: int) -> bool:
        """Whether a note that was kept is still one to be served."""
        try:
            note = parse_note(data)
            self._policy.accept(note)
            ours = note.cosignature_times([self.vkey])
        except RefusedError:
            return False
        return self.vkey in ours and note.checkpoint.size == size

    def _row(self, query: str, origin: str) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._db.execute(query, (origin,)).fetchone()
        return row


def known_lines(note: Note, vkeys: Sequence[Vkey]) -> bytes:
    """The lines of a note under these keys, as they are; nobody else's is passed on."""
    known = {(vkey.name, vkey.key_id) for vkey in vkeys}
    below = note.raw[len(note.text) + 1 :].splitlines(keepends=True)
    return b"".join(
        line
        for line, read in zip(below, note.lines, strict=True)
        if (read.name, read.key_id) in known
    )
