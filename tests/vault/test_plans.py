"""How lists, searches and counts are answered: along an index, never through all rows.

The plans are SQLite's own, of the very statements that are asked.
"""

import re
from contextlib import contextmanager

import pytest

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from wallet.actions.patient import browsing, records, results
from wallet.actions.patient.browsing import Filters
from wallet.vault import records as kept

# A walk through a whole table, or through its wide rows for the sake of an order.
SCAN = re.compile(
    r"SCAN (record|r|v|version|item|label|l|marked|a|alike)\b(?! VIRTUAL)"
)
LABEL = {"system": "urn:act", "code": "HIV"}


@pytest.fixture(scope="module")
def wallet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wallet")
    made = [observation(n, meta={"security": [LABEL]}) for n in range(4)]
    visit = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "class": {"code": "AMB"},
        "period": {"start": "2024-03-04T09:00:00Z", "end": "2024-03-04T10:00:00Z"},
    }
    with open_wallet(folder / "home") as opened:
        bring_in(opened, folder, bundle(*made, visit))
        yield opened


@contextmanager
def planned(store):
    """Collects the plan of every question: lines of SQLite's own words."""
    plans: list[tuple[str, list[str]]] = []
    ask = store._ask

    def heard(sql, values=()):
        if sql.lstrip().startswith(("SELECT", "WITH")):
            lines = [row[3] for row in ask(f"EXPLAIN QUERY PLAN {sql}", values)]
            plans.append((sql, lines))
        return ask(sql, values)

    store._ask = heard
    try:
        yield plans
    finally:
        store._ask = ask


def last_of(wallet):
    return records.timeline(wallet).records[0].scope_id


ASKED = {
    "stream": browsing.window,
    "further on": lambda wallet: browsing.window(wallet, after=last_of(wallet)),
    **{
        f"stream of {filters}": lambda wallet, filters=filters: browsing.window(
            wallet, filters=Filters(**filters)
        )
        for filters in (
            {"category": "test"},
            {"source": "file-0"},
            {"last_year": 2024},
            {"first_year": 2024, "category": "visit"},
            {"label": "HIV"},
            {"label": "HIV", "category": "test"},
            {"undated": True},
        )
    },
    "list": lambda wallet: records.timeline(wallet, offset=2),
    "list of a kind": lambda wallet: records.timeline(wallet, category="test"),
    "a letter": lambda wallet: browsing.search(wallet, "c"),
    "a name of ours": lambda wallet: browsing.search(wallet, "blood"),
    "a letter among the marked": lambda wallet: browsing.search(
        wallet, "c", filters=Filters(label="HIV")
    ),
    "counts": records.counts,
    "years": browsing.years,
    "labels": browsing.labels,
    "summary": browsing.summary,
    "results": results.overview,
    "a record": lambda wallet: records.show(wallet, last_of(wallet)),
    "a visit": lambda wallet: browsing.visit(
        wallet, browsing.window(wallet).records[0].scope_id
    ),
    "results like it": lambda wallet: results.like(
        wallet, records.timeline(wallet, category="test").records[0].scope_id
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_no_question_of_a_hand_walks_through_the_records(wallet, name):
    with planned(wallet.store) as plans:
        ASKED[name](wallet)
    assert plans
    for sql, lines in plans:
        assert not [line for line in lines if SCAN.search(line)], sql


@pytest.mark.parametrize("text", ["c", "chol", "blood"])
def test_what_a_search_meets_is_put_in_order_without_its_wide_rows(wallet, text):
    with planned(wallet.store) as plans:
        browsing.search(wallet, text)
    (lines,) = [lines for sql, lines in plans if "record_text MATCH" in sql]
    assert any("COVERING INDEX record_by_row" in line for line in lines)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"source": "file-0"},
        {"category": "test"},
        {"label": "HIV"},
        {"undated": True},
    ],
)
def test_a_window_is_found_in_an_index_alone(wallet, filters):
    with planned(wallet.store) as plans:
        browsing.window(wallet, filters=Filters(**filters))
    of_list = [
        lines for sql, lines in plans if sql.startswith("SELECT r.row FROM record")
    ]
    assert of_list
    for lines in of_list:
        (line,) = [line for line in lines if line.startswith("SEARCH r ")]
        assert "COVERING INDEX" in line


def test_what_is_marked_by_too_many_is_met_along_the_time(wallet, monkeypatch):
    few = browsing.window(wallet, filters=Filters(label="HIV"))
    monkeypatch.setattr("wallet.vault.stream._FEW", 3)
    with planned(wallet.store) as plans:
        many = browsing.window(wallet, filters=Filters(label="HIV"))
    assert many == few
    assert len(many.records) == 4
    assert any("INDEXED BY record_by_time" in sql for sql, _ in plans)


def test_counts_are_those_of_the_rows_whatever_changed(wallet):
    store = wallet.store
    counted = records.counts(wallet)
    rows = store.all("SELECT category, provider FROM record WHERE person_id = 0")
    assert counted.total == len(rows) == kept.how_many(store)
    assert dict(counted.by_category) == {
        kind: [one for one, _ in rows].count(kind) for kind, _ in rows
    }
    assert counted.providers == len({maker for _, maker in rows if maker})
