"""Which entries of a batch get an index, and which have one already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wallet.ledger.tiles import MAX_BUNDLED
from wallet.server.log.storage import Admitted, Declined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the log holds that a batch may repeat; its one writer looked it up.

    Where the leaves of the batch stand already, which change ended a target, and how
    many changes a target has had.
    """

    known: Mapping[bytes, int] = field(default_factory=dict)
    ended: Mapping[int, int] = field(default_factory=dict)
    counted: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A batch in its places: an answer for each item, and what is new, in order."""

    answers: list[int | Declined]
    entries: list[bytes]
    leaves: list[bytes]
    changes: list[tuple[int, int, int, int]]  # index, target, state, seq


def leaves_of(batch: Sequence[Admitted]) -> list[bytes]:
    """The leaf hash of each.

    Raises:
        ValueError: one is too long for a bundle.
    """
    if any(len(item.data) > MAX_BUNDLED for item in batch):
        raise ValueError("entry too long for a bundle")
    return [item.leaf for item in batch]


def targets_of(batch: Sequence[Admitted]) -> list[int]:
    """The entries that *batch* would change."""
    return sorted({item.target for item in batch if item.target is not None})


def place(
    batch: Sequence[Admitted], leaves: Sequence[bytes], *, first: int, past: Past
) -> Placed:
    """Give indices from *first* on. PROTOCOL.md 3, "Status" and "Admission".

    A leaf that stands is answered with its index, a second end of one entry with the
    first end's; a change beyond its *most* is declined.
    """
    if not past.known and is_plain(batch, leaves):
        return Placed(
            answers=[*range(first, first + len(batch))],
            entries=[item.data for item in batch],
            leaves=[*leaves],
            changes=[],
        )
    known, ended = dict(past.known), dict(past.ended)
    counted = dict(past.counted)
    placed = Placed(answers=[], entries=[], leaves=[], changes=[])
    for item, leaf in zip(batch, leaves, strict=True):
        answer = known.get(leaf)
        if answer is None and item.ends and item.target is not None:
            answer = ended.get(item.target)
        if answer is not None:
            placed.answers.append(answer)
            continue
        if item.target is not None:
            count = counted.get(item.target, 0)
            if item.most is not None and count >= item.most:
                placed.answers.append(Declined.STAMP)
                continue
            counted[item.target] = count + 1
        index = known[leaf] = first + len(placed.entries)
        placed.answers.append(index)
        placed.entries.append(item.data)
        placed.leaves.append(leaf)
        if item.target is not None:
            change = (index, item.target, int(item.state), item.seq)
            placed.changes.append(change)
            if item.ends:
                ended[item.target] = index
    return placed


def is_plain(batch: Sequence[Admitted], leaves: Sequence[bytes]) -> bool:
    """Whether nothing in it repeats or changes anything: as most batches are."""
    alone = len(set(leaves)) == len(leaves)
    return alone and all(item.target is None for item in batch)
