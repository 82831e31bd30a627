"""The relay: holds sealed packages and the second share, answers only to receipts.

It checks every order against its own verified copy of the ledger and decides each
release in one transaction. It opens nothing itself. PROTOCOL.md 6 and 11 (Share 18,
Open 11 and 12, Withdraw 2 to 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from wallet.cbor import decode
from wallet.errors import RefusedError, TurnedAwayError
from wallet.grants import receipt
from wallet.grants.order import MAX_ORDER, OrderKind, parse_order
from wallet.grants.withdrawal import MAX_NOTICE, check_notice, read_notice
from wallet.ledger.entry import MAX_ENTRY, Entry, State, leaf_hash, parse_entry
from wallet.ledger.sources import origin_hash
from wallet.server.relay.rules import (
    MAX_COPY_AGE,
    ORDER_AGE,
    Deposit,
    Seen,
    check_copy_age,
    check_request,
    decide,
    request_digest,
)
from wallet.statement import Name
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from wallet.server.relay.storage import RelayStorage
    from wallet.statement import Statement

MAX_PACKAGES = 4 << 30
MAX_HEAD = MAX_ORDER + MAX_ENTRY + 1_024
_SHARE = 1_168  # 32 bytes sealed (PROTOCOL.md 1)
_BUCKET = 256
_MAX_BITS = 16
_KEPT_PAST_END = timedelta(days=90)

Releases = list[tuple[int, int, int]]


class LedgerCopy(Protocol):
    """The relay's own replica of one origin, as far as a relay needs it."""

    @property
    def size(self) -> int:
        """Entries under the newest quorum checkpoint."""

    @property
    def quorum_time(self) -> datetime | None:
        """Time of that checkpoint."""

    @property
    def note(self) -> bytes | None:
        """That checkpoint itself."""

    @property
    def is_forked(self) -> bool:
        """Whether two histories were seen."""

    def first_index(self, leaf: bytes) -> int | None:
        """First index of a leaf hash."""

    def state(self, index: int) -> State:
        """What the entries read so far leave an entry in."""

    def check_proof(self, data: bytes, *, leaf: bytes) -> int:
        """The index at which a quorum checkpoint shows *leaf*; refuses otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A put order found in order: its package may be sent now."""

    origin: str
    leaf: bytes
    entry: bytes
    tree: int
    root: bytes
    deposit: Deposit = field(repr=False)
    stored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    origin: str
    leaf: bytes
    entry: Entry
    kind: OrderKind
    statement: Statement


