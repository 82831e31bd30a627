"""RFC 6962 Merkle trees over SHA-256: roots, inclusion and consistency proofs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(00 || data)."""
    return hashlib.sha256(b"\0" + data).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The leaf hash of each of many, without a call for each."""
    sha256 = hashlib.sha256
    return [sha256(b"\0" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 || left || right)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Root over leaf hashes; that of the empty tree is SHA-256 of nothing."""
    if not hashes:
        return EMPTY_ROOT
    level, sha256 = list(hashes), hashlib.sha256
    while len(level) > 1:
        # One that has no neighbour goes up as it is, which gives RFC 6962's splits.
        alone = level[len(level) & ~1 :]
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\1" + left + right).digest() for left, right in pairs]
        level += alone
    return level[0]


def split_point(size: int) -> int:
    """Largest power of two below *size* (RFC 6962 2.1)."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Path of the leaf at *index*, leaf side first (RFC 6962 2.1.1)."""
    if len(hashes) <= 1:
        return []
    split = split_point(len(hashes))
    if index < split:
        return [*inclusion_path(hashes[:split], index), root(hashes[split:])]
    return [*inclusion_path(hashes[split:], index - split), root(hashes[:split])]


def consistency_path(hashes: Sequence[bytes], old: int) -> list[bytes]:
    """Proof that the first *old* leaves lie in this tree (RFC 6962 2.1.2)."""
    if not 0 < old <= len(hashes):
        raise ValueError("no proof between these sizes")
    return _consistency(hashes, old, whole=True)


def root_from_inclusion(
    *, leaf: bytes, index: int, size: int, path: Sequence[bytes]
) -> bytes:
    """Root a path leads to (RFC 9162 2.1.3.2).

    Raises:
        RefusedError: ``malformed``: the path does not fit index and size.
    """
    if not 0 <= index < size:
        raise RefusedError(Reason.MALFORMED, "inclusion index")
    if any(len(digest) != HASH_SIZE for digest in (leaf, *path)):
        raise RefusedError(Reason.MALFORMED, "inclusion hash")
    here, last, value = index, size - 1, leaf
    for sibling in path:
        if not last:
            raise RefusedError(Reason.MALFORMED, "inclusion path too long")
        if here & 1 or here == last:
            value = node_hash(sibling, value)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        here, last = here >> 1, last >> 1
    if last:
        raise RefusedError(Reason.MALFORMED, "inclusion path too short")
    return value


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Check that *leaf* stands at *index* of the tree of *size* under *root*.

    Raises:
        RefusedError: ``malformed``.
    """
    if root_from_inclusion(leaf=leaf, index=index, size=size, path=path) != root:
        raise RefusedError(Reason.MALFORMED, "inclusion root")


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Check that the tree of *old* leaves is a prefix of that of *new*.

    RFC 9162 2.1.4.2.

    Raises:
        RefusedError: ``malformed``.
    """
    if not 0 <= old <= new:
        raise RefusedError(Reason.MALFORMED, "consistency sizes")
    if old in (0, new):
        same = old_root == (EMPTY_ROOT if old == 0 else new_root)
        if new == 0:
            same = old_root == new_root == EMPTY_ROOT
        if path or not same or (old == 0 and len(new_root) != HASH_SIZE):
            raise RefusedError(Reason.MALFORMED, "consistency of equal trees")
        return
    nodes = list(path)
    if old & (old - 1) == 0:
        nodes.insert(0, old_root)
    if not nodes:
        raise RefusedError(Reason.MALFORMED, "consistency path too short")
    if any(len(digest) != HASH_SIZE for digest in nodes):
        raise RefusedError(Reason.MALFORMED, "consistency hash")
    roots = _walk_consistency(old - 1, new - 1, nodes)
    if roots != (old_root, new_root):
        raise RefusedError(Reason.MALFORMED, "consistency root")


def proven_prefix(
    *, old: int, new: int, new_root: bytes, path: Sequence[bytes]
) -> bytes | None:
    """The root that a consistency proof to *new_root* gives the first *old* leaves.

    None where *path* is no such proof, or where *old* is a power of two: then it begins
    above that root, which whoever proves leaves out (RFC 9162 2.1.4.1).
    """
    if not 0 < old < new or old & (old - 1) == 0 or not path:
        return None
    try:
        first, last = _walk_consistency(old - 1, new - 1, list(path))
    except RefusedError:
        return None
    return first if last == new_root else None


def _walk_consistency(here: int, last: int, nodes: list[bytes]) -> tuple[bytes, bytes]:
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = nodes[0]
    for sibling in nodes[1:]:
        if not last:
            raise RefusedError(Reason.MALFORMED, "consistency path too long")
        if here & 1 or here == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        here, last = here >> 1, last >> 1
    if last:
        raise RefusedError(Reason.MALFORMED, "consistency path too short")
    return old, new


def _consistency(hashes: Sequence[bytes], old: int, *, whole: bool) -> list[bytes]:
    if old == len(hashes):
        return [] if whole else [root(hashes)]
    split = split_point(len(hashes))
    if old <= split:
        return [*_consistency(hashes[:split], old, whole=whole), root(hashes[split:])]
    rest = _consistency(hashes[split:], old - split, whole=False)
    return [*rest, root(hashes[:split])]
