"""The records a permission covers, dressed as the parts of its package."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wallet.exports.dresses import dresses
from wallet.exports.naming import ADDRESS_BOOK
from wallet.exports.readable import Notice
from wallet.exports.trimming import Extent
from wallet.grants.manifest import Part, PartRef
from wallet.grants.scope import Clause, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime
    from pathlib import Path

    from wallet.exports import parts
    from wallet.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Some records, read from the vault one by one and as often as needed."""

    listed: Collection[Record]
    fetch: Callable[[bytes], Record]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.listed)

    def __contains__(self, record: object) -> bool:
        """Whether a record is among them."""
        return record in self.listed

    def __iter__(self) -> Iterator[Record]:
        """Each with its body."""
        for record in self.listed:
            yield self.fetch(record.record_id)


def choose(
    everything: Collection[Record], scope: Scope, *, fetch: Callable[[bytes], Record]
) -> Chosen:
    """The records *scope* covers, out of a list without bodies."""
    covered = tuple(record for record in everything if scope.covers(record))
    return Chosen(listed=covered, fetch=fetch)


def pack(
    everything: Collection[Record],
    scope: Scope,
    *,
    fetch: Callable[[bytes], Record],
    made_at: datetime,
    scratch: Path,
) -> tuple[Part, ...]:
    """The parts of a package for one reader, in manifest order.

    Staff and places go along only where a record mentions them, and not if the scope
    excludes them or denies a label they carry. Raw source files never do.

    Args:
        everything: Every record of the person, without bodies.
        scope: What the reader may see.
        fetch: Reads one record with its body.
        made_at: When the package is made.
        scratch: A private folder for what does not fit in memory.
    """
    in_any_class = replace(scope, include=(Clause(),))
    people = [record for record in everything if record.rtype in ADDRESS_BOOK]
    made = dresses(
        choose(everything, scope, fetch=fetch),
        extent=Extent.WHOLE if scope.everything else Extent.SCOPED,
        notice=Notice.NAMED_READER,
        made_at=made_at,
        salt=secrets.token_bytes(32),
        scratch=scratch,
        address_book=choose(people, in_any_class, fetch=fetch),
    )
    return tuple(as_part(part) for part in made)


def as_part(part: parts.Part) -> Part:
    """A part of an export as a part of a package."""
    ref = PartRef(name=part.name, size=part.size, digest=part.digest)
    return Part(ref=ref, read=part.read)
