"""Which visit has a record: by the rule as it is said, for any day of any visits."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.wallets import open_wallet
from wallet.vault import stream, visits
from wallet.vault.filters import EVERYTHING

DAY = 86_400
STAY, LONGEST = 4 * 3_600, 60 * DAY
KINDS = ("test", "condition", "document", "person", "oddity")
COLUMNS = (
    "row, person_id, id, source_row, rtype, category, title, words, start, precision, "
    "written, end, codes, value, unit, low, high, status, provider, conf, labels, "
    "versions, head"
)
# Around midnight, around 1970, and weeks apart.
MOMENTS = st.sampled_from(
    [
        day * DAY + second
        for day in (-1, 0, 1, 3, 58, 61)
        for second in (0, 1, 9 * 3_600, 15 * 3_600, DAY - 1)
    ]
)
LENGTHS = st.sampled_from([None, 0, 3_600, STAY, STAY + 1, 2 * DAY, 59 * DAY, 90 * DAY])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(("visit", "visit", *KINDS)),
        st.sampled_from([1, 2]),
        MOMENTS | st.none(),
        LENGTHS,
    ),
    max_size=30,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with open_wallet(tmp_path_factory.mktemp("wallet") / "home") as wallet:
        for row in (1, 2):
            wallet.store.run(
                "INSERT INTO source VALUES (?, 0, ?, 0, 0, 'file', '', 'a', NULL, 0, "
                "'', x'', 0, x'', x'', '', '', NULL)",
                (row, bytes([row])),
            )
        yield wallet.store


def fill(store, rows):
    with store.transaction():
        store.run("DELETE FROM record")
        store.run_many(
            f"INSERT INTO record ({COLUMNS}) VALUES ({','.join('?' * 23)})",  # noqa: S608 own text only
            [
                (
                    *(number, 0, number.to_bytes(16, "big"), source, "", kind),
                    *(f"{-number % 7}", "", start, "time", ""),
                    None if start is None or length is None else start + length,
                    *("", "", "", "", "", "", "", None, "", 1, 1),
                )
                for number, (kind, source, start, length) in enumerate(rows, 1)
            ],
        )


def owner(rows, number):
    """The rule in plain words; 0 where no visit has the record."""
    kind, source, at, _ = rows[number - 1]
    if kind in ("visit", "person") or at is None:
        return 0
    found = []
    for other, (what, whence, start, length) in enumerate(rows, 1):
        if what != "visit" or whence != source or start is None:
            continue
        same_day = start // DAY == at // DAY
        stays = (length or 0) > STAY and start <= at <= start + length
        if same_day or (stays and start >= at - LONGEST):
            found.append((start > at, abs(at - start), other))
    return min(found)[2] if found else 0


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ROWS)
def test_every_record_stands_by_itself_or_under_the_one_visit_that_has_it(store, rows):
    fill(store, rows)
    shown = stream.window(store, filters=EVERYTHING, limit=1_000)
    held = visits.visits(store, shown, most=1_000)
    under = {
        int.from_bytes(one.record_id, "big"): int.from_bytes(visit, "big")
        for visit, inside in held.items()
        for one in inside.first
    }
    numbers = range(1, len(rows) + 1)
    assert under == {one: has for one in numbers if (has := owner(rows, one))}
    alone = sorted(int.from_bytes(one.record_id, "big") for one in shown)
    assert alone == [one for one in numbers if not owner(rows, one)]
    for visit, inside in held.items():
        page = visits.rows_of(store, visit)
        assert inside.count == len(page)
        assert visits.visits(store, shown, most=2)[visit].first == tuple(page[:2])


def test_a_day_of_very_many_visits_costs_a_few_questions(store):
    """Not one for every pair of a visit and a record of its day."""
    fill(
        store, [(kind, 1, 60 * n, 0) for n in range(700) for kind in ("visit", "test")]
    )
    shown = stream.window(store, limit=60)
    asked = []
    ask, store._ask = store._ask, lambda *words: (asked.append(words), ask(*words))[1]
    try:
        held = visits.visits(store, shown)
    finally:
        store._ask = ask
    assert [inside.count for inside in held.values()] == [1] * 60
    assert len(asked) < 12
