"""A schema of its own for each log of a network, all in one database.

The tables of a log have no schema in their names: whoever connects says where they are.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import conninfo
from psycopg.sql import SQL, Identifier

from wallet.errors import HomeBusyError, UsageError
from wallet.server.log.postgresql import Pool, run, settle
from wallet.server.log.storage_postgresql import PostgresqlStorage

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREATING = 0x48574C43  # key of an advisory lock
_CREATE = SQL("CREATE SCHEMA IF NOT EXISTS {}")
_DROP = SQL("DROP SCHEMA IF EXISTS {} CASCADE")
_STANDS = "SELECT to_regclass('log') IS NOT NULL"
_IN_USE = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = ?
"""


def inside(url: str, schema: str | None) -> str:
    """The address of what lies in *schema* of the database at *url*.

    Raises:
        UsageError: *url* cannot be read.
    """
    if schema is None:
        return url
    try:
        asked = conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        raise UsageError("the address of the database cannot be read") from None
    options = f"{asked.get('options') or ''} -csearch_path={schema}".strip()
    return conninfo.make_conninfo(url, options=options, application_name=_name(schema))


def create(url: str, schema: str) -> None:
    """Make *schema* unless it stands.

    Raises:
        UsageError, StoreUnreachableError: as `Pool`.
    """
    with closing(Pool(url)) as pool, pool.transaction() as db:
        run(db, "SELECT pg_advisory_xact_lock(?)", _CREATING)
        db.execute(_CREATE.format(Identifier(schema)))
        settle(db)


def drop(url: str, schema: str) -> None:
    """Delete *schema* and all that it holds, unless it is gone.

    What was signed last stays where it is kept: with it nobody who was not told, and
    lays the tables out anew, signs a log that begins again.

    Raises:
        HomeBusyError: a server has it open; each asks it something all the time.
        UsageError, StoreUnreachableError: as `Pool`.
    """
    with closing(Pool(url)) as pool, pool.transaction() as db:
        ((used,),) = run(db, _IN_USE, _name(schema)).fetchall()
        if used:
            raise HomeBusyError("a server still has it open")
        db.execute(_DROP.format(Identifier(schema)))
        settle(db)


@contextmanager
def reading(url: str, schema: str | None) -> Iterator[PostgresqlStorage | None]:
    """The log that lies there, for the length of a block; None: there is none.

    Raises:
        UsageError, StoreUnreachableError: as `Pool`.
    """
    with closing(Pool(inside(url, schema))) as pool:
        ((stands,),) = pool.rows(_STANDS)
        yield PostgresqlStorage(pool) if stands else None


def _name(schema: str) -> str:
    """What the connections of its servers call themselves."""
    return f"heartwood {schema}"
