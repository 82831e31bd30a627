"""``HWSLOT1``: the ways to the data key, each in its own slot, one file.

The file is magic, body, MAC under the data key, and a plain SHA-256. The digest tells
damage from a wrong passphrase before anybody is asked for one; the MAC tells a forger
from the writer; the vault id and the generation tie the file to one vault.
Everything is bounded before a passphrase is stretched.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wallet.cbor import decode, encode
from wallet.errors import HomeMissingError, RefusedError, SlotsDamagedError
from wallet.keys.derivation import expand

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.cbor import Value

MAGIC = b"HWSLOT1\n"
SPARE = ".spare"
VERSION = 1
PASSPHRASE, WORDS = 1, 2
_MAX_FILE = 65_536
_MAX_SLOTS = 16
_NONCE = 12
_BOX = 48  # 32 bytes and a tag
_ID = 16
# Ceilings for memory in KiB, passes and lanes, before the first byte is stretched.
_CEILING = (2 << 20, 20, 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One way to the data key; ``parameters`` say how its own key is made."""

    kind: int
    slot_id: bytes
    parameters: tuple[Value, ...]
    nonce: bytes = b""
    box: bytes = field(default=b"", repr=False)

    def bound(self, vault_id: bytes) -> bytes:
        """The bytes the box is bound to: vault, kind, id and every parameter."""
        return encode([VERSION, vault_id, self.kind, self.slot_id, *self.parameters])

    def close(self, *, key: bytes, data_key: bytes, vault_id: bytes) -> Slot:
        """Put the data key in."""
        nonce = secrets.token_bytes(_NONCE)
        box = AESGCM(key).encrypt(nonce, data_key, self.bound(vault_id))
        return replace(self, nonce=nonce, box=box)

    def open(self, *, key: bytes, vault_id: bytes) -> bytearray | None:
        """Take the data key out, if *key* is the one."""
        try:
            data_key = AESGCM(key).decrypt(self.nonce, self.box, self.bound(vault_id))
        except InvalidTag:
            return None
        return bytearray(data_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """All slots of one vault, and the seed sealed under the data key."""

    vault_id: bytes
    generation: int
    slots: tuple[Slot, ...]
    seed_box: bytes = field(repr=False)

    def encode(self, data_key: bytes) -> bytes:
        """The whole file."""
        body = encode(
            {
                1: VERSION,
                2: self.vault_id,
                3: self.generation,
                4: [
                    [slot.bound(self.vault_id), slot.nonce, slot.box]
                    for slot in self.slots
                ],
                5: self.seed_box,
            }
        )
        signed = encode([body, _mac(data_key, body)])
        return MAGIC + signed + hashlib.sha256(signed).digest()

    def of_kind(self, kind: int) -> list[Slot]:
        """The slots of one kind."""
        return [slot for slot in self.slots if slot.kind == kind]


@dataclass(frozen=True, slots=True)
class SlotsFile:
    """A slots file as read: whole, but not yet known to be by its writer."""

    slots: Slots
    body: bytes
    mac: bytes

    def prove(self, data_key: bytes | bytearray) -> None:
        """Check the MAC with the data key a slot gave.

        Raises:
            SlotsDamagedError: somebody else wrote this body.
        """
        if not hmac.compare_digest(_mac(bytes(data_key), self.body), self.mac):
            raise _damaged()


def parse(data: bytes) -> SlotsFile:
    """Read a slots file strictly.

    Raises:
        SlotsDamagedError: not exactly what `Slots.encode` writes, or out of bounds.
    """
    signed, digest = data[len(MAGIC) : -32], data[-32:]
    if not data.startswith(MAGIC) or len(data) > _MAX_FILE:
        raise _damaged()
    if hashlib.sha256(signed).digest() != digest:
        raise _damaged()
    try:
        match decode(signed, cap=_MAX_FILE, place="slots"):
            case [bytes(body), bytes(mac)]:
                return SlotsFile(_body(body), body, mac)
            case _:
                raise _damaged()
    except RefusedError:
        raise _damaged() from None


def seal_seed(seed: bytes, data_key: bytes) -> bytes:
    """Keep the seed beside the slots, under the data key."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(expand(data_key, "slots-seed")).encrypt(nonce, seed, MAGIC)


def open_seed(box: bytes, data_key: bytes | bytearray) -> bytearray:
    """Take the seed out.

    Raises:
        SlotsDamagedError: it does not open with this data key.
    """
    cipher = AESGCM(expand(bytes(data_key), "slots-seed"))
    try:
        return bytearray(cipher.decrypt(box[:_NONCE], box[_NONCE:], MAGIC))
    except InvalidTag:
        raise _damaged() from None


def load(path: Path) -> SlotsFile:
    """Read the slots file of a home.

    Raises:
        HomeMissingError: there is none.
        SlotsDamagedError: it is not what was written.
    """
    try:
        with path.open("rb") as file:
            return parse(file.read(_MAX_FILE + 1))
    except FileNotFoundError:
        raise HomeMissingError("there is no wallet in this home") from None


def write(path: Path, data: bytes) -> None:
    """Replace the slots file in one step, and then its spare copy.

    A crash at any point leaves either the old or the new file whole. The spare is for
    damage: a copy of the file before would still open with the passphrase before.
    """
    _replace(path, data)
    write_spare(path, data)


def write_spare(path: Path, data: bytes) -> None:
    """Let the spare copy beside *path* hold *data*; nothing is done if it does."""
    spare = path.with_name(path.name + SPARE)
    if not spare.exists() or spare.read_bytes() != data:
        _replace(spare, data)


def _replace(path: Path, data: bytes) -> None:
    new = path.with_name(path.name + ".new")
    handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "r+b") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        if file.read() != data:
            raise OSError(errno.EIO, "the keys were not written as they are")
    new.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in *folder* durable, where the system knows how."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mac(data_key: bytes, body: bytes) -> bytes:
    return hmac.digest(expand(data_key, "slots-mac"), MAGIC + body, "sha256")


def _body(data: bytes) -> Slots:
    match decode(data, cap=_MAX_FILE, place="slots"):
        case {
            1: 1,
            2: bytes(vault_id),
            3: int(generation),
            4: list(slots),
            5: bytes(box),
        }:
            if len(vault_id) != _ID or generation < 1 or len(slots) > _MAX_SLOTS:
                raise _damaged()
            if len(box) != _NONCE + _BOX:
                raise _damaged()
            return Slots(
                vault_id=vault_id,
                generation=generation,
                slots=tuple(_slot(slot, vault_id) for slot in slots),
                seed_box=box,
            )
        case _:
            raise _damaged()


def _slot(value: Value, vault_id: bytes) -> Slot:
    match value:
        case [bytes(bound), bytes(nonce), bytes(box)]:
            pass
        case _:
            raise _damaged()
    if len(nonce) != _NONCE or len(box) != _BOX:
        raise _damaged()
    match decode(bound, cap=_MAX_FILE, place="slots"):
        case [1, bytes(vault), int(kind), bytes(slot_id), *parameters] if (
            vault == vault_id and len(slot_id) == _ID and _fits(kind, parameters)
        ):
            return Slot(
                kind=kind,
                slot_id=slot_id,
                parameters=tuple(parameters),
                nonce=nonce,
                box=box,
            )
        case _:
            raise _damaged()


def _fits(kind: int, parameters: list[Value]) -> bool:
    match parameters:
        case [int(memory), int(passes), int(lanes), bytes(salt)] if kind == PASSPHRASE:
            asked = zip((memory, passes, lanes), _CEILING, strict=True)
            return len(salt) == 32 and all(0 < had <= most for had, most in asked)  # noqa: PLR2004
        case [int(person), int(dev)] if kind == WORDS:
            return 0 <= person < 1 << 16 and 0 <= dev < 1 << 16
        case _:
            return False


def _damaged() -> SlotsDamagedError:
    return SlotsDamagedError(
        f"the file with the keys is damaged; put a copy of slots.hw{SPARE} in its place"
    )
