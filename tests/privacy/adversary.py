"""What an operator of ledger and relay could try: it keeps all it is sent.

It has the ledger, the disks and the request log of every pool, in no order and without
an address. An attack scores two grants (are they one patient's?) or a grant and a
reader (is it theirs?): the higher, the likelier. Ties are broken by lot.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from tests.privacy.listener import DEPOSITS, deposit_of
from wallet.ledger.entry import leaf_hash
from wallet.practitioners.card import parse_card
from wallet.statement import peek

GRAM = 6  # bytes: that two grants have as many in common by chance is rare
_SIGMAS = 3.3  # one run in two thousand says more of an attack that is blind
LEAST = 0.02  # the advantage over guessing that is not allowed


@dataclass
class Trace:
    """Everything a pool has of one grant."""

    leaf: bytes
    entry: bytes = b""
    stamp: int = 0
    order: bytes = b""
    package: bytes = b""
    wires: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)  # who asked for it by its index

    @cached_property
    def grams(self):
        """Every run of bytes that ledger and relay hold of it in the clear."""
        return grams(self.entry, self.order, self.package[:128])


def traces(pool, index_of):
    """The traces of every grant of a pool, by leaf hash."""
    found = {}
    for seen in pool:
        if seen.path == "/v1/entries":
            one = found.setdefault(leaf_hash(seen.body), Trace(leaf_hash(seen.body)))
            one.entry, one.stamp = seen.body, int(seen.stamp or "0", 16)
            one.wires.add(seen.wire)
    for seen in pool:
        if seen.path == DEPOSITS:
            leaf, order, package = deposit_of(seen.body)
            one = found[leaf]
            one.order, one.package = order, package
            one.wires.add(seen.wire)
    by_index = {index_of(leaf): one for leaf, one in found.items()}
    for seen in pool:
        last = seen.path.rsplit("/", 1)[-1]
        if seen.path.startswith("/v1/proof/") and int(last) in by_index:
            by_index[int(last)].asked.add(seen.wire)
    return found


def grams(*pieces):
    """Every run of bytes in them, as long as a chance hit is rare."""
    return {
        piece[at : at + GRAM] for piece in pieces for at in range(len(piece) - GRAM + 1)
    }


def bytes_in_common(public):
    """Runs of bytes that two grants share and that not everybody has."""

    def score(one, other):
        return len((one.grams & other.grams) - public)

    return score


def sizes_alike(one, other):
    return -abs(len(one.package) - len(other.package)) - abs(
        len(one.entry) - len(other.entry)
    )


def stamps_near(one, other):
    return -abs(one.stamp - other.stamp)


def nonces_near(one, other):
    first, second = (int.from_bytes(peek(t.entry)[15], "big") for t in (one, other))
    return -abs(first - second)


def keys_near(one, other):
    """Bits that keys, commitments and object names have in common."""
    return sum(
        256 - (int.from_bytes(mine, "big") ^ int.from_bytes(theirs, "big")).bit_count()
        for mine, theirs in zip(_values(one), _values(other), strict=True)
    )


def one_connection(one, other):
    return len(one.wires & other.wires)


def asked_together(one, other):
    return len(one.asked & other.asked)


def windows_alike(one, other):
    """From, until and sizes that the relay is told."""
    first, second = (decode_order(trace.order) for trace in (one, other))
    return sum(first.get(key) == second.get(key) for key in (42, 44, 46, 47))


def decode_order(order):
    return peek(order) if order else {}


def _values(trace):
    said = peek(trace.entry)
    return [said[6], said[7], said[8], decode_order(trace.order).get(40, bytes(16))]


@dataclass(frozen=True)
class Score:
    """How often an attack was right, of how many tries, and what guessing gives."""

    hits: int
    tries: int
    base: float

    @property
    def advantage(self):
        return self.hits / self.tries - self.base

    @property
    def spread(self):
        return _SIGMAS * math.sqrt(self.base * (1 - self.base) / self.tries)

    @property
    def wins(self):
        """Whether it surely does better than is allowed."""
        return self.advantage - self.spread > LEAST


def link(crowd, attack, chance):
    """For every grant, choose the other one of its patient out of its pool."""
    hits = tries = 0
    for found, truth in _pools(crowd):
        for one in truth:
            others = [other for other in truth if other is not one]
            choice = max(
                others,
                key=lambda other, one=one: (
                    attack(found[one.leaf], found[other.leaf]),
                    chance.random(),
                ),
            )
            hits += choice.patient == one.patient
            tries += 1
    return Score(hits, tries, 1 / (len(truth) - 1))


def name(crowd, attack, chance):
    """For every grant, choose its reader out of all who have a card."""
    hits = tries = 0
    for found, truth in _pools(crowd):
        for one in truth:
            choice = max(
                range(len(crowd.cards)),
                key=lambda reader, one=one: (
                    attack(found[one.leaf], reader),
                    chance.random(),
                ),
            )
            hits += choice == one.reader
            tries += 1
    return Score(hits, tries, 1 / len(crowd.cards))


def _pools(crowd):
    if len(crowd.traced) < len(crowd.pools):
        crowd.traced = [traces(pool, crowd.copy.first_index) for pool in crowd.pools]
    yield from zip(crowd.traced, crowd.truth, strict=True)


def of_a_card(crowd, public):
    """Runs of bytes that a grant has in common with a reader's card and its keys."""
    known = []
    for card in crowd.cards:
        read = parse_card(card)
        keys = (read.signing_key, read.sealing_key, read.body.reader_id)
        known.append(grams(card, *keys) - public)

    def score(trace, reader):
        return len(trace.grams & known[reader])

    return score


def size_of_a_reader(crowd):
    """Whether the grants of a reader have sizes of their own; a third is known."""
    usual = {}
    for found, truth in _pools(crowd):
        for one in truth[::3]:
            usual.setdefault(one.reader, []).append(_size(found[one.leaf]))
    means = {reader: sum(sizes) / len(sizes) for reader, sizes in usual.items()}

    def score(trace, reader):
        return -abs(_size(trace) - means.get(reader, 0))

    return score


def _size(trace):
    return len(trace.package) + len(trace.order) + len(trace.entry)


def public_grams(crowd):
    """Runs of bytes that many grants have: formats, addresses, the origin."""
    seen = Counter()
    for found, truth in _pools(crowd):
        for one in truth:
            trace = found[one.leaf]
            seen.update(trace.grams)
    least = max(3, sum(map(len, crowd.truth)) // 8)
    return {gram for gram, count in seen.items() if count >= least}


def every_link(crowd):
    """All attacks that try to link two grants, by name."""
    return {
        "bytes in common": bytes_in_common(public_grams(crowd)),
        "sizes": sizes_alike,
        "stamps": stamps_near,
        "nonces": nonces_near,
        "keys and commitments": keys_near,
        "one connection": one_connection,
        "asked for together": asked_together,
        "relay windows and sizes": windows_alike,
    }


def every_name(crowd):
    """All attacks that try to name the reader, by name."""
    return {
        "card and keys": of_a_card(crowd, public_grams(crowd)),
        "sizes of a reader": size_of_a_reader(crowd),
    }
