"""What only PostgreSQL is told of a log, in SQLite's spelling as all the rest."""

TABLES = """
CREATE TABLE log (version INTEGER NOT NULL, origin TEXT NOT NULL) STRICT;
ALTER TABLE head ADD COLUMN published INTEGER NOT NULL DEFAULT 0;
CREATE TABLE seq_coord (
  id INTEGER PRIMARY KEY CHECK (id = 1), next INTEGER NOT NULL
) STRICT;
INSERT INTO seq_coord (id, next) VALUES (1, 0);
CREATE TABLE seq (first INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
ALTER TABLE tile ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE bundle ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE seq ALTER COLUMN data SET STORAGE EXTERNAL;
"""
# Everything a batch of new entries needs, said at once. Whoever waited for the row of
# *seq_coord* finds it as it is then; *size* may be old, which is the safe side. A leaf
# that stands already is refused by its table, and with it all of this. That either row
# is the only one is said twice for those who plan: else they prepare for millions.
ADD_NEW = """
WITH claimed AS (
  UPDATE seq_coord SET next = next + CAST(? AS INTEGER) FROM head
  WHERE seq_coord.id = 1 AND head.id = 1 AND next >= ? AND next - size < ?
  RETURNING next - CAST(? AS INTEGER) AS first
), listed AS (
  INSERT INTO leaf (hash, idx)
  SELECT substring(CAST(? AS BLOB) FROM CAST(32 * n + 1 AS INT) FOR 32), first + n
  FROM claimed, generate_series(0, CAST(? AS INTEGER) - 1) AS n
)
INSERT INTO seq (first, data) SELECT first, CAST(? AS BLOB) FROM claimed RETURNING first
"""
CLAIM = "SELECT next, size FROM seq_coord, head FOR UPDATE OF seq_coord"
# Many hashes travel as one value and are cut apart over there: an array of them costs
# more to write down than to store.
KNOWN = """
SELECT hash, idx FROM leaf WHERE hash = ANY(ARRAY(
  SELECT substring(CAST(? AS BLOB) FROM CAST(32 * n + 1 AS INT) FOR 32)
  FROM generate_series(0, CAST(? AS INTEGER) - 1) AS n
))
"""
CHANGES = """
SELECT target, min(idx) FILTER (WHERE state = ?), count(*) FROM change
WHERE target = ANY(?) GROUP BY target
"""
ADD_LEAVES = """
INSERT INTO leaf (hash, idx)
SELECT substring(CAST(? AS BLOB) FROM CAST(32 * n + 1 AS INT) FOR 32),
  CAST(? AS INTEGER) + n
FROM generate_series(0, CAST(? AS INTEGER) - 1) AS n
"""
ADD_CHANGES = """
INSERT INTO change (idx, target, state, seq) SELECT * FROM unnest(
  CAST(? AS INTEGER[]), CAST(? AS INTEGER[]), CAST(? AS INTEGER[]), CAST(? AS INTEGER[])
)
"""
ADD_BATCH = "INSERT INTO seq (first, data) VALUES (?, ?)"
HANDED_OUT = "UPDATE seq_coord SET next = ?"
# Of one moment: what is waiting behind a tree that another grew meanwhile says nothing
# about the one we know.
BATCHES = """
SELECT first, data FROM seq, head WHERE size = ? AND first >= ?
ORDER BY first LIMIT ?
"""
EDGES = """
SELECT level, n, data FROM tile WHERE (level, n) IN (
  SELECT * FROM unnest(CAST(? AS INTEGER[]), CAST(? AS INTEGER[]))
)
"""
FORGET = "DELETE FROM seq WHERE first < ?"
PUBLISH = "UPDATE head SET note = ?, published = ? WHERE published <= ?"
WAITING = "SELECT first, data FROM seq WHERE first <= ? ORDER BY first DESC LIMIT 1"
# Published notes were signed after a commit that any standby must have had as well:
# an index that is answered without a commit of its own is never one that could go.
INDEX_OF = "SELECT idx FROM leaf, head WHERE hash = ? AND idx < published"
INDICES_OF = """
SELECT hash, idx FROM leaf, head WHERE idx < published AND hash = ANY(ARRAY(
  SELECT substring(CAST(? AS BLOB) FROM CAST(32 * n + 1 AS INT) FOR 32)
  FROM generate_series(0, CAST(? AS INTEGER) - 1) AS n
))
"""
ENDED_BY = """
SELECT idx FROM change, head WHERE target = ? AND state = ? AND idx < published
ORDER BY idx LIMIT 1
"""
