"""The tables of a log and what is said to them: one text, which two databases run.

Written for SQLite; `for_postgresql` is all the difference there is.
"""

from functools import cache

TABLES = """
CREATE TABLE IF NOT EXISTS head (
  id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, note BLOB
) STRICT;
INSERT INTO head (id, size) VALUES (1, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS tile (
  level INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (level, n)
) STRICT;
CREATE TABLE IF NOT EXISTS bundle (n INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS leaf (
  hash BLOB PRIMARY KEY, idx INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change (
  idx INTEGER PRIMARY KEY, target INTEGER NOT NULL, state INTEGER NOT NULL,
  seq INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS change_target ON change (target, state);
"""

SIZE = "SELECT size FROM head"
NOTE = "SELECT note FROM head"
TILE = "SELECT data FROM tile WHERE level = ? AND n = ?"
BUNDLE = "SELECT data FROM bundle WHERE n = ?"
INDEX_OF = "SELECT idx FROM leaf WHERE hash = ?"
ENDED_BY = "SELECT min(idx) FROM change WHERE target = ? AND state = ?"
COUNT_CHANGES = "SELECT count(*) FROM change WHERE target = ?"
CHANGES_BETWEEN = (
    "SELECT idx, target, state, seq FROM change WHERE idx >= ? AND idx < ? ORDER BY idx"
)

ADD_LEAF = "INSERT INTO leaf (hash, idx) VALUES (?, ?) ON CONFLICT DO NOTHING"
PUT_TILE = (
    "INSERT INTO tile (level, n, data) VALUES (?, ?, ?) "
    "ON CONFLICT (level, n) DO UPDATE SET data = excluded.data"
)
PUT_BUNDLE = (
    "INSERT INTO bundle (n, data) VALUES (?, ?) "
    "ON CONFLICT (n) DO UPDATE SET data = excluded.data"
)
ADVANCE = "UPDATE head SET size = ? WHERE size = ?"
PUBLISH = "UPDATE head SET note = ?"


def indices_of(count: int) -> str:
    """Where *count* leaf hashes stand, asked at once."""
    return f"SELECT hash, idx FROM leaf WHERE hash IN ({','.join('?' * count)})"  # noqa: S608 marks


_TYPES = (
    ("STRICT, WITHOUT ROWID", ""),
    ("STRICT", ""),
    ("BLOB", "BYTEA"),
    ("INTEGER", "BIGINT"),
    ("?", "%s"),
)


@cache
def for_postgresql(statement: str) -> str:
    """The same statement, or tables, as PostgreSQL and psycopg spell them."""
    for ours, theirs in _TYPES:
        statement = statement.replace(ours, theirs)
    return statement
