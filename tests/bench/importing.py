"""Bringing records in: beside the least anybody must do, and in what memory."""

import shutil
import sqlite3
from functools import partial

import orjson

from tests.bench.rows import Row, at_most, beside, ratio_at_least, seconds
from tests.support.wallets import NOON, open_wallet
from wallet.actions.patient.importing import import_paths
from wallet.records.fhir.release import release_of
from wallet.records.fhir.resource_types import CATEGORY
from wallet.records.fhir.validity import flaws_of
from wallet.records.json_stream import check_piece, read_whole


def measure(ground):
    count = ground.effort.records
    file = ground.bundle(count)
    ours = partial(_ours, ground, file)
    more = {"count": count, "repeats": ground.effort.repeats, "unit": "records/s"}
    return [
        beside(
            "import, everything",
            ours=ours,
            peer=partial(_bare, ground, file, _checked),
            peer_name="parse + same check + plain insert",
            wanted=ratio_at_least(0.5),
            **more,
        ),
        beside(
            "import, beside no check at all",
            ours=ours,
            peer=partial(_bare, ground, file, _unchecked),
            peer_name="parse + plain insert",
            **more,
        ),
        *_large(ground.large, ground.effort.large),
    ]


def _large(large, count):
    said = large.answer
    assert said["first"]["new"] == said["again"]["same"] == count
    yield Row(
        name=f"import of {count:,}",
        figure=count / said["first_seconds"],
        unit="records/s",
    )
    yield Row(
        name=f"peak memory of an import of {count:,}",
        figure=said["peak_mib"],
        unit="MiB",
        wanted=at_most(300),
    )
    yield Row(
        name="the same file again",
        figure=said["again_seconds"],
        unit="s",
        peer="the first time",
        peer_figure=said["first_seconds"],
        ratio=said["again_seconds"] / said["first_seconds"],
    )


def _ours(ground, file):
    folder = ground.fresh("home")
    with open_wallet(folder) as wallet:
        took = seconds(lambda: import_paths(wallet, [file], now=NOON))
    shutil.rmtree(folder)
    return took


def _bare(ground, file, read):
    folder = ground.fresh("bare")
    took = seconds(lambda: _insert(folder / "plain.db", file, read))
    shutil.rmtree(folder)
    return took


def _insert(path, file, read):
    """One durable transaction in a plain database."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE record (row INTEGER PRIMARY KEY, rtype TEXT, id TEXT, body BLOB)"
    )
    db.execute("BEGIN")
    entries = orjson.loads(file.read_bytes())["entry"]
    rows = (read(entry["resource"]) for entry in entries)
    db.executemany("INSERT INTO record (rtype, id, body) VALUES (?, ?, ?)", rows)
    db.execute("COMMIT")
    db.close()


def _unchecked(resource):
    return resource["resourceType"], resource["id"], orjson.dumps(resource)


def _checked(resource):
    """With what our reader holds a resource to: exact JSON, a release, R4's rules."""
    body = orjson.dumps(resource)
    text = body.decode()
    check_piece(text)
    exact = read_whole(text, 0, len(text))
    assert release_of(exact) is None
    assert exact["resourceType"] in CATEGORY
    assert flaws_of(exact) == []
    return exact["resourceType"], exact["id"], body
