"""The stream with its visits, search in plain words, filters, what holds now."""

import pytest

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from wallet.actions.patient import browsing
from wallet.actions.patient.browsing import Filters, SavedSearch
from wallet.errors import UsageError

LOINC = "http://loinc.org"
PRIVATE = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "code": "PSY",
}


def visit(number, start, end=None):
    return {
        "resourceType": "Encounter",
        "id": f"e{number}",
        "status": "finished",
        "class": {"code": "IMP" if end else "AMB"},
        "type": [{"text": f"Visit {number}"}],
        "period": {"start": start, "end": end or start},
    }


def lab(number, when, code="2345-7", said="Glucose SerPl-mCnc", **more):
    coding = {"system": LOINC, "code": code, "display": said}
    return observation(
        number, code={"coding": [coding]}, effectiveDateTime=when, **more
    )


def thing(rtype, number, title, status, when=None):
    made = {"resourceType": rtype, "id": f"t{number}", "code": {"text": title}}
    if rtype == "MedicationStatement":
        made["medicationCodeableConcept"] = made.pop("code")
        made["status"] = status
        when = when and {"effectiveDateTime": when}
    else:
        made["clinicalStatus"] = {"coding": [{"code": status}]}
        when = when and {"recordedDate": when}
    return {**made, **(when or {})}


@pytest.fixture(scope="module")
def wallet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wallet")
    hospital = bundle(
        visit(1, "2024-03-04T09:00:00Z"),
        visit(2, "2024-03-04T15:00:00Z"),
        visit(3, "2024-05-01T09:00:00Z", "2024-05-05T09:00:00Z"),
        visit(4, "1969-12-30T23:00:00Z"),
        lab(1, "2024-03-04T09:10:00Z"),
        lab(2, "2024-03-04T15:20:00Z"),
        lab(3, "2024-05-03T07:00:00Z"),
        lab(4, "2024-05-09T07:00:00Z", code="787-2", said="MCV RBC Auto"),
        lab(5, "1969-12-30T23:30:00Z"),
        lab(6, None),
    )
    phone = bundle(
        lab(7, "2024-03-04T09:11:00Z"),
        thing("Condition", 1, "Asthma (disorder)", "active", "2020-01-01"),
        thing("Condition", 2, "Flu", "resolved", "2021-01-01"),
        thing("MedicationStatement", 3, "Aspirin", "active", "2020-01-01"),
        thing("MedicationStatement", 4, "Aspirin", "stopped", "2022-01-01"),
        thing("MedicationStatement", 5, "Metformin", "active"),
    )
    with open_wallet(folder / "home") as opened:
        bring_in(opened, folder, hospital, phone)
        yield opened


def shown(wallet, **filters):
    return browsing.window(wallet, filters=Filters(**filters))


def test_what_was_recorded_at_a_visit_stands_under_it(wallet):
    window = shown(wallet)
    held = {
        record.title: [one.start.isoformat() for one in window.inside[key].first]
        for record in window.records
        if (key := record.record_id) in window.inside
    }
    assert held == {
        "Visit 3": ["2024-05-03T07:00:00+00:00"],
        "Visit 2": ["2024-03-04T15:20:00+00:00"],
        "Visit 1": ["2024-03-04T09:10:00+00:00"],
        "Visit 4": ["1969-12-30T23:30:00+00:00"],
    }


def test_nothing_is_lost_or_doubled_by_grouping(wallet):
    window = shown(wallet)
    inside = sum(visit.count for visit in window.inside.values())
    flat = {
        one.record_id
        for kind in ("test", "visit", "condition", "medicine")
        for one in shown(wallet, category=kind).records
    }
    assert len(window.records) + inside == len(flat)


def test_a_list_begins_with_the_month_gone_to(wallet):
    def newest(month):
        found = shown(wallet, category="test", last_year=2024, last_month=month)
        return max(one.start.isoformat()[:7] for one in found.records)

    assert [newest(month) for month in (12, 5, 4, 3)] == [
        *("2024-05", "2024-05"),
        *("2024-03", "2024-03"),
    ]
    assert newest(2) < "2024-03"


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("filters", [{}, {"category": "test"}, {"first_year": 2021}])
def test_windows_join_without_gap_or_overlap(wallet, size, filters):
    whole = [one.record_id for one in shown(wallet, **filters).records]
    found, after = [], ""
    while part := browsing.window(
        wallet, filters=Filters(**filters), after=after, limit=size
    ).records:
        found += [one.record_id for one in part]
        after = part[-1].scope_id
    assert found == whole


def test_what_has_a_label_is_shown_also_where_its_visit_has_none(tmp_path):
    marked = lab(1, "2024-03-04T09:10:00Z", meta={"security": [PRIVATE]})
    with open_wallet(tmp_path / "home") as opened:
        bring_in(opened, tmp_path, bundle(visit(1, "2024-03-04T09:00:00Z"), marked))
        assert len(shown(opened).records) == 1
        assert len(shown(opened, label="PSY").records) == 1


