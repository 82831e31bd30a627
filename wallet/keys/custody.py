"""The patient's seed and data key: 24 words, a passphrase, and who may open what.

The seed is the 24 words and every other key follows from it; the data key is drawn at
random, so that it can change while the patient stays the same. Reference page on keys,
sections 2 to 4; PROTOCOL.md 2.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from wallet.errors import (
    PassphraseWrongError,
    SlotsForeignError,
    UsageError,
)
from wallet.keys import slots as slots_file
from wallet.keys.derivation import expand, to_words
from wallet.keys.hardening import harden
from wallet.keys.keyfile import Cost, typed_alike
from wallet.keys.slots import PASSPHRASE, WORDS, Slot, Slots

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = [
    "Opened",
    "change_passphrase",
    "check_generation",
    "create",
    "from_words",
    "harden",
    "mend_spare",
    "tuned",
    "unlock",
    "unlock_with_words",
    "wipe",
]

WORD_COUNT = 24
_LANGUAGE = "english"
_FLOOR = 64 << 10  # KiB: RFC 9106, second recommended option
_CEILING = 2 << 20
_WISHED = 0.75  # seconds; between 0.5 and 1
_MOST_PASSES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a slot gave; `wipe` as soon as the store and the keys are made."""

    vault_id: bytes
    generation: int
    dev: int
    seed: bytearray = field(repr=False)
    data_key: bytearray = field(repr=False)

    def wipe(self) -> None:
        """Overwrite both; copies the libraries made are beyond our reach."""
        wipe(self.seed)
        wipe(self.data_key)


def wipe(secret: bytearray) -> None:
    """Overwrite *secret* with zeros in place."""
    secret[:] = bytes(len(secret))


def create(
    path: Path, *, passphrase: str, cost: Cost | None = None
) -> tuple[Opened, tuple[str, ...]]:
    """Draw a seed and a data key, write the slots, and give the 24 words once.

    Raises:
        FileExistsError: there is a wallet already; it is never overwritten.
        UsageError: the passphrase is empty.
    """
    if path.exists():
        raise FileExistsError(path.name)
    seed, data_key = secrets.token_bytes(32), secrets.token_bytes(32)
    vault_id, dev = secrets.token_bytes(16), secrets.randbelow(1 << 16)
    slots = Slots(
        vault_id=vault_id,
        generation=1,
        slots=(
            _passphrase_slot(passphrase, data_key, vault_id, cost or tuned()),
            _words_slot(seed, data_key, vault_id, dev),
        ),
        seed_box=slots_file.seal_seed(seed, data_key),
    )
    slots_file.write(path, slots.encode(data_key))
    opened = Opened(
        vault_id=vault_id,
        generation=1,
        dev=dev,
        seed=bytearray(seed),
        data_key=bytearray(data_key),
    )
    return opened, to_words(seed)


def unlock(path: Path, passphrase: str, *, vault_id: bytes) -> Opened:
    """Open with the passphrase.

    Args:
        path: The slots file.
        passphrase: As typed; compared in NFKD, so that keyboards may differ.
        vault_id: What the vault beside it says of itself, read without a key.

    Raises:
        HomeMissingError, SlotsDamagedError, SlotsForeignError: see `load`.
        PassphraseWrongError: the file is whole and this passphrase opens no slot.
    """
    found = _load(path, vault_id=vault_id)
    for slot in found.slots.of_kind(PASSPHRASE):
        key = _stretch(passphrase, slot)
        data_key = slot.open(key=key, vault_id=vault_id)
        if data_key is not None:
            return _opened(found, data_key)
    raise PassphraseWrongError("the passphrase does not open this wallet")


def unlock_with_words(path: Path, words: Sequence[str], *, vault_id: bytes) -> Opened:
    """Open with the 24 words.

    Raises:
        HomeMissingError, SlotsDamagedError, SlotsForeignError: see `load`.
        UsageError: these are not 24 words of the list, or one is mistyped.
        PassphraseWrongError: good words, of another wallet.
    """
    seed = from_words(words)
    found = _load(path, vault_id=vault_id)
    for slot in found.slots.of_kind(WORDS):
        data_key = slot.open(key=_words_key(seed, slot), vault_id=vault_id)
        if data_key is not None:
            return _opened(found, data_key)
    raise PassphraseWrongError("these words belong to another wallet")


def change_passphrase(
    path: Path, *, opened: Opened, passphrase: str, cost: Cost | None = None
) -> int:
    """Wrap the same data key anew; the old passphrase opens no file here any more.

    A crash at any point leaves a file that opens with the old one or the new one.

    Returns:
        The new generation, to be noted in the vault.
    """
    found = _load(path, vault_id=opened.vault_id)
    found.prove(opened.data_key)
    data_key = bytes(opened.data_key)
    kept = tuple(slot for slot in found.slots.slots if slot.kind != PASSPHRASE)
    fresh = _passphrase_slot(passphrase, data_key, opened.vault_id, cost or tuned())
    changed = replace(
        found.slots, generation=found.slots.generation + 1, slots=(fresh, *kept)
    )
    slots_file.write(path, changed.encode(data_key))
    return changed.generation


