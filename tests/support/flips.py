"""One bit turned: in a value of a table, or in a file."""

import sqlite3
import struct
from contextlib import closing


def columns(path):
    """Every column of every table of a database."""
    with closing(sqlite3.connect(path)) as db:
        tables = [
            name
            for (name,) in db.execute(
                "SELECT name FROM sqlite_master WHERE type='table'"
            )
        ]
        return [
            (table, name)
            for table in tables
            for _, name, *_ in db.execute(f"PRAGMA table_info({table})")
        ]


def turn_value(value, dice):
    """The same value with one bit turned."""
    match value:
        case int():
            return value ^ (1 << dice.randrange(8))
        case float():
            packed = turn_bytes(struct.pack(">d", value), dice)
            return struct.unpack(">d", packed)[0]
        case str():
            at = dice.randrange(len(value))
            return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
        case _:
            return turn_bytes(value, dice)


def turn_bytes(data, dice):
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << dice.randrange(8))]) + data[at + 1 :]


def turn_bit(path, table, column, dice):
    """Turn one bit of one value; False where there is none, or the table forbids it."""
    with closing(sqlite3.connect(path)) as db, db:
        names = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
        rows = [
            dict(zip(names, row, strict=True))
            for row in db.execute(f"SELECT * FROM {table}")  # noqa: S608 ours
        ]
        rows = [row for row in rows if row[column] not in (None, b"", "")]
        if not rows:
            return False
        row = dice.choice(rows)
        new = turn_value(row[column], dice)
        where = " AND ".join(f"{name} IS ?" for name in names)
        statement = f"UPDATE {table} SET {column}=? WHERE {where}"  # noqa: S608 ours
        try:
            return db.execute(statement, (new, *row.values())).rowcount == 1
        except sqlite3.IntegrityError:
            return False


def turn_bit_of_file(path, dice):
    path.write_bytes(turn_bytes(path.read_bytes(), dice))
