"""What an operator of ledger and relay can put together out of its request logs.

It has every byte that was sent, which connection it came over, and the public ledger;
the order within a pool is lost, and no address was written down.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from tests.privacy.listener import DEPOSITS, deposit_of
from wallet.cbor import decode, encode
from wallet.ledger.entry import leaf_hash
from wallet.statement import NUMBER, Name, peek

GRAM = 6  # bytes: that two things have as many in common by chance is rare
_ENTRIES, _RELEASES = "/v1/entries", "/v1/releases"
_LEDGER_FIELDS = (15, 6, 7, 8)
_ORDER_FIELDS = (15, 40, 41, 45)


@dataclass
class Trace:
    """Everything a pool has of one grant, of its end, or of one opening.

    ``pieces`` are the bytes in the clear; ``values`` what should look like noise, by
    kind; ``fetched`` the connections over which its package was fetched.
    """

    leaf: bytes
    pieces: list = field(default_factory=list)
    values: dict = field(default_factory=dict)
    stamps: list = field(default_factory=list)  # (leaf hash, number)
    wires: set = field(default_factory=set)
    fetched: set = field(default_factory=set)
    asked: set = field(default_factory=set)  # who asked for it by its index
    buckets: set = field(default_factory=set)  # who asked for a bucket with its details
    order: dict = field(default_factory=dict)
    size: int = 0
    sent: int = 0
    shape: list = field(default_factory=list)  # sizes and counts of its openings

    @cached_property
    def grams(self):
        """Every run of bytes that is there of it in the clear."""
        return grams(*self.pieces)

    @cached_property
    def numbers(self):
        """Its values as numbers, with their lengths."""
        return {
            kind: (len(value), int.from_bytes(value, "big"))
            for kind, value in self.values.items()
        }

    @cached_property
    def starts(self):
        """How its values begin: what is counted on counts on there."""
        return {
            kind: int.from_bytes(value[:16], "big")
            for kind, value in self.values.items()
        }

    @cached_property
    def work(self):
        """How many zero bits its stamps have been searched for, or a few more."""
        return [_zeros(leaf, number) for leaf, number in self.stamps]

    def came(self, seen):
        self.wires.add(seen.wire)
        self.sent += 1

    def said(self, kind, data):
        """Take up a statement: its bytes, and its fields by kind."""
        self.pieces.append(data)
        read = peek(data)
        kept = _ORDER_FIELDS if kind == "order" else _LEDGER_FIELDS
        for key in kept:
            if isinstance(read.get(key), bytes):
                self.values[kind, key] = read[key]
        return read


def grams(*pieces):
    """Every run of bytes in them, as long as a chance hit is rare."""
    return {
        piece[at : at + GRAM] for piece in pieces for at in range(len(piece) - GRAM + 1)
    }


def grants_in(seen, index_of):
    """The traces of every grant that came in a pool, by leaf hash."""
    found = {}
    for one in seen:
        if one.path == _ENTRIES and peek(one.body).get(1) == NUMBER[Name.GRANT]:
            leaf = leaf_hash(one.body)
            trace = found.setdefault(leaf, Trace(leaf))
            if not trace.sent:
                trace.said("grant", one.body)
            trace.stamps.append((leaf, int(one.stamp or "0", 16)))
            trace.came(one)
    for one in seen:
        if one.path == DEPOSITS:
            leaf, order, package = deposit_of(one.body)
            trace = found[leaf]
            if not trace.order:
                trace.order = trace.said("order", order)
                trace.size = trace.order[42]
                # How large it is has an attack of its own.
                trace.pieces[-1] = order.replace(encode(trace.size), bytes(9))
                trace.pieces.append(package[:128])
                trace.values["package", 0] = package[9:128]
            trace.came(one)
    _questions(seen, {index_of[leaf]: trace for leaf, trace in found.items()})
    return found


def _questions(seen, by_index):
    for one in seen:
        last = one.path.rsplit("/", 1)[-1]
        if one.path.startswith("/v1/proof/") and int(last) in by_index:
            by_index[int(last)].asked.add(one.wire)


def ends_in(seen, grants):
    """The traces of every end in a pool, with what is known of the grant it ends."""
    found = {}

    def of(leaf):
        if leaf not in found:
            known = grants[leaf]
            found[leaf] = Trace(
                leaf,
                pieces=[*known.pieces],
                values={**known.values},
                order=known.order,
                size=known.size,
                buckets=known.buckets,
            )
        return found[leaf]

    for one in seen:
        if one.path == _ENTRIES and peek(one.body).get(1) == NUMBER[Name.STATUS]:
            trace = of(peek(one.body)[5])
            trace.said("end", one.body)
            trace.came(one)
        elif one.path in ("/v1/notices", "/v1/orders"):
            _origin, entry, statement = decode(one.body)
            trace = of(leaf_hash(entry))
            trace.said("notice", statement)
            trace.came(one)
    return found


def openings_in(seen, grants):
    """The traces of every opening in a pool; `leaf` is the grant that it is of."""
    receipts = {
        leaf_hash(one.body): one
        for one in seen
        if one.path == _ENTRIES and peek(one.body).get(1) == NUMBER[Name.RECEIPT]
    }
    fetched = defaultdict(set)
    for one in seen:
        if one.path.startswith(DEPOSITS + "/"):
            fetched[bytes.fromhex(one.path.rsplit("/", 1)[1])].add(one.wire)
    found = []
    for one in seen:
        if one.path != _RELEASES:
            continue
        leaf, name, place, path, entry, proof, salt, sealed, _ = decode(one.body)
        trace = Trace(leaf, size=len(sealed), fetched=fetched[name])
        trace.said("receipt", entry)
        trace.pieces += [salt, sealed, *path]
        trace.values |= {("salt", 0): salt, ("details", 0): sealed[:1_024]}
        trace.shape = [len(sealed), len(one.body) - len(proof), place]
        trace.came(one)
        logged = receipts[leaf_hash(entry)]
        trace.stamps.append((leaf_hash(entry), int(logged.stamp or "0", 16)))
        trace.came(logged)
        grants[leaf].fetched |= trace.fetched
        found.append(trace)
    return found


def buckets_in(seen, grants, openings):
    """Note for every grant over which connections its details were read."""
    for one in seen:
        if not one.path.startswith("/v1/details/"):
            continue
        bits, number = map(int, one.path.split("/")[-2:])
        for trace in openings:
            name = trace.values["receipt", 6]
            if int.from_bytes(name[:4], "big") >> (32 - bits) == number:
                grants[trace.leaf].buckets.add(one.wire)


def _zeros(leaf, number):
    stamp = number.to_bytes(8, "big")
    digest = sha256(b"heartwood/1/stamp\0" + leaf + stamp).digest()
    return 256 - int.from_bytes(digest, "big").bit_length()
