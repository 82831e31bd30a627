"""The relay: holds sealed packages and the second share, answers only to receipts.

It checks every order against its own verified copy of the ledger and decides each
release in one transaction. It opens nothing itself. PROTOCOL.md 6 and 11 (Share 18,
Open 11 and 12, Withdraw 2 to 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.grants import receipt
from wallet.grants.order import OrderKind
from wallet.grants.withdrawal import check_notice, read_notice
from wallet.ledger.entry import State, leaf_hash
from wallet.server.relay.buckets import Buckets
from wallet.server.relay.followed import Followed
from wallet.server.relay.messages import Order, grant_entry, read_end, read_order
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
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from wallet.server.relay.followed import LedgerCopy
    from wallet.server.relay.storage import RelayStorage

MAX_PACKAGES = 4 << 30
_SHARE = 1_168  # 32 bytes sealed (PROTOCOL.md 1)
_KEPT_PAST_END = timedelta(days=90)

Releases = list[tuple[int, int, int]]


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
        self.followed = Followed(copies)
        self.buckets = Buckets(storage)
        self._limit = limit
        self._floors: dict[str, int] = {}

    def looked(self, origin: str, *, now: datetime) -> None:
        """Take note that a copy was looked after just now.

        The first look after a start that finds it fresh sets the floor: a relay
        started from a backup may have forgotten releases, so older receipts release
        nothing any more.
        """
        with self._storage.transaction():
            copy = self.followed.copy(origin)
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
        origin, raw, signed = read_end(body)
        notice = read_notice(signed)
        leaf = notice.key(5)
        with self._storage.transaction():
            known = self._storage.known(leaf)
            if known is not None and leaf_hash(raw) != leaf:
                origin, raw = known.origin, known.entry  # else it proves itself
            entry = grant_entry(raw, origin)
            if entry.control_key is None or leaf_hash(entry.raw) != leaf:
                raise RefusedError(Reason.SIGNATURE_WRONG, "notice target")
            check_notice(notice, origin=origin, control_key=entry.control_key)
            if known is None:
                self.followed.first_index(origin, leaf)
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

    def forget_past(self, *, now: datetime) -> None:
        """Drop what ended long ago, tombstones included."""
        with self._storage.transaction():
            self._storage.forget_past(now=now - _KEPT_PAST_END)
        self._storage.scrub()

    # --- parts -----------------------------------------------------------------

    def _order(self, body: bytes) -> Order:
        order = read_order(body)
        self.followed.first_index(order.origin, order.leaf)
        return order

    def _check_standing(self, order: Order, *, now: datetime) -> None:
        copy = self.followed.copy(order.origin)
        check_copy_age(copy.quorum_time, forked=copy.is_forked, now=now)
        state = copy.state(self.followed.first_index(order.origin, order.leaf))
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
        copy = self.followed.copy(origin)
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
