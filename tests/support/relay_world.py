"""A relay over a ledger copy that tests write into by hand, and requests to it."""

import hashlib
from datetime import UTC, datetime, timedelta

from tests.support.world import NOON, ORIGIN, clinic, issued
from wallet.cbor import encode
from wallet.grants import receipt, withdrawal
from wallet.grants.receipt import Details, Manner, ReleaseRequest
from wallet.keys.derivation import receipt_key
from wallet.ledger.entry import State, build_receipt, leaf_hash
from wallet.server.relay import Relay
from wallet.server.relay_storage import RelayStorage


def at(seconds=0):
    return datetime.fromtimestamp(NOON, tz=UTC) + timedelta(seconds=seconds)


class Copy:
    """A verified copy whose contents the test decides."""

    def __init__(self, now=None):
        self.leaves, self.states = [], {}
        self.size, self.quorum_time, self.is_forked = 0, now or at(), False

    def add(self, data):
        self.leaves.append(leaf_hash(data))
        return len(self.leaves) - 1

    def publish(self, moment):
        self.size, self.quorum_time = len(self.leaves), moment

    def first_index(self, leaf):
        return self.leaves.index(leaf) if leaf in self.leaves else None

    def state(self, index):
        return self.states.get(index, State.STANDS)


class RelayWorld:
    """One permission, its relay and its reader."""

    def __init__(self, folder, *, limit=1 << 30, number=0, **terms):
        self.reader = clinic()
        self.made, self.package, self.keys = issued(self.reader, number=number, **terms)
        self.grant = self.keys.grant(number)
        self.copy = Copy()
        self.storage = RelayStorage(folder)
        self.folder = folder
        self.relay = Relay(self.storage, {ORIGIN: self.copy}, limit=limit)

    def restart(self):
        self.storage.close()
        self.storage = RelayStorage(self.folder)
        self.relay = Relay(self.storage, {ORIGIN: self.copy})

    def look(self, moment):
        self.copy.publish(moment)
        self.relay.looked(ORIGIN)

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
        index = self.copy.add(entry) if log else 0
        if log:
            self.look(moment or at())
        keys = tree(self.grant.secret)
        made = {
            "leaf": leaf,
            "object_id": name,
            "place": place,
            "path": receipt.tree_path(keys, place),
            "entry": entry,
            "proof": f"c2sp.org/tlog-proof@v1\nindex {index}\n\n".encode(),
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
