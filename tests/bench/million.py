"""A copy of a ledger of a million entries: taken over, killed, resumed, asked offline.

``python -m tests.bench.million [ENTRIES]`` prints what `measure` gives, as JSON.
Each part runs in a process of its own, so that its peak of memory is its own.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.support.long_ledger import LongLedger
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync

MILLION = 1_000_000
ORIGIN = "ledger.bench/million"
NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def measure(folder, entries=MILLION):
    """Seconds and MiB of every part, for a log of *entries*."""
    log = LongLedger(folder / "log", origin=ORIGIN, now=NOON)
    began = time.perf_counter()
    log.grow(entries)
    (folder / "policy").write_text(log.policy)
    (folder / "note").write_bytes(log.checkpoint())
    made = time.perf_counter() - began
    killed = _part(folder, "sync", "--die-at", str(entries // 2))
    resumed = _part(folder, "sync")
    parts = {"resumed": resumed, "opened": _part(folder, "open")}
    parts["asked"] = _part(folder, "ask", str(entries // 1_000 // 2 * 1_000))
    (folder / "copy").rename(folder / "aside")
    parts["at_once"] = _part(folder, "sync")
    assert killed is None
    assert resumed["fetched"] <= entries - entries // 2 + 512
    return {"entries": entries, "made_seconds": round(made, 2), **parts}


def _part(folder, *words):
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.million", "--part", str(folder), *words],
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0
    return json.loads(done.stdout)


def _child(folder, what, *words):
    log = LongLedger(folder / "log", origin=ORIGIN, now=NOON)
    log._note = (folder / "note").read_bytes()
    policy = Policy.parse((folder / "policy").read_text())
    base = _peak()
    began = time.perf_counter()
    copy = Replica.open(folder / "copy", origin=ORIGIN, policy=policy)
    if what == "sync":
        dies = int(words[1]) if words else None
        sync(copy, log, progress=lambda done, _total: _perhaps_die(done, dies))
    told = {
        "seconds": round(time.perf_counter() - began, 3),
        "peak_mib": round(_peak()),
        "before_mib": round(base),
        "fetched": 256 * sum(what == "bundle" for what, _ in log.asked),
    }
    if what == "ask":
        told |= _ask(copy, log, int(words[0]))
    return told


def _ask(copy, log, number):
    seconds = []
    for at in (number, number + 1_000, number + 2_000):
        leaf = leaf_hash(log.grant(at))
        began = time.perf_counter()
        index = copy.first_index(leaf)
        ended = at % 10_000 == 0
        assert copy.state(index) is (State.ENDED if ended else State.STANDS)
        assert copy.proof(index)
        seconds.append(time.perf_counter() - began)
    return {
        "first_answer_seconds": round(seconds[0], 3),
        "further_answer_ms": round(1_000 * min(seconds[1:]), 3),
        "peak_mib": round(_peak()),
    }


def _perhaps_die(done, dies):
    if dies is not None and done >= dies:
        os.kill(os.getpid(), signal.SIGKILL)


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def main(words):
    if words[:1] == ["--part"]:
        print(json.dumps(_child(Path(words[1]), *words[2:])))
        return
    with tempfile.TemporaryDirectory() as folder:
        entries = int(words[0]) if words else MILLION
        print(json.dumps(measure(Path(folder), entries), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
