"""Tiles over HTTP from a whole server, beside nginx with the same files."""

import statistics
from contextlib import closing

from tests.bench.peers import absent, installed, nginx, wrk
from tests.bench.rows import Row, ratio_at_least
from tests.support.ledger_servers import ORIGIN, Process, run
from wallet.ledger.tiles import bundle_path, tile_path
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

_SECONDS = 3
FILES = {"hash tile": tile_path(0, 0), "entry bundle": bundle_path(0)}


def measure(ground):
    if why := installed("nginx", "wrk"):
        return [absent("tile reads", f"{why}: apt-get install nginx-light wrk")]
    home = ground.fresh("serving")
    run("--home", str(home), "ledger", "key", "--origin", ORIGIN)
    with closing(SqliteStorage(home / "ledger.db")) as storage:
        storage.append([Admitted(data=n.to_bytes(300, "big")) for n in range(256)])
        bodies = {
            FILES["hash tile"]: storage.tile(0, 0, 256),
            FILES["entry bundle"]: storage.bundle(0, 256),
        }
    folder = ground.fresh("nginx")
    folder.chmod(0o755)
    for path, body in bodies.items():
        place = folder / "files" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
    server = Process("--home", str(home), "ledger", "serve")
    server.hear()
    try:
        with nginx(folder) as other:
            return [
                row
                for name, path in FILES.items()
                for row in _rows(ground, name, server.said["url"], other, path)
            ]
    finally:
        server.stop()


def _rows(ground, name, ours, theirs, path):
    repeats = min(ground.effort.repeats, 3)
    span = _SECONDS if repeats > 1 else 1
    turns = [
        (wrk(f"{ours}/{path}", seconds=span), wrk(f"{theirs}/{path}", seconds=span))
        for _ in range(repeats)
    ]
    own, other = ([turn[which] for turn in turns] for which in (0, 1))
    wanted = ratio_at_least(0.25)
    yield Row(
        name=f"reads of a whole {name}",
        figure=statistics.median(rate for rate, _, _ in own),
        unit="requests/s",
        peer="nginx, one worker",
        peer_figure=statistics.median(rate for rate, _, _ in other),
        ratio=statistics.median(a[0] / b[0] for a, b in turns),
        wanted=wanted,
    )
    for share, at in (("p50", 1), ("p99", 2)):
        yield Row(
            name=f"  {share} of 32 connections",
            figure=statistics.median(turn[at] for turn in own),
            unit="ms",
            peer="nginx",
            peer_figure=statistics.median(turn[at] for turn in other),
        )
