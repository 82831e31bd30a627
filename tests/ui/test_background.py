import threading

import pytest
from PySide6.QtCore import QObject, QThread

from ui.background import Background, Step
from ui.store_thread import Lane
from wallet.errors import CancelledError, UnreachableError


@pytest.fixture
def bridge(qapp):
    made = Background()
    yield made
    made.close()


class Page(QObject):
    def __init__(self):
        super().__init__()
        self.answers = []
        self.errors = []
        self.steps = []
        self.threads = []

    def done(self, answer):
        self.answers.append(answer)
        self.threads.append(QThread.currentThread())

    def failed(self, error):
        self.errors.append(error)

    def stepped(self, step):
        self.steps.append(step)


def run(bridge, page, work, **more):
    return bridge.run(
        work,
        owner=page,
        done=page.done,
        failed=page.failed,
        stepped=page.stepped,
        **more,
    )


def test_an_answer_comes_back_on_the_threads_of_the_window(qtbot, bridge, qapp):
    page = Page()
    run(bridge, page, lambda _job: threading.current_thread().name)
    qtbot.waitUntil(lambda: bool(page.answers))
    assert page.answers[0].startswith("store")
    assert page.threads == [qapp.thread()]


def test_work_on_the_store_keeps_its_order_and_its_one_thread(qtbot, bridge):
    page = Page()
    for number in range(50):
        run(bridge, page, lambda _job, n=number: (n, threading.get_ident()))
    qtbot.waitUntil(lambda: len(page.answers) == 50)
    assert [answer[0] for answer in page.answers] == list(range(50))
    assert len({answer[1] for answer in page.answers}) == 1


def test_plain_questions_are_answered_while_work_waits_for_the_network(qtbot, bridge):
    page, gate = Page(), threading.Event()

    def wait_for_a_server(_job):
        return bridge.away(lambda: gate.wait(5) and threading.current_thread().name)

    run(bridge, page, wait_for_a_server, lane=Lane.TURN)
    run(bridge, page, lambda _job: "its turn comes later", lane=Lane.TURN)
    for number in range(3):
        run(bridge, page, lambda _job, n=number: n)
    qtbot.waitUntil(lambda: page.answers == [0, 1, 2])
    gate.set()
    qtbot.waitUntil(lambda: len(page.answers) == 5)
    assert page.answers[3:] == ["network", "its turn comes later"]


def test_a_plain_question_that_needs_the_network_waits_where_it_is(qtbot, bridge):
    page = Page()
    where = threading.current_thread
    run(bridge, page, lambda _job: bridge.away(lambda: where().name))
    qtbot.waitUntil(lambda: page.answers == ["store"])


def test_what_fails_away_fails_where_it_is_waited_for(qtbot, bridge):
    page = Page()

    def silence():
        raise UnreachableError("ledger")

    run(bridge, page, lambda _job: bridge.away(silence), lane=Lane.TURN)
    qtbot.waitUntil(lambda: bool(page.errors))
    assert isinstance(page.errors[0], UnreachableError)


def test_a_server_that_never_answers_keeps_nobody(qtbot, bridge):
    page, gate, started, last = Page(), threading.Event(), threading.Event(), []

    def wait_for_ever(_job):
        started.set()
        return bridge.away(lambda: gate.wait(60))

    job = run(bridge, page, wait_for_ever, lane=Lane.TURN)
    assert started.wait(5)
    job.cancel()
    qtbot.waitUntil(lambda: bool(page.errors))
    assert isinstance(page.errors[0], CancelledError)
    started.clear()
    run(bridge, page, wait_for_ever, lane=Lane.TURN)
    assert started.wait(5)
    bridge.close(last=lambda: last.append(threading.current_thread().name))
    assert last == ["store"]
    gate.set()


def test_a_fault_of_the_world_reaches_the_page(qtbot, bridge):
    page = Page()

    def work(_job):
        raise UnreachableError("ledger")

    run(bridge, page, work)
    qtbot.waitUntil(lambda: bool(page.errors))
    assert isinstance(page.errors[0], UnreachableError)


@pytest.mark.expects_log("background work failed: ZeroDivisionError")
def test_a_fault_of_ours_reaches_the_page_and_the_log_without_its_text(qtbot, bridge):
    page = Page()
    run(bridge, page, lambda _job: 1 // 0)
    qtbot.waitUntil(lambda: bool(page.errors))


def test_progress_is_thinned_out_but_its_end_always_arrives(qtbot, bridge):
    page = Page()

    def work(job):
        for number in range(1, 10_001):
            job.progress(number, 10_000)

    run(bridge, page, work)
    qtbot.waitUntil(lambda: page.answers == [None])
    assert page.steps[-1] == Step(10_000, 10_000)
    assert len(page.steps) < 1_000


def test_cancelled_work_answers_that_it_stopped(qtbot, bridge):
    page, started = Page(), threading.Event()

    def work(job):
        started.set()
        while not job.cancelled():
            pass
        raise CancelledError

    job = run(bridge, page, work)
    started.wait(5)
    job.cancel()
    qtbot.waitUntil(lambda: bool(page.errors))
    assert isinstance(page.errors[0], CancelledError)
    assert job.finished


def test_work_cancelled_before_its_turn_never_starts(qtbot, bridge):
    page, gate, begun = Page(), threading.Event(), []
    run(bridge, page, lambda _job: gate.wait(5))
    later = run(bridge, page, lambda _job: begun.append(1))
    later.cancel()
    gate.set()
    qtbot.waitUntil(lambda: bool(page.errors))
    assert begun == []


def test_a_page_that_closed_hears_nothing(qtbot, bridge):
    page, gate = Page(), threading.Event()
    job = run(bridge, page, lambda _job: gate.wait(5))
    bridge.drop(page)
    gate.set()
    qtbot.waitUntil(lambda: job.finished)
    assert page.answers == []
    assert page.errors == []


def test_a_page_that_was_destroyed_hears_nothing(qtbot, bridge):
    page, gate, heard = Page(), threading.Event(), []
    job = bridge.run(
        lambda _job: gate.wait(5), owner=page, done=heard.append, failed=heard.append
    )
    page.deleteLater()
    qtbot.wait(1)
    del page
    gate.set()
    qtbot.waitUntil(lambda: job.finished)
    assert heard == []


def test_closing_waits_for_the_work_that_runs(bridge):
    page, started, finished = Page(), threading.Event(), []

    def work(job):
        started.set()
        while not job.cancelled():
            pass
        finished.append(True)

    run(bridge, page, work)
    assert started.wait(5)
    bridge.close(last=lambda: finished.append("last"))
    assert finished == [True, "last"]


def test_nobody_waits_for_work_that_a_closing_keeps_from_beginning(bridge):
    page, started = Page(), threading.Event()

    def work(job):
        started.set()
        while not job.cancelled():
            pass

    run(bridge, page, work)
    assert started.wait(5)
    run(bridge, page, lambda _job: None)
    assert bridge.busy()
    bridge.close()
    run(bridge, page, lambda _job: None)
    assert not bridge.busy()


@pytest.mark.expects_log("the wallet did not close as it should: OSError")
def test_a_wallet_that_does_not_close_as_it_should_still_lets_the_window_go(bridge):
    def refuse():
        raise OSError("a name that must not be logged")

    run(bridge, Page(), lambda _job: None)
    bridge.close(last=refuse)
