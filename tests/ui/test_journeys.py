"""What a person does, with the buttons a person presses."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest

from tests.ui import fake_desk, gallery
from tests.ui.fake_desk import NOW, PASSPHRASE, WORDS, FakeDesk
from ui.background import Step
from ui.pages.home import HomePage
from ui.pages.permission import PermissionPage
from ui.views import Known, Scope, State
from wallet.errors import CancelledError, SlotsDamagedError, UnreachableError
from wallet.verdict import Reason

SIZE = (1280, 820)


@pytest.fixture
def over(opened):
    """Open the wallet over a desk."""

    def go(desk, page="home"):
        window = opened(lambda size: gallery.unlocked(size, desk))
        window.shell.show_page(page)
        gallery.settle(window)
        return window

    return go


def test_the_lock_screen_shows_nothing_of_the_wallet(opened):
    window = opened(lambda size: gallery.make(FakeDesk(), size))
    assert window.shell is None
    assert "Maya" not in " ".join(
        label.text() for label in window.findChildren(type(window.lock_page.title))
    )


def test_a_wrong_passphrase_is_said_and_can_be_typed_again(opened):
    window = opened(gallery.lock_wrong)
    note = window.lock_page.field._note.text()
    assert note.startswith("That is not the passphrase")
    assert window.lock_page.field.line.selectedText()
    window.lock_page.field.line.setText(PASSPHRASE)
    QTest.keyClick(window.lock_page.field.line, Qt.Key.Key_Return)
    gallery.settle(window)
    assert window.shell is not None


def test_damaged_slots_have_their_own_sentence(opened):
    desk = FakeDesk()
    desk.fail = SlotsDamagedError()
    window = opened(lambda size: gallery.make(desk, size))
    window.lock_page.field.line.setText(PASSPHRASE)
    window.lock_page.button.click()
    gallery.settle(window)
    assert "damaged" in window.lock_page.field._note.text()


def test_a_passphrase_with_accents_and_sharp_s_opens_too(opened):
    desk = FakeDesk()
    window = opened(lambda size: gallery.make(desk, size))
    window.lock_page.field.line.setText("\u00e9t\u00e9 stra\u00dfe")
    window.lock_page.button.click()
    gallery.settle(window)
    assert desk.asked == ["unlock"]


def test_locking_closes_every_page_over_the_wallet(over):
    desk = FakeDesk()
    window = over(desk)
    window.shell.rail._lock.click()
    gallery.settle(window)
    assert window.shell is None
    assert not desk.open
    assert not window.findChildren(HomePage)
    assert window.lock_page.field.text() == ""


def test_the_wallet_locks_when_it_is_left_alone(over):
    window = over(FakeDesk())
    window._idle.timeout.emit()
    gallery.settle(window)
    assert window.shell is None
    assert "ten minutes" in window.lock_page._why.text()


def test_the_first_run_asks_three_words_back_and_then_forgets_them(opened):
    window = opened(gallery.first_run_1)
    page = window.first_run
    page.first.line.setText("four quiet green lamps")
    page.again.line.setText("four quiet green lamps")
    page._create_foot.next.click()
    gallery.settle(window)
    assert page.flow.words == tuple(WORDS)
    page._written()
    for place, field in zip(page.flow.asked, page.checked.fields, strict=True):
        field.line.setText(f" {WORDS[place].upper()} ")
    page._answer()
    gallery.settle(window)
    assert window.first_run is None
    assert window.shell.stack.currentWidget() is window.shell.pages["bring_in"]
    assert page.flow.words == ()
    assert "words_kept" in window._desk.asked


def test_words_that_were_never_checked_are_shown_again_after_unlocking(opened):
    desk = FakeDesk()
    desk.words_due = tuple(WORDS)
    window = opened(lambda size: gallery.unlocked(size, desk))
    assert window.shell is None
    page = window.first_run
    assert page.flow.words == tuple(WORDS)
    page._written()
    for place, field in zip(page.flow.asked, page.checked.fields, strict=True):
        field.line.setText(WORDS[place])
    page._answer()
    gallery.settle(window)
    assert desk.words_due == ()
    assert window.shell is not None


@pytest.mark.parametrize(
    ("first", "again", "said"),
    [
        ("short", "short", "too short"),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa", "too easy"),
        ("four quiet lamps", "four quiet lamp", "not the same"),
    ],
)
def test_a_weak_or_mistyped_passphrase_makes_no_wallet(opened, first, again, said):
    window = opened(gallery.first_run_1)
    page = window.first_run
    page.first.line.setText(first)
    page.again.line.setText(again)
    page._create_foot.next.click()
    gallery.settle(window)
    assert window._desk.asked == []
    assert said in page.first._note.text() + page.again._note.text()


def test_a_wrong_word_is_named_and_the_words_can_be_seen_again(opened):
    window = opened(gallery.first_run_3)
    page = window.first_run
    for field in page.checked.fields:
        field.line.setText("nothing")
    page._answer()
    assert "not word number 3" in page.checked.fields[0]._note.text()
    page._back()
    assert page.sheet._words == tuple(WORDS)


def test_home_lights_ring_and_row_together(over):
    window = over(FakeDesk())
    home = window.shell.pages["home"]
    home.rows[1].setFocus()
    assert home.rings._lit == 1
    home.rings.pointed.emit(0)
    assert home.rows[0]._glow
    assert not home.rows[1]._glow


def test_home_shows_at_most_six_rings_and_says_how_many_more(over):
    many = tuple(
        fake_desk.permission(f"Dr. {number}", key=str(number)) for number in range(9)
    )
    home = over(FakeDesk(permissions=many)).shell.pages["home"]
    assert len(home.rings._rings) == 6
    assert len(home.rows) == 6
    assert home._more.text() == "and 3 more"


def test_a_waiting_permission_is_no_look_yet(over):
    waiting = fake_desk.permission(state=State.WAITING, pending="issue")
    window = over(FakeDesk(permissions=(waiting,)))
    home = window.shell.pages["home"]
    assert "Nobody but you" in home.header.sentence.text()
    assert home.rings._rings[0].waiting
    assert window.shell.outbox.isVisible()
    assert "not yet in force" in window.shell.outbox.words.text()


def test_records_load_by_windows_and_search_as_typed(over):
    desk = FakeDesk()
    window = over(desk, "records")
    page = window.shell.pages["records"]
    assert page.model.rowCount() < 130
    page.search.setText("flu")
    page.search.textEdited.emit("flu")
    QTest.qWait(200)
    gallery.settle(window)
    titles = {
        line.title
        for row in range(page.model.rowCount())
        if (line := page.model.line(page.model.index(row)))
    }
    assert titles == {"Flu vaccine"}
    page.search.setText("nowhere")
    page.search.textEdited.emit("nowhere")
    QTest.qWait(200)
    gallery.settle(window)
    assert "No record holds these words" in page.list_card._nothing.text()


def test_a_filter_shows_one_kind(over):
    window = over(FakeDesk(), "records")
    page = window.shell.pages["records"]
    page.pills["vaccine"].click()
    gallery.settle(window)
    kinds = {
        line.category
        for row in range(page.model.rowCount())
        if (line := page.model.line(page.model.index(row)))
    }
    assert kinds == {"vaccine"}


def test_dropped_files_come_in_and_cancelling_says_what_it_kept(over):
    desk = FakeDesk()
    window = over(desk, "bring_in")
    page = window.shell.pages["bring_in"]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/tmp/a.json")])  # noqa: S108 - never opened
    drop = page._drop
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    drop.dropEvent(event)
    gallery.settle(window)
    assert "bring_in" not in desk.asked  # nothing comes in before it is looked at
    assert "Nothing is kept yet" in page.ready.spoken()
    page.ready.keeps.click()
    gallery.settle(window)
    assert "bring_in" in desk.asked
    assert page.answer.isVisible()
    desk.gate.clear()
    page.take([Path("b.json")])
    page.progress.cancel.click()
    desk.gate.set()
    gallery.settle(window)
    assert "Nothing was kept" in page.notice.words.text()
    page.take([Path("b.json")])
    gallery.settle(window)
    desk.gate.clear()
    page.keep()
    page.progress.cancel.click()
    desk.gate.set()
    gallery.settle(window)
    assert "What was already in stays in" in page.notice.words.text()


def test_what_is_left_out_never_comes_in(over):
    desk = FakeDesk()
    window = over(desk, "bring_in")
    page = window.shell.pages["bring_in"]
    page.take([Path("b.json")])
    gallery.settle(window)
    page.ready.leaves.click()
    gallery.settle(window)
    assert "bring_in" not in desk.asked
    assert "Nothing of these files is kept" in page.notice.words.text()


def test_a_question_is_answered_and_taken_back(over):
    desk = FakeDesk()
    desk.asking = fake_desk.Questions(whose=(fake_desk.WHOSE,), pairs=(fake_desk.PAIR,))
    window = over(desk, "records")
    assert "2 questions" in window.shell.pages["records"].asked.words.text()
    window.shell.pages["records"].asked.button.click()
    gallery.settle(window)
    page = window.shell.pages["questions"]
    page.other.click()
    gallery.settle(window)
    assert ("leave_file_out", "f1") in desk.asked
    page.same.click()
    gallery.settle(window)
    assert ("decide_pair", "a1", "b1", "same") in desk.asked
    page.said.button.click()
    gallery.settle(window)
    assert ("decide_pair", "a1", "b1", "open") in desk.asked
    assert page.same.isVisible()


def test_all_that_are_equal_are_answered_at_once_and_taken_back(over):
    desk = FakeDesk()
    desk.asking = fake_desk.Questions(pairs=(fake_desk.PAIR,), more=1, equal=2)
    window = over(desk, "questions")
    page = window.shell.pages["questions"]
    page.join.click()
    gallery.settle(window)
    assert "join_equal" in desk.asked
    page.said.button.click()
    gallery.settle(window)
    assert ("part_again", fake_desk.NOW) in desk.asked
    assert page.same.isVisible()


def test_it_is_me_brings_a_file_in_and_says_how_much(over):
    desk = FakeDesk()
    desk.asking = fake_desk.Questions(whose=(fake_desk.WHOSE,))
    window = over(desk, "questions")
    page = window.shell.pages["questions"]
    page.me.click()
    gallery.settle(window)
    assert ("claim_file", "f1") in desk.asked
    assert "7 records came in" in page.said.words.text()


def decide(window, desk):
    share = window.shell.share
    share.ask_card = lambda _parent: Path("osei.hwcard")
    share._choose()
    gallery.settle(window)
    return window.shell.decide


def test_a_share_takes_five_presses_and_says_exactly_what_and_until_when(over):
    old = fake_desk.permission("Dr. Henrik Lind", left=40)
    desk = FakeDesk(permissions=(old,))
    window = over(desk, "share")
    page = decide(window, desk)
    assert "licensed" in page.verdict._title.text()
    assert page.share.text() == "Share for 90 days"
    page.until.pills[30].click()
    page.switch.ticks()[0].click()
    assert page.share.text() == "Switch, and share for 30 days"
    page.share.click()
    gallery.settle(window)
    asked = next(what for what in desk.asked if what[0] == "share")
    assert asked[1] == "Dr. Amara Osei"
    assert asked[2].kinds is None
    assert asked[2].ticked == frozenset()
    assert asked[3:] == (30, "Dr. Henrik Lind")
    shown = window.shell.stack.currentWidget()
    assert isinstance(shown, PermissionPage)
    assert shown.answer._title.text() == "Signed, not yet in force"
    assert shown.words.text() == " \u00b7 ".join(desk.pair_words(""))


@pytest.mark.parametrize(
    ("left", "lengths", "chosen"),
    [(70, {1, 30, 0}, 30), (91, {1, 30, 90, 0}, 90), (12, {1, 0}, 1), (900, None, 90)],
)
def test_nobody_is_offered_an_end_the_ledger_does_not_take(over, left, lengths, chosen):
    desk = FakeDesk(permissions=())
    desk.card = replace(fake_desk.card(), latest=NOW + timedelta(days=left, hours=3))
    page = decide(over(desk, "share"), desk)
    offered = {days for days, pill in page.until.pills.items() if pill.isVisible()}
    assert offered == (lengths or {1, 30, 90, 365, 0})
    assert page.until.days() == chosen
    page.until.pills[0].click()
    most = page.until.day.maximumDate().toPython()
    assert (most - NOW.astimezone().date()).days == left
    told = "renew this one later" in page.until._said.text()
    assert told


def test_a_ledger_without_an_end_says_nothing_of_one(over):
    desk = FakeDesk(permissions=())
    page = decide(over(desk, "share"), desk)
    assert page.until.pills[365].isVisible()
    assert "renew" not in page.until._said.text()


def test_sensitive_records_stay_out_until_they_are_ticked(over):
    desk = FakeDesk(permissions=())
    window = over(desk, "share")
    page = decide(window, desk)
    page.left_out.ticks["Mental health"].click()
    gallery.settle(window)
    assert page.chosen().ticked == frozenset({"PSY"})
    page.share.click()
    gallery.settle(window)
    asked = next(what for what in desk.asked if what[0] == "share")
    assert asked[2].ticked == frozenset({"PSY"})


def test_chosen_kinds_and_days_reach_the_desk(over):
    desk = FakeDesk(permissions=())
    window = over(desk, "share")
    page = decide(window, desk)
    page.scope.choose.click()
    gallery.settle(window)
    for name, pill in page.scope._pills.items():
        if name != "medicine":
            pill.click()
    page.scope.limit.click()
    gallery.settle(window)
    scope = page.chosen()
    assert scope.kinds == frozenset({"medicine"})
    assert scope.since is not None
    page.scope._pills["medicine"].click()
    gallery.settle(window)
    assert not page.share.isEnabled()


def test_a_picked_day_sets_the_length(over):
    desk = FakeDesk(permissions=())
    page = decide(over(desk, "share"), desk)
    page.until.pills[0].click()
    ends = (NOW.astimezone() + timedelta(days=10)).date()
    page.until.day.setDate(ends)
    assert page.until.days() == 10


@pytest.mark.parametrize(
    "card",
    [
        fake_desk.card(Reason.LICENCE_ENDED),
        fake_desk.card(Reason.NOT_ACCREDITED),
        fake_desk.card(Reason.COPY_TOO_OLD),
        fake_desk.card(known=Known.CHANGED),
    ],
)
def test_nothing_but_go_ahead_can_be_shared_with(over, card):
    desk = FakeDesk()
    desk.card = card
    page = decide(over(desk, "share"), desk)
    assert not page.share.isVisible()
    assert not page.parts.isVisible()


def test_a_failed_share_keeps_every_choice(over):
    desk = FakeDesk(permissions=())
    window = over(desk, "share")
    page = decide(window, desk)
    page.until.pills[365].click()
    desk.fail = UnreachableError("ledger")
    page.share.click()
    gallery.settle(window)
    assert "no connection" in page.notice.words.text()
    assert page.until.days() == 365
    assert page.share.isEnabled()


def shown_words(page):
    labels = page.findChildren(type(page._step))
    return " ".join(label.text() for label in labels if label.isVisible())


def test_a_share_under_way_says_how_far_it_is_and_can_be_stopped(over):
    desk = FakeDesk(permissions=())
    page = decide(over(desk, "share"), desk)
    desk.gate.clear()
    page.share.click()
    assert page.progress.isVisible()
    assert not page.share.isVisible()
    assert "until you confirm" not in shown_words(page)
    page.progress.cancel.click()
    desk.gate.set()
    gallery.settle(page.window())
    assert "until you confirm" in shown_words(page)
    assert page.notice.words.text().endswith("Nothing was signed or sent.")
    assert page.share.isVisible()
    assert page.share.isEnabled()
    assert not page.progress.isVisible()


def test_what_is_signed_can_no_longer_be_stopped(over):
    page = decide(over(FakeDesk(permissions=()), "share"), None)
    page.progress.begin("Putting the records together.")
    page.progress.show()
    page._stepped(Step(4, 6, "Signing, and locking them for this reader."))
    assert page.progress.cancel.isVisible()
    assert "Cancelling signs and sends nothing." in shown_words(page)
    page._stepped(Step(6, 6, "Writing it down in the public ledger."))
    assert not page.progress.cancel.isVisible()
    assert "Cancelling" not in shown_words(page)


def test_ending_access_says_first_what_cannot_be_undone(over):
    desk = FakeDesk()
    window = over(desk)
    window.shell.show_page("permission:Dr. Amara Osei")
    gallery.settle(window)
    page = window.shell.permission
    assert page.item.key == "Dr. Amara Osei"
    page.end.click()
    gallery.settle(window)
    assert ("withdraw", "Dr. Amara Osei") in desk.asked
    assert page.answer._title.text() == "Ended by you"
    assert not page.ending.isVisible()


def test_prove_it_shows_the_answer_and_its_evidence(opened):
    window = opened(gallery.activity)
    page = window.shell.pages["activity"]
    assert page.card._title.text().startswith("Complete and unaltered up to")
    assert page.prove.text() == "Prove it again"
    page.card.how.click()
    assert page.card._evidence.isVisible()


def test_the_list_of_who_looked_is_saved_for_somebody_else(over, tmp_path):
    desk = FakeDesk()
    window = over(desk, "activity")
    page = window.shell.pages["activity"]
    page.ask_where = lambda _parent: None
    page.save.click()
    target = tmp_path / "who-looked.json"
    page.ask_where = lambda _parent: target
    page.save.click()
    gallery.settle(window)
    assert "check the proofs" in page.notice.words.text()
    assert [one for one in desk.asked if "save_accounting" in one] == [
        ("save_accounting", target)
    ]


def test_activity_filters(over):
    page = over(FakeDesk(), "activity").shell.pages["activity"]
    page.pills["refused"].click()
    assert page.rows.count() == 1


def test_a_stick_is_written_and_said_to_be_safe_to_remove(opened):
    window = opened(gallery.take_done)
    page = window.shell.pages["take"]
    assert page.result._title.text() == "Safe to remove"
    assert "612 records" in page.result._reason.text()


def test_a_copy_is_saved_in_the_form_that_was_chosen_and_says_what_is_not_in_it(over):
    desk = FakeDesk()
    copies = over(desk, "take").shell.pages["take"].copies
    copies.forms["xdm-zip"].click()
    copies.ask_folder = lambda _parent: Path("Documents")
    copies.save.click()
    gallery.settle(copies.window())
    assert "save_copy xdm-zip" in desk.asked
    assert "health-" in copies.result._title.text()
    assert "12 records have no place" in copies.result._reason.text()
    copies.result.how.click()
    assert copies.result._facts.count() == 5  # rows, and the lines between them
    assert copies.save.isEnabled()


def test_a_part_is_chosen_as_for_sharing_and_what_stayed_out_is_counted(over):
    desk = FakeDesk()
    copies = over(desk, "take").shell.pages["take"].copies
    copies.ask_folder = lambda _parent: Path("Documents")
    copies.save.click()
    gallery.settle(copies.window())
    assert desk.copied is None  # everything, the sensitive records too
    assert "stayed out" not in copies.result._reason.text()
    scope = copies.scope
    assert scope.left_out.isHidden()
    scope.picker.choose.click()
    gallery.settle(copies.window())
    assert {tick.isChecked() for tick in scope.left_out.ticks.values()} == {False}
    scope.picker._pills["visit"].click()
    scope.left_out.ticks["Mental health"].click()
    gallery.settle(copies.window())
    assert scope._counted.text() == "513 go in, 2 stay out."
    copies.save.click()
    gallery.settle(copies.window())
    kinds = frozenset(name for name, _ in fake_desk.COUNTS) - {"visit"}
    assert desk.copied == Scope(kinds=kinds, ticked=frozenset({"PSY"}))
    assert "11 records stayed out, as you chose." in copies.result._reason.text()
    for pill in scope.picker._pills.values():
        pill.setChecked(False)
    gallery.settle(copies.window())
    assert not copies.save.isEnabled()
    scope.picker.everything.click()
    assert copies.save.isEnabled()
    assert scope.left_out.isHidden()


def test_a_locked_copy_says_to_keep_its_key_apart(over):
    copies = over(FakeDesk(), "take").shell.pages["take"].copies
    copies.forms["health-link"].click()
    copies.ask_folder = lambda _parent: Path("Documents")
    copies.save.click()
    gallery.settle(copies.window())
    assert "Keep the link and the locked file apart" in copies.result._reason.text()


def test_a_copy_that_is_stopped_leaves_the_page_as_it_was(over):
    desk = FakeDesk()
    page = over(desk, "take").shell.pages["take"]
    copies = page.copies
    copies.ask_folder = lambda _parent: None
    copies.save.click()
    assert not any(call.startswith("save_copy") for call in desk.asked)
    copies._failed(CancelledError())
    assert "Nothing was saved." in page.notice.words.text()
    assert copies.save.isEnabled()
    assert not copies.result.isVisible()


def test_a_permission_that_waits_on_purpose_says_so_and_can_be_sent_now(over):
    held = fake_desk.permission(
        state=State.WAITING, pending="issue", held_until=NOW + timedelta(minutes=31)
    )
    desk = FakeDesk(permissions=(held,))
    window = over(desk, "home")
    window.shell.show_outbox(desk.items)
    words = window.shell.outbox.words.text()
    moment = f"{NOW + timedelta(minutes=31):%M}: Dr. Amara Osei."
    assert words.startswith("Waits on purpose until today, ")
    assert moment in words
    assert window.shell._timer.interval() == 120_000  # nothing to hurry for
    page = window.shell.permission
    window.shell._show_one(desk.items, held.key)
    assert page.answer._title.text() == "Signed, and waits on purpose"
    assert page.send.isVisible()
    page.send.click()
    gallery.settle(window)
    assert ("send_now", held.key) in desk.asked
    assert page.answer._title.text() == "Signed, not yet in force"
    assert not page.send.isVisible()


def test_when_permissions_are_sent_can_be_set(over):
    desk = FakeDesk()
    desk.delay = timedelta(hours=1)
    window = over(desk, "settings")
    page = window.shell.pages["settings"]
    gallery.settle(window)
    assert page.delays[timedelta(hours=1)].isChecked()
    page.delays[timedelta()].click()
    gallery.settle(window)
    assert desk.delay == timedelta()
    assert page.delays[timedelta()].isChecked()


def test_settings_change_the_text_at_once(over, qapp):
    window = over(FakeDesk(), "settings")
    page = window.shell.pages["settings"]
    before = page.header.title.font().pixelSize()
    page.sizes[200].click()
    assert page.header.title.font().pixelSize() == 2 * before


def test_a_new_passphrase_needs_the_old_one(over):
    desk = FakeDesk()
    window = over(desk, "settings")
    page = window.shell.pages["settings"]
    for field, words in (
        (page.old, "wrong"),
        (page.new, "seven new green words"),
        (page.again, "seven new green words"),
    ):
        field.line.setText(words)
    page.change.click()
    gallery.settle(window)
    assert "not the passphrase" in page.old._note.text()
    page.old.line.setText(PASSPHRASE)
    page.change.click()
    gallery.settle(window)
    assert page.old.text() == page.new.text() == ""
    assert "from now on" in page.notice.words.text()
