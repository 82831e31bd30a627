"""``python -m`` this module: reads the file it is told of, and sends what it finds.

The task comes on standard input (`read_ahead`), frames go to standard output
(`records.frames`). Before the first byte is read the process gives up writing files,
and no other program may look into its memory.
"""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING

import orjson

from wallet.keys.hardening import harden
from wallet.records import frames
from wallet.records.found import batches, smaller
from wallet.records.frames import End, Pieces
from wallet.records.reader import Given, open_reader
from wallet.records.record import Label

if TYPE_CHECKING:
    from wallet.records.found import Found
    from wallet.records.reader import Reader

_BUFFER = 1 << 18
_TOLD_EVERY = 1 << 20  # bytes read without a record


class _Sender:
    """Sends pieces, and how far it is where no piece comes for long."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._size = out, 0

    def has_read(self, size: int) -> None:
        self._size += size
        if self._size >= _TOLD_EVERY:
            self._send(Pieces(size=self._size, found=[]))

    def all(self, reader: Reader) -> dict[str, str]:
        """Send every piece; what those are called that records sent wait for."""
        awaited: dict[str, str] = {}
        for batch in batches(reader.found()):
            found = [_made_small(piece) for piece in batch]
            self._send(Pieces(size=self._size, found=found))
            for piece in found:
                if piece.facts is not None and piece.facts.awaits:
                    awaited[piece.facts.awaits] = ""
        return {reference: reader.name_of(reference) for reference in awaited}

    def _send(self, pieces: Pieces) -> None:
        self._size = 0
        frames.write(self._out, pieces)


def main() -> int:
    """Read one file."""
    harden()
    _write_no_file()
    task = sys.stdin.buffer.read()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb", _BUFFER) as out:
        try:
            frames.write(out, Pieces(size=0, found=[]))  # it has begun
            frames.write(out, _read(task, _Sender(out)))
        except BrokenPipeError:
            os._exit(1)  # nobody wants it any more
        except OSError as error:
            frames.write(out, End(fault=error.errno or 1))
    return 0


def _read(task: bytes, sender: _Sender) -> End:
    told = orjson.loads(task)
    with os.fdopen(told["file"], "rb") as file:
        given = Given(
            file=file,
            salt=bytes.fromhex(told["salt"]),
            on_bytes=sender.has_read,
            name=told["name"],
            title=told["title"],
            labels=tuple(
                Label(code=code, system=system, basis=basis)
                for code, system, basis in told["labels"]
            ),
        )
        reader = open_reader(given)
        names = sender.all(reader)
    return End(
        format=reader.format,
        findings=reader.findings,
        tail=reader.tail,
        late=reader.late,
        names=names,
    )


def _made_small(piece: Found) -> Found:
    return piece._replace(small=smaller(piece.raw)) if piece.raw else piece


def _write_no_file() -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 not there on Windows

        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
