"""One bit turned in a table of PostgreSQL, by its superuser: nobody believes it.

The same as `test_damaged_tables` asks of SQLite, over every column there is.
"""

import random
from contextlib import ExitStack, closing

import psycopg
import pytest

from tests.server.log.test_damaged_tables import (
    LOG,
    ORIGIN,
    POLICY,
    OpenLog,
    assert_reader,
    assert_true,
    end,
    grant,
)
from wallet.actions.operator.stores import Stores, open_stores
from wallet.errors import WalletError
from wallet.ledger.checkpoint import parse_note
from wallet.server.log.panel import Panel
from wallet.server.log.sign_lock import SignLock
from wallet.server.log.storage import Admitted

_COLUMNS = """
SELECT table_schema, table_name, column_name, data_type
FROM information_schema.columns JOIN information_schema.tables
  USING (table_catalog, table_schema, table_name)
WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
  AND table_type = 'BASE TABLE'
ORDER BY 1, 2, 3
"""


class OpenSharedLog(OpenLog):
    """One log and its publisher over a database of PostgreSQL."""

    def __init__(self, folder, url):
        with ExitStack() as held:  # what is half open is closed again
            stores = Stores(store=url)
            opened = open_stores(folder, stores, origin=ORIGIN, held=held)
            self.held = held.pop_all()
        self.storage = opened.storage
        self.lock = SignLock(opened.last_note, LOG)
        self.panel = self.held.enter_context(
            closing(Panel(cosigners=[], policy=POLICY))
        )

    def close(self):
        self.held.close()


@pytest.fixture(scope="module")
def made(postgres, tmp_path_factory):
    """A database with two signed histories behind it and entries that wait."""
    url, folder = postgres.new_database(), tmp_path_factory.mktemp("made")
    with closing(OpenSharedLog(folder, url)) as log:
        log.storage.append([Admitted(data=grant(n)) for n in range(300)])
        log.storage.integrate()
        log.storage.append([end(7, 7), end(260, 260)])
        log.publish()
        log.storage.append([Admitted(data=grant(n)) for n in range(300, 320)])
        log.storage.integrate()
        log.storage.append([end(11, 11)])
        log.storage.integrate()
        truth = list(log.storage.entries(0, log.storage.size))
    assert len(truth) == 324
    with psycopg.connect(url) as db:
        columns = db.execute(_COLUMNS).fetchall()
    return url.rpartition("/")[2], truth, columns


def turn_bit(db, where, dice):
    """Turn one bit of one value; False where there is none, or the table forbids it."""
    schema, table, column, kind = where
    place, name = f'"{schema}"."{table}"', f'"{column}"'
    rows = db.execute(
        f"SELECT ctid::text, {name} FROM {place} WHERE {name} IS NOT NULL"  # noqa: S608 ours
    ).fetchall()
    if not rows or kind not in ("bytea", "bigint", "integer", "smallint", "text"):
        return False
    ctid, old = dice.choice(rows)
    if kind == "bytea":
        at = dice.randrange(len(old)) if old else None
        if at is None:
            return False
        new = old[:at] + bytes([old[at] ^ (1 << dice.randrange(8))]) + old[at + 1 :]
    elif kind == "text":
        new = chr(ord(old[0]) ^ 1) + old[1:]
    else:
        new = old ^ (1 << dice.randrange(4))
    try:
        with db.transaction():
            db.execute(
                f"UPDATE {place} SET {name} = %s WHERE ctid = %s::tid",  # noqa: S608 ours
                (new, ctid),
            )
    except psycopg.IntegrityError:
        return False
    return True


def test_a_turned_bit_is_never_signed_over_nor_believed(postgres, made, tmp_path):
    name, truth, columns = made
    turned, refused = set(), 0
    for number, where in enumerate(columns):
        _, table, column, _ = where
        copy = f"{name}_{number}"
        postgres.say(f"CREATE DATABASE {copy} TEMPLATE {name}")
        url = postgres.url.removesuffix("postgres") + copy
        dice = random.Random(f"{table}{column}")  # noqa: S311
        with psycopg.connect(url, autocommit=True) as db:
            if not turn_bit(db, where, dice):
                continue
        turned.add((table, column))
        try:
            log = OpenSharedLog(tmp_path, url)
        except WalletError:
            refused += 1
            continue
        with closing(log):
            before = log.lock.last()
            try:
                log.publish()
            except WalletError:
                refused += 1
                assert log.lock.last() == before
            else:
                assert_true(log, truth)
            assert_reader(tmp_path / f"copy-{number}", log, truth)
    assert {"tile", "bundle", "leaf", "change"} <= {table for table, _ in turned}
    assert refused > 3


def test_the_note_that_was_published_stays_where_it_is_while_nothing_can_be_signed(
    postgres, made, tmp_path
):
    """Readers keep what they could read before; no log goes back."""
    name, _, _ = made
    postgres.say(f"CREATE DATABASE {name}_stays TEMPLATE {name}")
    url = postgres.url.removesuffix("postgres") + f"{name}_stays"
    with closing(OpenSharedLog(tmp_path, url)) as log:
        before = log.checkpoint()
        with psycopg.connect(url) as db:
            db.execute(
                "UPDATE tile SET data = set_byte(data, 0, get_byte(data, 0) # 1) "
                "WHERE level = 0 AND n = 1"
            )
        with pytest.raises(WalletError):
            log.publish()
        assert log.checkpoint() == before
        assert parse_note(before).checkpoint.size < log.storage.size
