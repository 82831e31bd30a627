"""The attacks, by name: on linking two things to one patient, on naming a reader."""

from collections import Counter, defaultdict
from math import log2

from tests.privacy.traces import grams
from wallet.practitioners.card import parse_card

_OFTEN = 4  # what one of so many grants has is no secret of one of them


def bytes_in_common(public):
    """Runs of bytes that two have in common and that not everybody has."""
    own = {}

    def of(trace):
        if id(trace) not in own:
            own[id(trace)] = trace.grams - public
        return own[id(trace)]

    return lambda one, other: len(of(one) & of(other))


def values_alike(one, other):
    """Bits that nonces, keys, commitments and names have in common."""
    common = 0
    for kind, (length, number) in one.numbers.items():
        other_length, theirs = other.numbers.get(kind, (0, 0))
        if length == other_length:
            common += 8 * length - (number ^ theirs).bit_count()
    return common


def values_near(one, other):
    """How near the nearest two of one kind are: what is counted on is near."""
    theirs = other.starts
    gaps = [
        abs(mine - theirs[kind]) for kind, mine in one.starts.items() if kind in theirs
    ]
    return -min(gaps, default=0)


def work_alike(one, other):
    """Whether their stamps were searched for as long, as one caller was asked to."""
    gaps = [abs(mine - theirs) for mine in one.work for theirs in other.work]
    return -min(gaps, default=0)


def stamps_near(one, other):
    gaps = [abs(a - b) for _, a in one.stamps for _, b in other.stamps]
    return -min(gaps, default=0)


def one_connection(one, other):
    return len(one.wires & other.wires)


def fetched_together(one, other):
    """Whether readers fetched their packages over one connection."""
    return len(one.fetched & other.fetched)


def asked_together(one, other):
    return len(one.asked & other.asked)


def read_together(one, other):
    """Whether somebody read the details of both in one bucket."""
    return len(one.buckets & other.buckets)


def came_twice(one, other):
    """Whether messages of both had to be sent again."""
    return -abs(one.sent - other.sent)


def windows_alike(one, other):
    """From, until and the tree that the relay is told."""
    return sum(one.order.get(key) == other.order.get(key) for key in (44, 46, 47))


def sizes_alike(one, other):
    """How near the sizes of their packages are: a patient's records have one size."""
    return -abs(log2(max(1, one.size)) - log2(max(1, other.size)))


def linking(evidence):
    """All attacks that try to link, by name."""
    return {
        "bytes in common": bytes_in_common(public_grams(evidence)),
        "bits in common": values_alike,
        "values near": values_near,
        "work of stamps": work_alike,
        "stamps near": stamps_near,
        "one connection": one_connection,
        "one pickup": fetched_together,
        "asked for by index": asked_together,
        "one bucket": read_together,
        "sent again": came_twice,
        "windows at the relay": windows_alike,
    }


def stated(_evidence):
    """What SECURITY.md says that it links: measured, and not called safe."""
    return {"sizes of packages": sizes_alike}


def of_a_card(evidence):
    """Runs of bytes in common with a reader's card and its keys."""
    public, known = public_grams(evidence), []
    for card in evidence.watched.cards:
        read = parse_card(card)
        keys = (read.signing_key, read.sealing_key, read.body.reader_id)
        known.append(grams(card, *keys) - public)
    return lambda trace, reader: len(trace.grams & known[reader])


def of_habit(evidence, habit):
    """How often a reader, as far as it is known, does what was done here."""
    usual = defaultdict(Counter)
    for one in evidence.known:
        usual[evidence.reader_of[one.leaf]].update(habit(one))
    return lambda trace, reader: sum(
        usual[reader][what] / max(1, usual[reader].total()) for what in habit(trace)
    )


def naming(evidence):
    """All attacks that try to name the reader, by name."""
    return {
        "card and keys": of_a_card(evidence),
        "sizes of openings": of_habit(evidence, lambda one: map(tuple, [one.shape])),
        "work of its stamps": of_habit(evidence, lambda one: one.work),
        "its connection": of_habit(evidence, lambda one: one.wires | one.fetched),
        "windows": of_habit(
            evidence, lambda one: [one.order.get(46), one.order.get(47)]
        ),
    }


def public_grams(evidence):
    """Runs of bytes that many grants have: formats, addresses, the origin."""
    seen = Counter()
    for trace in evidence.grants.values():
        seen.update(trace.grams)
    least = max(6, len(evidence.grants) // _OFTEN)
    return {gram for gram, count in seen.items() if count >= least}


def uneven(evidence):
    """Values that do not look like noise, with how far they are off (chi-square).

    Of every kind of value, the bytes of all grants, ends and openings are counted.
    """
    counts = defaultdict(Counter)
    things = [*evidence.grants.values()]
    things += [one for opened in evidence.openings for one in opened]
    for one in things:
        for kind, value in one.values.items():
            counts[kind].update(value)
    found = {}
    for kind, count in counts.items():
        even = count.total() / 256
        square = sum((count[byte] - even) ** 2 / even for byte in range(256))
        found[kind] = (square - 255) / 510**0.5
    return found
