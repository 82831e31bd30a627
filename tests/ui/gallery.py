"""Pictures of every page and state, light and dark, large, narrow and mirrored.

``python -m tests.ui.gallery [FOLDER [NAME...]]``; without a screen, offscreen is used.
The demo's real wallet is walked through first (`tour`); states that are hard to reach
with it are shown over a desk with fixed answers, into FOLDER/states. A NAME keeps to
that state alone.
"""

import os
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea

from tests.ui import fake_desk, fake_emergency, tour
from tests.ui.camera import EVERY, WIDE, Camera, settle
from tests.ui.fake_desk import NOW, PASSPHRASE, WORDS, FakeDesk
from ui import answers, theme
from ui.background import Background, Step
from ui.preferences import Preferences
from ui.record_views import Kept
from ui.views import Known, State
from ui.widgets.record.folds import Folds
from ui.window import Window
from wallet.errors import CancelledError
from wallet.verdict import Reason


def make(desk, size):
    """Open a window over *desk*."""
    window = Window(
        desk=desk, bridge=Background(), now=lambda: NOW, preferences=Preferences()
    )
    window.resize(*size)
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    window.start()
    settle(window)
    return window


def unlocked(size, desk=None):
    """Open a window and unlock it."""
    window = make(desk or FakeDesk(), size)
    window.lock_page.field.line.setText(PASSPHRASE)
    window.lock_page.button.click()
    settle(window)
    settle(window)
    return window


def lock(size):
    window = make(FakeDesk(), size)
    window.lock_page.field.line.setText("correct horse")
    window.lock_page.field.setFocus()
    return window


def lock_wrong(size):
    window = make(FakeDesk(), size)
    window.lock_page.field.line.setText("not it at all")
    window.lock_page.button.click()
    return window


def _first_run(size):
    desk = FakeDesk()
    desk.there = False
    return make(desk, size)


def first_run_1(size):
    return _first_run(size)


def first_run_2(size):
    window = _first_run(size)
    window.first_run._made(tuple(WORDS))
    return window


def first_run_3(size):
    window = _first_run(size)
    window.first_run._made(tuple(WORDS))
    window.first_run.flow.written_down()
    window.first_run.flow.asked = (2, 10, 18)
    window.first_run._show()
    return window


def home(size):
    return unlocked(size)


def home_empty(size):
    return unlocked(size, FakeDesk(empty=True))


def home_waiting(size):
    waiting = fake_desk.permission(left=90, state=State.WAITING, pending="issue")
    return unlocked(size, FakeDesk(permissions=(waiting, *fake_desk.PERMISSIONS[1:])))


def home_reading(size):
    """The copy is half a year behind."""
    window = unlocked(size)
    said = answers.reading(412_384, 1_000_512)
    window.shell._reading(Step(412_384, 1_000_512, said=said))
    return window


def home_stopped(size):
    window = home_reading(size)
    window.shell._not_synced(CancelledError())
    return window


def _page(size, name, desk=None):
    window = unlocked(size, desk)
    window.shell.show_page(name)
    settle(window)
    return window


def records(size):
    return _page(size, "records")


def records_empty(size):
    return _page(size, "records", FakeDesk(empty=True))


def record_alone(size):
    window = _page(size, "records")
    window.shell.pages["records"].show_sheet(fake_desk.sheet())
    return window


def _records(size, kind):
    window = _page(size, "records")
    window.shell.pages["records"].pills[kind].click()
    settle(window)
    return window


def records_results(size):
    return _records(size, "test")


def records_vaccines(size):
    return _records(size, "vaccine")


def records_narrowed(size):
    window = _records(size, None)
    page = window.shell.pages["records"]
    page.narrow.click()
    page.filters.show_kept((Kept(name="My heart"), Kept(name="For the new doctor")))
    return window


def record_visit(size):
    window = _page(size, "records")
    window.shell.pages["records"].show_sheet(fake_desk.visit_sheet())
    return window


def record_single(size):
    """One result alone, with the range of the lab."""
    window = _page(size, "records")
    one = replace(fake_desk.sheet(), series=(), low=40.0, high=130.0)
    window.shell.pages["records"].show_sheet(one)
    return window


def bring_in(size):
    return _page(size, "bring_in")


def bring_in_working(size):
    window = _page(size, "bring_in")
    page = window.shell.pages["bring_in"]
    page._enable(on=False)
    page.progress.begin("Reading your files")
    page.progress._began -= 4
    page.progress.show_step(Step(412, 612), unit="records")
    page._side.setCurrentWidget(page._working)
    return window


def bring_in_ready(size):
    """What the files would bring, before anything is kept."""
    window = _page(size, "bring_in")
    window.shell.pages["bring_in"].show_review(fake_desk.REVIEW)
    return window


def bring_in_through(size):
    window = bring_in_ready(size)
    window.shell.pages["bring_in"].ready.looks.click()
    return window


