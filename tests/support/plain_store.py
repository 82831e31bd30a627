"""The shape of `wallet.store` over a plain database in memory, for rooms above it."""

import sqlite3
from contextlib import contextmanager


class PlainStore:
    """Answers as an encrypted store does."""

    def __init__(self, *steps):
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        for step in steps:
            for statement in step:
                self._db.execute(statement)

    @contextmanager
    def transaction(self):
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def run(self, sql, values=()):
        return self._db.execute(sql, values).rowcount

    def all(self, sql, values=()):
        return self._db.execute(sql, values).fetchall()

    def one(self, sql, values=()):
        return self._db.execute(sql, values).fetchone()

    def close(self):
        self._db.close()
