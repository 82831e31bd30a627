"""The operator's word on which log comes before or after this one. Entry type 5.

PROTOCOL.md 1 and ``reference/ledger.md`` 6.1. Payload besides 1, 2 and 15: 6 the
operator's key, which signs; 9 relation; 10 the other origin; 11 the other log's key;
12 its operator's key; 13 and 14 size and root of its final checkpoint, or null.

    NEXT      goes into a shard when the one after it opens
    SEAL      the same once nothing is taken any more: only status roots may follow
    PREVIOUS  goes into the shard that follows: first without, then with the final
              checkpoint of the sealed one, which can no longer be changed unseen

The same link has the same bytes, however often it is made: its nonce is drawn from
what it says. A link announces; whether that is believed is `following`'s to say.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from wallet.cbor import encode
from wallet.errors import RefusedError
from wallet.keys.signing import check_public, sign_statement
from wallet.ledger.checkpoint import Checkpoint
from wallet.ledger.entry import Entry, leaf_hash, parse_entry
from wallet.statement import Name, may_be
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.cbor import Value
    from wallet.keys.signing import Signer

_MAX_ORIGIN = 400
_STEP = 256


class Relation(IntEnum):
    """How the other log stands to this one."""

    PREVIOUS = 0
    NEXT = 1
    SEAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardLink:
    """What a link says; ``operator`` is who says it, ``final`` only of a sealed log."""

    relation: Relation
    other: str
    log_key: bytes
    other_operator: bytes
    operator: bytes
    final: Checkpoint | None = None


class Copy(Protocol):
    """A verified copy of a log, as far as links are looked for in it."""

    @property
    def origin(self) -> str:
        """Its log."""

    @property
    def size(self) -> int:
        """Entries it covers."""

    def entries(self, start: int, end: int) -> list[bytes]:
        """The entries from *start* up to before *end*."""

    def first_index(self, leaf: bytes) -> int | None:
        """The only index of a leaf hash that counts."""


def build_link(operator: Signer, *, origin: str, link: ShardLink) -> bytes:
    """The entry that says *link* in the log *origin*.

    Raises:
        ValueError: it would not be read back: another operator's, an origin too long,
            or a final checkpoint where there can be none.
    """
    final = link.final
    fields: dict[int, Value] = {
        6: operator.public,
        9: int(link.relation),
        10: link.other,
        11: link.log_key,
        12: link.other_operator,
        13: None if final is None else final.size,
        14: None if final is None else final.root,
    }
    nonce = hashlib.sha256(b"heartwood/1/shard-link\0" + encode(fields)).digest()[:16]
    data = sign_statement(
        operator, name=Name.SHARD_LINK, origin=origin, fields=fields, nonce=nonce
    )
    if link.operator != operator.public or parse_link(data, origin=origin) != link:
        raise ValueError("no such link")
    return data


def parse_link(data: bytes, *, origin: str) -> ShardLink:
    """Read a link of *origin*, its signature checked under the key it carries.

    Raises:
        RefusedError: ``unknown_version``, ``malformed`` or ``signature_wrong``.
    """
    entry = parse_entry(data, origin=origin)
    if entry.name is not Name.SHARD_LINK:
        raise RefusedError(Reason.MALFORMED, "shard link type")
    return _link(entry)


def links_in(copy: Copy, start: int, end: int) -> Iterator[tuple[int, ShardLink]]:
    """Every sound link at *start* to before *end*, by index; a later copy is none."""
    for at in range(start, end, _STEP):
        for index, data in enumerate(copy.entries(at, min(at + _STEP, end)), at):
            if not may_be(data, Name.SHARD_LINK):
                continue
            try:
                link = parse_link(data, origin=copy.origin)
            except RefusedError:
                continue  # an entry that does not verify has no effect
            if copy.first_index(leaf_hash(data)) == index:
                yield index, link


def first_operator(copy: Copy, start: int, end: int) -> tuple[int, bytes] | None:
    """Index and operator's key of the first sound status root in a span.

    The first root of a whole log is the operator's for good: a log admits nobody
    else's, and what stands there once cannot be changed.
    """
    for at in range(start, end, _STEP):
        for index, data in enumerate(copy.entries(at, min(at + _STEP, end)), at):
            if not may_be(data, Name.STATUS_ROOT):
                continue
            try:
                root = parse_entry(data, origin=copy.origin)
            except RefusedError:
                continue
            return index, root.statement.key(6)
    return None


def _link(entry: Entry) -> ShardLink:
    told = entry.statement
    relation, other = Relation(told.count(9)), told.text(10)
    size, root = told.fields[13], told.fields[14]
    place = "shard link"
    if not other or len(other) > _MAX_ORIGIN or (size is None) is not (root is None):
        raise RefusedError(Reason.MALFORMED, place)
    final = None
    if isinstance(size, int) and isinstance(root, bytes):
        if relation is not Relation.PREVIOUS:
            raise RefusedError(Reason.MALFORMED, place)
        final = Checkpoint(other, size, root)
    for number in (11, 12):
        check_public(told.key(number), place=f"{place} field {number}")
    return ShardLink(
        relation=relation,
        other=other,
        log_key=told.key(11),
        other_operator=told.key(12),
        operator=told.key(6),
        final=final,
    )
