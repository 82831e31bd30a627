from datetime import UTC, date, datetime, timedelta

import pytest

from ui import faults, kinds, wording
from ui.views import State
from wallet import errors
from wallet.verdict import Reason

NOW = datetime(2026, 11, 24, 10, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0 records"),
        (1, "1 record"),
        (612, "612 records"),
        (98765, "98,765 records"),
    ],
)
def test_records_are_counted_in_words_people_use(value, said):
    assert wording.records(value) == said


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=87, hours=3), "87 days left"),
        (timedelta(days=1, hours=1), "1 day left"),
        (timedelta(hours=5), "5 hours left"),
        (timedelta(minutes=4), "1 hour left"),
        (timedelta(days=-3), "ended 21 Nov"),
    ],
)
def test_the_time_left_is_said_in_days_then_hours(left, said):
    assert wording.days_left(NOW + left, NOW) == said


def test_near_days_have_names_and_far_ones_a_year():
    assert wording.when(NOW, NOW).startswith("Today, ")
    assert wording.when(NOW - timedelta(days=1), NOW).startswith("Yesterday, ")
    assert wording.when(NOW - timedelta(days=4), NOW).startswith("20 Nov, ")
    assert wording.when(NOW - timedelta(days=400), NOW) == "20 October 2025"
    assert wording.as_of(NOW, NOW).startswith("today, ")


def test_a_date_to_decide_on_has_its_weekday():
    assert wording.day(date(2027, 2, 21)) == "Sunday 21 February 2027"


@pytest.mark.parametrize(
    ("value", "said"),
    [(512, "512 bytes"), (4_100_000, "4.1 MB"), (29_800_000_000, "30 GB")],
)
def test_sizes_are_short(value, said):
    assert wording.size(value) == said


def test_every_fault_of_the_machinery_has_a_sentence_of_its_own():
    plain = faults.sentence_for(ValueError("x"))
    said = set()
    for kind in faults._SENTENCES:
        sentence = faults._SENTENCES[kind]
        assert sentence != plain
        said.add(sentence)
    assert len(said) == len(faults._SENTENCES)


def test_no_fault_shows_what_the_program_calls_it():
    for error in (
        errors.UnreachableError("ledger", "ECONNREFUSED"),
        errors.TurnedAwayError(409, "duplicate"),
        errors.RefusedError(Reason.MALFORMED, "field 7"),
        OSError(28, "No space left on device"),
        OSError(13, "Permission denied"),
        ValueError("secret"),
    ):
        sentence = faults.sentence_for(error)
        for word in ("Error", "error", "409", "field", "errno", "secret", "device"):
            assert word not in sentence


@pytest.mark.parametrize("category", [*kinds._MANY])
def test_every_category_has_both_its_names(category):
    assert kinds.many(category)
    assert kinds.one(category)
    assert set(kinds._MANY) == set(kinds._ONE)


def test_every_state_has_its_own_word_and_shape():
    assert set(kinds._STATES) == set(State)
    assert len({word for word, _ in kinds._STATES.values()}) == len(State)


def test_an_unknown_label_is_told_of_without_its_code():
    assert kinds.label("XYZ") == "Marked by its source"
    assert kinds.labels(["PSY", "MH", "XYZ"]) == (
        "Mental health",
        "Marked by its source",
    )


def test_the_usual_level_of_care_is_no_mark():
    assert kinds.labels(["N", "R", "PROCESSINLINELABEL"]) == ("Marked restricted",)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("letter.pdf", ["letter.pdf"]),
        ("Dr. Amara Osei", ["Dr. Amara Osei"]),
        ("export_2026-11-12.ndjson", ["export_", "2026-", "11-", "12.", "ndjson"]),
        ("a" * 40, ["a" * 16, "a" * 16, "a" * 8]),
        ("a" * 32, ["a" * 16, "a" * 16]),
    ],
)
def test_a_long_word_may_be_broken_and_loses_no_letter(name, parts):
    assert wording.breakable(name).split("\u200b") == parts


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "less than a second"), (1.4, "one second"), (61.6, "62 seconds")],
)
def test_what_took_a_moment_is_not_said_to_have_taken_no_time(seconds, said):
    assert wording.lasted(seconds) == said
