"""Many patients at once, each with a wallet of its own over the real client code.

A pool is what a ledger takes up in one go: of it the order is lost, to the adversary as
to everybody. In every pool some patients share with two readers each, in one session,
which is the most telling thing a wallet does.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.privacy.listener import Listener
from tests.support.world import NOON, ORIGIN, PARTS, body_for, card_for, clinic
from wallet.actions.patient import network, sharing
from wallet.actions.patient.gathering import Gathered
from wallet.actions.patient.session import Session
from wallet.grants.scope import Scope
from wallet.keys.derivation import PatientKeys
from wallet.ledger.entry import State
from wallet.ledger.fetch import Apart, LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.relay_client import RelayClient
from wallet.ledger.replica import Replica
from wallet.ledger.sync import UNWATCHED, sync
from wallet.practitioners.licence import RegisterFacts
from wallet.store.connection import create
from wallet.store.migrations import bring_up
from wallet.vault import schema
from wallet.vault.grants import permissions

READERS = tuple(f"reader {number}" for number in range(10))
POOL = 10  # patients
GATHERED = Gathered(parts=PARTS, contents=(("condition", 2), ("test", 9)))


@dataclass(frozen=True)
class Truth:
    """What the adversary would like to know of one grant."""

    patient: int
    reader: int
    leaf: bytes


class Net:
    """One patient's network: the real clients; the verified copy is everybody's."""

    origins = (ORIGIN,)

    def __init__(self, crowd):
        self.crowd = crowd
        self.ledger, self.relays = crowd.http("ledger"), crowd.http("relay")
        self.client = LedgerClient(crowd.listener.url, self.ledger)

    def view(self, origin):
        return self.crowd.copy if origin == ORIGIN else None

    def register(self, _accreditation, view):
        return RegisterFacts(
            vouched=True,
            state=State.STANDS,
            forked=False,
            checkpoint=view.checkpoint_ref,
        )

    def submit(self, _origin, entry):
        return self.client.submit(entry)

    def sync(self, _watch=UNWATCHED):
        self.crowd.listener.ledger.publish()
        sync(self.crowd.copy, self.client)

    def relay(self, url):
        return RelayClient(url, self.relays)

    def close(self):
        self.ledger.close()
        self.relays.close()


class Crowd:
    """The patients, what they did, and what the servers saw of it."""

    def __init__(self, folder, *, keys=PatientKeys, http=Apart, net=Net):
        self.folder, self.keys, self.http, self.net = folder, keys, http, net
        self.now = datetime.fromtimestamp(NOON, tz=UTC)
        self.listener = Listener(ORIGIN, self.now)
        self.copy = Replica.open(
            folder / "copy",
            origin=ORIGIN,
            policy=Policy.parse(self.listener.ledger.policy),
        )
        self.chance = random.Random(7)  # noqa: S311 - nothing of it is secret
        self.cards = [self._card(name) for name in READERS]
        self.pools, self.truth, self.traced, self._patients = [], [], [], 0
        self.listener.ledger.submit(b"the first entry")
        sync_once = net(self)
        sync_once.sync()
        sync_once.close()

    def close(self):
        self.listener.close()

    def live(self, patients):
        """Let so many patients share, pool by pool."""
        for _ in range(patients // POOL):
            self._pool()
        return self

    def _card(self, name):
        reader = clinic(name)
        body = body_for(reader, name=name)
        return card_for(reader, body=body, relay=self.listener.url)

    def _pool(self):
        start = len(self.listener.seen)
        made = [one for _ in range(POOL) for one in self._patient()]
        seen = self.listener.seen[start:]
        self.chance.shuffle(seen)
        self.chance.shuffle(made)
        self.pools.append(seen)
        self.truth.append(made)

    def _patient(self):
        number, self._patients = self._patients, self._patients + 1
        home = self.folder / f"home-{number}"
        home.mkdir()
        seed = self.chance.randbytes(32)
        net, store = self.net(self), create(home / "vault.db", key=seed)
        store.run("PRAGMA synchronous = OFF")  # what is measured is not the disk
        bring_up(store, schema.STEPS)
        wallet = Session(
            store=store,
            keys=self.keys(self.chance.getrandbits(16), seed),
            network=net,
            home=home,
        )
        readers = self.chance.sample(range(len(READERS)), 2)
        try:
            leaves = [self.share(wallet, reader) for reader in readers]
            network.sync(wallet, now=self.now)
            undone = [one for one in permissions(wallet.store, person=0) if one.steps()]
            assert undone == []
        finally:
            net.close()
            store.close()
        return [
            Truth(number, reader, leaf)
            for reader, leaf in zip(readers, leaves, strict=True)
        ]

    def share(self, wallet, reader):
        """Sign a permission for one of the readers; it waits in the outbox."""
        made = sharing.share(
            wallet,
            self.cards[reader],
            scope=Scope(),
            purpose="TREAT",
            begins=self.now,
            ends=self.now + timedelta(days=90),
            gathered=GATHERED,
            now=self.now,
        )
        return made.leaf
