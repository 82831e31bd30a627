"""What a monitor keeps between its looks: how far it has read, and evidence."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from wallet.cbor import Value, decode, encode
from wallet.errors import RefusedError, StoreDamagedError
from wallet.server.monitor.rules import Checked, Finding

if TYPE_CHECKING:
    from pathlib import Path

_MAX = 1 << 24
_VERSION = 1
_MOST = 10_000  # findings kept for one log


class Memory:
    """The small files of one watched log."""

    def __init__(self, folder: Path) -> None:
        """Use *folder*, which is made if it is not there."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def load(self) -> Checked:
        """Where the last look left off.

        Raises:
            StoreDamagedError: it is not what was written.
        """
        try:
            data = (self._folder / "checked.cbor").read_bytes()
        except FileNotFoundError:
            return Checked()
        try:
            return _checked(decode(data, cap=_MAX, place="monitor state"))
        except RefusedError:
            raise StoreDamagedError("monitor state") from None

    def save(self, checked: Checked) -> None:
        """Keep it, in one step."""
        found: list[Value] = [
            [one.index, one.sentence, one.found] for one in checked.findings[:_MOST]
        ]
        data = encode(
            {
                0: _VERSION,
                1: checked.size,
                2: checked.operator,
                3: checked.epoch,
                4: found,
                5: checked.sealed,
            }
        )
        self._write("checked", data)

    def acknowledged(self) -> dict[int, int]:
        """Which entries somebody has looked into, and the POSIX second of that.

        Raises:
            StoreDamagedError: it is not what was written.
        """
        try:
            data = (self._folder / "acknowledged.cbor").read_bytes()
        except FileNotFoundError:
            return {}
        try:
            match decode(data, cap=_MAX, place="acknowledged"):
                case {0: 1, 1: list(rows)}:
                    return dict(map(_acknowledgement, rows))
        except RefusedError:
            pass
        raise StoreDamagedError("acknowledged")

    def acknowledge(self, index: int, *, seconds: int) -> None:
        """Note that somebody has looked into an entry.

        In a file of its own: a monitor that runs meanwhile writes the other.
        """
        rows: list[Value] = [
            [*row] for row in sorted({**self.acknowledged(), index: seconds}.items())
        ]
        self._write("acknowledged", encode({0: _VERSION, 1: rows}))

    def keep(self, data: bytes) -> str:
        """Store evidence under a name of its own; where it lies."""
        folder = self._folder / "evidence"
        folder.mkdir(exist_ok=True)
        path = folder / f"{hashlib.sha256(data).hexdigest()[:16]}.fork"
        path.write_bytes(data)
        return f"{path}"

    def _write(self, name: str, data: bytes) -> None:
        """Write a file in one step."""
        fresh = self._folder / f"{name}.new"
        with fresh.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._folder / f"{name}.cbor")


def _acknowledgement(row: Value) -> tuple[int, int]:
    match row:
        case [int(index), int(seconds)]:
            return index, seconds
        case _:
            raise StoreDamagedError("acknowledged")


def _checked(values: Value) -> Checked:
    match values:
        case {
            0: 1,
            1: int(size),
            2: bytes() | None as operator,
            3: int(epoch),
            4: list(found),
            5: int() | None as sealed,
        }:
            findings = [_finding(one) for one in found]
            return Checked(size, operator, epoch, sealed, findings)
        case _:
            raise StoreDamagedError("monitor state")


def _finding(values: Value) -> Finding:
    match values:
        case [int(index), str(sentence)]:  # as the first version wrote it
            return Finding(index, sentence)
        case [int(index), str(sentence), int(found)]:
            return Finding(index, sentence, found)
        case _:
            raise StoreDamagedError("monitor state")
