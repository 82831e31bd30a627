"""The files of a replica: public tiles and bundles, checkpoints, three of its own."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wallet.cbor import decode, encode
from wallet.errors import RefusedError, StoreDamagedError
from wallet.ledger.change_file import NOTHING, ChangeFile, Covered
from wallet.ledger.entry import State
from wallet.ledger.judged_blocks import JudgedBlocks
from wallet.ledger.status import Change
from wallet.ledger.tiles import (
    WIDTH,
    bundle_path,
    decode_bundle,
    encode_bundle,
    tile_path,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wallet.cbor import Value

HASH_SIZE = 32
KEPT = 1_000
_HOUR = 3_600
_MAX_STATE = 1 << 28  # the first version kept every change in it
_VERSION = 2
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
    changes: Covered


@dataclass(frozen=True, slots=True)
class FirstMark:
    """A mark of the first version, which held the changes and no upper tiles."""

    mark: Mark
    changes: tuple[Change, ...]
    wrong_roots: tuple[int, ...] = ()


class ReplicaFiles:
    """Reads and writes the folder; believes nothing past what the mark covers."""

    def __init__(self, folder: Path) -> None:
        """Use *folder*, which is made if it is not there."""
        self._folder = folder
        self._checkpoints = folder / "checkpoints"
        self._checkpoints.mkdir(parents=True, exist_ok=True)
        self._unsettled: list[Path] = []
        self.changes = ChangeFile(folder / "changes")
        self.blocks = JudgedBlocks(folder / "blocks")

    def load(self) -> Mark | FirstMark | None:
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
            7: mark.changes.length,
            8: mark.changes.digest,
        }
        _replace(self._folder / "state.cbor", encode(values))

    def tile(self, level: int, n: int, width: int) -> bytes:
        """The first *width* hashes of a tile.

        The narrow file goes first: a full one beside it is past the mark.
        """
        data = self._read(*_narrow_first(tile_path, level, n, width=width))
        if len(data) < width * HASH_SIZE:
            raise StoreDamagedError("replica tile")
        return data[: width * HASH_SIZE]

    def bundle(self, n: int, width: int) -> list[bytes]:
        """The first *width* entries of a bundle."""
        data = self._read(*_narrow_first(bundle_path, n, width=width))
        try:
            entries = decode_bundle(data)
        except RefusedError:
            raise StoreDamagedError("replica bundle") from None
        if len(entries) < width:
            raise StoreDamagedError("replica bundle")
        return entries[:width]

    def put_tile(self, level: int, n: int, hashes: Sequence[bytes]) -> None:
        """Write a tile; it is durable after `settle`."""
        self._put_later(tile_path(level, n, len(hashes)), b"".join(hashes))

    def put_bundle(self, n: int, entries: Sequence[bytes]) -> None:
        """Write a bundle; it is durable after `settle`."""
        self._put_later(bundle_path(n, len(entries)), encode_bundle(entries))

    def settle(self) -> None:
        """Make durable what was written."""
        for path in self._unsettled:
            with path.open("rb") as file:
                os.fsync(file.fileno())
        # A folder once for all its files: a long ledger would wait for little else.
        for folder in {path.parent for path in self._unsettled}:
            _sync_folder(folder)
        self._unsettled = []

    def drop_partials(self, before: int, size: int) -> None:
        """Remove the partial files that a mark of *size* has left behind."""
        level = 0
        while before >> 8 * level or level == 0:
            first, last = before >> 8 * (level + 1), size >> 8 * (level + 1)
            for n in range(first, last + 1):
                kept = (size >> 8 * level) - n * WIDTH
                self._drop(tile_path(level, n, 1), kept)
                if level == 0:
                    self._drop(bundle_path(n, 1), kept)
            level += 1

    def _drop(self, name: str, kept: int) -> None:
        folder = (self._folder / name).parent
        if not folder.is_dir():
            return
        for path in folder.iterdir():
            if path.name != str(kept):
                path.unlink()
        with suppress(OSError):  # the one that counts lies in it
            folder.rmdir()

    def _put_later(self, name: str, data: bytes) -> None:
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(target.name + ".new")
        fresh.write_bytes(data)
        fresh.replace(target)
        self._unsettled.append(target)

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


def _narrow_first(name: Callable[..., str], *place: int, width: int) -> tuple[str, ...]:
    return (name(*place, width), name(*place)) if width < WIDTH else (name(*place),)


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


def _mark(values: Value) -> Mark | FirstMark:
    match values:
        case {
            0: int(version),
            1: str(origin),
            2: int(size),
            3: bytes(root),
            4: bytes() | None as note,
            5: int() | None as seconds,
            6: [bytes(), bytes()] | None as fork,
            7: changes,
            **rest,
        }:
            mark = Mark(
                origin=origin,
                size=size,
                root=root,
                note=note,
                quorum_seconds=seconds,
                fork=None if fork is None else (fork[0], fork[1]),
                changes=NOTHING,
            )
        case _:
            raise StoreDamagedError("replica state")
    match version, changes, rest:
        case 2, int(length), {8: bytes(digest)}:
            return replace(mark, changes=Covered(length, digest))
        case 1, list(held), _:
            wrong = rest.get(8, [])
            if type(wrong) is list and all(type(index) is int for index in wrong):
                return FirstMark(mark, tuple(map(_change, held)), tuple(wrong))
            raise StoreDamagedError("replica state")
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
