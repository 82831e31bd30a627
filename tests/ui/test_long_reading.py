"""A copy of the ledger that is far behind: seen in the rail, stopped, gone on with."""

import threading
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication

from tests.ui import fake_desk, gallery
from tests.ui.fake_desk import FakeDesk
from ui import answers
from ui.views import State
from wallet.errors import CancelledError

TOTAL = 1_000_512


class FarBehind(FakeDesk):
    """Reads until it is stopped; whoever stops it finds what it had read kept."""

    def __init__(self):
        super().__init__()
        self.behind, self.read = False, 412_384
        self.heard = threading.Event()

    def sync(self, job):
        if self.behind:
            said = answers.reading(self.read, TOTAL)
            job.progress(self.read, TOTAL, said=said)
            while not job.cancelled():
                self.heard.wait(0.01)
            raise CancelledError
        return super().sync(job)


@pytest.fixture
def reading(opened):
    """A window in the middle of it, and its desk."""
    desk = FarBehind()
    window = opened(lambda size: gallery.unlocked(size, desk))
    desk.behind = True
    window.shell.sync()
    until(window.shell.rail.ledger.stopping.isVisible)
    yield window, desk
    if window.shell._sync_job is not None:
        window.shell._sync_job.cancel()


def until(seen):
    give_up = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < give_up, "it never came"
        QCoreApplication.processEvents()
        time.sleep(0.001)


def test_the_rail_says_how_far_it_is_and_offers_to_stop(reading):
    foot = reading[0].shell.rail.ledger
    assert "412,384 of 1,000,512" in foot.words.text()
    assert foot.bar.value() == 412
    assert (foot.bar.isVisible(), foot.going_on.isVisible()) == (True, False)


def test_stopped_it_says_that_it_is_kept_and_goes_on_when_asked(reading):
    window, desk = reading
    foot = window.shell.rail.ledger
    foot.stopping.click()
    assert not foot.stopping.isEnabled()
    until(foot.going_on.isVisible)
    assert "what was read is kept" in foot.words.text()
    assert "412,384" in foot.words.text()
    assert not foot.stopping.isVisible()
    assert window.shell._timer.remainingTime() > 600_000  # it does not begin by itself
    desk.behind = False
    foot.going_on.click()
    gallery.settle(window)
    assert foot.words.text().startswith("Ledger as of")
    assert not any(
        part.isVisible() for part in (foot.bar, foot.stopping, foot.going_on)
    )


def switch(window, **other):
    made = fake_desk.PERMISSIONS[0]
    old = replace(fake_desk.permission("Dr. Henrik Lind", left=40), **other)
    page = window.shell.permission
    page.show_switched(made, old)
    window.shell.stack.setCurrentWidget(page)
    return made, old, page


@pytest.mark.parametrize(
    ("made", "other", "said"),
    [
        (State.WAITING, State.IN_FORCE, "ends as soon as this one counts"),
        (State.IN_FORCE, State.IN_FORCE, "may still be able to look"),
        (State.IN_FORCE, State.REPLACED, "access has ended"),
        (State.REFUSED, State.IN_FORCE, "stays as it was"),
    ],
)
def test_a_switch_says_how_far_the_old_access_is(opened, made, other, said):
    window = opened(gallery.home)
    new, old, page = switch(window)
    page.show_switched(replace(new, state=made), replace(old, state=other))
    assert said in page.notice.words.text()


def test_the_sentence_of_a_switch_follows_the_ledger(opened):
    window = opened(gallery.home)
    made, old, page = switch(window, pending="replace")
    assert "may still be able to look" in page.notice.words.text()
    window.shell._after_sync((made, replace(old, pending="", state=State.REPLACED)))
    assert page.notice.words.text() == "Dr. Henrik Lind's access has ended."
    page.show_permission(made)
    page.bring_up((made, old))
    assert page.notice.isHidden()
