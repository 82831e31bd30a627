"""A board: vouches for readers in the ledger, and takes its word back.

Its home holds one seed, a public list of what it issued, and what is on its way to
be issued. PROTOCOL.md 3.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from wallet.actions import accreditation_draft as drafts
from wallet.actions.accreditation_draft import Draft
from wallet.actions.waiting import log_entry
from wallet.errors import UsageError
from wallet.keys import keyfile
from wallet.keys.derivation import expand
from wallet.keys.signing import Signer
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_accreditation,
    build_status,
    commit,
    leaf_hash,
)
from wallet.practitioners.application import read_request, write_answer
from wallet.practitioners.card import Accreditation, AccreditationBody

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from wallet.actions.network import Ledgers
    from wallet.actions.waiting import Waiting

_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """An unlocked board; one control key ends what it issued."""

    folder: Path
    signer: Signer
    control: Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """One line of a board's register: all of it public."""

    index: int
    origin: str
    name: str
    number: str
    role: str
    reader_id: str
    begins: int
    ends: int
    leaf: str
    state: str = "stands"
    seq: int = 0


def create(folder: Path, *, passphrase: bytes | None) -> Board:
    """Lay out a new board; with no *passphrase* its seed lies plain, mode 0600.

    Raises:
        UsageError: there are keys in this home already.
    """
    try:
        seed = keyfile.create(folder / "keys.hw", passphrase=passphrase)
    except FileExistsError:
        raise UsageError("there are keys in this home already") from None
    return _board(folder, seed)


def enter(folder: Path, *, passphrase: bytes | None) -> Board:
    """Unlock a board.

    Raises:
        HomeMissingError: there is none.
        PassphraseWrongError: the passphrase does not open it.
    """
    return _board(folder, keyfile.load(folder / "keys.hw", passphrase=passphrase))


def issue(
    board: Board,
    request: bytes,
    ledgers: Ledgers,
    *,
    origin: str,
    name: str,
    role: str,
    number: str,
    days: int,
    now: datetime,
    waiting: Waiting,
) -> tuple[Issued, bytes]:
    """Vouch for a reader; answer the register line and the file for the reader.

    Whoever asks the same again within a day, because the ledger did not answer or no
    checkpoint covered it in time, finishes what was begun.

    Raises:
        RefusedError: the request is not one; ``not_in_copy``: not covered in time.
        UnreachableError: the ledger does not answer; nothing was registered.
        UsageError: *days* is not positive.
    """
    asked = read_request(request)
    if days <= 0:
        raise UsageError("an accreditation lasts at least one day")
    begins = int(now.timestamp())
    body = AccreditationBody(
        name=name,
        number=number,
        role=role,
        reader_id=asked.reader_id,
        begins=begins,
        ends=begins + days * _DAY,
    )
    AccreditationBody.parse(body.encode())
    draft = drafts.begun(board.folder, body, origin=origin)
    if draft is None or _is_registered(board, draft):
        draft = _draft(board, body.encode(), origin=origin)
        drafts.keep(board.folder, draft)
    body, entry = AccreditationBody.parse(draft.body), draft.entry
    logged = log_entry(ledgers, origin=origin, entry=entry, waiting=waiting)
    line = Issued(
        index=logged.index,
        origin=origin,
        name=name,
        number=number,
        role=role,
        reader_id=asked.reader_id.hex(),
        begins=body.begins,
        ends=body.ends,
        leaf=leaf_hash(entry).hex(),
    )
    _write(board, [*register(board), line])
    drafts.drop(board.folder, draft)
    answer = Accreditation(
        origin=origin, index=logged.index, salt=draft.salt, body=draft.body
    )
    return line, write_answer(answer)


def revoke(board: Board, index: int, ledgers: Ledgers, *, waiting: Waiting) -> Issued:
    """End an accreditation; done once a quorum checkpoint covers the change.

    Raises:
        UsageError: this board issued no such accreditation.
        UnreachableError: the ledger does not answer.
    """
    lines = register(board)
    line = next((line for line in lines if line.index == index), None)
    if line is None:
        raise UsageError(f"this board has issued nothing with the number {index}")
    change = StatusChange(
        index=index,
        leaf=bytes.fromhex(line.leaf),
        state=State.ENDED,
        seq=line.seq + 1,
    )
    entry = build_status(board.control, origin=line.origin, change=change)
    log_entry(ledgers, origin=line.origin, entry=entry, waiting=waiting)
    ended = replace(line, state="ended", seq=change.seq)
    _write(board, [ended if one is line else one for one in lines])
    return ended


def register(board: Board) -> list[Issued]:
    """Everything this board has issued, oldest first."""
    path = board.folder / "issued.json"
    if not path.exists():
        return []
    return [Issued(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def _board(folder: Path, seed: bytes) -> Board:
    return Board(
        folder=folder,
        signer=Signer.from_seed(expand(seed, "board-sign")),
        control=Signer.from_seed(expand(seed, "board-control")),
    )


def _draft(board: Board, raw: bytes, *, origin: str) -> Draft:
    salt = secrets.token_bytes(32)
    entry = build_accreditation(
        board.signer,
        origin=origin,
        commitment=commit(salt, raw),
        control_public=board.control.public,
    )
    return Draft(origin=origin, entry=entry, salt=salt, body=raw)


def _is_registered(board: Board, draft: Draft) -> bool:
    """Whether a stop came after it was registered: it may have ended since."""
    leaf = leaf_hash(draft.entry).hex()
    return any(line.leaf == leaf for line in register(board))


def _write(board: Board, lines: list[Issued]) -> None:
    path = board.folder / "issued.json"
    part = path.with_suffix(".part")
    text = json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=1)
    with part.open("w", encoding="utf-8") as out:
        out.write(text + "\n")
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
