"""The last note a log signed, in a schema of its own: servers of one log share it."""

from __future__ import annotations

from wallet.server.log.postgresql import Pool, run, run_all, settle

_LAYING_OUT = 0x48574C4B  # key of an advisory lock
_TABLES = """
CREATE SCHEMA IF NOT EXISTS heartwood_lock;
CREATE TABLE IF NOT EXISTS heartwood_lock.signed (
  origin TEXT PRIMARY KEY, note BLOB
) STRICT;
"""
_READ = "SELECT note FROM heartwood_lock.signed WHERE origin = ?"
_BEGIN = "INSERT INTO heartwood_lock.signed (origin) VALUES (?) ON CONFLICT DO NOTHING"
_SWAP = """
UPDATE heartwood_lock.signed SET note = ?
WHERE origin = ? AND note IS NOT DISTINCT FROM CAST(? AS BLOB)
"""


class PostgresqlLastNote:
    """One row for each log, over connections that nothing else uses."""

    def __init__(self, url: str, *, origin: str) -> None:
        """Open or lay out the schema, and give *origin* its row.

        Raises:
            UsageError, StoreUnreachableError: as `Pool`.
        """
        self._origin = origin
        self._database = Pool(url)
        try:
            with self._database.transaction() as db:
                run(db, "SELECT pg_advisory_xact_lock(?)", _LAYING_OUT)
                (stands,) = run(
                    db, "SELECT to_regclass('heartwood_lock.signed') IS NOT NULL"
                ).fetchone() or (False,)
                if not stands:
                    run_all(db, _TABLES)
                run(db, _BEGIN, origin)
                settle(db)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connections."""
        self._database.close()

    def read(self) -> bytes | None:
        """The note, if there was ever one."""
        note: bytes | None
        ((note,),) = self._database.rows(_READ, self._origin)
        return note

    def swap(self, old: bytes | None, new: bytes) -> bool:
        """Put *new* in the place of *old*, durably; False: something else is there."""
        with self._database.transaction() as db:
            done = run(db, _SWAP, new, self._origin, old)
            settle(db)
        return done.rowcount == 1
