"""What changed between two status roots: a list that proves itself.

Whoever holds the vector of the older root applies it and computes the newer root; a
list that leaves out or makes up anything gives another. Bytes: the status tree
specification, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.entry import State
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

MAGIC = b"HWDELTA1"
MAX_DELTA = 1 << 24
_PLACE = "status delta"
_SIZE = 8
_HEAD = len(MAGIC) + 2 * _SIZE
_MORE, _LOW = 0x80, 0x7F
_LONGEST = 10  # bytes of one number


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """The states, under root *until*, of entries that a change told of after *since*.

    Both are epochs, which is the covered size of a root. Entries from *since* on that
    are not named stand.
    """

    since: int
    until: int
    states: Mapping[int, State]


def encode_delta(delta: Delta) -> bytes:
    """Write a delta: magic, both sizes (u64), then a number for each state.

    A number is the distance from the index before (from -1 for the first) times 4,
    plus the state, as unsigned LEB128.
    """
    out = bytearray(MAGIC)
    for size in (delta.since, delta.until):
        out += size.to_bytes(_SIZE, "big")
    before = -1
    for index, state in sorted(delta.states.items()):
        number = (index - before) << 2 | state
        while number > _LOW:
            out.append(_MORE | number & _LOW)
            number >>= 7
        out.append(number)
        before = index
    return bytes(out)


def parse_delta(data: bytes) -> Delta:
    """Read a delta strictly.

    Raises:
        RefusedError: ``unknown_version`` for another magic; ``malformed``: longer than
            16 MiB, cut short, not the one encoding, or an index at or past *until*.
    """
    if data[: len(MAGIC)] != MAGIC:
        raise RefusedError(Reason.UNKNOWN_VERSION, _PLACE)
    if not _HEAD <= len(data) <= MAX_DELTA:
        raise RefusedError(Reason.MALFORMED, _PLACE)
    since, until = (
        int.from_bytes(data[at : at + _SIZE], "big")
        for at in (len(MAGIC), _HEAD - _SIZE)
    )
    states, index, at = dict[int, State](), -1, _HEAD
    while at < len(data):
        number, at = _number(data, at)
        step, state = number >> 2, State(number & 3)
        index += step
        if not step or index >= until or state is State.UNKNOWN:
            raise RefusedError(Reason.MALFORMED, _PLACE)
        states[index] = state
    if since > until:
        raise RefusedError(Reason.MALFORMED, _PLACE)
    return Delta(since=since, until=until, states=states)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """One number and where it ends; a last byte of zero would be a second encoding."""
    number = 0
    for place in range(_LONGEST):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        number |= (byte & _LOW) << 7 * place
        if byte < _MORE:
            if not byte and place:
                break
            return number, at
    raise RefusedError(Reason.MALFORMED, _PLACE)
