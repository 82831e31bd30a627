"""What a wallet costs as it grows tenfold, and tenfold again.

Each size is a wallet of its own, brought in by a process of its own. What is asked of
it is what a person asks: the first and the last screenful, a key struck, one record.
"""

import shutil
import statistics
from functools import partial

from tests.bench.ground import CHEAP, PASSPHRASE, child
from tests.bench.rows import Row, cpu_seconds, seconds
from tests.support.large_patient import write_bundle
from wallet.actions.patient import home as homes
from wallet.actions.patient import records, results

SCREENFUL, HITS = 100, 200
_TRIES = 5


def measure(ground):
    return [row for count in ground.effort.sizes for row in _of_size(ground, count)]


def _of_size(ground, count):
    room = ground.fresh("size")
    file = write_bundle(room / "patient.json", count)
    home = homes.PatientHome(room / "home")
    homes.create_wallet(home, passphrase=PASSPHRASE, cost=CHEAP)
    said = child("bring_in_child", home.folder, file)
    size = home.vault.stat().st_size
    for name, figure, unit in (
        ("brought in", count / said["first_seconds"], "records/s"),
        ("brought in, by processor time", count / said["first_cpu"], "records/s"),
        ("peak memory", said["peak_mib"], "MiB"),
        ("the same file again", said["again_seconds"], "s"),
        ("on disk, a record", size / count, "bytes"),
    ):
        yield Row(name=f"{count:>9,} records, {name}", figure=figure, unit=unit)
    with homes.open_wallet(home, passphrase=PASSPHRASE) as wallet:
        for name, ask in _questions(wallet, count):
            ask()  # a cold page is not what grows
            wall = statistics.median(seconds(ask) for _ in range(_TRIES))
            used = statistics.median(cpu_seconds(ask) for _ in range(_TRIES))
            yield Row(
                name=f"{count:>9,} records, {name}",
                figure=1_000 * wall,
                unit="ms",
                peer="processor",
                peer_figure=1_000 * used,
            )
    shutil.rmtree(room)


def _questions(wallet, count):
    window = partial(records.timeline, wallet, limit=SCREENFUL)
    hits = partial(records.first_hits, wallet, category=None, limit=HITS)
    yield "first screenful", window
    yield "last screenful", partial(window, offset=max(count - SCREENFUL, 0))
    yield "one letter struck", partial(hits, "b")
    yield "two words struck", partial(hits, "blood pre")
    yield "how much there is", partial(records.counts, wallet)
    for one in records.timeline(wallet, category="vital", limit=1).records:
        yield "one record", partial(records.show, wallet, one.scope_id)
        yield "results like it", partial(results.like, wallet, one.scope_id)
