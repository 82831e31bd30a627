"""A stapled bundle: one entry and its state, provable without asking anybody.

An entry, the newest status root and the chunk that holds the entry's two bits, each
with its path, under one checkpoint: at most 4 kB with Ed25519 lines. A wallet staples
it to a permission for a desk that keeps no copy. PROTOCOL.md 9: it says go ahead only
where a mirror that recomputed all states cosigned the very checkpoint.
Bytes: the status tree specification, section 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.cbor import decode, encode
from wallet.errors import RefusedError
from wallet.ledger.checkpoint import COSIGNATURE_KIND, Note, parse_note
from wallet.ledger.chunks import CHUNK, PER_CHUNK, chunk_count, state_in
from wallet.ledger.entry import MAX_ENTRY, State, leaf_hash
from wallet.ledger.merkle import HASH_SIZE, verify_inclusion
from wallet.ledger.merkle import leaf_hash as chunk_hash
from wallet.ledger.policy import MIRRORS
from wallet.ledger.status_root import StatusRoot, read_status_root
from wallet.verdict import CheckpointRef, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wallet.cbor import Value
    from wallet.ledger.policy import Policy

MAGIC = b"HWBUNDLE1\n"
MAX_BUNDLE = 1 << 15
_MAX_PATH = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle that was read; nothing of it is verified yet."""

    index: int
    entry: bytes
    entry_path: tuple[bytes, ...]
    root_entry: bytes
    root_path: tuple[bytes, ...]
    chunk: bytes
    chunk_path: tuple[bytes, ...]
    note: Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Stapled:
    """What a verified bundle proves of one entry, as of its quorum time.

    *mirrored* says that enough mirrors of the policy, which recompute what they sign,
    cosigned the checkpoint: without them a state is the operator's word alone.
    """

    index: int
    entry: bytes
    told: State
    mirrored: bool
    root: StatusRoot
    checkpoint: CheckpointRef
    quorum_time: datetime | None
    bundle: Bundle

    @property
    def leaf(self) -> bytes:
        """The leaf hash of the entry."""
        return leaf_hash(self.entry)

    @property
    def state(self) -> State:
        """The state that may be relied on.

        A no counts as soon as it is read; that an entry stands, only where mirrors
        have recomputed it (PROTOCOL.md 8, 9).
        """
        if self.told is State.STANDS and not self.mirrored:
            return State.UNKNOWN
        return self.told


def write_bundle(
    *,
    index: int,
    entry: bytes,
    entry_path: Sequence[bytes],
    root_entry: bytes,
    root_path: Sequence[bytes],
    chunk: bytes,
    chunk_path: Sequence[bytes],
    note: bytes,
) -> bytes:
    """Write a bundle: a magic, then one deterministic CBOR map."""
    values: dict[int, Value] = {
        0: index,
        1: entry,
        2: b"".join(entry_path),
        3: root_entry,
        4: b"".join(root_path),
        5: chunk,
        6: b"".join(chunk_path),
        7: note,
    }
    return MAGIC + encode(values)


def parse_bundle(data: bytes) -> Bundle:
    """Read a bundle strictly.

    Raises:
        RefusedError: ``unknown_version`` for another magic; ``malformed``, naming the
            place; what a note raises.
    """
    if not data.startswith(MAGIC):
        raise RefusedError(Reason.UNKNOWN_VERSION, "bundle version")
    match decode(data[len(MAGIC) :], cap=MAX_BUNDLE, place="bundle"):
        case {
            0: int(index),
            1: bytes(entry),
            2: bytes(entry_path),
            3: bytes(root_entry),
            4: bytes(root_path),
            5: bytes(chunk),
            6: bytes(chunk_path),
            7: bytes(note),
            **others,
        } if not others and not isinstance(index, bool) and index >= 0:
            pass
        case _:
            raise RefusedError(Reason.MALFORMED, "bundle")
    if len(chunk) != CHUNK or max(len(entry), len(root_entry)) > MAX_ENTRY:
        raise RefusedError(Reason.MALFORMED, "bundle")
    return Bundle(
        index=index,
        entry=entry,
        entry_path=_path(entry_path),
        root_entry=root_entry,
        root_path=_path(root_path),
        chunk=chunk,
        chunk_path=_path(chunk_path),
        note=parse_note(note),
    )


def verify_bundle(bundle: Bundle, *, policy: Policy) -> Stapled:
    """Check every path and signature of a bundle against *policy*.

    The origin is that of its checkpoint, which the policy must name.

    Raises:
        RefusedError: ``not_in_copy`` for a log outside the policy, ``no_quorum``,
            ``signature_wrong``, ``malformed``; ``status_unproved`` where the root
            entry is not the last under the checkpoint, or the entry not below it.
    """
    seen = bundle.note.checkpoint
    moment = policy.accept(bundle.note)
    covered = seen.size - 1
    if not 0 <= bundle.index < covered:
        raise RefusedError(Reason.STATUS_UNPROVED, "bundle index")
    for index, entry, path in (
        (bundle.index, bundle.entry, bundle.entry_path),
        (covered, bundle.root_entry, bundle.root_path),
    ):
        verify_inclusion(
            leaf=leaf_hash(entry),
            index=index,
            size=seen.size,
            path=path,
            root=seen.root,
        )
    root = read_status_root(bundle.root_entry, origin=seen.origin, index=covered)
    verify_inclusion(
        leaf=chunk_hash(bundle.chunk),
        index=bundle.index // PER_CHUNK,
        size=chunk_count(covered),
        path=bundle.chunk_path,
        root=root.root,
    )
    return Stapled(
        index=bundle.index,
        entry=bundle.entry,
        told=state_in(bundle.chunk, bundle.index % PER_CHUNK),
        mirrored=mirrored(bundle.note, policy),
        root=root,
        checkpoint=CheckpointRef(origin=seen.origin, size=seen.size, root=seen.root),
        quorum_time=moment,
        bundle=bundle,
    )


def mirrored(note: Note, policy: Policy) -> bool:
    """Whether enough of the policy's group ``mirrors`` cosigned *note*.

    Raises:
        RefusedError: ``signature_wrong``: a line of one of them is not good.
    """
    return MIRRORS in policy.groups and policy.seen_at(MIRRORS, note) is not None


def thin_note(note: Note, policy: Policy) -> bytes:
    """The note under the Ed25519 lines alone of its log and of whom *policy* knows.

    Larger signatures have no place in a bundle, and lines of unknown keys, which
    anybody may put below a note, nobody passes on.

    Raises:
        RefusedError: ``not_in_copy`` for a log outside the policy.
    """
    log = policy.log(note.checkpoint.origin)
    if log is None:
        raise RefusedError(Reason.NOT_IN_COPY, "checkpoint origin")
    witnesses = [party.vkey for party in policy.witnesses.values()]
    kept = {
        (one.name, one.key_id)
        for one in (log, *witnesses)
        if one is log or one.kind == COSIGNATURE_KIND
    }
    head, _, below = note.raw.rpartition(b"\n\n")
    lines = zip(note.lines, below.splitlines(keepends=True), strict=True)
    thin = [raw for line, raw in lines if (line.name, line.key_id) in kept]
    return head + b"\n\n" + b"".join(thin)


def _path(joined: bytes) -> tuple[bytes, ...]:
    count, rest = divmod(len(joined), HASH_SIZE)
    if rest or count > _MAX_PATH:
        raise RefusedError(Reason.MALFORMED, "bundle path")
    return tuple(joined[at * HASH_SIZE :][:HASH_SIZE] for at in range(count))
