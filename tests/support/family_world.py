"""A register and two consent shards over real HTTP, under a clock that tests turn.

Server and witness run on one loop in a thread; whoever asks them does so from outside.
"""

import asyncio
import shutil
import threading
import time
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta

import uvloop

from tests.support.ledger_simulator import signer_of
from wallet.actions.live_network import LiveNetwork
from wallet.actions.operator import retiring
from wallet.actions.operator.family import Family, FamilyPlan
from wallet.actions.operator.stores import Stores
from wallet.errors import UnreachableError, UsageError
from wallet.ledger.entry import StatusChange, build_grant, build_status, leaf_hash
from wallet.ledger.fetch import Http
from wallet.ledger.shard_link import links_in
from wallet.server.http.serve import until
from wallet.server.log.publisher import Pace
from wallet.server.witness.http import WitnessApp
from wallet.server.witness.witness import Witness

NETWORK = "l.test"
REGISTRY, OLD, NEW = "registry", "consent/2026h2", "consent/2027h1"
OLD_ORIGIN, NEW_ORIGIN = (f"{NETWORK}/{path}" for path in (OLD, NEW))
START = datetime(2026, 11, 24, 12, tzinfo=UTC)


class FamilyWorld:
    """Starts at once; `stop` and `start` run the ledger anew on its home."""

    def __init__(self, folder, *, retention_days=365, store=None):
        self.folder, self.now = folder, START
        self.stores = Stores(store=store)
        self.home = folder / "ledger"
        self.days, self.others = retention_days, ExitStack()
        self.loop = uvloop.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        key = signer_of("witness")
        with ExitStack() as held:  # draws the keys, so that the witness can be told
            plan = self._plan(())
            more = {"pace": Pace(), "held": held, "stores": self.stores}
            logs = Family(self.home, plan, **more).vkeys
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
        self.family = self._opened(self.home, self.held, *shards)
        self.url = self._front_end(self.family, name="family", port=self.port)
        self.port = int(self.url.rpartition(":")[2])
        self.family.listens_at(self.url)

    def start_another(self, *, from_home=None):
        """Serve the same logs once more, from a home with the same keys; its URL."""
        home, held = from_home or self.folder / "another", ExitStack()
        if from_home is None:
            shutil.copytree(self.home, home)
        family = self._opened(home, held)
        url = self._front_end(family, name="another")
        family.listens_at(self.url)
        self.others.callback(held.close)
        self.others.callback(self._end, "another")
        return url

    def _opened(self, home, held, *shards):
        return Family(
            home,
            self._plan(((self.witness.vkey, self.witness_url),), *shards),
            pace=Pace(interval=0.05, idle=0.3),
            held=held,
            stores=self.stores,
            clock=lambda: self.now,
            every=0.1,
        )

    def _front_end(self, family, *, name, port=0):
        more = {"jobs": family.jobs, "threads": family.threads}
        return self._serve(family.app, name=name, port=port, **more)

    def restart(self, *shards):
        self.stop()
        self.start(*shards)

    def stop(self):
        """Let go of the logs; a second time does nothing."""
        if self.family is not None:
            self._end("family")
            self.held.close()
        self.family = None

    def close(self):
        self.stop()
        self.others.close()
        self._end("witness")
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

    def trusting(self, name, *paths, url=None):
        """A home whose trust file names only the logs at *paths*, read at *url*."""
        trust, at = self.folder / name / "trust", url or self.url
        trust.mkdir(parents=True)
        lines = [
            line.replace(self.url, at)
            for line in self.family.policy.split("\n")
            if not line.startswith("log ") or any(f"/{p}+" in line for p in paths)
        ]
        (trust / "ledger.policy").write_text("\n".join(lines))
        (trust / "boards.policy").write_text("")
        (trust / "ledger.url").write_text(at + "\n")
        return self.folder / name

    def get(self, path, *, url=None):
        http = Http("ledger")
        try:
            return http.get(f"{url or self.url}/{path}", cap=1 << 20)
        finally:
            http.close()

    def deny(self, path=OLD, *, now=None, home=None):
        more = {"now": now or self.now, "stores": self.stores}
        return retiring.deny(home or self.home, path, **more)

    def denied(self):
        try:
            return self.deny()
        except UsageError:
            return None  # the witnesses have not said yet what the time is

    def delete(self, *, home=None):
        more = {"now": self.now, "stores": self.stores}
        return retiring.delete(home or self.home, OLD, **more)


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


class Follower(LiveNetwork):
    """A home's copies of the family's logs; it waits while servers are starting."""

    def until(self, check):
        """Sync until *check* holds of the copies."""

        def look():
            with suppress(UnreachableError):
                self.sync()
            return check()

        return eventually(look)

    def submitted(self, entry):
        """Submit to the old shard until it is taken."""

        def ask():
            with suppress(UnreachableError):
                return (self.submit(OLD_ORIGIN, entry),)

        return eventually(ask)[0]

    def covered(self, origin, entry):
        view, leaf = self.view(origin), leaf_hash(entry)
        return self.until(lambda: view.first_index(leaf) is not None)

    def relations(self, origin):
        copy = self.replica(origin)
        return [(link.relation, link.final) for _, link in links_in(copy, 0, copy.size)]

    def final(self):
        """What the new shard says the old one ended with, at most once."""
        finals = [final for _, final in self.relations(NEW_ORIGIN) if final]
        assert len(finals) <= 1
        return finals[0] if finals else None
