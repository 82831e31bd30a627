import threading

import pytest
from PySide6.QtCore import QObject, QThread

from ui.background import Background, Lane, Step
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


def test_network_work_does_not_wait_for_the_store(qtbot, bridge):
    page, gate = Page(), threading.Event()
    run(bridge, page, lambda _job: gate.wait(5) and "store")
    run(bridge, page, lambda _job: "network", lane=Lane.NETWORK)
    qtbot.waitUntil(lambda: page.answers == ["network"])
    gate.set()
    qtbot.waitUntil(lambda: page.answers == ["network", "store"])


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
    page, finished = Page(), []

    def work(job):
        while not job.cancelled():
            pass
        finished.append(True)

    run(bridge, page, work)
    bridge.close()
    assert finished == [True]


def test_the_last_thing_is_done_on_the_stores_thread_after_all_else(bridge):
    page, order = Page(), []

    def work(job):
        while not job.cancelled():
            pass
        order.append(threading.get_ident())

    run(bridge, page, work)
    run(bridge, page, lambda _job: order.append("never begun"))
    bridge.close(last=lambda: order.append(threading.get_ident()))
    assert len(order) == 2
    assert order[0] == order[1] != threading.get_ident()


@pytest.mark.expects_log("closing failed: UnreachableError")
def test_a_failure_at_the_end_is_written_down(bridge):
    def fail():
        raise UnreachableError("x")

    bridge.close(last=fail)
