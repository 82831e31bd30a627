"""Records that may be one: asked about, decided, undone, and never lost."""

import io
import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.wallets import NOON, bring_in, bundle, observation, open_wallet
from wallet.actions.patient import comparing, records
from wallet.actions.patient.comparing import Decision
from wallet.errors import UsageError
from wallet.store.migrations import bring_up
from wallet.vault import records as kept
from wallet.vault import schema

RESTRICTED = [
    {
        "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
        "code": "R",
    }
]


def of_source(number, source, **more):
    """The same result as every other source has it, under an id of its own."""
    name = {"id": f"{source}-{number}", "meta": {"source": source}}
    return observation(number, **{**name, **more})


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def state(wallet):
    """Everything the vault holds of records, whoever they belong to."""
    return {
        table: sorted(wallet.store.all(f"SELECT * FROM {table}"), key=repr)  # noqa: S608 own text only
        for table in ("record", "label", "version", "record_name", "behind", "alike")
    }


def titles(wallet):
    return [(one.title, one.sources) for one in records.timeline(wallet).records]


def decide(wallet, pair, decision):
    comparing.decide(wallet, pair.one.key, pair.other.key, decision, now=NOON)


def test_an_exact_match_is_one_record_that_says_where_it_was_seen(wallet, tmp_path):
    bring_in(wallet, tmp_path, observation(1))
    bring_in(wallet, tmp_path, bundle(observation(1)), bundle(observation(1), {}))
    (record,) = records.timeline(wallet).records
    assert record.sources == 3
    page = records.show(wallet, record.scope_id)
    assert [one.name for one in page.sources] == ["file-0", "file-0", "file-1"]
    assert comparing.waiting(wallet) == 0


def test_a_result_of_another_source_is_a_question_and_not_an_answer(wallet, tmp_path):
    bring_in(wallet, tmp_path, of_source(1, "a"), of_source(1, "b", status="amended"))
    assert records.timeline(wallet).total == 2
    (pair,) = comparing.pairs(wallet)
    assert pair.decision is Decision.OPEN
    assert pair.differs == ("status",)
    assert {pair.one.source_name, pair.other.source_name} == {"file-0", "file-1"}


def test_records_of_one_file_are_never_suggested(wallet, tmp_path):
    bring_in(wallet, tmp_path, bundle(of_source(1, "a"), of_source(1, "b")))
    assert comparing.pairs(wallet) == ()


def test_two_that_are_the_same_are_shown_as_one_and_undone_both(wallet, tmp_path):
    bring_in(wallet, tmp_path, of_source(1, "a"), of_source(1, "b"))
    before = state(wallet)
    (pair,) = comparing.pairs(wallet)
    decide(wallet, pair, Decision.SAME)
    assert titles(wallet) == [("Total cholesterol", 2)]
    assert records.search(wallet, "cholesterol").total == 1
    assert records.counts(wallet).total == 1
    assert len(list(kept.everything(wallet.store))) == 1
    (lead,) = records.timeline(wallet).records
    page = records.show(wallet, lead.scope_id)
    assert {one.record_id.hex() for one in page.sources} == {
        pair.one.key,
        pair.other.key,
    }
    for one in page.sources:  # both originals are still one click away
        assert records.show(wallet, one.record_id.hex()).raw
    (settled,) = comparing.settled(wallet)
    decide(wallet, settled, Decision.OPEN)
    assert state(wallet) == before
    assert len(comparing.pairs(wallet)) == 1


@pytest.mark.parametrize("decision", [Decision.DIFFERENT, Decision.LATER])
def test_what_is_different_or_put_off_stays_two(wallet, tmp_path, decision):
    bring_in(wallet, tmp_path, of_source(1, "a"), of_source(1, "b"))
    before = state(wallet)
    decide(wallet, comparing.pairs(wallet)[0], decision)
    assert state(wallet) == before
    assert comparing.waiting(wallet) == 0
    asked = {pair.decision for pair in comparing.pairs(wallet)}
    assert asked == ({Decision.LATER} if decision is Decision.LATER else set())


@pytest.mark.parametrize("decision", [Decision.SAME, Decision.DIFFERENT])
def test_a_decision_survives_bringing_the_files_in_again(wallet, tmp_path, decision):
    files = of_source(1, "a"), of_source(1, "b")
    bring_in(wallet, tmp_path, *files)
    decide(wallet, comparing.pairs(wallet)[0], decision)
    shown = len(titles(wallet))
    again = bring_in(wallet, tmp_path, *map(bundle, files))
    assert again.totals.same == 2
    assert len(titles(wallet)) == shown
    assert comparing.pairs(wallet) == ()
    assert len(comparing.settled(wallet)) == 1


def test_a_record_that_changes_stands_for_itself_again(wallet, tmp_path):
    files = of_source(1, "a"), of_source(1, "b")
    bring_in(wallet, tmp_path, *files)
    decide(wallet, comparing.pairs(wallet)[0], Decision.SAME)
    bring_in(wallet, tmp_path, of_source(1, "b", valueQuantity={"value": 6}))
    assert sorted(one.value for one in records.timeline(wallet).records) == ["5", "6"]
    assert comparing.settled(wallet) == ()


def test_what_leads_is_as_private_as_what_stands_behind_it(wallet, tmp_path):
    marked = {"meta": {"source": "b", "security": RESTRICTED}}
    bring_in(wallet, tmp_path, of_source(1, "a"), of_source(1, "b", **marked))
    decide(wallet, comparing.pairs(wallet)[0], Decision.SAME)
    for found in (
        *records.timeline(wallet).records,
        *records.search(wallet, "chol").records,
        *kept.everything(wallet.store),
    ):
        assert found.confidentiality == "R"
        assert records.show(wallet, found.scope_id).labels == ("R",)
    assert kept.labels(wallet.store) == ["R"]