class Relay:
    """One relay over its storage and its copies of the ledgers it follows."""

    def __init__(
        self,
        storage: RelayStorage,
        copies: Mapping[str, LedgerCopy],
        *,
        limit: int = MAX_PACKAGES,
    ) -> None:
        """*limit* is the number of package bytes one permission may deposit."""
        self._storage = storage
        self._copies = copies
        self._limit = limit
        self._floors: dict[str, int] = {}
        self._buckets = (0, 0)  # the newest details counted, and the bits they gave

    def looked(self, origin: str, *, now: datetime) -> None:
        """Take note that a copy was looked after just now.

        The first look after a start that finds it fresh sets the floor: a relay
        started from a backup may have forgotten releases, so older receipts release
        nothing any more.
        """
        with self._storage.transaction():
            copy = self._copies[origin]
            if copy.quorum_time is None:
                return
            if now - copy.quorum_time <= MAX_COPY_AGE:
                self._floors.setdefault(origin, copy.size)
            self._storage.add_mark(origin, size=copy.size, at=copy.quorum_time)

    # --- orders ----------------------------------------------------------------

    def take_put(self, head: bytes, *, now: datetime) -> Ticket:
        """Check a put order before its package is read.

        Raises:
            RefusedError: ``not_in_copy`` while the entry is not logged yet.
        """
        with self._storage.lock:
            return self._take_put(head, now=now)

    def _take_put(self, head: bytes, *, now: datetime) -> Ticket:
        order = self._order(head)
        if order.kind is not OrderKind.PUT:
            raise RefusedError(Reason.MALFORMED, "order kind")
        read = order.statement
        deposit = Deposit(
            object_id=read.key(40),
            digest=read.key(41),
            size=read.count(42),
            share=read.key(43),
            begins=read.count(46),
            ends=read.count(47),
        )
        self._check_standing(order, now=now)
        if len(read.key(43)) != _SHARE or deposit.begins >= deposit.ends:
            raise RefusedError(Reason.MALFORMED, "order deposit")
        if deposit.ends <= (now - _KEPT_PAST_END).timestamp():
            raise RefusedError(Reason.ENDED, "deposit period")  # forgotten already
        return Ticket(
            origin=order.origin,
            leaf=order.leaf,
            entry=order.entry.raw,
            tree=read.count(44),
            root=read.key(45),
            deposit=deposit,
            stored=self._stored(order.leaf, deposit),
        )

    def finish_put(
        self, ticket: Ticket, part: Path, *, size: int, digest: bytes
    ) -> None:
        """Take the package that lies in *part*, already synced to the disk.

        Raises:
            RefusedError: ``package_altered``: it is not what the order names.
        """
        deposit = ticket.deposit
        if (size, digest) != (deposit.size, deposit.digest):
            raise RefusedError(Reason.PACKAGE_ALTERED, "deposit")
        with self._storage.transaction():
            known = self._storage.known(ticket.leaf)
            if known is not None and (known.noticed or known.deleted):
                raise RefusedError(Reason.WITHDRAWN, "notice")
            if self._stored(ticket.leaf, deposit):
                return
            self._storage.learn(
                ticket.leaf,
                origin=ticket.origin,
                entry=ticket.entry,
                until=deposit.ends,
            )
            self._storage.add_tree(ticket.leaf, ticket.tree, ticket.root)
            self._storage.publish_package(part, deposit.object_id)
            self._storage.add_object(ticket.leaf, deposit)

    def take_order(self, body: bytes, *, now: datetime) -> Releases:
        """Obey a new root, a list or a delete; answer every release so far.

        Raises:
            RefusedError: the order is not one, or not by the grant's ledger key.
        """
        with self._storage.transaction():
            order = self._order(body)
            read = order.statement
            known = self._storage.known(order.leaf)
            if known is None:
                raise RefusedError(Reason.PACKAGE_MISSING, "permission")
            match order.kind:
                case OrderKind.NEW_ROOT:
                    if known.noticed or known.deleted:
                        raise RefusedError(Reason.WITHDRAWN, "notice")
                    self._storage.add_tree(order.leaf, read.count(44), read.key(45))
                case OrderKind.LIST:
                    if abs(now.timestamp() - read.count(53)) > ORDER_AGE.seconds:
                        raise RefusedError(Reason.RELEASE_REFUSED, "order too old")
                case OrderKind.DELETE:
                    self._storage.delete(order.leaf, at=now)
                case OrderKind.PUT:
                    raise RefusedError(Reason.MALFORMED, "order kind")
            answer = self._storage.releases(order.leaf)
        if order.kind is OrderKind.DELETE:
            self._storage.scrub()
        return answer

    def take_notice(self, body: bytes, *, now: datetime) -> Releases:
        """Honour a withdrawal at once; answer every release that happened.

        A notice for a permission never heard of is taken once its entry is logged,
        so that a deposit still on its way finds the door closed.

        Raises:
            RefusedError: the control key did not sign it.
        """
        origin, raw, signed = _three(body, cap=MAX_ENTRY + MAX_NOTICE + 1_024)
        notice = read_notice(signed)
        leaf = notice.key(5)
        with self._storage.transaction():
            known = self._storage.known(leaf)
            if known is not None and leaf_hash(raw) != leaf:
                origin, raw = known.origin, known.entry  # else it proves itself
            entry = self._entry(raw, origin)
            if entry.control_key is None or leaf_hash(entry.raw) != leaf:
                raise RefusedError(Reason.SIGNATURE_WRONG, "notice target")
            check_notice(notice, origin=origin, control_key=entry.control_key)
            if known is None:
                self._first_index(origin, leaf)
                self._storage.learn(
                    leaf, origin=origin, entry=raw, until=int(now.timestamp())
                )
            self._storage.notice(leaf, signed, at=now)
            return self._storage.releases(leaf)

    # --- releases --------------------------------------------------------------

    def take_request(self, body: bytes, *, now: datetime) -> bytes | None:
        """Answer share B against a receipt, or None for an offline receipt.

        Checked, decided and marked used in one transaction.

        Raises:
            RefusedError: see `relay_rules.decide`.
        """
        request = receipt.parse_request(body)
        with self._storage.transaction():
            held = self._storage.held(
                leaf=request.leaf,
                object_id=request.object_id,
                tree=request.place // receipt.TREE,
                place=request.place,
            )
            if held is None:
                raise RefusedError(Reason.PACKAGE_MISSING, "permission")
            commitment = check_request(request, held)
            seen = self._seen(held.origin, request)
            answer = decide(request, held, seen, now=now)
            if not answer.repeated:
                self._storage.mark_used(
                    leaf=request.leaf,
                    place=request.place,
                    request=request_digest(request),
                    receipt_index=answer.receipt_index,
                    at=now,
                    released=answer.share is not None,
                )
                self._storage.add_details(
                    commitment, leaf=request.leaf, sealed=request.sealed_details
                )
            return answer.share

    def package(self, name: bytes) -> Path:
        """Where the package of an object lies.

        Raises:
            RefusedError: ``package_missing``, or ``withdrawn``.
        """
        found = self._storage.deposit(name)
        known = self._storage.known(found[0]) if found else None
        if known is None:
            raise RefusedError(Reason.PACKAGE_MISSING, "object")
        if known.noticed or known.deleted:
            raise RefusedError(Reason.WITHDRAWN, "notice")
        return self._storage.package(name)

    # --- details ---------------------------------------------------------------

    def checkpoint(self, name: str) -> bytes:
        """The checkpoint of the ledger whose origin hashes to *name*, for comparison.

        Raises:
            RefusedError: ``not_in_copy``: it has not been read yet.
            TurnedAwayError: 404, no such ledger is followed.
        """
        for origin, copy in list(self._copies.items()):
            if origin_hash(origin) == name:
                if copy.note is None:
                    raise RefusedError(Reason.NOT_IN_COPY, "ledger")
                return copy.note
        raise TurnedAwayError(404, "no such ledger here")

    def bucket_bits(self) -> int:
        """How many first bits of R name a bucket: every bucket has >= 256 items.

        0 while there are too few to divide, so that asking tells nothing.
        """
        newest = self._storage.newest_details()
        if newest != self._buckets[0]:
            keys, bits = self._storage.detail_keys(), 0
            while bits < _MAX_BITS and self._smallest(keys, bits + 1) >= _BUCKET:
                bits += 1
            self._buckets = (newest, bits)
        return self._buckets[1]

    def bucket(self, bits: int, prefix: int) -> list[tuple[bytes, bytes]]:
        """Every (R, sealed details) of one bucket.

        Raises:
            RefusedError: ``malformed``: a bucket narrower than the present ones.
        """
        if not 0 <= bits <= self.bucket_bits() or not 0 <= prefix < 1 << bits:
            raise RefusedError(Reason.MALFORMED, "bucket")
        low = (prefix << (256 - bits)).to_bytes(32, "big")
        high = (((prefix + 1) << (256 - bits)) - 1).to_bytes(32, "big")
        return self._storage.details_between(low, high)

    def forget_past(self, *, now: datetime) -> None:
        """Drop what ended long ago, tombstones included."""
        with self._storage.transaction():
            self._storage.forget_past(now=now - _KEPT_PAST_END)
        self._storage.scrub()

    # --- parts -----------------------------------------------------------------

    @staticmethod
    def _smallest(keys: list[bytes], bits: int) -> int:
        counts = [0] * (1 << bits)
        for key in keys:
            counts[int.from_bytes(key[:2], "big") >> (16 - bits)] += 1
        return min(counts)

    def _order(self, body: bytes) -> _Order:
        origin, raw, signed = _three(body, cap=MAX_HEAD)
        entry = self._entry(raw, origin)
        kind, read = parse_order(signed, origin=origin, ledger_key=entry.key)
        leaf = leaf_hash(raw)
        if read.key(35) != leaf:
            raise RefusedError(Reason.SIGNATURE_WRONG, "order target")
        self._first_index(origin, leaf)
        return _Order(origin=origin, leaf=leaf, entry=entry, kind=kind, statement=read)

    @staticmethod
    def _entry(raw: bytes, origin: str) -> Entry:
        entry = parse_entry(raw, origin=origin)
        if entry.name is not Name.GRANT:
            raise RefusedError(Reason.MALFORMED, "entry type")
        return entry

    def _copy(self, origin: str) -> LedgerCopy:
        copy = self._copies.get(origin)
        if copy is None:
            raise RefusedError(Reason.MALFORMED, "origin not followed here")
        return copy

    def _first_index(self, origin: str, leaf: bytes) -> int:
        copy = self._copy(origin)
        index = copy.first_index(leaf)
        if index is None or index >= copy.size:
            raise RefusedError(Reason.NOT_IN_COPY, "entry not logged yet")
        return index

    def _check_standing(self, order: _Order, *, now: datetime) -> None:
        copy = self._copy(order.origin)
        check_copy_age(copy.quorum_time, forked=copy.is_forked, now=now)
        state = copy.state(self._first_index(order.origin, order.leaf))
        known = self._storage.known(order.leaf)
        if state is State.ENDED or (known and (known.noticed or known.deleted)):
            raise RefusedError(Reason.WITHDRAWN, "status")

    def _stored(self, leaf: bytes, deposit: Deposit) -> bool:
        """Whether this very deposit lies here; another one is never overwritten."""
        found = self._storage.deposit(deposit.object_id)
        if found is not None:
            if found != (leaf, deposit):
                raise RefusedError(Reason.RELEASE_REFUSED, "object id taken")
            return True
        if deposit.size > self._limit - self._storage.bytes_held(leaf):
            raise RefusedError(Reason.RELEASE_REFUSED, "too many bytes")
        return False

    def _seen(self, origin: str, request: receipt.ReleaseRequest) -> Seen:
        copy = self._copy(origin)
        grant = copy.first_index(request.leaf)
        receipt_leaf = leaf_hash(request.entry)
        index = copy.first_index(receipt_leaf)
        shown = copy.check_proof(request.proof, leaf=receipt_leaf)
        if index is not None and index >= copy.size:
            index = None
        if index is not None and shown != index:
            raise RefusedError(Reason.RELEASE_REFUSED, "receipt proof")
        return Seen(
            quorum=copy.quorum_time,
            forked=copy.is_forked,
            floor=self._floors.get(origin),
            grant_index=grant,
            state=State.UNKNOWN if grant is None else copy.state(grant),
            receipt_index=index,
            receipt_since=None
            if index is None
            else self._storage.covered_since(origin, index),
        )


def _three(body: bytes, *, cap: int) -> tuple[str, bytes, bytes]:
    """Origin, entry and order or notice, as every message to a relay begins."""
    match decode(body, cap=cap, place="relay message"):
        case [str(origin), bytes(entry), bytes(signed)]:
            return origin, entry, signed
        case _:
            raise RefusedError(Reason.MALFORMED, "relay message")
