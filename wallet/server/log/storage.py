"""What a log keeps, whatever keeps it: all of the log is written to this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from wallet.ledger.entry import State, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wallet.ledger.tile_tree import TileTree


class _Admitted(NamedTuple):
    data: bytes
    leaf: bytes
    target: int | None
    state: State
    seq: int
    most: int | None


class Admitted(_Admitted):
    """An entry that may be sequenced, and what it changes if it changes anything.

    *leaf* is its leaf hash, for whoever has it already. *seq* is the change's own
    number. *most* is how many changes of its target may be logged before it, if that
    matters.
    """

    __slots__ = ()

    def __new__(
        cls,
        *,
        data: bytes,
        leaf: bytes | None = None,
        target: int | None = None,
        state: State = State.STANDS,
        seq: int = 0,
        most: int | None = None,
    ) -> Self:
        """Hashed once, here at the latest: everybody on the way needs the hash."""
        leaf = leaf_hash(data) if leaf is None else leaf
        return tuple.__new__(cls, (data, leaf, target, state, seq, most))

    @property
    def ends(self) -> bool:
        """Whether this is a change that ends its target."""
        return self.target is not None and self.state is State.ENDED


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """A status change that stands in the log at *index*. PROTOCOL.md 3."""

    index: int
    target: int
    state: State
    seq: int


class Declined(Enum):
    """Why an admitted entry gets no index after all."""

    STAMP = "stamp"  # its target has had its free changes meanwhile
    BEHIND = "the tree is too far behind"  # worth another try later


class Storage(Protocol):
    """Tiles, bundles, first indices, changes and the published note of one log."""

    tree: TileTree

    def close(self) -> None:
        """Let go of whatever keeps it."""

    @property
    def size(self) -> int:
        """How many entries the tree holds; there may be more, durable but waiting."""

    @property
    def published(self) -> bytes | None:
        """The note that was published last."""

    def publish(self, note: bytes) -> None:
        """Keep the note that everybody may see from now on."""

    def tile(self, level: int, n: int, width: int) -> bytes | None:
        """Exactly *width* hashes, or None where there are not so many."""

    def bundle(self, n: int, width: int) -> bytes | None:
        """Exactly *width* entries, or None where there are not so many."""

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Entries from *start* to before *end*, a bundle at a time."""

    def entry(self, index: int) -> bytes | None:
        """One entry, if there is one."""

    def index_of(self, leaf: bytes) -> int | None:
        """Where a leaf hash stands."""

    def indices_of(self, leaves: Sequence[bytes]) -> Mapping[bytes, int]:
        """Where those of these leaf hashes stand that do."""

    def ended_by(self, target: int) -> int | None:
        """Index of the logged change that ended *target*."""

    def changes(self, target: int) -> int:
        """How many changes of *target* are logged."""

    def changes_between(self, low: int, high: int) -> Sequence[LoggedChange]:
        """Status changes logged at *low* to before *high*, in ledger order."""

    def append(self, batch: Sequence[Admitted]) -> list[int | Declined]:
        """Make *batch* durable in one transaction; the index of each.

        A leaf that stands already is not appended again, nor is a second end of one
        entry: both are answered with the first. Whatever was judged before, only this
        writer can tell.
        """

    def append_at(self, build: Callable[[int], bytes]) -> int:
        """Append what *build* makes for the very index it will have; that index.

        Every entry and change before it can be read while it is built.
        """

    def integrate(self) -> int:
        """Bring the tree up to all that is durable; the size it has then.

        Running it twice, or in two places at once, does no harm.
        """
