"""What a scope covers: exclude wins, what is not known is held back."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallet.errors import RefusedError
from wallet.grants.scope import CONFIDENTIALITY, Clause, Scope, parse_scope
from wallet.statement import LAST_SECOND


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def seconds(text):
    return int(at(text).timestamp())


JUNE = at("2020-06-15")


@dataclass(frozen=True, kw_only=True)
class Seen:
    scope_id: str = "01"
    category: str = "test"
    codes: tuple[str, ...] = ("loinc|1",)
    start: datetime | None = JUNE
    start_precision: str = "day"
    source_name: str = "Elm"
    confidentiality: str | None = None
    sensitivity: tuple[str, ...] = ()


def excluding(**clause):
    return Scope(exclude=(Clause(**clause),))


def including(**clause):
    return Scope(include=(Clause(**clause),))


def test_everything_covers_everything():
    assert Scope().everything
    assert Scope().covers(Seen(start=None, sensitivity=("MH",), confidentiality="V"))


@pytest.mark.parametrize(
    "clause",
    [
        {"classes": ("test",)},
        {"codes": ("loinc|1",)},
        {"sources": ("Elm",)},
        {"records": ("01",)},
        {"since": seconds("2020-01-01")},
        {"until": seconds("2021-01-01")},
        {"classes": ("test", "vital"), "sources": ("Elm",)},
    ],
)
def test_what_a_clause_names_is_included_or_excluded(clause):
    assert including(**clause).covers(Seen())
    assert not excluding(**clause).covers(Seen())


@pytest.mark.parametrize(
    "clause",
    [
        {"classes": ("vital",)},
        {"codes": ("loinc|2",)},
        {"sources": ("Oak",)},
        {"records": ("02",)},
        {"since": seconds("2020-06-16")},
        {"until": seconds("2020-06-15")},
        {"classes": ("test",), "sources": ("Oak",)},
    ],
)
def test_what_a_clause_does_not_name_is_neither(clause):
    assert not including(**clause).covers(Seen())
    assert excluding(**clause).covers(Seen())


def test_exclude_wins_and_no_clause_is_nothing():
    scope = Scope(include=(Clause(),), exclude=(Clause(classes=("test",)),))
    assert not scope.covers(Seen())
    assert not Scope(include=()).covers(Seen())


def test_an_unknown_date_is_in_no_dates_and_held_back_by_any():
    unknown = Seen(start=None)
    for dates in ({"since": 0}, {"until": 1 << 40}):
        assert not including(**dates).covers(unknown)
        assert not excluding(**dates).covers(unknown)
    other = excluding(classes=("vital",), since=0)
    assert other.covers(unknown)


@pytest.mark.parametrize(
    ("precision", "start", "first", "after"),
    [
        ("year", "2020-01-01", "2020-01-01", "2021-01-01"),
        ("month", "2020-02-01", "2020-02-01", "2020-03-01"),
        ("month", "2020-12-01", "2020-12-01", "2021-01-01"),
        ("day", "2020-02-29", "2020-02-29", "2020-03-01"),
    ],
)
def test_a_date_that_is_not_exact_counts_for_all_it_may_be(
    precision, start, first, after
):
    seen = Seen(start=at(start), start_precision=precision)
    begin, end = seconds(first), seconds(after)
    assert including(since=begin, until=end).covers(seen)
    assert not including(since=begin + 1).covers(seen)
    assert not including(until=end - 1).covers(seen)
    assert not excluding(since=end - 1).covers(seen)
    assert not excluding(until=begin + 1).covers(seen)
    assert excluding(since=end).covers(seen)
    assert excluding(until=begin).covers(seen)


@pytest.mark.parametrize("precision", ["year", "month", "day", "time"])
def test_the_last_date_there_is_does_no_harm(precision):
    last = at("9999-12-31T23:59:59")
    seen = Seen(start=last, start_precision=precision)
    assert not including(until=seconds("9999-12-31")).covers(seen)
    assert not excluding(since=seconds("2020-01-01")).covers(seen)
    assert including(since=seconds("2020-01-01")).covers(seen)


def test_a_ceiling_holds_back_what_is_above_it_and_unlabelled_is_normal():
    for place, ceiling in enumerate(CONFIDENTIALITY):
        scope = Scope(ceiling=ceiling)
        for other, level in enumerate(CONFIDENTIALITY):
            assert scope.covers(Seen(confidentiality=level)) is (other <= place)
        assert scope.covers(Seen()) is (place >= CONFIDENTIALITY.index("N"))
        assert not scope.covers(Seen(confidentiality="X"))


@pytest.mark.parametrize(
    ("denied", "carried"),
    [
        ("MH", "MH"),
        ("MH", "PSYTHPN"),
        ("BH", "PSY"),
        ("BH", "OPIOIDUD"),
        ("SUD", "ETHUD"),
        ("SUD", "42CFRPart2"),
        ("ETH", "SUD"),
        ("SEX", "STD"),
        ("unheard-of", "unheard-of"),
    ],
)
def test_a_denied_label_holds_back_every_narrower_one(denied, carried):
    assert not Scope(denied=(denied,)).covers(Seen(sensitivity=("HIV", carried)))
    assert Scope(denied=(denied,)).covers(Seen(sensitivity=("HIV",)))


_WORDS = st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(
    lambda words: tuple(sorted(words))
)
# Seconds of the years 1 to 9999: others are refused in a permission.
_TIMES = st.none() | st.integers(-62_135_596_800, LAST_SECOND)
_CLAUSES = st.builds(
    Clause,
    classes=_WORDS,
    codes=_WORDS,
    since=_TIMES,
    until=_TIMES,
    sources=_WORDS,
    records=_WORDS,
)
_SCOPES = st.builds(
    Scope,
    include=st.lists(_CLAUSES, max_size=3).map(tuple),
    exclude=st.lists(_CLAUSES, max_size=3).map(tuple),
    ceiling=st.none() | st.sampled_from(CONFIDENTIALITY),
    denied=_WORDS,
)
_SEEN = st.builds(
    Seen,
    scope_id=st.sampled_from("abz"),
    category=st.sampled_from("abz"),
    codes=_WORDS,
    start=st.none() | st.datetimes().map(lambda moment: moment.replace(tzinfo=UTC)),
    start_precision=st.sampled_from(["year", "month", "day", "time"]),
    source_name=st.sampled_from("abz"),
    confidentiality=st.none() | st.sampled_from([*CONFIDENTIALITY, "?"]),
    sensitivity=_WORDS,
)


@settings(max_examples=300, deadline=None)
@given(_SCOPES, _SEEN, _CLAUSES, st.sampled_from("abc"))
def test_a_scope_never_widens(scope, seen, clause, label):
    """Neither by what is written on the wire nor by what is added to its noes."""
    assert parse_scope(scope.encode()) == scope
    narrower = (
        Scope(
            include=scope.include,
            exclude=(*scope.exclude, clause),
            ceiling=scope.ceiling,
            denied=scope.denied,
        ),
        Scope(
            include=scope.include,
            exclude=scope.exclude,
            ceiling=scope.ceiling,
            denied=(*scope.denied, label),
        ),
    )
    if any(one.covers(seen) for one in narrower):
        assert scope.covers(seen)
    if clause.holds(seen):
        assert clause.may_hold(seen)


@pytest.mark.parametrize(
    "wire",
    [
        None,
        {1: [], 2: [], 3: None},
        {1: [], 2: [], 3: None, 4: [], 5: []},
        {1: [], 2: [], 3: "Q", 4: []},
        {1: [{7: []}], 2: [], 3: None, 4: []},
        {1: [{1: ["b", "a"]}], 2: [], 3: None, 4: []},
        {1: [{1: ["a", "a"]}], 2: [], 3: None, 4: []},
        {1: [{1: [1]}], 2: [], 3: None, 4: []},
        {1: [{3: True}], 2: [], 3: None, 4: []},
        {1: [{3: "2020"}], 2: [], 3: None, 4: []},
        {1: ["everything"], 2: [], 3: None, 4: []},
        {1: [], 2: [], 3: None, 4: "MH"},
    ],
)
def test_a_scope_nobody_understands_is_refused(wire):
    with pytest.raises(RefusedError):
        parse_scope(wire)
