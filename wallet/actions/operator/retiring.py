"""Take a shard down when the retention policy that was published for it allows it.

First everything is denied (410), which can be taken back by removing
``retired.json``; at least 30 days later the entries and the log's key are deleted.
Where several servers share a database, each home is told of both: the entries go with
the first that deletes, and each has a key of its own to delete.

C2SP tlog-tiles, "Retention Policies": without a published policy nothing is pruned.
The last checkpoint stays, in the shard that follows too: proofs that others hold still
verify.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wallet.actions.operator.keys import log_key, signer
from wallet.actions.operator.retired import Retired, keep, keep_note, promised, retired
from wallet.actions.operator.stores import EMBEDDED, Stores, drop, reading
from wallet.errors import RefusedError, UsageError
from wallet.ledger.checkpoint import Vkey, parse_note
from wallet.ledger.entry import leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.shard import Shard, kept_until
from wallet.ledger.shard_link import Relation, ShardLink, build_link
from wallet.server.log.last_note_sqlite import SqliteLastNote

if TYPE_CHECKING:
    from pathlib import Path

    from wallet.ledger.checkpoint import Checkpoint

DENIED_BEFORE = timedelta(days=30)
POLICY = "family.policy"


def deny(home: Path, path: str, *, now: datetime, stores: Stores = EMBEDDED) -> Retired:
    """Take the shard at *path* below *home* down; its server notices by itself.

    *stores* are those of the network.

    Raises:
        UsageError: it is no shard, nothing was promised, it must be kept longer, or
            the next shard does not hold its last checkpoint yet.
        StoreUnreachableError: its database does not answer.
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
    note, checkpoint = published(folder, stores.of(path))
    next_path = shard.at(half_year.next).path
    later, there = home / next_path, stores.of(next_path)
    _check_handed_over(folder, later, there, vkey=vkey, final=checkpoint)
    due = kept_until(half_year, days)
    if min(now, _quorum_time(home, later, there) or now) < due:
        raise UsageError(f"{path} is kept until {due:%d %B %Y}, as was published")
    left = Retired(
        vkey=vkey.text,
        operator=signer(folder / "operator.key").public.hex(),
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        denied=f"{now.astimezone(UTC):%Y-%m-%d}",
    )
    keep_note(folder, note)
    keep(folder, left)
    return left


def delete(
    home: Path, path: str, *, now: datetime, stores: Stores = EMBEDDED
) -> Retired:
    """Delete the entries of a shard that was denied long enough, and its keys.

    Raises:
        UsageError: it was not, or not for 30 days; the network has another store.
        StoreUnreachableError: its database does not answer.
        HomeBusyError: a server has it open: start that anew first.
    """
    folder = home / path
    left = retired(folder)
    if left is None:
        raise UsageError(f"{path} is still served: take it down first")
    since = datetime.fromisoformat(left.denied).replace(tzinfo=UTC)
    if now < since + DENIED_BEFORE:
        raise UsageError(f"{path} can be deleted from {since + DENIED_BEFORE:%d %B %Y}")
    _check_store(home, stores)
    drop(stores.of(path))
    if (folder / "signed.db").exists():
        SqliteLastNote(folder / "signed.db").close()  # nobody else has it
    for pattern in ("ledger.db*", "signed.db*", "log.key", "operator.key"):
        for one in folder.glob(pattern):
            one.unlink()
    gone = replace(left, deleted=f"{now.astimezone(UTC):%Y-%m-%d}")
    keep(folder, gone)
    return gone


def logs_in(home: Path) -> list[tuple[str, Path]]:
    """The path below *home* and the folder of each log there, the latest first."""
    kept = sorted(home.glob("**/ledger.origin"), reverse=True)
    return [(one.parent.relative_to(home).as_posix(), one.parent) for one in kept]


def _check_store(home: Path, stores: Stores) -> None:
    """At least the log that holds the end of a shard lives on, whatever was deleted."""
    for path, folder in logs_in(home):
        with reading(folder, stores.of(path)) as storage:
            if storage is not None:
                return
    raise UsageError("no log of this network is in this store: name the right one")


def _vkey(folder: Path) -> Vkey:
    if not (folder / "ledger.origin").exists():
        raise UsageError(f"there is no ledger in {folder.name}")
    return log_key(folder, None)


def published(folder: Path, stores: Stores) -> tuple[bytes, Checkpoint]:
    """What everybody may see of the log of *folder*.

    Raises:
        UsageError: nothing is published, or it is kept elsewhere.
        StoreUnreachableError: its database does not answer.
    """
    with reading(folder, stores) as storage:
        if storage is None:
            raise UsageError(f"nothing of {folder.name} is in this store")
        note = storage.published
    if note is None:
        raise UsageError(f"{folder.name} has published nothing")
    return note, parse_note(note).checkpoint


def _check_handed_over(
    folder: Path, later: Path, there: Stores, *, vkey: Vkey, final: Checkpoint
) -> None:
    """The shard that follows must hold the last checkpoint: it outlives this one."""
    said = UsageError(f"the shard after {folder.name} does not hold its end yet")
    if retired(later) is not None or not (later / "ledger.origin").exists():
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
    with reading(later, there) as storage:
        if storage is None or storage.index_of(leaf_hash(data)) is None:
            raise said


def _quorum_time(home: Path, folder: Path, stores: Stores) -> datetime | None:
    """What the witnesses of a live shard say the time is; None without witnesses."""
    try:
        policy = Policy.parse((home / POLICY).read_text("utf-8"))
        return policy.accept(parse_note(published(folder, stores)[0]))
    except (FileNotFoundError, RefusedError):
        raise UsageError("no live shard says what the time is") from None
