"""The signed note of a checkpoint, read strictly.

C2SP signed-note 1.0.0 and tlog-checkpoint 1.0.0, at commit 5ba5ee8.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.checkpoint.cosignature import (
    DASH,
    line,
    verify_cosignature,
    verify_line,
)
from wallet.ledger.checkpoint.vkey import (
    ID_SIZE,
    LOG_KIND,
    LOG_KINDS,
    is_name,
    strict_base64,
)
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallet.ledger.checkpoint.vkey import Vkey

# A hundred lines of ML-DSA-44 fit three times; verifiers must take at least 16 lines.
MAX_NOTE = 1 << 20
_CONTROL = bytes({*range(0x20)} - {0x0A})  # all but the end of a line
_MAX_LINES = 100
_MAX_SIZE = (1 << 63) - 1
_COUNT = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large a log is, and the root over all of it."""

    origin: str
    size: int
    root: bytes


def note_text(checkpoint: Checkpoint) -> bytes:
    """The three lines that are signed; no extension lines are ever written."""
    if not is_name(checkpoint.origin):
        raise ValueError("not an origin")
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n".encode()


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line below a note; whose it is, is claimed until it is verified."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note that was read; none of its signatures has been looked at."""

    text: bytes
    checkpoint: Checkpoint
    lines: tuple[SignatureLine, ...]
    raw: bytes

    def verify_log(self, *vkeys: Vkey) -> None:
        """Check that the log itself signed this, with at least one of its keys.

        Raises:
            RefusedError: ``signature_wrong``: also where no line is the log's, one of
                them is not good, or a key's name is not the origin.
        """
        signed = False
        for vkey in vkeys:
            if vkey.kind not in LOG_KINDS or vkey.name != self.checkpoint.origin:
                raise RefusedError(Reason.SIGNATURE_WRONG, "log key")
            for own in self._of(vkey):
                self._verify_own(vkey, own)
                signed = True
        if not signed:
            raise RefusedError(Reason.SIGNATURE_WRONG, "log signature missing")

    def cosignature_times(self, vkeys: Iterable[Vkey]) -> dict[Vkey, int]:
        """When each known key cosigned this, the newest if it did so twice.

        Lines of unknown keys are ignored.

        Raises:
            RefusedError: ``signature_wrong``: a known key's line is not good.
        """
        times: dict[Vkey, int] = {}
        for vkey in vkeys:
            for own in self._of(vkey):
                seconds = verify_cosignature(
                    vkey,
                    text=self.text,
                    checkpoint=self.checkpoint,
                    signature=own.signature,
                )
                times[vkey] = max(seconds, times.get(vkey, 0))
        return times

    def with_only(self, vkey: Vkey) -> bytes:
        """The note under one line of *vkey*, which `verify_log` has found good.

        Anybody may put lines of unknown keys below a public note; nobody passes
        them on.
        """
        first, *_ = self._of(vkey)
        return self.text + b"\n" + line(vkey, first.signature)

    def _of(self, vkey: Vkey) -> list[SignatureLine]:
        wanted = (vkey.name, vkey.key_id)
        return [line for line in self.lines if (line.name, line.key_id) == wanted]

    def _verify_own(self, vkey: Vkey, own: SignatureLine) -> None:
        if vkey.kind == LOG_KIND:
            verify_line(vkey, text=self.text, signature=own.signature)
        else:
            verify_cosignature(
                vkey,
                text=self.text,
                checkpoint=self.checkpoint,
                signature=own.signature,
            )


def parse_note(data: bytes) -> Note:
    """Read a signed checkpoint strictly, from the LAST empty line.

    Raises:
        RefusedError: ``malformed``, naming the place.
    """
    if len(data) > MAX_NOTE or len(data.translate(None, _CONTROL)) != len(data):
        raise RefusedError(Reason.MALFORMED, "note characters")
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise RefusedError(Reason.MALFORMED, "note characters") from None
    text, gap, below = whole.rpartition("\n\n")
    if not gap or not below.endswith("\n"):
        raise RefusedError(Reason.MALFORMED, "note signatures")
    lines = below[:-1].split("\n")
    if len(lines) > _MAX_LINES:
        raise RefusedError(Reason.MALFORMED, "note signatures")
    return Note(
        text=f"{text}\n".encode(),
        checkpoint=_checkpoint(text.split("\n")),
        lines=tuple(map(_read_line, lines)),
        raw=data,
    )


def _checkpoint(lines: list[str]) -> Checkpoint:
    match lines:
        case [origin, size, root, *_] if all(lines):
            pass
        case _:
            raise RefusedError(Reason.MALFORMED, "checkpoint lines")
    if not is_name(origin):
        raise RefusedError(Reason.MALFORMED, "checkpoint origin")
    if _COUNT.fullmatch(size) is None or int(size) > _MAX_SIZE:
        raise RefusedError(Reason.MALFORMED, "checkpoint size")
    digest = strict_base64(root, place="checkpoint root")
    if len(digest) != hashlib.sha256().digest_size:
        raise RefusedError(Reason.MALFORMED, "checkpoint root")
    return Checkpoint(origin, int(size), digest)


def _read_line(line: str) -> SignatureLine:
    name, space, encoded = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not space or not is_name(name):
        raise RefusedError(Reason.MALFORMED, "note signature line")
    data = strict_base64(encoded, place="note signature line")
    if len(data) <= ID_SIZE:
        raise RefusedError(Reason.MALFORMED, "note signature line")
    return SignatureLine(name, data[:ID_SIZE], data[ID_SIZE:])
