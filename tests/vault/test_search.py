"""Finding records while typing, and looking through them by time."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from wallet.actions.patient import records
from wallet.errors import UsageError
from wallet.vault import search


@pytest.fixture(scope="module")
def wallet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wallet")
    with open_wallet(folder / "home") as wallet:
        bring_in(wallet, folder, bundle(*(_result(n) for n in range(300))))
        yield wallet


def _result(number):
    return observation(
        number,
        code={"text": f"Test n\u00famero {number} of caf\u00e9_bar"},
        effectiveDateTime=f"{1900 + number % 120}-0{1 + number % 9}-11T10:00:00+02:00"
        if number % 10
        else None,
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("test", 300),
        ("te", 300),
        ("t", 300),
        ("NUMERO", 300),
        ("n\u00fam caf\u00e9", 300),
        ("cafe bar", 300),
        ("cafe_b", 300),
        ("299", 1),
        ("numero 299 te", 1),
        ("29", 11),
        ("test nothing", 0),
        ("", 0),
        ("  ", 0),
        ('"', 0),
        ("*", 0),
    ],
)
def test_every_word_counts_and_the_last_may_be_unfinished(wallet, text, count):
    assert records.search(wallet, text, limit=1_000).total == count


def test_a_limit_shows_the_newest_and_says_how_many_there_are(wallet):
    listing = records.search(wallet, "test", limit=7)
    assert (len(listing.records), listing.total) == (7, 300)
    every = records.search(wallet, "test", limit=1_000).records
    assert listing.records == every[:7]
    dates = [record.start for record in listing.records]
    assert dates == sorted(dates, reverse=True)


def test_a_category_narrows(wallet):
    assert records.search(wallet, "test", category="test").total == 300
    assert records.search(wallet, "test", category="visit").total == 0
    with pytest.raises(UsageError):
        records.search(wallet, "test", category="gossip")


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(max_size=30))
def test_nothing_typed_is_an_operator(wallet, text):
    records.search(wallet, text)


def test_windows_of_the_timeline_join_without_gap_or_overlap(wallet):
    whole = records.timeline(wallet, limit=1_000).records
    parts = [
        record
        for offset in range(0, 300, 77)
        for record in records.timeline(wallet, offset=offset, limit=77).records
    ]
    assert parts == list(whole)
    assert len(whole) == 300


def test_the_newest_comes_first_and_the_undated_last(wallet):
    starts = [record.start for record in records.timeline(wallet, limit=1_000).records]
    dated = [start for start in starts if start is not None]
    assert dated == sorted(dated, reverse=True)
    assert len(dated) == 270
    assert starts[270:] == [None] * 30
    assert dated[-1].year == 1901


def test_what_is_forgotten_is_not_found(wallet):
    (record,) = records.search(wallet, "298").records
    row = wallet.store.value("SELECT row FROM record WHERE id = ?", (record.record_id,))
    text = search.text_of(wallet.store, row)
    with wallet.store.transaction():
        search.forget(wallet.store, [text])
    assert records.search(wallet, "298").total == 0
    with wallet.store.transaction():
        search.add(wallet.store, [text])
    assert records.search(wallet, "298").total == 1


def test_counts_are_by_category_and_by_maker(wallet):
    counted = records.counts(wallet)
    assert counted.total == 300
    assert counted.by_category == (("test", 300),)
    assert counted.first.year == 1901
