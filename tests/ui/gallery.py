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
from PySide6.QtWidgets import QApplication

from tests.ui import fake_desk, tour
from tests.ui.camera import EVERY, WIDE, Camera, settle
from tests.ui.fake_desk import NOW, PASSPHRASE, WORDS, FakeDesk
from ui import answers, theme
from ui.background import Background, Step
from ui.preferences import Preferences
from ui.views import Known, State
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


def bring_in_done(size):
    window = _page(size, "bring_in")
    window.shell.pages["bring_in"].show_answer(fake_desk.IMPORTED)
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


def settings(size):
    return _page(size, "settings")


SCENES = (
    lock, lock_wrong, first_run_1, first_run_2, first_run_3, home, home_empty,
    home_waiting, home_reading, home_stopped, records, records_empty, record_alone,
    bring_in, bring_in_working, bring_in_done, share, decide, decide_choose,
    decide_latest, decide_stop, decide_changed, decide_unknown, decide_counting,
    shared_waiting,
    switched_ending, switched, permission, activity, activity_broken, take,
    take_working, take_done, settings,
)  # fmt: skip


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
    chosen = tuple(scene for scene in SCENES if not names or scene.__name__ in names)
    shoot(Camera(folder / "states"), chosen)
    sys.stdout.write(f"pictures are in {folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
