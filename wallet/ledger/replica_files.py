"""The files of a replica: public tiles and bundles, checkpoints, one small state."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.cbor import decode, encode
from wallet.errors import RefusedError, StoreDamagedError
from wallet.ledger.entry import State
from wallet.ledger.status import Change
from wallet.ledger.tiles import (
    WIDTH,
    bundle_path,
    decode_bundle,
    encode_bundle,
    tile_path,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.cbor import Value

HASH_SIZE = 32
KEPT = 1_000
_HOUR = 3_600
_MAX_STATE = 1 << 28
_VERSION = 1
_STORED = re.compile(r"([0-9]{12})-([0-9]{1,19})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a replica remembers of its log besides the public files."""

    origin: str
    size: int
    root: bytes
    note: bytes | None
    quorum_seconds: int | None
    fork: tuple[bytes, bytes] | None
    changes: tuple[Change, ...]
    wrong_roots: tuple[int, ...] = ()


class ReplicaFiles:
    """Reads and writes the folder; believes nothing past what the mark covers."""

    def __init__(self, folder: Path) -> None:
        """Use *folder*, which is made if it is not there."""
        self._folder = folder
        self._checkpoints = folder / "checkpoints"
        self._checkpoints.mkdir(parents=True, exist_ok=True)

    def load(self) -> Mark | None:
        """The mark; None in a new folder.

        Raises:
            StoreDamagedError: It is not what was written.
        """
        try:
            data = (self._folder / "state.cbor").read_bytes()
        except FileNotFoundError:
            return None
        try:
            return _mark(decode(data, cap=_MAX_STATE, place="replica state"))
        except RefusedError:
            raise StoreDamagedError("replica state") from None

    def save(self, mark: Mark) -> None:
        """Replace the mark in one step; what it covers was written before."""
        values: dict[int, Value] = {
            0: _VERSION,
            1: mark.origin,
            2: mark.size,
            3: mark.root,
            4: mark.note,
            5: mark.quorum_seconds,
            6: None if mark.fork is None else list(mark.fork),
            7: [
                [one.by, one.target, int(one.state), one.seq, one.applied]
                for one in mark.changes
            ],
            8: list(mark.wrong_roots),
        }
        _replace(self._folder / "state.cbor", encode(values))

    def leaves(self, size: int) -> list[bytes]:
        """The first *size* leaf hashes, out of the level-0 tiles."""
        found: list[bytes] = []
        for n in range(-(-size // WIDTH)):
            width = min(WIDTH, size - n * WIDTH)
            data = self._read(tile_path(0, n), tile_path(0, n, width))
            if len(data) < width * HASH_SIZE:
                raise StoreDamagedError("replica tile")
            found += [data[at * HASH_SIZE :][:HASH_SIZE] for at in range(width)]
        return found

    def bundle(self, n: int, width: int) -> list[bytes]:
        """The first *width* entries of a bundle."""
        data = self._read(bundle_path(n), bundle_path(n, width))
        try:
            entries = decode_bundle(data)
        except RefusedError:
            raise StoreDamagedError("replica bundle") from None
        if len(entries) < width:
            raise StoreDamagedError("replica bundle")
        return entries[:width]

    def append(self, size: int, leaves: Sequence[bytes], entries: list[bytes]) -> None:
        """Write the tiles and bundles that new entries after *size* touch."""
        first = size // WIDTH
        old = size - first * WIDTH
        held = self.bundle(first, old) if old else []
        everything = [*held, *entries]
        touched: set[Path] = set()
        for at in range(0, len(everything), WIDTH):
            part = everything[at : at + WIDTH]
            n = first + at // WIDTH
            tile = b"".join(leaves[n * WIDTH : n * WIDTH + len(part)])
            bundle = encode_bundle(part)
            for path, data in (
                (tile_path(0, n, len(part)), tile),
                (bundle_path(n, len(part)), bundle),
            ):
                target = self._folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                _put(target, data)
                touched.add(target.parent)
        # A folder once for all its files: a long ledger would wait for little else.
        for folder in touched:
            _sync_folder(folder)

    def drop_partials(self, size: int) -> None:
        """Remove the partial files that the mark has left behind."""
        n, width = divmod(size, WIDTH)
        if width == 0:
            return
        for name in (tile_path(0, n, width), bundle_path(n, width)):
            path = self._folder / name
            path.unlink(missing_ok=True)
            with suppress(OSError):  # a wider partial still lies beside it
                path.parent.rmdir()

    def keep(self, seconds: int, size: int, note: bytes) -> None:
        """Store an accepted note under its quorum time; thin out the old ones."""
        _replace(self._checkpoints / f"{seconds:012}-{size}", note)
        stored = self.stored()
        hours = {one[0] // _HOUR: one for one in stored[:-KEPT]}
        for one in stored[:-KEPT]:
            if hours[one[0] // _HOUR] != one:
                (self._checkpoints / f"{one[0]:012}-{one[1]}").unlink()

    def stored(self) -> list[tuple[int, int]]:
        """Quorum seconds and size of every stored checkpoint, oldest first."""
        names = (_STORED.fullmatch(path.name) for path in self._checkpoints.iterdir())
        return sorted((int(name[1]), int(name[2])) for name in names if name)

    def kept(self, seconds: int, size: int) -> bytes:
        """One stored checkpoint note."""
        return self._read(f"checkpoints/{seconds:012}-{size}")

    def _read(self, *paths: str) -> bytes:
        for path in paths:
            try:
                return (self._folder / path).read_bytes()
            except FileNotFoundError:
                continue
        raise StoreDamagedError("replica file missing")


def _replace(target: Path, data: bytes) -> None:
    _put(target, data)
    _sync_folder(target.parent)


def _put(target: Path, data: bytes) -> None:
    fresh = target.with_name(target.name + ".new")
    with fresh.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(target)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mark(values: Value) -> Mark:
    match values:
        case {
            0: 1,
            1: str(origin),
            2: int(size),
            3: bytes(root),
            4: bytes() | None as note,
            5: int() | None as seconds,
            6: [bytes(), bytes()] | None as fork,
            7: list(changes),
            8: list(wrong),
        } if all(type(index) is int for index in wrong):
            return Mark(
                origin=origin,
                size=size,
                root=root,
                note=note,
                quorum_seconds=seconds,
                fork=None if fork is None else (fork[0], fork[1]),
                changes=tuple(map(_change, changes)),
                wrong_roots=tuple(wrong),
            )
        case _:
            raise StoreDamagedError("replica state")


def _change(values: Value) -> Change:
    match values:
        case [int(by), int(target), int(state), int(seq), bool(applied)] if (
            0 <= state <= State.UNKNOWN
        ):
            return Change(by, target, State(state), seq, applied)
        case _:
            raise StoreDamagedError("replica state")
