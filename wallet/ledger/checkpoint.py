"""Checkpoints: signed notes of a log and the cosignatures of its witnesses.

C2SP signed-note, tlog-checkpoint, tlog-cosignature (Ed25519 kinds).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from wallet.errors import RefusedError
from wallet.keys.signing import Signer, check_public, verify
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

LOG_KIND = 0x01
COSIGNATURE_KIND = 0x04
MAX_NOTE = 1 << 20
_KINDS = (LOG_KIND, COSIGNATURE_KIND)
_DASH = "\u2014 "
_ID_SIZE = 4
_TIME_SIZE = 8
_MAX_LINES = 100
_MAX_SIZE = (1 << 63) - 1
_MAX_SECONDS = 253_402_300_799  # the last second of the year 9999
_COUNT = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large a log is, and the root over all of it."""

    origin: str
    size: int
    root: bytes


def note_text(checkpoint: Checkpoint) -> bytes:
    """The three lines that are signed; no extension lines are ever written."""
    if not _is_name(checkpoint.origin):
        raise ValueError("not an origin")
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n".encode()


@dataclass(frozen=True, slots=True)
class Vkey:
    """A verifier key: who signs, and with which public key of which kind."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read NAME+ID+KEY.

        Raises:
            RefusedError: ``malformed``, ``unknown_version`` for another kind of key,
                ``signature_wrong`` for a key never to be accepted.
        """
        match text.split("+", 2):
            case [name, claimed, encoded] if _is_name(name):
                data = _strict_base64(encoded, place="verifier key")
            case _:
                raise RefusedError(Reason.MALFORMED, "verifier key")
        kind, public = (data[0] if data else 0), data[1:]
        if _KEY_ID.fullmatch(claimed) is None:
            raise RefusedError(Reason.MALFORMED, "verifier key id")
        if kind not in _KINDS:
            raise RefusedError(Reason.UNKNOWN_VERSION, "verifier key kind")
        check_public(public, place="verifier key")
        key_id = _key_id(name, kind, public)
        if key_id.hex() != claimed:
            raise RefusedError(Reason.MALFORMED, "verifier key id")
        return cls(name, key_id, kind, public)

    @property
    def text(self) -> str:
        """NAME+ID+KEY, as policies carry it."""
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


def vkey_for(name: str, kind: int, public: bytes) -> Vkey:
    """Make the verifier key of a public Ed25519 key.

    Raises:
        ValueError: The name cannot stand in a note, or the kind is not known here.
        RefusedError: The key must never be accepted.
    """
    if not _is_name(name) or kind not in _KINDS:
        raise ValueError("no such verifier key")
    check_public(public, place="verifier key")
    return Vkey(name, _key_id(name, kind, public), kind, public)


def sign_log(signer: Signer, name: str, text: bytes) -> bytes:
    """The log's own signature line under *text*."""
    vkey = vkey_for(name, LOG_KIND, signer.public)
    return _line(vkey, signer.sign(text))


def cosign(signer: Signer, name: str, text: bytes, seconds: int) -> bytes:
    """A witness's signature line: it saw *text* at *seconds*, and nothing else."""
    if not 0 < seconds <= _MAX_SECONDS:
        raise ValueError("no time to cosign at")
    vkey = vkey_for(name, COSIGNATURE_KIND, signer.public)
    signature = signer.sign(_cosigned(text, seconds))
    return _line(vkey, seconds.to_bytes(_TIME_SIZE, "big") + signature)


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

    def verify_log(self, vkey: Vkey) -> None:
        """Check that the log itself signed this.

        Raises:
            RefusedError: ``signature_wrong``, also where no line is the log's or the
                log's name is not the origin.
        """
        lines = self._of(vkey)
        if vkey.kind != LOG_KIND or not lines or vkey.name != self.checkpoint.origin:
            raise RefusedError(Reason.SIGNATURE_WRONG, "log signature missing")
        for line in lines:
            verify(
                public=vkey.public,
                message=self.text,
                signature=line.signature,
                place="log signature",
            )

    def cosignature_times(self, vkeys: Iterable[Vkey]) -> dict[str, int]:
        """When each known witness saw this, newest if it signed twice.

        Lines of unknown keys are ignored.

        Raises:
            RefusedError: ``signature_wrong``: a known key's line is not good.
        """
        times: dict[str, int] = {}
        for vkey in vkeys:
            for line in self._of(vkey):
                seconds = self._cosignature(vkey, line)
                times[vkey.name] = max(seconds, times.get(vkey.name, 0))
        return times

    def with_only(self, vkey: Vkey) -> bytes:
        """The note under one line of *vkey*, which `verify_log` has found good.

        Anybody may put lines of unknown keys below a public note; nobody passes
        them on.
        """
        first, *_ = self._of(vkey)
        return self.text + b"\n" + _line(vkey, first.signature)

    def _of(self, vkey: Vkey) -> list[SignatureLine]:
        wanted = (vkey.name, vkey.key_id)
        return [line for line in self.lines if (line.name, line.key_id) == wanted]

    def _cosignature(self, vkey: Vkey, line: SignatureLine) -> int:
        seconds = int.from_bytes(line.signature[:_TIME_SIZE], "big")
        if vkey.kind != COSIGNATURE_KIND or not 0 < seconds <= _MAX_SECONDS:
            raise RefusedError(Reason.SIGNATURE_WRONG, "cosignature time")
        verify(
            public=vkey.public,
            message=_cosigned(self.text, seconds),
            signature=line.signature[_TIME_SIZE:],
            place="cosignature",
        )
        return seconds


def parse_note(data: bytes) -> Note:
    """Read a signed checkpoint strictly, from the LAST empty line.

    Raises:
        RefusedError: ``malformed``, naming the place.
    """
    if len(data) > MAX_NOTE or any(byte < 0x20 and byte != 0x0A for byte in data):  # noqa: PLR2004 control characters
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
    if not _is_name(origin):
        raise RefusedError(Reason.MALFORMED, "checkpoint origin")
    if _COUNT.fullmatch(size) is None or int(size) > _MAX_SIZE:
        raise RefusedError(Reason.MALFORMED, "checkpoint size")
    digest = _strict_base64(root, place="checkpoint root")
    if len(digest) != hashlib.sha256().digest_size:
        raise RefusedError(Reason.MALFORMED, "checkpoint root")
    return Checkpoint(origin, int(size), digest)


def _read_line(line: str) -> SignatureLine:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _is_name(name):
        raise RefusedError(Reason.MALFORMED, "note signature line")
    data = _strict_base64(encoded, place="note signature line")
    if len(data) <= _ID_SIZE:
        raise RefusedError(Reason.MALFORMED, "note signature line")
    return SignatureLine(name, data[:_ID_SIZE], data[_ID_SIZE:])


def _line(vkey: Vkey, signature: bytes) -> bytes:
    encoded = base64.b64encode(vkey.key_id + signature).decode()
    return f"{_DASH}{vkey.name} {encoded}\n".encode()


def _cosigned(text: bytes, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n".encode() + text


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    named = name.encode() + b"\n" + bytes([kind]) + public
    return hashlib.sha256(named).digest()[:_ID_SIZE]


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and name.isprintable() and " " not in name


def _strict_base64(text: str, *, place: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise RefusedError(Reason.MALFORMED, place) from None
    if base64.b64encode(data).decode() != text:
        raise RefusedError(Reason.MALFORMED, place)
    return data
