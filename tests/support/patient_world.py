"""Maya's wallet, one clinic, one ledger and one relay: real parts, held in memory."""

import hashlib
from datetime import UTC, datetime, timedelta

from tests.support.ledger_simulator import LedgerSimulator
from tests.support.world import DAY, NOON, ORIGIN, PARTS, card_for, clinic
from wallet.actions.patient import outbox, permissions, sharing
from wallet.actions.patient.gathering import Gathered
from wallet.actions.patient.session import Session
from wallet.cbor import encode
from wallet.errors import RefusedError, UnreachableError
from wallet.grants.scope import Scope
from wallet.keys.derivation import PatientKeys
from wallet.ledger import proof
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.status import StatusLog
from wallet.ledger.tree import Tree
from wallet.practitioners.licence import RegisterFacts
from wallet.server.relay.relay import Relay
from wallet.server.relay.rules import check_proof
from wallet.server.relay.storage import RelayStorage
from wallet.store.connection import create
from wallet.store.migrations import bring_up
from wallet.vault import schema
from wallet.verdict import CheckpointRef

CONTENTS = (("condition", 2), ("test", 9))


class Ledger:
    """Entries in order, their states by the published rules, and one checkpoint."""

    def __init__(self, now):
        self.entries, self.status = [], StatusLog()
        self.size, self.quorum_time, self.is_forked = 0, now, False
        self.root = bytes(32)
        self.published = StatusLog()
        self.signers = LedgerSimulator(ORIGIN, now)

    def submit(self, entry):
        found = self.status.first_index(leaf_hash(entry))
        if found is not None:
            return found
        self.entries.append(entry)
        self.status.apply(len(self.entries) - 1, entry, ORIGIN)
        return len(self.entries) - 1

    def force(self, entry):
        """Log the same bytes again, as a careless or hostile server might."""
        self.entries.append(entry)
        self.status.apply(len(self.entries) - 1, entry, ORIGIN)

    def publish(self, now):
        for index in range(self.size, len(self.entries)):
            self.published.apply(index, self.entries[index], ORIGIN)
        self.size, self.quorum_time = len(self.entries), now

    def first_index(self, leaf):
        return self.published.first_index(leaf)

    def state(self, index):
        return self.published.state(index)

    def highest_seq(self, index):
        return self.published.highest_seq(index)

    def entry(self, index):
        return self.entries[index]

    def proof(self, index):
        tree = Tree(map(leaf_hash, self.entries[: self.size]))
        note = self.signers.sign(self.size, tree.root())
        return proof.write(index, tree.inclusion(index), note)

    def check_proof(self, data, *, leaf):
        policy = Policy.parse(self.signers.policy)
        return check_proof(data, leaf=leaf, policy=policy, origin=ORIGIN).index

    def at(self, _moment):
        return self


class PatientWorld:
    """Moves its own clock; ledger and relay can each be switched off."""

    def __init__(self, folder):
        self.now = datetime.fromtimestamp(NOON, tz=UTC)
        self.ledger = Ledger(self.now)
        self.ledger_up = self.relay_up = True
        self.licence = State.STANDS
        self.storage, self.folder = RelayStorage(folder / "relay"), folder
        self.relay_server = Relay(self.storage, {ORIGIN: self.ledger})
        self.store = create(folder / "home" / "vault.db", key=bytes(32))
        bring_up(self.store, schema.STEPS)
        self.wallet = Session(
            store=self.store,
            keys=PatientKeys(7, b"s" * 32),
            network=self,
            home=folder / "home",
        )
        self.elm = clinic("elm")

    def close(self):
        self.store.close()
        self.storage.close()

    origins = (ORIGIN,)

    # what a patient's wallet asks of the network
    def view(self, origin):
        return self.ledger if origin == ORIGIN else None

    def register(self, _accreditation, view):
        reference = CheckpointRef(origin=ORIGIN, size=view.size, root=view.root)
        return RegisterFacts(
            vouched=True, state=self.licence, forked=False, checkpoint=reference
        )

    def submit(self, _origin, entry):
        if not self.ledger_up:
            raise UnreachableError("ledger")
        return self.ledger.submit(entry)

    def sync(self, _watch=None):
        if not self.ledger_up:
            raise UnreachableError("ledger")
        self.ledger.publish(self.now)
        self.relay_server.looked(ORIGIN, now=self.now)

    def relay(self, _url):
        if not self.relay_up:
            raise UnreachableError("relay")
        return self

    def deposit(self, *, origin, entry, order, package):
        message = encode([origin, entry, order])
        try:
            ticket = self.relay_server.take_put(message, now=self.now)
        except RefusedError:
            raise UnreachableError("relay") from None
        part = self.folder / "relay" / "packages" / "x.part"
        part.write_bytes(package)
        self.relay_server.finish_put(
            ticket,
            part,
            size=len(package),
            digest=hashlib.sha256(package).digest(),
        )

    def order(self, *, origin, entry, order):
        message = encode([origin, entry, order])
        return self.relay_server.take_order(message, now=self.now)

    def notice(self, *, origin, entry, notice):
        message = encode([origin, entry, notice])
        try:
            return self.relay_server.take_notice(message, now=self.now)
        except RefusedError:
            raise UnreachableError("relay") from None

    def bucket_bits(self):
        return self.relay_server.buckets.bits()

    def bucket(self, bits, prefix):
        return dict(self.relay_server.buckets.within(bits, prefix))

    # what tests do
    def later(self, **span):
        self.now += timedelta(**span)

    gathered = Gathered(parts=PARTS, contents=CONTENTS)

    def share(self, reader=None, *, days=90, replaces=None, card=None, **more):
        return sharing.share(
            self.wallet,
            card or card_for(reader or self.elm),
            scope=Scope(),
            purpose="TREAT",
            begins=self.now,
            ends=self.now + timedelta(seconds=days * DAY),
            gathered=self.gathered,
            now=self.now,
            replaces=replaces,
            **more,
        )

    def send(self):
        """Send, publish, and send what had to wait for the checkpoint."""
        for _ in range(3):
            sent = outbox.send(self.wallet, now=self.now)
            if self.ledger_up:
                self.sync()
        return sent

    def show(self, leaf):
        return permissions.show(self.wallet, leaf, now=self.now)
