"""A register and two consent shards over real HTTP, under a clock that tests turn.

Server and witness run on one loop in a thread; whoever asks them does so from outside.
"""

import asyncio
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import uvloop

from tests.support.ledger_simulator import signer_of
from wallet.actions.live_network import LiveNetwork
from wallet.actions.operator.family import Family, FamilyPlan
from wallet.ledger.entry import StatusChange, build_grant, build_status, leaf_hash
from wallet.ledger.fetch import Http
from wallet.server.http.serve import until
from wallet.server.log.publisher import Pace
from wallet.server.witness.http import WitnessApp
from wallet.server.witness.witness import Witness

NETWORK = "l.test"
REGISTRY, OLD, NEW = "registry", "consent/2026h2", "consent/2027h1"
START = datetime(2026, 11, 24, 12, tzinfo=UTC)


class FamilyWorld:
    """Starts at once; `stop` and `start` run the ledger anew on its home."""

    def __init__(self, folder, *, retention_days=365):
        self.folder, self.now = folder, START
        self.home = folder / "ledger"
        self.days = retention_days
        self.loop = uvloop.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        key = signer_of("witness")
        with ExitStack() as held:  # draws the keys, so that the witness can be told
            logs = Family(self.home, self._plan(()), pace=Pace(), held=held).vkeys
        self.witness = Witness(
            folder / "witness.db", name="witness.test", signer=key, logs=logs
        )
        app = WitnessApp(self.witness, clock=self.seconds)
        self.witness_url = self._serve(app, name="witness")
        self.port = 0
        self.start(REGISTRY, OLD)

    def _plan(self, witnesses, *shards):
        return FamilyPlan(
            network=NETWORK,
            shards=shards or (REGISTRY, OLD, NEW),
            witnesses=witnesses,
            retention_days=self.days,
        )

    def start(self, *shards):
        """Serve the logs at these paths, all there are if none is named."""
        self.held = ExitStack()
        self.family = Family(
            self.home,
            self._plan(((self.witness.vkey, self.witness_url),), *shards),
            pace=Pace(interval=0.05, idle=0.3),
            held=self.held,
            clock=lambda: self.now,
            every=0.1,
        )
        more = {"jobs": self.family.jobs, "threads": self.family.threads}
        self.url = self._serve(self.family.app, name="family", port=self.port, **more)
        self.port = int(self.url.rpartition(":")[2])
        self.family.listens_at(self.url)

    def restart(self, *shards):
        self.stop()
        self.start(*shards)

    def stop(self):
        self._end("family")
        self.held.close()

    def close(self):
        for name in ("family", "witness"):
            self._end(name)
        self.held.close()
        self.witness.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def _serve(self, app, *, name, port=0, **more):
        heard = threading.Event()
        said = []

        def listening(url):
            said.append(url)
            heard.set()

        async def run():
            stop = asyncio.Event()
            serving = until(
                stop, app, host="127.0.0.1", port=port, listening=listening, **more
            )
            return stop, asyncio.create_task(serving)

        started = asyncio.run_coroutine_threadsafe(run(), self.loop).result()
        setattr(self, f"_{name}", started)
        assert heard.wait(60)
        return said[0]

    def _end(self, name):
        stop, serving = getattr(self, f"_{name}")

        async def end():
            stop.set()
            await serving

        asyncio.run_coroutine_threadsafe(end(), self.loop).result()

    # what tests do
    def seconds(self):
        return self.now.timestamp()

    def turn(self, *date, **more):
        """Turn the clock to a day in UTC, and *more* (hours=, ...) after it."""
        self.now = datetime(*date, tzinfo=UTC) + timedelta(**more)

    def trusting(self, name, *paths):
        """A home whose trust file names only the logs at *paths*."""
        trust = self.folder / name / "trust"
        trust.mkdir(parents=True)
        lines = [
            line
            for line in self.family.policy.split("\n")
            if not line.startswith("log ") or any(f"/{p}+" in line for p in paths)
        ]
        (trust / "ledger.policy").write_text("\n".join(lines))
        (trust / "boards.policy").write_text("")
        (trust / "ledger.url").write_text(self.url + "\n")
        return self.folder / name

    def get(self, path):
        http = Http("ledger")
        try:
            return http.get(f"{self.url}/{path}", cap=1 << 20)
        finally:
            http.close()


def eventually(look, *, patience=90.0):
    """Look until there is something to see."""
    give_up = time.monotonic() + patience
    while not (seen := look()):
        assert time.monotonic() < give_up, "it never came"
        time.sleep(0.05)
    return seen


def grant(number, path):
    """A permission's entry, and the key that ends it."""
    key, control = signer_of(f"grant {number}"), signer_of(f"control {number}")
    data = build_grant(
        key,
        origin=f"{NETWORK}/{path}",
        commitment=bytes([number]) * 32,
        control_public=control.public,
    )
    return data, control


def ending(entry, control, *, index, path):
    change = StatusChange(index=index, leaf=leaf_hash(entry), state=1, seq=1)
    return build_status(control, origin=f"{NETWORK}/{path}", change=change)


def opened(home):
    return LiveNetwork(home)