def mend_spare(path: Path) -> None:
    """Make the second copy of the slots like the first, which has just opened.

    After a change cut short the second one would still open with the old passphrase.
    """
    slots_file.write_spare(path, path.read_bytes())


def check_generation(opened: Opened, *, vault_generation: int) -> None:
    """Refuse slots that are older than the vault: somebody put an old file back.

    Raises:
        SlotsForeignError: as said.
    """
    if opened.generation < vault_generation:
        raise SlotsForeignError(
            "the file with the keys is older than the records beside it; "
            "put the newer one back"
        )


def from_words(words: Sequence[str]) -> bytes:
    """Turn 24 words into the seed.

    Raises:
        UsageError: not 24, not of the list, or the check in the last word fails.
    """
    # The word list is read only when somebody types or sees words.
    from mnemonic import Mnemonic  # noqa: PLC0415

    said = " ".join(unicodedata.normalize("NFKD", word).lower() for word in words)
    if len(words) != WORD_COUNT:
        raise UsageError(f"a recovery sheet has {WORD_COUNT} words, not {len(words)}")
    try:
        return bytes(Mnemonic(_LANGUAGE).to_entropy(said))
    except (ValueError, LookupError):
        raise UsageError(
            "one of the words is mistyped; compare them with your sheet"
        ) from None


def tuned(
    *,
    memory: int | None = None,
    stretch: Callable[[Cost], object] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Cost:
    """Choose a cost of 0.5 to 1 s on this machine, at least 64 MiB, 3 passes, 4 lanes.

    Args:
        memory: KiB of the machine; at most a quarter is used.
        stretch: Spends a cost; the real one if not given.
        clock: Seconds.
    """
    least = Cost(memory=_FLOOR)
    begun = clock()
    (stretch or _spend)(least)
    took = max(clock() - begun, 1e-3)
    most = max(_FLOOR, min(_CEILING, (memory or _machine_memory()) // 4))
    wished = int(_FLOOR * _WISHED / took) // _FLOOR * _FLOOR
    chosen = max(_FLOOR, min(most, wished))
    # Where memory is short, passes buy the rest of the time.
    estimate = took * chosen / _FLOOR
    passes = round(least.passes * _WISHED / estimate)
    return replace(
        least, memory=chosen, passes=max(least.passes, min(_MOST_PASSES, passes))
    )


def _load(path: Path, *, vault_id: bytes) -> slots_file.SlotsFile:
    found = slots_file.load(path)
    if found.slots.vault_id != vault_id:
        raise SlotsForeignError(
            "the file with the keys belongs to other records; put the right one back"
        )
    return found


def _opened(found: slots_file.SlotsFile, data_key: bytearray) -> Opened:
    found.prove(data_key)
    words = found.slots.of_kind(WORDS)
    dev = words[0].parameters[1] if words else 0
    assert isinstance(dev, int)  # noqa: S101 narrowing: tested while reading
    return Opened(
        vault_id=found.slots.vault_id,
        generation=found.slots.generation,
        dev=dev,
        seed=slots_file.open_seed(found.slots.seed_box, data_key),
        data_key=data_key,
    )


def _passphrase_slot(
    passphrase: str, data_key: bytes, vault_id: bytes, cost: Cost
) -> Slot:
    if not passphrase:
        raise UsageError("a wallet needs a passphrase")
    salt = secrets.token_bytes(32)
    slot = Slot(
        kind=PASSPHRASE,
        slot_id=secrets.token_bytes(16),
        parameters=(cost.memory, cost.passes, cost.lanes, salt),
    )
    key = _stretch(passphrase, slot)
    return slot.close(key=key, data_key=data_key, vault_id=vault_id)


def _words_slot(seed: bytes, data_key: bytes, vault_id: bytes, dev: int) -> Slot:
    slot = Slot(kind=WORDS, slot_id=secrets.token_bytes(16), parameters=(0, dev))
    key = _words_key(seed, slot)
    return slot.close(key=key, data_key=data_key, vault_id=vault_id)


def _words_key(seed: bytes, slot: Slot) -> bytes:
    person, dev = slot.parameters
    assert isinstance(person, int)  # noqa: S101 narrowing: tested while reading
    assert isinstance(dev, int)  # noqa: S101
    context = person.to_bytes(2, "big") + dev.to_bytes(2, "big") + bytes(4)
    return expand(seed, "slot", context)


def _stretch(passphrase: str, slot: Slot) -> bytes:
    memory, passes, lanes, salt = slot.parameters
    assert isinstance(memory, int)  # noqa: S101 narrowing: tested while reading
    assert isinstance(passes, int)  # noqa: S101
    assert isinstance(lanes, int)  # noqa: S101
    assert isinstance(salt, bytes)  # noqa: S101
    typed = typed_alike(passphrase.encode())
    return _argon2(typed, salt, Cost(memory=memory, passes=passes, lanes=lanes))


def _argon2(typed: bytes, salt: bytes, cost: Cost) -> bytes:
    return Argon2id(
        salt=salt,
        length=32,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory,
    ).derive(typed)


def _spend(cost: Cost) -> None:
    _argon2(b"how fast is this machine", bytes(32), cost)


def _machine_memory() -> int:
    if sys.platform == "win32":
        return 4 << 20
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 10