def _asked(size, **questions):
    desk = FakeDesk()
    desk.asking = fake_desk.Questions(**questions)
    window = unlocked(size, desk)
    window.shell.show_page("questions")
    settle(window)
    return window


def question_whose(size):
    return _asked(size, whose=(fake_desk.WHOSE,), pairs=(fake_desk.PAIR,))


def question_pair(size):
    pairs, settled = (fake_desk.PAIR,), (fake_desk.SETTLED,)
    return _asked(size, pairs=pairs, settled=settled, more=11, equal=9)


def records_asked(size):
    window = question_pair(size)
    window.shell.show_page("records")
    settle(window)
    return window


def record_seen_in(size):
    window = _page(size, "records")
    window.shell.pages["records"].show_sheet(fake_desk.sheet())
    window.shell.pages["records"].panel.part(Folds).buttons["seen_in"].click()
    settle(window)
    return window


def bring_in_done(size):
    window = _page(size, "bring_in")
    window.shell.pages["bring_in"].show_answer(fake_desk.IMPORTED)
    return window


def bring_in_columns(size):
    window = _page(size, "bring_in")
    window.shell.pages["bring_in"].columns.show_table(
        Path("labor-2026.csv"), fake_desk.TABLE
    )
    return window


def share(size):
    return _page(size, "share")


def _decide(size, card=None):
    desk = FakeDesk(
        permissions=(fake_desk.permission("Dr. Henrik Lind", "Family doctor", left=40),)
    )
    if card is not None:
        desk.card = card
    window = _page(size, "share", desk)
    window.shell.share.look_at(Path("osei.hwcard"))
    settle(window)
    return window


def decide(size):
    window = _decide(size)
    window.shell.decide.switch.ticks()[0].setChecked(True)
    window.shell.decide.share.setFocus()
    return window


def decide_choose(size):
    window = _decide(size)
    window.shell.decide.scope.choose.setChecked(True)
    settle(window)
    return window


def decide_counting(size):
    """As it stands before the first count has come."""
    window = _decide(size)
    window.shell.decide.preview.begin()
    window.shell.decide.share.setEnabled(False)
    return window


def decide_sharing(size):
    """While the records are put together."""
    page = (window := _decide(size)).shell.decide
    page.parts.setEnabled(False)
    page._step.hide()
    page._buttons.hide()
    page.progress.begin("Putting the records together.")
    page.progress._began -= 4
    page._stepped(Step(2, 6, "Putting the records together.", "Part 3 of 6"))
    page.progress.show()
    return window


def decide_signed(size):
    """It is signed: there is no way back any more."""
    window = decide_sharing(size)
    page = window.shell.decide
    said = "Writing it down in the public ledger."
    page._stepped(Step(6, 6, said, "Part 6 of 6"))
    return window


def decide_latest(size):
    """The ledger takes permissions for ten weeks more, so far."""
    card = replace(fake_desk.card(), latest=NOW + timedelta(days=70))
    return _decide(size, card)


def decide_stop(size):
    return _decide(size, fake_desk.card(Reason.LICENCE_ENDED))


def decide_changed(size):
    return _decide(size, fake_desk.card(known=Known.CHANGED))


def decide_unknown(size):
    return _decide(size, fake_desk.card(Reason.COPY_TOO_OLD))


def shared_waiting(size):
    window = _decide(size)
    window.shell.decide.switch.ticks()[0].setChecked(True)
    settle(window)
    window.shell.decide.share.click()
    return window


def _switched(size, other, **made):
    window = _page(size, "home")
    item = replace(fake_desk.PERMISSIONS[0], **made)
    shown = replace(fake_desk.permission("Dr. Henrik Lind", left=40), **other)
    window.shell.permission.show_switched(item, shown)
    window.shell.stack.setCurrentWidget(window.shell.permission)
    return window


def switched_ending(size):
    """The new one counts; the other's end is still on its way."""
    return _switched(size, {"pending": "replace"})


def switched(size):
    return _switched(size, {"state": State.REPLACED})


def permission(size):
    window = _page(size, "home")
    window.shell.permission.show_permission(fake_desk.PERMISSIONS[0])
    window.shell.stack.setCurrentWidget(window.shell.permission)
    return window


def permission_held(size):
    """Signed, and waiting on purpose."""
    window = _page(size, "home")
    item = fake_desk.permission(
        left=90,
        state=State.WAITING,
        pending="issue",
        held_until=NOW + timedelta(days=1),
    )
    window.shell.permission.show_permission(item)
    window.shell.stack.setCurrentWidget(window.shell.permission)
    return window


def activity(size):
    window = _page(size, "activity")
    window.shell.pages["activity"].prove.click()
    return window


