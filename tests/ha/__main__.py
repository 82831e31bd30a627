"""``python -m tests.ha [--rounds 20]``: primaries die under load, nothing is lost.

Rounds take turns: the primary's node is killed (SIGKILL of its etcd, Patroni and
PostgreSQL), frozen (SIGSTOP of all of them) or cut off from the network, the latter two
until entries are taken again.
Nobody helps the two front ends. Exit 1 if an answered entry is missing, if two notes
of one size differ, or if it once took longer than 45 s until entries were taken again.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

from tests.ha.cluster import Cluster, Node, missing
from tests.support.ledger_servers import ORIGIN, Process, receipt, run
from wallet.errors import WalletError
from wallet.ledger import tiles
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import leaf_hash
from wallet.ledger.fetch import Http
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.tree import Tree

BACK_WITHIN = 45.0
WRITERS = 4
SETTLED = 3.0  # seconds of load between two rounds
FAULTS = (
    ("killed", Node.kill, Node.start),
    ("cut off", Node.unplug, Node.plug_in),
    ("frozen", Node.freeze, Node.thaw),
)


class Load:
    """Writers who never stop, each at one front end and then at the other."""

    def __init__(self, urls, policy):
        self.urls, self.policy = urls, policy
        self.kept, self.notes, self.forks = {}, {}, []
        self.when, self.whose = {}, {}
        self.begun = self.last = time.monotonic()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=(n,)) for n in range(WRITERS)
        ] + [threading.Thread(target=self._read, args=(url,)) for url in urls]
        for one in self._threads:
            one.start()

    def close(self):
        self._stop.set()
        for one in self._threads:
            one.join()

    def back_after(self, moment):
        """Seconds from *moment* to the first entry whose sending began after it."""
        give_up = moment + 4 * BACK_WITHIN
        while self.last <= moment:
            if time.monotonic() > give_up:
                raise AssertionError("no entry is taken any more")
            time.sleep(0.05)
        return time.monotonic() - moment

    def _write(self, writer):
        number, turn = (writer + 1) << 32, writer
        while not self._stop.is_set():
            with closing(LedgerClient(self.urls[turn % len(self.urls)])) as client:
                try:
                    while not self._stop.is_set():
                        begun = time.monotonic()
                        index = client.submit(receipt(number))
                        self.kept[index] = number
                        self.when[index] = time.monotonic() - self.begun
                        self.whose[index] = turn % len(self.urls)
                        self.last = max(self.last, begun)
                        number += 1
                except WalletError:
                    turn += 1
                    time.sleep(0.1)

    def _read(self, url):
        with closing(LedgerClient(url, Http("ledger", timeout=2.0))) as client:
            while not self._stop.wait(0.1):
                try:
                    note = parse_note(client.checkpoint())
                    self.policy.accept(note)
                except WalletError:
                    continue
                here = note.checkpoint
                if self.notes.setdefault(here.size, here.root) != here.root:
                    self.forks.append(here.size)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.ha")
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    if why := missing():
        parser.exit(2, f"{why}\n")
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        say("three nodes come up")
        cluster = held.enter_context(closing(Cluster()))
        servers = _servers(folder, cluster, held)
        urls = [one.said["url"] for one in servers]
        load = Load(urls, Policy.parse(servers[0].said["policy"]))
        with closing(load):
            load.back_after(time.monotonic())
            try:
                took = [_round(cluster, load, number) for number in range(rounds)]
            except AssertionError:
                say(cluster.state())
                raise
            time.sleep(SETTLED)
        wrong = _audit(urls[0], load)
    took.sort()
    say(
        f"{rounds} rounds, {len(load.kept)} entries answered; "
        f"back after {statistics.median(took):.1f} s, at most {took[-1]:.1f} s; "
        f"{len(load.notes)} notes, {len(load.forks)} forks; {wrong or 'none lost'}"
    )
    return 1 if wrong or load.forks or took[-1] > BACK_WITHIN else 0


def _round(cluster, load, number):
    primary = cluster.primary()
    say(f"{time.monotonic() - load.begun:.1f} s after the start: {cluster.state()}")
    how, begin, end = FAULTS[number % len(FAULTS)]
    begin(primary)
    moment = time.monotonic()  # what was sent before may still have been taken
    with ThreadPoolExecutor(1) as beside:
        over = beside.submit(cluster.taken_over, primary)
        took = load.back_after(moment)
    led, in_step = over.result()
    say(
        f"round {number + 1}: {primary.name} {how}, another led after {led:.1f} s, in "
        f"step with a standby after {in_step:.1f} s, entries taken after {took:.1f} s"
    )
    end(primary)
    cluster.whole()
    time.sleep(SETTLED)
    return took


def _servers(folder, cluster, held):
    """Three witnesses and two front ends over one store and one home's keys."""
    home = folder / "ledger"
    _, said = run("--home", str(home), "ledger", "key", "--origin", ORIGIN)
    words = ["ledger", "serve", "--interval", "0.5", "--store", cluster.url]
    for n in range(3):
        name = f"witness-{n}"
        place = ("--home", str(folder / name), "ledger", "witness", "--name", name)
        witness = Process(*place, "--log", said["vkey"])
        held.callback(witness.kill)
        witness.hear()
        words += ["--witness", f"{witness.said['vkey']}={witness.said['url']}"]
    servers = []
    for _ in range(2):
        server = Process("--home", str(home), *words)
        held.callback(server.stop)
        server.hear()
        servers.append(server)
    return servers


def _audit(url, load):
    """What a stranger finds wrong: the last word on every entry and every note."""
    highest = max(load.kept)
    with closing(LedgerClient(url)) as client:
        give_up = time.monotonic() + BACK_WITHIN
        while (note := parse_note(client.checkpoint())).checkpoint.size <= highest:
            if time.monotonic() > give_up:
                return "answered entries were never published"
            time.sleep(0.2)
        load.policy.accept(note)
        size, entries = note.checkpoint.size, []
        while len(entries) < size:
            n = len(entries) // tiles.WIDTH
            width = min(size - n * tiles.WIDTH, tiles.WIDTH)
            entries += tiles.decode_bundle(client.bundle(n, width))[:width]
    tree = Tree(map(leaf_hash, entries))
    stands = {data: index for index, data in enumerate(entries)}
    lost = []
    for index, number in sorted(load.kept.items()):
        if entries[index] != receipt(number):
            where = stands.get(receipt(number), "nowhere")
            lost.append(index)
            say(
                f"entry {index} was answered {load.when[index]:.1f} s after the start "
                f"by {load.whose[index]}; it stands {where}"
            )
    wrong = [at for at, root in load.notes.items() if tree.root(at) != root]
    if tree.root() != note.checkpoint.root:
        wrong.append(size)
    return f"{len(lost)} lost, {len(wrong)} untrue notes" if lost or wrong else ""


def say(text):
    print(text, flush=True)  # noqa: T201 a program for people


if __name__ == "__main__":
    sys.exit(main())
