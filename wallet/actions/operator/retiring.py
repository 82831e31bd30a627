"""Take a shard down when the retention policy that was published for it allows it.

In the folder of a shard: ``retention.days`` is what was promised when it was first
served, and may only grow; ``retired.json`` and ``final.checkpoint`` say that it was
taken down. First everything is denied (410), which can be taken back by removing
``retired.json``; at least 30 days later the entries and the log's key are deleted.

C2SP tlog-tiles, "Retention Policies": without a published policy nothing is pruned.
The last checkpoint stays, in the shard that follows too: proofs that others hold still
verify.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wallet.actions.operator.keys import log_key, signer
from wallet.errors import RefusedError, UsageError
from wallet.ledger.checkpoint import Vkey, parse_note
from wallet.ledger.clock import from_seconds
from wallet.ledger.entry import leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.shard import LATE, Shard
from wallet.ledger.shard_link import Relation, ShardLink, build_link
from wallet.server.log.last_note_sqlite import SqliteLastNote
from wallet.server.log.storage_sqlite import SqliteStorage

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.ledger.checkpoint import Checkpoint
    from wallet.ledger.shard import HalfYear

DENIED_BEFORE = timedelta(days=30)
POLICY = "family.policy"
_RETIRED, _NOTE, _PROMISE = "retired.json", "final.checkpoint", "retention.days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """What is left of a shard; dates are days such as 2037-01-08."""

    vkey: str
    operator: str
    size: int
    root: str
    denied: str
    deleted: str | None = None


def promise(folder: Path, days: int) -> int:
    """Keep the promise to hold a shard for *days* after it became read-only.

    Raises:
        UsageError: longer was promised before.
    """
    before = promised(folder)
    if days < 0 or (before is not None and days < before):
        raise UsageError(f"{folder.name} was promised to be kept for {before} days")
    _write(folder / _PROMISE, f"{days}\n".encode())
    return days


def promised(folder: Path) -> int | None:
    """The days that were promised; None: for ever."""
    try:
        return int((folder / _PROMISE).read_text("ascii"))
    except FileNotFoundError:
        return None


def kept_until(half_year: HalfYear, days: int) -> datetime:
    """When a shard may be taken down that is kept for *days*."""
    return from_seconds(half_year.after) + LATE + timedelta(days=days)


def retired(folder: Path) -> Retired | None:
    """What is left of the shard in *folder*, if it was taken down."""
    try:
        return Retired(**json.loads((folder / _RETIRED).read_text("utf-8")))
    except FileNotFoundError:
        return None


def final_note(folder: Path) -> bytes:
    """The last checkpoint of a shard that was taken down."""
    return (folder / _NOTE).read_bytes()


def deny(home: Path, path: str, *, now: datetime) -> Retired:
    """Take the shard at *path* below *home* down; its server notices by itself.

    Raises:
        UsageError: it is no shard, nothing was promised, it must be kept longer, or
            the next shard does not hold its last checkpoint yet.
    """
    folder = home / path
    if (before := retired(folder)) is not None:
        return before
    vkey = _vkey(folder)
    shard = Shard.read(vkey.name)
    half_year, days = shard.half_year, promised(folder)
    if half_year is None:
        raise UsageError("only a shard for a half-year is ever taken down")
    if days is None:
        raise UsageError(f"no retention policy was published for {path}")
    earlier = home / shard.at(half_year.before).path
    if earlier.exists() and retired(earlier) is None:
        raise UsageError(f"the shard before it goes first: {earlier.name}")
    note, checkpoint = _published(folder)
    later = home / shard.at(half_year.next).path
    _check_handed_over(folder, later, vkey=vkey, final=checkpoint)
    due = kept_until(half_year, days)
    if min(now, _quorum_time(home, later) or now) < due:
        raise UsageError(f"{path} is kept until {due:%d %B %Y}, as was published")
    left = Retired(
        vkey=vkey.text,
        operator=signer(folder / "operator.key").public.hex(),
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        denied=f"{now.astimezone(UTC):%Y-%m-%d}",
    )
    _write(folder / _NOTE, note)
    _keep(folder, left)
    return left


def delete(home: Path, path: str, *, now: datetime) -> Retired:
    """Delete the entries of a shard that was denied long enough, and its keys.

    Raises:
        UsageError: it was not, or not for 30 days.
        HomeBusyError: a server has it open: start that anew first.
    """
    folder = home / path
    left = retired(folder)
    if left is None:
        raise UsageError(f"{path} is still served: take it down first")
    since = datetime.fromisoformat(left.denied).replace(tzinfo=UTC)
    if now < since + DENIED_BEFORE:
        raise UsageError(f"{path} can be deleted from {since + DENIED_BEFORE:%d %B %Y}")
    if (folder / "signed.db").exists():
        SqliteLastNote(folder / "signed.db").close()  # nobody else has it
    for pattern in ("ledger.db*", "signed.db*", "log.key", "operator.key"):
        for one in folder.glob(pattern):
            one.unlink()
    gone = replace(left, deleted=f"{now.astimezone(UTC):%Y-%m-%d}")
    _keep(folder, gone)
    return gone


def size_of(folder: Path) -> int:
    """How many entries of a log are published; 0 where nothing is."""
    try:
        return _published(folder)[1].size
    except UsageError:
        return 0


def _vkey(folder: Path) -> Vkey:
    if not (folder / "ledger.origin").exists():
        raise UsageError(f"there is no ledger in {folder.name}")
    return log_key(folder, None)


def _published(folder: Path) -> tuple[bytes, Checkpoint]:
    if not (folder / "ledger.db").exists():
        raise UsageError(f"nothing of {folder.name} is here")
    with closing(SqliteStorage(folder / "ledger.db")) as storage:
        note = storage.published
    if note is None:
        raise UsageError(f"{folder.name} has published nothing")
    return note, parse_note(note).checkpoint


def _check_handed_over(
    folder: Path, later: Path, *, vkey: Vkey, final: Checkpoint
) -> None:
    """The shard that follows must hold the last checkpoint: it outlives this one."""
    said = UsageError(f"the shard after {folder.name} does not hold its end yet")
    if retired(later) is not None or not (later / "ledger.db").exists():
        raise said
    operator = signer(later / "operator.key")
    link = ShardLink(
        relation=Relation.PREVIOUS,
        other=vkey.name,
        log_key=vkey.public,
        other_operator=signer(folder / "operator.key").public,
        operator=operator.public,
        final=final,
    )
    data = build_link(operator, origin=_vkey(later).name, link=link)
    with closing(SqliteStorage(later / "ledger.db")) as storage:
        if storage.index_of(leaf_hash(data)) is None:
            raise said


def _quorum_time(home: Path, folder: Path) -> datetime | None:
    """What the witnesses of a live shard say the time is; None without witnesses."""
    try:
        policy = Policy.parse((home / POLICY).read_text("utf-8"))
        return policy.accept(parse_note(_published(folder)[0]))
    except (FileNotFoundError, RefusedError):
        raise UsageError("no live shard says what the time is") from None


def _keep(folder: Path, left: Retired) -> None:
    _write(folder / _RETIRED, json.dumps(asdict(left)).encode())


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
