"""A relay over a ledger copy that tests write into by hand, and requests to it."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from tests.support.ledger_simulator import LedgerSimulator
from tests.support.world import NOON, ORIGIN, clinic, issued
from wallet.cbor import encode
from wallet.grants import receipt, withdrawal
from wallet.grants.receipt import Details, Manner, ReleaseRequest
from wallet.keys.derivation import receipt_key
from wallet.ledger import proof
from wallet.ledger.entry import State, build_receipt, leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.tree import Tree
from wallet.server.relay.relay import Relay
from wallet.server.relay.rules import check_proof
from wallet.server.relay.storage import RelayStorage


def at(seconds=0):
    return datetime.fromtimestamp(NOON, tz=UTC) + timedelta(seconds=seconds)


class Copy:
    """A verified copy whose contents the test decides; its proofs are real."""

    def __init__(self, now=None):
        self.states, self.tree, self._first = {}, Tree(), {}
        self.size, self.quorum_time, self.is_forked = 0, now or at(), False
        self.note = None
        self.signers = LedgerSimulator(ORIGIN, self.quorum_time)
        self.policy = Policy.parse(self.signers.policy)

    def add(self, data):
        leaf = leaf_hash(data)
        self.tree.extend([leaf])
        return self._first.setdefault(leaf, len(self.tree) - 1)

    def publish(self, moment):
        self.size, self.quorum_time = len(self.tree), moment

    def first_index(self, leaf):
        return self._first.get(leaf)

    def state(self, index):
        return self.states.get(index, State.STANDS)

    @property
    def leaves(self):
        return self.tree.leaves

    def proof(self, index, *, size=None):
        """A C2SP tlog-proof under a checkpoint that all witnesses have signed."""
        return self._proof(self.tree, index, size or len(self.tree))

    def proof_of(self, entry):
        """The same; of an entry not read here yet, as the newest in the ledger."""
        leaf, tree = leaf_hash(entry), self.tree
        index = self.first_index(leaf)
        if index is None:
            tree, index = Tree([*self.leaves, leaf]), len(self.tree)
        return self._proof(tree, index, len(tree))

    def _proof(self, tree, index, size):
        note = self.signers.sign(size, tree.root(size))
        return proof.write(index, tree.inclusion(index, size), note)

    def check_proof(self, data, *, leaf):
        return check_proof(data, leaf=leaf, policy=self.policy, origin=ORIGIN).index


class RelayWorld:
    """One permission, its relay and its reader; the tests' `conftest` closes it."""

    opened: ClassVar = []

    def __init__(self, folder, *, limit=1 << 30, number=0, **terms):
        self.reader = clinic()
        self.made, self.package, self.keys = issued(self.reader, number=number, **terms)
        self.grant = self.keys.grant(number)
        self.copy = Copy()
        self.storage = RelayStorage(folder)
        self.folder = folder
        self.relay = Relay(self.storage, {ORIGIN: self.copy}, limit=limit)
        self.opened.append(self)

    def close(self):
        self.storage.close()

    def restart(self):
        self.storage.close()
        self.storage = RelayStorage(self.folder)
        self.relay = Relay(self.storage, {ORIGIN: self.copy})

    def look(self, moment):
        self.copy.publish(moment)
        self.relay.looked(ORIGIN, now=moment)

    def log_grant(self, moment=None):
        self.index = self.copy.add(self.made.entry)
        self.look(moment or at())

    def message(self, signed, entry=None):
        return encode([ORIGIN, entry or self.made.entry, signed])

    def deposit(self, *, now=None, order=None, package=None):
        ticket = self.relay.take_put(
            self.message(order or self.made.order), now=now or at()
        )
        part = self.folder / "packages" / "x.part"
        data = self.package if package is None else package
        part.write_bytes(data)
        self.relay.finish_put(
            ticket, part, size=len(data), digest=hashlib.sha256(data).digest()
        )

    def receipt(self, place=0, *, manner=Manner.RELAY, log=True, moment=None, **other):
        """A request whose receipt is logged; *other* replaces its fields."""
        leaf, name = self.made.leaf, self.made.deposit.object_id
        key = receipt_key(self.grant.secret, place)
        salt = bytes([place % 256]) * 32
        details = receipt.sign_details(
            self.reader.signer,
            Details(
                leaf=leaf,
                object_id=name,
                receipt_key=key.public,
                salt=salt,
                who="Elm Street",
                staff=None,
                purpose="TREAT",
                asked_at=NOON,
                manner=manner,
            ),
            origin=ORIGIN,
        )
        sealed = receipt.seal_details(
            details,
            pair_seal=self.made.permission.pair_seal,
            leaf=leaf,
            key=key.public,
        )
        commitment = receipt.commitment(
            salt=salt, object_id=name, leaf=leaf, sealed_details=sealed
        )
        entry = build_receipt(
            other.pop("key", key),
            origin=ORIGIN,
            commitment=other.pop("commitment", commitment),
        )
        if log:
            self.copy.add(entry)
            self.look(moment or at())
        keys = tree(self.grant.secret)
        made = {
            "leaf": leaf,
            "object_id": name,
            "place": place,
            "path": receipt.tree_path(keys, place),
            "entry": entry,
            "proof": self.copy.proof_of(entry),
            "salt": salt,
            "sealed_details": sealed,
            "manner": manner,
            **other,
        }
        return ReleaseRequest(**made)

    def ask(self, request, *, now=None):
        return self.relay.take_request(request.encode(), now=now or at())

    def notice(self, *, now=None, signer=None):
        signed = withdrawal.sign_notice(
            signer or self.grant.control, origin=ORIGIN, leaf=self.made.leaf
        )
        return self.relay.take_notice(self.message(signed), now=now or at())


_TREES = {}


def tree(secret):
    if secret not in _TREES:
        _TREES[secret] = receipt.tree_keys(secret, 0)
    return _TREES[secret]
