"""Reads a large file in a process of its own, ahead of the vault that takes it in.

Reading costs as much as keeping, and neither need wait for the other. The process that
reads holds no key of the vault's store and writes no file; what a hostile file does to
it costs that file and nothing else.
"""

from __future__ import annotations

import errno
import logging
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Self

import orjson

from wallet.records import formats, frames
from wallet.records.frames import End, FrameError, Pieces
from wallet.records.reader import open_reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from wallet.records.found import Found
    from wallet.records.reader import Given, Late, Reader

_LOG = logging.getLogger(__name__)
LEAST = 4 << 20
"""Bytes of a file from which on a process of its own is worth its start."""
_FORMATS = frozenset({"json", "fhir-xml", "apple-health"})
"""Those that can be large and need no `Aids`, which stay with who holds the keys."""
_MODULE = "wallet.actions.patient.read_ahead_child"
_PIPE = 1 << 20
_BUFFER = 1 << 18


@contextmanager
def reading(given: Given, *, size: int) -> Iterator[Reader]:
    """The reader of a file of *size* bytes: here, or ahead where that is worth it."""
    ahead = _ahead(given) if size >= LEAST else None
    if ahead is None:
        yield open_reader(given)
        return
    with ahead:
        yield ahead


class ReadAhead:
    """A `Reader` in a process of its own, which ends with the ``with`` around this."""

    def __init__(self, given: Given, file: int) -> None:
        """*file* is the descriptor of the file in *given*; it moves on as it is read.

        Raises:
            OSError: no process can be started.
        """
        self.format, self.tail = "unknown", b""
        self._given, self._end = given, End()
        self.findings = self._end.findings
        self._process = subprocess.Popen(  # noqa: S603 our own module
            [sys.executable, "-I", "-m", _MODULE],
            bufsize=_BUFFER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(file,),
            env={},
        )
        assert self._process.stdin is not None  # noqa: S101 pipes were asked for
        assert self._process.stdout is not None  # noqa: S101
        self._frames = self._process.stdout
        _widen(self._frames)
        with suppress(BrokenPipeError), self._process.stdin as told:
            told.write(_task(given, file))
        self._expect_begun()

    def _expect_begun(self) -> None:
        """Wait for its first frame: it has come to be, and now looks at the file."""
        try:
            frames.read(self._frames)
        except FrameError as error:
            self._end_it()
            raise OSError(errno.ECHILD, "a reader does not begin") from error

    @property
    def late(self) -> tuple[Late, ...]:
        """See `Reader`."""
        return self._end.late

    def found(self) -> Iterator[Found]:
        """Every piece of the file, once, in its order.

        Raises:
            OSError: the file cannot be read, or the process that reads it has ended.
        """
        try:
            while isinstance(frame := frames.read(self._frames), Pieces):
                self._given.on_bytes(frame.size)
                yield from frame.found
        except FrameError as error:
            # Its own words may quote a record, and went nowhere.
            _LOG.warning("a process that read a file ended early")
            raise OSError(errno.EIO, "a reader ended early") from error
        if frame.fault:
            raise OSError(frame.fault, "a file cannot be read")
        self._end, self.findings = frame, frame.findings
        self.format, self.tail = frame.format, frame.tail

    def name_of(self, reference: str) -> str:
        """See `Reader`."""
        return self._end.names.get(reference, "")

    def __enter__(self) -> Self:
        """It reads already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, wherever it is."""
        self._end_it()

    def _end_it(self) -> None:
        self._process.kill()
        self._process.wait()
        self._frames.close()


def _task(given: Given, file: int) -> bytes:
    """What the process is told; `read_ahead_child` reads it."""
    return orjson.dumps(
        {
            "file": file,
            "salt": given.salt.hex(),
            "name": given.name,
            "title": given.title,
            "labels": [(one.code, one.system, one.basis) for one in given.labels],
        }
    )


def _ahead(given: Given) -> ReadAhead | None:
    """None where the file cannot be read ahead, or no process can be started."""
    if sys.platform == "win32":
        return None
    head = given.file.read(formats.HEAD)
    given.file.seek(0)
    form = formats.format_of(head)
    if form is None or form.name not in _FORMATS:
        return None
    try:
        return ReadAhead(given, given.file.fileno())
    except OSError:  # also where the file lies in the vault
        return None


def _widen(pipe: IO[bytes]) -> None:
    """Let it be a few hundred records ahead."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 not there on Windows

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
