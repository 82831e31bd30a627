"""The pages for a patient's own hand: what is asked of the desk, and what is shown."""

from pathlib import Path

import pytest

from tests.ui.camera import WIDE, settle
from tests.ui.fake_desk import FakeDesk
from tests.ui.gallery import unlocked
from ui import spoken_dates
from ui.widgets.record.own import OwnPart
from wallet.errors import UsageError


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.fixture
def window(qapp, desk):
    made = unlocked(WIDE, desk)
    yield made
    made.close()
    made.deleteLater()
    settle(made)


def opened(window, where):
    window.shell.show_page(where)
    settle(window)
    return window.shell.pages["by_hand"]


def done(desk, word):
    return [one for one in desk.asked if isinstance(one, tuple) and one[0] == word]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("2024", "2024"),
        ("March 2024", "2024-03"),
        ("mar 2024", "2024-03"),
        ("9 march 2024", "2024-03-09"),
        ("March 9, 2024", "2024-03-09"),
        ("9.3.2024", "2024-03-09"),
        ("9/3/2024", "2024-03-09"),
        ("3/2024", "2024-03"),
        ("2024-03-09", "2024-03-09"),
        ("29.2.2023", None),
        ("ma 2024", None),
        ("13/2024", None),
        ("yesterday", None),
        ("0000", None),
    ],
)
def test_dates_are_read_as_people_type_them(typed, written):
    assert spoken_dates.parse(typed) == written
    if written:
        assert spoken_dates.parse(spoken_dates.say(written)) == written


def test_a_record_is_written_down(window, desk):
    page = opened(window, "by_hand")
    page.choose.buttons["medicine"].click()
    fields = page.write.form.fields
    page.write.save.click()
    assert not done(desk, "write_down")  # the name is missing, and it says so
    assert fields["name"].line.accessibleDescription() == "This has to be filled in."
    fields["name"].line.setText("Ibuprofen 400 mg")
    fields["since"].line.setText("soon")
    page.write.save.click()
    assert "no date" in fields["since"].line.accessibleDescription()
    fields["since"].line.setText("March 2024")
    page.write.save.click()
    settle(window)
    settle(window)
    entries = {"name": "Ibuprofen 400 mg", "since": "2024-03"}
    assert done(desk, "write_down") == [("write_down", "medicine", entries)]
    assert page.sheet.key == "made"
    assert page.notice.words.text().startswith("It is written down")


def test_only_what_was_changed_is_corrected(window, desk):
    page = opened(window, "by_hand:0")
    page.correct.save.click()
    settle(window)
    assert not done(desk, "correct")
    page.correct.form.fields["value"].line.setText("119")
    page.correct.save.click()
    settle(window)
    assert done(desk, "correct") == [("correct", "0", {"value": "119"})]


def test_what_the_wallet_refuses_is_said_and_what_was_typed_stays(window, desk):
    page = opened(window, "by_hand:0")
    line = page.correct.form.fields["value"].line
    line.setText("1")
    desk.fail = UsageError("Value: this is too long")
    page.correct.save.click()
    settle(window)
    assert page.notice.isVisible()
    assert line.text() == "1"


def test_notes_tags_files_and_the_mark_go_to_the_desk(window, desk):
    page = opened(window, "by_hand:0")
    page.ask_file = lambda _parent: Path("scan.png")
    page.ask_where = lambda _parent, name: Path(name)
    page.notes.field.edit.setPlainText("Ask")
    page.notes.add.click()
    settle(window)
    assert page.notes.field.text() == ""
    page.notes.removed.emit("n1")
    settle(window)
    page.tags.field.line.setText("knee")
    page.tags.add.click()
    settle(window)
    page.tags.removed.emit("ask")
    settle(window)
    page.files.add.click()
    settle(window)
    page.files.saved.emit("f1", "lab-sheet.pdf")
    settle(window)
    page.files.removed.emit("f1")
    settle(window)
    page.private.button.click()
    settle(window)
    page.private.button.click()
    settle(window)
    page.versions.buttons[1].click()
    settle(window)
    asked = [one for one in desk.asked if isinstance(one, tuple) and one[0] != "hand"]
    assert asked == [
        ("add_note", "0", "Ask"),
        ("remove_note", "0", "n1"),
        ("add_tag", "0", "knee"),
        ("remove_tag", "0", "ask"),
        ("attach", "0", Path("scan.png")),
        ("save_attached", "0", "f1", Path("lab-sheet.pdf")),
        ("detach", "0", "f1"),
        ("end_private", "0"),
        ("keep_private", "0"),
        ("go_back", "0", 1),
    ]


def test_deleting_is_asked_twice_and_can_be_thought_over(window, desk):
    page = opened(window, "by_hand:0")
    page.delete.ask.click()
    assert page.delete.really.isVisible()
    assert "nobody can bring it back" in page.delete.words.text()
    page.delete.keep.click()
    assert not page.delete.really.isVisible()
    page.delete.ask.click()
    page.delete.really.click()
    settle(window)
    assert done(desk, "delete") == [("delete", "0")]
    assert window.shell.stack.currentWidget() is window.shell.pages["records"]


def test_the_page_of_a_record_shows_her_own_words_and_leads_there(window):
    records = window.shell.pages["records"]
    window.shell.show_page("records")
    settle(window)
    settle(window)
    records.list.setCurrentIndex(records.model.first_record())
    settle(window)
    part = records.panel.part(OwnPart)
    part.button.click()
    settle(window)
    page = window.shell.pages["by_hand"]
    assert window.shell.stack.currentWidget() is page
    assert page.sheet.key == records.panel.sheet.hand.key