def test_what_was_recorded_in_a_stay_over_the_new_year_is_not_lost(tmp_path):
    stay = visit(1, "2023-12-30T09:00:00Z", "2024-01-05T09:00:00Z")
    with open_wallet(tmp_path / "home") as opened:
        bring_in(opened, tmp_path, bundle(stay, lab(1, "2024-01-02T07:00:00Z")))
        assert len(shown(opened).records) == 1
        assert len(shown(opened, first_year=2024).records) == 1
        assert len(shown(opened, last_year=2023).records) == 1


def test_a_file_of_another_source_is_no_part_of_the_visit(wallet):
    starts = [one.start for one in shown(wallet).records if one.category == "test"]
    assert [start.isoformat() if start else None for start in starts] == [
        "2024-05-09T07:00:00+00:00",
        "2024-03-04T09:11:00+00:00",
        None,
    ]


def test_the_page_of_a_visit_gives_everything_that_belongs_to_it(wallet):
    first = shown(wallet, category="visit").records[0]
    assert [one.title for one in browsing.visit(wallet, first.scope_id)] == [
        "Glucose SerPl-mCnc"
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("sugar", 6),
        ("blood sugar", 6),
        ("size of red blood", 1),  # our own name, which no word of the record says
        ("glucose", 6),
        ("asthma", 1),
        ("sugar asthma", 0),
    ],
)
def test_search_finds_by_other_words_and_by_the_name_that_is_shown(wallet, text, count):
    assert len(browsing.search(wallet, text)) == count


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"first_year": 2024}, 5),
        ({"last_year": 1969}, 1),
        ({"first_year": 2024, "last_year": 2024, "category": "test"}, 5),
        ({"source": "file-1"}, 1),
        ({"source": "nowhere"}, 0),
        ({"undated": True}, 1),
        ({"label": "PSY"}, 0),
        ({"category": "visit"}, 0),
    ],
)
def test_a_search_keeps_to_what_was_asked_for(wallet, filters, count):
    found = browsing.search(wallet, "blood", filters=Filters(**filters))
    found += browsing.search(wallet, "mcv", filters=Filters(**filters))
    assert len({one.record_id for one in found}) == count


def test_a_search_by_our_name_is_newest_first_and_keeps_its_limit(wallet):
    found = browsing.search(wallet, "blood", limit=2)
    assert [one.start.month for one in found] == [5, 5]


def test_years_are_counted_newest_first(wallet):
    assert browsing.years(wallet)[0] == (2024, 8)
    assert browsing.years(wallet)[-1] == (1969, 2)


def test_a_summary_says_what_holds_now_by_the_newest_word_on_it(wallet):
    found = browsing.summary(wallet)
    assert [one.title for one in found.conditions.newest] == ["Asthma (disorder)"]
    assert [one.title for one in found.medicines.newest] == ["Metformin"]
    assert found.medicines.count == 1


NONE_KNOWN = thing("Condition", 1, "No known health conditions", "active", "2024-01-01")


def test_that_nothing_is_known_is_told_only_where_nothing_is(tmp_path):
    with open_wallet(tmp_path / "home") as opened:
        bring_in(opened, tmp_path, bundle(NONE_KNOWN))
        (only,) = browsing.summary(opened).conditions.newest
        asthma = thing("Condition", 2, "Asthma", "active", "2020-01-01")
        bring_in(opened, tmp_path, bundle(asthma))
        found = browsing.summary(opened).conditions
    assert only.title == "No known health conditions"
    assert [one.title for one in found.newest] == ["Asthma"]
    assert found.count == 1


def test_a_kind_that_is_none_is_refused(wallet):
    with pytest.raises(UsageError):
        shown(wallet, category="teeth")
    with pytest.raises(UsageError):
        browsing.search(wallet, "a", filters=Filters(category="teeth"))


def test_a_search_is_kept_replaced_and_forgotten(wallet):
    first = SavedSearch(name="My sugar", text="sugar", filters=Filters(first_year=2020))
    second = SavedSearch(name="My sugar", text="glucose", filters=Filters())
    other = SavedSearch(name="100% of_it", text="", filters=Filters(label="PSY"))
    for one in (first, other, second):
        browsing.keep_search(wallet, one)
    assert browsing.saved(wallet) == (other, second)
    browsing.forget_search(wallet, "My sugar")
    browsing.forget_search(wallet, "100% of_it")
    assert browsing.saved(wallet) == ()


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_search_needs_a_name_that_fits(wallet, name):
    with pytest.raises(UsageError):
        browsing.keep_search(
            wallet, SavedSearch(name=name, text="a", filters=Filters())
        )
