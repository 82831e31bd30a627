"""Public records, brought in for real, and not one word on a screen for programs."""

import pytest

from tests.corpus import TESTDATA
from tests.ui import corpus_patients, gallery
from tests.ui.plain_speech import said_by, shown_by, slips
from ui.front_desk import FrontDesk

_WINDOW = 60


@pytest.mark.parametrize(
    "words",
    [
        "Observation-example",
        "Heart rate 8867-4",
        "Asthma 195967001",
        "1.2.840.10008.1.2",
        "Bundle 66c8856b-ba11-4876",
        "urn:oid:2.16",
        "tea &amp; toast",
        "<b>Now</b>",
        "{tablet}",
        "1 January 1970",
        "0001",
        "null",
        "None",
        "heart_rate",
        "entered-in-error",
        "on-hold \u00b7 Dr. Osei",
    ],
)
def test_words_for_programs_are_found(words):
    assert slips(words)


@pytest.mark.parametrize(
    "words",
    [
        "Cholesterol, bad (LDL)",
        "usual range: 3.5 to 5.1",
        "11 May 2020 \u00b7 higher than 14.95 g/dL on 4 May 2015",
        "1 May 1970",
        "None seen",
        "+1-000-000-0001",
        "2010-2012",
    ],
)
def test_words_for_people_are_not(words):
    assert slips(words) == []


def test_a_value_is_read_whole_but_for_keys_and_letters(opened):
    sheet = gallery.fake_desk.sheet()
    words = list(said_by(sheet))
    assert sheet.title in words
    assert sheet.key not in words


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="no test data here")
@pytest.mark.parametrize("name", ["ips", "labels", "hl7v2"])
def test_no_screen_over_public_records_speaks_like_a_program(tmp_path, name):
    home = corpus_patients.make_home(tmp_path, corpus_patients.by_name(name))
    desk = FrontDesk(home)
    desk.unlock(corpus_patients.PASSPHRASE)
    try:
        found = [one for words in _everything(desk) for one in slips(words)]
    finally:
        desk.lock()
    assert found == []


def test_what_a_window_shows_and_tells_a_screen_reader_is_for_people(opened):
    window = opened(gallery.records)
    words = list(shown_by(window))
    assert "Search your records" in words
    assert [one for said in words for one in slips(said)] == []


def _everything(desk):
    """What every view of records says."""
    lines, after = [], ""
    while True:
        found = desk.timeline(category=None, after=after, limit=_WINDOW)
        lines += found
        alone = [line for line in found if not line.under]
        if len(alone) < _WINDOW:
            break
        after = alone[-1].key
    assert lines
    views = [*lines, *desk.results(), *desk.vaccines(), *desk.summary()]
    views += [desk.record(line.key) for line in lines]
    return [words for view in views for words in said_by(view)]
