"""Who keeps all it is sent, and guesses: which two are one patient's, who reads.

An attack scores two traces (are they one patient's?) or a trace and a reader (is it
theirs?): the higher, the likelier. Ties are broken by lot. A guess is right as often as
its base rate if the attack is blind.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property

from tests.privacy import traces

_SIGMAS = 3.3  # one run in two thousand says more of an attack that is blind
LEAST = 0.02  # the advantage over guessing that is not allowed
_KNOWN = 3  # of so many grants, the adversary knows the reader of one


@dataclass(frozen=True)
class Score:
    """How often an attack was right, of how many tries, and what guessing gives."""

    hits: int
    tries: int
    expected: float
    variance: float

    @property
    def base(self):
        return self.expected / self.tries

    @property
    def advantage(self):
        return (self.hits - self.expected) / self.tries

    @property
    def spread(self):
        return _SIGMAS * math.sqrt(self.variance) / self.tries

    @property
    def wins(self):
        """Whether it surely does better than is allowed."""
        return self.advantage - self.spread > LEAST

    def __add__(self, other):
        return Score(
            self.hits + other.hits,
            self.tries + other.tries,
            self.expected + other.expected,
            self.variance + other.variance,
        )


@dataclass(frozen=True)
class Case:
    """One thing to guess: a trace, what it could belong to, and what is right."""

    trace: object
    among: list = field(repr=False)
    right: set = field(repr=False)  # places in *among*


def score(cases, attack, chance):
    """Let an attack choose in every case."""
    hits = tries = 0
    expected = variance = 0.0
    for case in cases:
        choice = max(
            range(len(case.among)),
            key=lambda at, case=case: (
                attack(case.trace, case.among[at]),
                chance.random(),
            ),
        )
        base = len(case.right) / len(case.among)
        hits, tries = hits + (choice in case.right), tries + 1
        expected, variance = expected + base, variance + base * (1 - base)
    return Score(hits, tries, expected, variance)


class Evidence:
    """What can be made of the logs of a crowd: traces, and the cases to guess."""

    def __init__(self, watched):
        self.watched = watched
        self.grants, self.ends, self.openings = {}, [], []
        index_of = watched.index_of
        for stage in (watched.shared, watched.followed):
            for pool in stage:
                self.grants |= traces.grants_in(pool.seen, index_of)
        for pool in watched.opened:
            self.openings.append(traces.openings_in(pool.seen, self.grants))
        for pool, opened in zip(watched.followed, self.openings, strict=True):
            traces.buckets_in(pool.seen, self.grants, opened)
            self.ends.append(traces.ends_in(pool.seen, self.grants))

    @cached_property
    def patient_of(self):
        return {one.leaf: one.patient for one in self._made}

    @cached_property
    def reader_of(self):
        return {one.leaf: one.reader for one in self._made}

    @property
    def _made(self):
        stages = (self.watched.shared, self.watched.followed)
        return [one for stage in stages for pool in stage for one in pool.made]

    # --- linking -----------------------------------------------------------------

    @cached_property
    def together(self):
        """Of two grants made in one session: given one, which is the other?"""
        return [
            case
            for pool in self.watched.shared
            for case in self._pairs([self.grants[one.leaf] for one in pool.made])
        ]

    @cached_property
    def replaced(self):
        """Of a grant that replaces another: which end in its pool goes with it?"""
        cases = []
        for pool, ends in zip(self.watched.followed, self.ends, strict=True):
            among = [ends[one.leaf] for one in pool.ended]
            for one in pool.made:
                right = self._of(one.patient, among)
                cases.append(Case(self.grants[one.leaf], among, right))
        return cases

    @cached_property
    def ended(self):
        """Of two grants ended in one session: given one end, which is the other?"""
        return [
            case
            for pool, ends in zip(self.watched.followed, self.ends, strict=True)
            for case in self._pairs([ends[one.leaf] for one in pool.ended])
        ]

    @cached_property
    def looked_at(self):
        """Of openings: which is of another grant of the same patient?"""
        return [case for opened in self.openings for case in self._pairs(opened)]

    def _pairs(self, things):
        for one in things:
            among = [other for other in things if other.leaf != one.leaf]
            right = self._of(self.patient_of[one.leaf], among)
            if right:
                yield Case(one, among, right)

    def _of(self, patient, among):
        return {
            at for at, one in enumerate(among) if self.patient_of[one.leaf] == patient
        }

    # --- naming ------------------------------------------------------------------

    @cached_property
    def known(self):
        """Grants whose reader the adversary knows already, and their openings."""
        return [one for one in self._readable if one.leaf in self._told]

    @cached_property
    def named(self):
        """Whose is a grant, or an opening: one of all who have a card."""
        readers = list(range(len(self.watched.cards)))
        return [
            Case(one, readers, {self.reader_of[one.leaf]})
            for one in self._readable
            if one.leaf not in self._told
        ]

    @cached_property
    def _told(self):
        return {one.leaf for one in self._made[::_KNOWN]}

    @cached_property
    def _readable(self):
        made = [self.grants[one.leaf] for one in self._made]
        return made + [one for opened in self.openings for one in opened]
