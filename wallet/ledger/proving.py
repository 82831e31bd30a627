"""Proof paths of any tree whose nodes can be asked for. RFC 6962 2.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.ledger.merkle import split_point

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    #: Root over the leaves from one number to before another.
    Node: TypeAlias = Callable[[int, int], bytes]


def prove_inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """Path of a leaf in a tree of *size*, leaf side first (RFC 6962 2.1.1).

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    low, high, path = 0, size, list[bytes]()
    while high - low > 1:
        middle = low + split_point(high - low)
        if index < middle:
            path.append(node(middle, high))
            high = middle
        else:
            path.append(node(low, middle))
            low = middle
    return path[::-1]


def prove_consistency(old: int, new: int, node: Node) -> list[bytes]:
    """Proof that the first *old* leaves lie in the first *new* (RFC 6962 2.1.2).

    Raises:
        ValueError: there is no proof between these sizes.
    """
    if not 0 <= old <= new:
        raise ValueError("no proof between these sizes")
    if old in (0, new):
        return []
    low, high, path = 0, new, list[bytes]()
    while old != high:
        middle = low + split_point(high - low)
        if old <= middle:
            path.append(node(middle, high))
            high = middle
        else:
            path.append(node(low, middle))
            low = middle
    if low:
        path.append(node(low, high))
    return path[::-1]
