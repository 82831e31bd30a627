"""What a copy of the register says of one accreditation. PROTOCOL.md 3, 4, 8."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from wallet.errors import RefusedError
from wallet.keys.signing import check_public
from wallet.ledger.entry import State, commit, parse_entry
from wallet.statement import Name
from wallet.verdict import CheckpointRef, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


class RegistryCopy(Protocol):
    """A replica of the register, or a view of one as of an older checkpoint."""

    @property
    def origin(self) -> str:
        """Its log."""

    @property
    def size(self) -> int:
        """Entries it covers."""

    @property
    def quorum_time(self) -> datetime | None:
        """Its quorum time."""

    @property
    def is_forked(self) -> bool:
        """Whether two histories were seen."""

    @property
    def checkpoint_ref(self) -> CheckpointRef | None:
        """What an answer from it rests on."""

    def entry(self, index: int) -> bytes:
        """The bytes of an entry."""

    def state(self, index: int) -> State:
        """The state of an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFacts:
    """The answer of a look-up.

    ``vouched`` is None while the copy does not cover the entry (or there is no
    copy), False where the entry is not a trusted board's word on this very body.
    """

    vouched: bool | None
    state: State = State.UNKNOWN
    forked: bool = False
    checkpoint: CheckpointRef | None = None
    board: str | None = None
    quorum_time: datetime | None = None


def parse_boards(text: str) -> dict[bytes, str]:
    """Read lines ``board NAME HEX-PUBLIC-KEY``: names of boards by their key.

    Raises:
        RefusedError: ``malformed``, naming the line; ``signature_wrong`` for a key
            that must never be accepted.
    """
    boards: dict[bytes, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        place = f"boards line {number}"
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match line.split():
            case ["board", name, key] if _KEY.fullmatch(key):
                public = bytes.fromhex(key)
                check_public(public, place=place)
                if public in boards or name in boards.values():
                    raise RefusedError(Reason.MALFORMED, place)
                boards[public] = name
            case _:
                raise RefusedError(Reason.MALFORMED, place)
    return boards


def look_up(
    replica: RegistryCopy | None,
    *,
    origin: str,
    index: int,
    salt: bytes,
    body: bytes,
    boards: Mapping[bytes, str],
) -> RegistryFacts:
    """Say whether a trusted board vouched for *body* at (origin, index), and its state.

    The body itself, and whether its times and keys fit a card, is the caller's to
    judge.
    """
    if replica is None or replica.origin != origin:
        return RegistryFacts(vouched=None)
    covered = 0 <= index < replica.size
    board = (
        _board(replica.entry(index), origin, salt, body, boards) if covered else None
    )
    return RegistryFacts(
        vouched=board is not None if covered else None,
        state=replica.state(index) if board is not None else State.UNKNOWN,
        forked=replica.is_forked,
        checkpoint=replica.checkpoint_ref,
        board=board,
        quorum_time=replica.quorum_time,
    )


def _board(
    data: bytes,
    origin: str,
    salt: bytes,
    body: bytes,
    boards: Mapping[bytes, str],
) -> str | None:
    """The name of the trusted board that signed exactly this; else None."""
    try:
        entry = parse_entry(data, origin=origin)
    except RefusedError:
        return None
    if entry.name is not Name.ACCREDITATION or entry.commitment != commit(salt, body):
        return None
    return boards.get(entry.key)