def test_erasing_a_record_takes_what_is_the_same_as_it(wallet, tmp_path):
    bring_in(wallet, tmp_path, of_source(1, "a"), of_source(1, "b"))
    decide(wallet, comparing.pairs(wallet)[0], Decision.SAME)
    (lead,) = records.timeline(wallet).records
    records.erase(wallet, lead.scope_id, now=NOON)
    assert not any(state(wallet).values())
    assert comparing.settled(wallet) == ()
    assert wallet.store.value("SELECT count(*) FROM item_key") == 0


def test_erasing_one_of_a_pair_leaves_the_other_without_a_question(wallet, tmp_path):
    bring_in(wallet, tmp_path, of_source(1, "a"), of_source(1, "b"))
    (pair,) = comparing.pairs(wallet)
    records.erase(wallet, pair.one.key, now=NOON)
    assert comparing.pairs(wallet) == ()
    assert [one.scope_id for one in records.timeline(wallet).records] == [
        pair.other.key
    ]


def test_all_that_are_equal_are_joined_at_once_and_parted_at_once(wallet, tmp_path):
    amended = of_source(2, "c", status="amended")
    bring_in(wallet, tmp_path, of_source(1, "a"), of_source(1, "b"), amended)
    before = state(wallet)
    assert comparing.equal(wallet) == 1
    earlier = comparing.pairs(wallet)[0]
    assert comparing.join_equal(wallet, now=NOON) == 1
    assert len(titles(wallet)) == 2
    assert comparing.waiting(wallet) == 2  # what differs is still asked about
    assert comparing.part_again(wallet, since=NOON + timedelta(seconds=1)) == 0
    assert comparing.part_again(wallet, since=NOON) == 1
    assert state(wallet) == before
    assert earlier in comparing.pairs(wallet)


def test_the_patients_own_copy_holds_both_of_two_that_are_the_same(wallet, tmp_path):
    bring_in(wallet, tmp_path, of_source(1, "a"), of_source(1, "b"))
    decide(wallet, comparing.pairs(wallet)[0], Decision.SAME)
    sink = io.BytesIO()
    assert records.export(wallet, sink) == 2
    assert b'"a-1"' in sink.getvalue()
    assert b'"b-1"' in sink.getvalue()


def test_a_pair_that_was_never_suggested_cannot_be_decided(wallet, tmp_path):
    bring_in(wallet, tmp_path, bundle(observation(1), observation(2)))
    one, other = records.timeline(wallet).records
    with pytest.raises(UsageError, match="no such pair"):
        comparing.decide(wallet, one.scope_id, other.scope_id, Decision.SAME, now=NOON)
    with pytest.raises(UsageError, match="no such record"):
        comparing.decide(wallet, one.scope_id, "00", Decision.SAME, now=NOON)


def test_a_vault_of_an_older_program_is_compared_as_well(wallet, tmp_path):
    bring_in(wallet, tmp_path, of_source(1, "a"))
    wallet.store.run("DELETE FROM alike")
    wallet.store.run("DELETE FROM setting WHERE name = 'likeness: keyed'")
    bring_up(wallet.store, schema.STEPS)
    bring_in(wallet, tmp_path, of_source(1, "b"))
    assert len(comparing.pairs(wallet)) == 1


def outcome(wallet):
    """What a person sees, without ids and without the order of arrival."""
    shown = sorted(
        (one.title, one.value, one.status, one.sources)
        for one in records.timeline(wallet).records
    )
    asked = sorted(
        tuple(sorted((pair.one.status, pair.other.status)))
        for pair in comparing.pairs(wallet)
    )
    return shown, asked


def test_the_order_of_files_does_not_change_the_outcome(tmp_path):
    files = (
        of_source(1, "a"),
        bundle(of_source(1, "a"), of_source(2, "a", status="amended")),
        of_source(1, "b", status="preliminary"),
    )
    seen = []
    for number, order in enumerate(itertools.permutations(files)):
        with open_wallet(tmp_path / f"home-{number}") as wallet:
            bring_in(wallet, tmp_path, *order)
            for pair in comparing.pairs(wallet):
                decide(wallet, pair, Decision.SAME)
            merged = outcome(wallet)
            for pair in comparing.settled(wallet):
                decide(wallet, pair, Decision.OPEN)
            seen.append((merged, outcome(wallet)))
    assert all(one == seen[0] for one in seen)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_any_decisions_and_their_undoing_are_the_identity(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("likeness")
    with open_wallet(folder / "home") as wallet:
        bring_in(wallet, folder, *(of_source(1, source) for source in "abc"))
        before = state(wallet)
        pairs = comparing.pairs(wallet)
        said = data.draw(
            st.lists(st.tuples(st.sampled_from(pairs), st.sampled_from(Decision)))
        )
        for pair, decision in said:
            decide(wallet, pair, decision)
        same = {
            frozenset((pair.one.key, pair.other.key))
            for pair in comparing.settled(wallet)
            if pair.decision is Decision.SAME
        }
        assert len(titles(wallet)) == groups(pairs, same)
        for pair in data.draw(st.permutations(pairs)):
            decide(wallet, pair, Decision.OPEN)
        assert state(wallet) == before


def groups(pairs, same):
    """How many records there are once those in *same* count as one; by hand."""
    left = {
        frozenset((key,)) for pair in pairs for key in (pair.one.key, pair.other.key)
    }
    for joined in same:
        touched = {group for group in left if group & joined}
        left = (left - touched) | {frozenset().union(*touched)}
    return len(left)
