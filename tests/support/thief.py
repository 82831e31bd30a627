"""Somebody who has taken disks: tries every key and every half of one that lies there.

Written from PROTOCOL.md 11 (Share 10 to 13) alone.
"""

import itertools
import re
import sqlite3

from wallet.errors import RefusedError
from wallet.keys.derivation import expand, extract_and_expand
from wallet.keys.sealing import Opener

_KEY = 32
_WRITTEN = re.compile(rb"\x58\x20(?=(.{32}))", re.DOTALL)  # 32 bytes in CBOR
_HEAD = 41


def loot(*folders):
    """Every file, and every value of every database, below *folders*."""
    taken = []
    for folder in folders:
        for path in folder.rglob("*"):
            if not path.is_file():
                continue
            data = path.read_bytes()
            taken.append(data)
            if data.startswith(b"SQLite format 3"):
                taken += _values(path)
    return taken


def _values(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        rows = [
            row
            for (table,) in tables.fetchall()
            for row in db.execute(f"SELECT * FROM {table}")  # noqa: S608 own text only
        ]
    db.close()
    return [value for row in rows for value in row if isinstance(value, bytes)]


def opens(taken, *, package, leaf, object_id, share):
    """Whether anything in *taken* opens *package*, whose second half is sealed.

    Tried: every 32 bytes at any place as the content key; every key that is written
    as one as a half of it, and as the seed the second half was sealed to.
    """
    head, commitment = package[:_HEAD], package[_HEAD : _HEAD + _KEY]

    def fits(key):
        made = extract_and_expand(key, salt=head[9:_HEAD], info=head, length=64)
        return made[_KEY:] == commitment

    written = _keys(taken)
    halves = written | _unsealed(written, share, leaf + object_id)
    info = b"heartwood/1/content\0" + object_id
    pairs = itertools.product(written, halves)
    whole = (extract_and_expand(a + b, salt=leaf, info=info) for a, b in pairs)
    anywhere = {
        data[n : n + _KEY]
        for data in taken
        for n in range(len(data) - _KEY + 1)
        if data != package
    }
    return any(map(fits, itertools.chain(anywhere, whole)))


def _keys(taken):
    found = {data for data in taken if len(data) == _KEY}
    for data in taken:
        found |= {match[1] for match in _WRITTEN.finditer(data)}
    return found


def _unsealed(seeds, share, context):
    """The second half, if one of *seeds* is what it was sealed to."""
    found = set()
    for seed in seeds:
        for key in (seed, expand(seed, "clinic-seal")):
            try:
                opener = Opener.from_seed(key)
                found.add(opener.open(share, label="share", context=context))
            except RefusedError:
                continue
    return found