def activity_broken(size):
    window = _page(size, "activity")
    proof = FakeDesk().prove(None)
    bad = replace(
        proof,
        verdict=replace(proof.verdict, reason=Reason.STATUS_UNPROVED),
        sentence="One line of the public ledger is not what it was.",
        findings=("Line 117 was altered after it was written",),
    )
    window.shell.pages["activity"].show_proof(bad)
    return window


def take(size):
    return _page(size, "take")


def take_working(size):
    window = _page(size, "take")
    page = window.shell.pages["take"]
    page.choose(FakeDesk().stick_places()[0])
    page._buttons.hide()
    page.progress.begin("Reading back and comparing")
    page.progress._began -= 4
    page.progress.show_step(Step(412, 612), unit="records")
    page.progress.show()
    return window


def take_done(size):
    window = _page(size, "take")
    page = window.shell.pages["take"]
    page.choose(FakeDesk().stick_places()[0])
    page.write.click()
    return window


def write_choose(size):
    return _page(size, "by_hand")


def write_new(size):
    window = _page(size, "by_hand")
    settle(window)
    window.shell.pages["by_hand"].choose.buttons["medicine"].click()
    return window


def own_hand(size):
    window = unlocked(size)
    window.shell.show_page("by_hand:0")
    settle(window)
    return window


def own_hand_delete(size):
    window = own_hand(size)
    page = window.shell.pages["by_hand"]
    page.delete.ask.click()
    settle(window)
    page.area.ensureWidgetVisible(page.delete)
    return window


def _down(window):
    """Bring what lies further down a page into the picture."""
    settle(window)
    page = window.shell.pages["take"]
    for area in page.findChildren(QScrollArea):
        bar = area.verticalScrollBar()
        bar.rangeChanged.connect(lambda _low, high, bar=bar: bar.setValue(high))
        bar.setValue(bar.maximum())
    return window


def take_copy(size):
    window = _page(size, "take")
    return _down(window)


def take_copied(size):
    window = take_copy(size)
    copies = window.shell.pages["take"].copies
    copies.ask_folder = lambda _parent: Path("Documents")
    copies.save.click()
    settle(window)
    copies.result.how.click()
    return window


def take_part(size):
    window = _page(size, "take")
    copies = window.shell.pages["take"].copies
    copies.scope.picker.choose.click()
    settle(window)
    copies.ask_folder = lambda _parent: Path("Documents")
    copies.save.click()
    return _down(window)


def _emergency(size, offer):
    desk = FakeDesk()
    desk.emergency = offer
    window = _page(size, "emergency", desk)
    settle(window)
    return window


def emergency_first(size):
    return _emergency(size, fake_emergency.OFFER)


def emergency(size):
    return _emergency(size, fake_emergency.FILLED)


def emergency_older(size):
    window = _emergency(size, fake_emergency.PRINTED)
    window.shell.pages["emergency"].since.how.click()
    return window


def emergency_small(size):
    window = emergency(size)
    page = window.shell.pages["emergency"]
    page.preview.pills["card"].click()
    page.notice.clear()
    return window


def settings(size):
    return _page(size, "settings")


SCENES = (
    lock, lock_wrong, first_run_1, first_run_2, first_run_3, home, home_empty,
    home_waiting, home_reading, home_stopped, records, records_empty, record_alone,
    records_results, records_vaccines, records_narrowed, record_visit, record_single,
    bring_in, bring_in_working, bring_in_ready, bring_in_through, bring_in_done,
    bring_in_columns,
    question_whose, question_pair, records_asked,
    record_seen_in, share, decide, decide_choose,
    decide_sharing, decide_signed, decide_latest, decide_stop, decide_changed,
    decide_unknown, decide_counting,
    shared_waiting,
    switched_ending, switched, permission, permission_held, activity, activity_broken,
    take, take_working, take_done, take_copy, take_copied, take_part,
    emergency_first, emergency_older,
    settings, write_choose,
    write_new, own_hand, own_hand_delete,
)  # fmt: skip

MORE = (emergency, emergency_small)
"""What looks like another scene, and is photographed only when it is named."""


def shoot(camera, scenes=SCENES):
    """Write a picture of each scene in every look."""
    for scene in scenes:
        window = scene(WIDE)
        settle(window)
        camera.shoot(window, scene.__name__, EVERY)
        window.close()
        window.deleteLater()
        settle(window)


def main(arguments):
    """Take every picture, or those of the scenes that are named."""
    folder = Path(arguments[0] if arguments else tempfile.mkdtemp(prefix="heartwood-"))
    app = QApplication.instance() or QApplication(sys.argv[:1])
    theme.load_fonts()
    theme.apply(app, theme.Theme())
    names = arguments[1:]
    if not names or "tour" in names:
        tour.shoot(Camera(folder))
    named = tuple(scene for scene in (*SCENES, *MORE) if scene.__name__ in names)
    chosen = named if names else SCENES
    shoot(Camera(folder / "states"), chosen)
    sys.stdout.write(f"pictures are in {folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
