"""Proofs about a part [start, end) of a tree, as mirrors exchange them.

C2SP tlog-mirror; the verifying steps are those of Merkle Tree Certificates 4.3, 4.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.merkle import (
    EMPTY_ROOT,
    HASH_SIZE,
    node_hash,
    verify_inclusion,
)
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_subtree(start: int, end: int) -> None:
    """Refuse bounds that no subtree has: its start is a multiple of its full width.

    Raises:
        RefusedError: ``malformed``.
    """
    if not 0 <= start < end or start % (1 << (end - start - 1).bit_length()):
        raise RefusedError(Reason.MALFORMED, "subtree bounds")


def verify_subtree_inclusion(
    *, leaf: bytes, index: int, start: int, end: int, path: Sequence[bytes], root: bytes
) -> None:
    """Check that *leaf* stands at *index* of the log, inside the subtree under *root*.

    Raises:
        RefusedError: ``malformed``.
    """
    check_subtree(start, end)
    verify_inclusion(
        leaf=leaf, index=index - start, size=end - start, path=path, root=root
    )


def verify_subtree_consistency(
    *,
    start: int,
    end: int,
    size: int,
    subtree_root: bytes,
    root: bytes,
    path: Sequence[bytes],
) -> None:
    """Check that the subtree [start, end) is part of the tree of *size*.

    Raises:
        RefusedError: ``malformed``.
    """
    if 0 <= start == end <= size:
        if path or subtree_root != EMPTY_ROOT:
            raise RefusedError(Reason.MALFORMED, "subtree of nothing")
        return
    check_subtree(start, end)
    if end > size:
        raise RefusedError(Reason.MALFORMED, "subtree past the tree")
    low, high, last = start, end - 1, size - 1
    while low != high and (high == last or high & 1):
        low, high, last = low >> 1, high >> 1, last >> 1
    nodes = [subtree_root, *path] if low == high else list(path)
    if not nodes:
        raise RefusedError(Reason.MALFORMED, "subtree path too short")
    if len(nodes) > 1 and any(len(digest) != HASH_SIZE for digest in nodes):
        raise RefusedError(Reason.MALFORMED, "subtree hash")
    if _walk(low, high, last, nodes) != (subtree_root, root):
        raise RefusedError(Reason.MALFORMED, "subtree root")


def _walk(low: int, high: int, last: int, nodes: list[bytes]) -> tuple[bytes, bytes]:
    inner = outer = nodes[0]
    for sibling in nodes[1:]:
        if not last:
            raise RefusedError(Reason.MALFORMED, "subtree path too long")
        if high & 1 or high == last:
            if low < high:
                inner = node_hash(sibling, inner)
            outer = node_hash(sibling, outer)
            while not high & 1 and high:
                low, high, last = low >> 1, high >> 1, last >> 1
        else:
            outer = node_hash(outer, sibling)
        low, high, last = low >> 1, high >> 1, last >> 1
    if last:
        raise RefusedError(Reason.MALFORMED, "subtree path too short")
    return inner, outer
