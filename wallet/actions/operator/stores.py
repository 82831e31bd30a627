"""Where a ledger keeps what it holds and what it signed last."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.server.log.last_note_sqlite import SqliteLastNote
from wallet.server.log.storage_sqlite import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from wallet.server.log.lead import Lead
    from wallet.server.log.sign_lock import LastNote
    from wallet.server.log.storage import Storage

_POSTGRESQL = ("postgresql://", "postgres://")
_NO_DRIVER = "PostgreSQL needs the extra 'postgresql' of this package (psycopg)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Addresses of databases; None: files of SQLite in the home.

    *lock* is where the last signed note is kept; None: beside the store. *schema* is
    the part of the store that a log of a network has to itself.
    """

    store: str | None = None
    lock: str | None = None
    schema: str | None = None

    def __post_init__(self) -> None:
        """Take PostgreSQL and nothing else.

        Raises:
            UsageError: another kind of address.
        """
        for one in (self.store, self.lock):
            if one is not None and not one.startswith(_POSTGRESQL):
                raise UsageError("a store is a postgresql:// address")

    def of(self, path: str) -> Stores:
        """The place of one log of a network, such as ``consent/2027h1``."""
        return replace(self, schema=path.replace("/", "_"))


EMBEDDED = Stores()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The stores of one running server; *lead* where several may run."""

    storage: Storage
    last_note: LastNote
    lead: Lead | None


def open_stores(home: Path, stores: Stores, *, origin: str, held: ExitStack) -> Opened:
    """Open what *stores* name for *origin*; *held* closes them.

    Raises:
        UsageError: another log is kept there, or there is no driver.
        HomeBusyError: another server runs on this home.
        StoreUnreachableError: the database does not answer.
    """
    where = stores.lock or stores.store
    last_note = (
        SqliteLastNote(home / "signed.db")
        if where is None
        else _shared_last_note(where, origin)
    )
    held.callback(last_note.close)
    if stores.store is not None:
        storage, lead = _shared_storage(stores.store, stores.schema, origin)
        held.callback(storage.close)
        held.callback(lead.close)
        return Opened(storage=storage, last_note=last_note, lead=lead)
    kept = SqliteStorage(home / "ledger.db")
    held.callback(kept.close)
    return Opened(storage=kept, last_note=last_note, lead=None)


@contextmanager
def reading(folder: Path, stores: Stores) -> Iterator[Storage | None]:
    """What is kept of the log of *folder*; None: nothing. A server may run on it.

    Raises:
        UsageError: there is no driver.
        StoreUnreachableError: the database does not answer.
    """
    if stores.store is not None:
        _need_driver()
        from wallet.server.log import schema_postgresql  # noqa: PLC0415

        with schema_postgresql.reading(stores.store, stores.schema) as shared:
            yield shared
    elif (folder / "ledger.db").exists():
        kept = SqliteStorage(folder / "ledger.db")
        try:
            yield kept
        finally:
            kept.close()
    else:
        yield None


def drop(stores: Stores) -> None:
    """Delete what a log has to itself in a database; files are their home's to delete.

    Raises:
        HomeBusyError: a server has it open.
        UsageError: there is no driver.
        StoreUnreachableError: the database does not answer.
    """
    if stores.store is not None and stores.schema is not None:
        _need_driver()
        from wallet.server.log import schema_postgresql  # noqa: PLC0415

        schema_postgresql.drop(stores.store, stores.schema)


# An embedded ledger needs no driver, so that nobody else has to have one.


def _need_driver() -> None:
    try:
        from wallet.server.log import postgresql  # noqa: F401, PLC0415
    except ImportError:
        raise UsageError(_NO_DRIVER) from None


def _shared_last_note(url: str, origin: str) -> LastNote:
    _need_driver()
    from wallet.server.log.last_note_postgresql import (  # noqa: PLC0415
        PostgresqlLastNote,
    )

    return PostgresqlLastNote(url, origin=origin)


def _shared_storage(url: str, schema: str | None, origin: str) -> tuple[Storage, Lead]:
    _need_driver()
    from wallet.server.log import schema_postgresql  # noqa: PLC0415
    from wallet.server.log.lead_postgresql import PostgresqlLead  # noqa: PLC0415
    from wallet.server.log.storage_postgresql import open_storage  # noqa: PLC0415

    if schema is not None:
        schema_postgresql.create(url, schema)
    where = schema_postgresql.inside(url, schema)
    return open_storage(where, origin=origin), PostgresqlLead(where)
