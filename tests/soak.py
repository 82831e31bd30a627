"""``python -m tests.soak [--minutes 30]``: a whole ledger under mixed load, checked.

First the capacity is measured: how many adds a second are answered when nobody waits.
Then, at 70 % of it: adds, ends, tile reads and syncs. A process of its own, sharing
nothing with the load but what was answered, samples entries all along: each must be
in the tree at its index, under a note of its policy that extends the last one.

A table says, for each tenth of the time, latencies and the memory of the server. Exit 1
for any wrong answer, or if memory or latency grew between the first and last third.
"""

import argparse
import json
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

from tests.support.ledger_servers import ORIGIN, LedgerWorld
from wallet.errors import TurnedAwayError, UnreachableError
from wallet.keys.signing import Signer
from wallet.ledger import merkle, tiles
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
)
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync
from wallet.ledger.tile_tree import TileTree

# An answer waits for its pool and its commit: few writers measure only that wait.
WRITERS = 64
SHARE = 0.7
_BEHIND = 5.0  # seconds of work that are still made up for
WINDOWS = 10
GROWTH = 1.5  # latency of the last third over that of the first; a shared machine
MEMORY = 1.25


class Load:
    """Writers at a pace, readers and a copy that follows; all it measures is kept."""

    def __init__(self, world, folder, tell):
        self._url, self._policy, self._folder = (
            world.server.said["url"],
            world.policy,
            folder,
        )
        self._tell = tell
        self.took, self.busy, self.count = [], 0, 0
        self.stop, self._lock = threading.Event(), threading.Lock()

    def run(self, *, seconds, rate, mixed):
        """Put on the load; adds a second that were answered."""
        self.stop.clear()
        begun, before = time.monotonic(), self.count
        pause = WRITERS / rate if rate else 0.0
        work = [(self._write, (n, pause, mixed)) for n in range(WRITERS)]
        if mixed:
            work += [(self._read, ()), (self._follow, ())]
        threads = [threading.Thread(target=run, args=args) for run, args in work]
        for one in threads:
            one.start()
        time.sleep(seconds)
        self.stop.set()
        for one in threads:
            one.join()
        return (self.count - before) / (time.monotonic() - begun)

    def _write(self, writer, pause, mixed):
        control = Signer.from_seed(secrets.token_bytes(32))
        with closing(LedgerClient(self._url)) as client:
            # By the clock, however long an answer takes; all start spread over a pause.
            due = time.monotonic() + pause * writer / WRITERS
            while not self.stop.wait(max(due - time.monotonic(), 0)):
                due = max(due, time.monotonic() - _BEHIND) + pause
                grant = build_grant(
                    Signer.from_seed(secrets.token_bytes(32)),
                    origin=ORIGIN,
                    commitment=secrets.token_bytes(32),
                    control_public=control.public,
                )
                index = self._timed("add", client, grant)
                if index is not None and mixed and random.random() < 0.1:  # noqa: S311
                    change = StatusChange(
                        index=index, leaf=leaf_hash(grant), state=State.ENDED, seq=1
                    )
                    end = build_status(control, origin=ORIGIN, change=change)
                    self._timed("end", client, end)

    def _timed(self, kind, client, entry):
        begun = time.monotonic()
        try:
            index = client.submit(entry)
        except UnreachableError:
            self.busy += 1  # 503: pushback is an answer
            return None
        now = time.monotonic()
        with self._lock:
            self.count += 1
            self.took.append((now, kind, now - begun))
            self._tell(index, leaf_hash(entry))
        return index

    def _read(self):
        with closing(LedgerClient(self._url)) as client:
            while not self.stop.wait(0.02):
                with suppress(UnreachableError, TurnedAwayError):
                    size = parse_note(client.checkpoint()).checkpoint.size
                    n = random.randrange(max(size // 256, 1))  # noqa: S311
                    width = min(256, size - 256 * n)
                    begun = time.monotonic()
                    client.bundle(n, width)
                    now = time.monotonic()
                    self.took.append((now, "bundle", now - begun))

    def _follow(self):
        copy = Replica.open(self._folder, origin=ORIGIN, policy=self._policy)
        with closing(LedgerClient(self._url)) as client:
            while not self.stop.wait(2.0):
                begun = time.monotonic()
                with suppress(UnreachableError):
                    sync(copy, client)  # a refusal is a wrong answer and ends this
                    now = time.monotonic()
                    self.took.append((now, "sync", now - begun))


def check(url, policy_text):
    """The checker: lines "INDEX LEAF" come in, one line of JSON says what it found."""
    policy, waiting, last = Policy.parse(policy_text), [], None
    found = {"checked": 0, "wrong": 0, "notes": 0}
    ended = threading.Event()

    def listen():
        for line in sys.stdin:
            index, leaf = line.split()
            waiting.append((int(index), bytes.fromhex(leaf)))
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    with closing(LedgerClient(url)) as client:
        while True:
            over = ended.wait(0.5)
            try:
                note = parse_note(client.checkpoint())
                policy.accept(note)
                last = _look(client, note.checkpoint, last, waiting, found)
            except UnreachableError:
                if over:
                    break
            except Exception:  # noqa: BLE001 whatever it is, it is a wrong answer
                found["wrong"] += 1
            if over:
                break
    print(json.dumps(found), flush=True)  # noqa: T201 its answer


def _look(client, here, last, waiting, found):
    def tile(level, n):
        return client.tile(level, n, min((here.size >> 8 * level) - 256 * n, 256))

    tree = TileTree(tile)
    if last is not None and last.size < here.size:
        merkle.verify_consistency(
            old=last.size,
            new=here.size,
            old_root=last.root,
            new_root=here.root,
            path=tree.consistency(last.size, here.size),
        )
        found["notes"] += 1
    covered = [one for one in [*waiting] if one[0] < here.size]
    for index, leaf in random.sample(covered, min(len(covered), 20)):
        merkle.verify_inclusion(
            leaf=leaf,
            index=index,
            size=here.size,
            path=tree.inclusion(index, here.size),
            root=here.root,
        )
        n = index // 256
        bundle = tiles.decode_bundle(client.bundle(n, min(256, here.size - 256 * n)))
        if leaf_hash(bundle[index % 256]) != leaf:
            found["wrong"] += 1
        found["checked"] += 1
    return here


def memory(pid):
    """Resident MiB of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--check", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.check:
        return check(*asked.check)
    with tempfile.TemporaryDirectory(prefix="heartwood-soak-") as name:
        folder = Path(name)
        with closing(LedgerWorld(folder)) as world:
            return _soak(world, folder / "copy", asked.minutes * 60)


def _soak(world, copy, seconds):
    world.published(0)
    where = (world.server.said["url"], world.server.said["policy"])
    checker = subprocess.Popen(
        [sys.executable, "-m", "tests.soak", "--check", *where],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def tell(index, leaf):
        checker.stdin.write(f"{index} {leaf.hex()}\n")

    load = Load(world, copy, tell)
    capacity = load.run(seconds=min(10.0, seconds / 6), rate=None, mixed=False)
    say(f"capacity {capacity:.0f} adds/s, {WRITERS} writers; now {SHARE:.0%} of it")
    say("window  adds/s  add p50/p99 ms  end p99  bundle p99  sync p50  server MiB")
    rows = [_window(load, world, seconds, capacity, n) for n in range(WINDOWS)]
    said, _ = checker.communicate()
    found = json.loads(said)
    third = WINDOWS // 3
    grown = [
        statistics.median(row[which] for row in rows[-third:])
        / statistics.median(row[which] for row in rows[:third])
        for which in (0, 1)
    ]
    say(
        f"{load.count} entries, {load.busy} turned away, {found['checked']} proofs and "
        f"{found['notes']} steps checked, {found['wrong']} wrong; "
        f"last third over first: latency {grown[0]:.2f}x, memory {grown[1]:.2f}x"
    )
    flat = grown[0] <= GROWTH and grown[1] <= MEMORY
    return 0 if flat and not found["wrong"] and found["checked"] else 1


def _window(load, world, seconds, capacity, number):
    load.took = []
    rate = load.run(seconds=seconds / WINDOWS, rate=SHARE * capacity, mixed=True)
    by = {kind: [] for kind in ("add", "end", "bundle", "sync")}
    for _, kind, took in load.took:
        by[kind].append(took * 1000)
    used = memory(world.server.process.pid)
    cells = [
        f"{number + 1:6}  {rate:6.0f}",
        f"{at(by['add'], 50):6.1f} / {at(by['add'], 99):6.1f}",
        f"{at(by['end'], 99):7.1f}  {at(by['bundle'], 99):10.1f}",
        f"{at(by['sync'], 50):8.1f}  {used:10.1f}",
    ]
    say("  ".join(cells))
    return at(by["add"], 50), used


def at(values, share):
    """A percentile; 0 of nothing."""
    return sorted(values)[(len(values) - 1) * share // 100] if values else 0.0


def say(text):
    print(text, flush=True)  # noqa: T201 a program for people


if __name__ == "__main__":
    sys.exit(main())
