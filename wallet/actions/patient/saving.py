"""Save a copy: chosen records in one form, as a new file or folder of the patient's.

Nothing that is there already is touched, and what is written stands under its name
whole or not at all. The files are not encrypted, but for those of a health link.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions.patient import gathering
from wallet.errors import CancelledError, UsageError
from wallet.exports.dress import Dress, LeftOut, Notice, Selection, Why
from wallet.exports.dresses import FORMS, dress
from wallet.exports.medium import StickError, sync_folder, troubles, write_file
from wallet.exports.trimming import Extent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from wallet.actions.patient.session import Session
    from wallet.grants.scope import Scope

__all__ = [
    "FORMS",
    "LeftOut",
    "Saved",
    "StickError",
    "Why",
    "ending",
    "fresh_target",
    "save",
]

_WHOLE_ONLY = frozenset({"records"})
"""Forms that hold whatever a source wrote, also of other records."""
_NAMES = {
    "summary": "health-summary",
    "readable": "health-records",
    "readable-pdf": "health-records",
    "patient-shared": "health-records",
    "records": "health-records",
    "c-cda": "clinical-document",
    "xdm": "health-records-for-a-clinic",
    "xdm-zip": "health-records-for-a-clinic",
    "health-card": "health-cards",
    "card-pictures": "health-cards",
    "health-link": "locked-health-records",
}
_MOST_COPIES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was written where.

    ``files`` are names in the folder, or the one file; ``held`` counts the records in
    it, ``left_out`` names each that was chosen and has no place in this form,
    ``outside`` counts those that were not chosen.
    """

    form: str
    path: Path
    files: tuple[str, ...]
    size: int
    held: int
    left_out: tuple[LeftOut, ...]
    outside: int = 0


def fresh_target(folder: Path, form: str, *, now: datetime) -> Path:
    """A name in *folder* that nothing has yet, with the kind of copy and the day."""
    stem = f"{_NAMES.get(form, form)}-{now.date().isoformat()}"
    suffix = f".{FORMS[form].ending}" if FORMS[form].ending else ""
    for number in range(1, _MOST_COPIES):
        more = "" if number == 1 else f"-{number}"
        target = folder / f"{stem}{more}{suffix}"
        if not os.path.lexists(target):
            return target
    raise UsageError("there are too many copies of today in this folder")


def ending(form: str) -> str:
    """What a file in *form* is called behind its last dot; empty for a folder."""
    return FORMS[form].ending


def save(
    wallet: Session,
    form: str,
    target: Path,
    *,
    scope: Scope,
    now: datetime,
    cancelled: Callable[[], bool] = lambda: False,
) -> Saved:
    """Write the records under *scope* in *form* to *target*.

    Raises:
        UsageError: there is no such form, something is at *target* already, or the
            form is for everything and *scope* is not.
        StickError: the place does not take it; nothing new lies there.
        CancelledError: as asked; nothing new lies there.
    """
    _check(form, target, scope)
    chosen = Selection(
        records=gathering.choose(wallet, scope),
        extent=Extent.WHOLE if scope.everything else Extent.SCOPED,
        notice=Notice.OPEN_FOLDER,
        made_at=now,
        salt=secrets.token_bytes(32),
        scratch=wallet.scratch_folder,
        address_book=tuple(gathering.address_book(wallet, scope)),
    )
    made = dress(form, chosen)
    _write(made, target, single=bool(FORMS[form].ending), cancelled=cancelled)
    return Saved(
        form=form,
        path=target,
        files=tuple(part.name for part in made.parts),
        size=sum(part.size for part in made.parts),
        held=made.held,
        left_out=made.left_out,
        outside=0 if scope.everything else gathering.preview(wallet, scope).left_out,
    )


def _check(form: str, target: Path, scope: Scope) -> None:
    if form not in FORMS:
        raise UsageError(f"there is no such form; there are: {', '.join(FORMS)}")
    if form in _WHOLE_ONLY and not scope.everything:
        raise UsageError("this form holds everything; choose another one for a part")
    if os.path.lexists(target):
        raise UsageError(f"{target.name} exists already")
    if not target.parent.is_dir():
        raise UsageError("there is no such folder to write to")


def _write(
    made: Dress, target: Path, *, single: bool, cancelled: Callable[[], bool]
) -> None:
    """Under a name of its own first, then under the real one."""

    def step(_size: int) -> None:
        if cancelled():
            raise CancelledError("stopped as asked; nothing was written")

    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with troubles(), _refused_if_there(target):
            if single:
                with made.parts[0].read() as source:
                    write_file(part, source, step=step)
                _name(part, target)
            else:
                _write_folder(made, part, step)
                part.rename(target)
            sync_folder(target.parent)
    finally:
        _clear(part)


@contextlib.contextmanager
def _refused_if_there(target: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise UsageError(f"{target.name} exists already") from None


def _name(part: Path, target: Path) -> None:
    """Give the file its name, which refuses what came to be there meanwhile."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a stick under FAT knows no second name
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        part.rename(target)


def _write_folder(made: Dress, folder: Path, step: Callable[[int], None]) -> None:
    folder.mkdir(mode=0o700)
    for part in made.parts:
        path = folder / part.name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with part.read() as source:
            write_file(path, source, step=step)


def _clear(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)
