"""The one bridge between the window and the work: nothing blocks the window's thread.

The encrypted store wants one thread, so it has one; order comes free with it. Work on
it that has to wait for the network goes away for that time, and plain questions are
answered meanwhile. Answers come back to the window's thread through one queued signal.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal, Slot

from ui.store_thread import Lane, StoreThread
from wallet.errors import CancelledError, WalletError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_PROGRESS_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """How far a job has come; *total* is 0 while it is not known."""

    done: int
    total: int
    what: str = ""
    said: str = ""


@dataclass(eq=False)
class Job:
    """One piece of work under way; handed to the work and to whoever asked for it."""

    owner: QObject
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]
    stepped: Callable[[Step], None] | None
    deliver: Callable[[Job, str, object], None]
    lane: Lane = Lane.PLAIN
    finished: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)
    _dropped: bool = False
    _last: float = 0.0

    def cancel(self) -> None:
        """Ask the work to stop; it answers with CancelledError when it has."""
        self._stop.set()

    def drop(self) -> None:
        """Ask it to stop and never hear from it again: the page has closed."""
        self._dropped = True
        self._stop.set()

    def cancelled(self) -> bool:
        """Tell the work whether it was asked to stop."""
        return self._stop.is_set()

    def progress(
        self, done: int, total: int, what: str = "", *, said: str = ""
    ) -> None:
        """Report from the work; at most twenty times a second reach the window.

        Args:
            done: How much is done.
            total: Of how much; 0 while that is not known.
            what: What is being done, as a sentence.
            said: The count in words; without it the two numbers are shown.
        """
        now = time.monotonic()
        if done < total and now - self._last < _PROGRESS_EVERY:
            return
        self._last = now
        self.deliver(self, "stepped", Step(done, total, what, said))

    def listening(self) -> bool:
        """Tell whether anybody still waits for the answer."""
        return not self._dropped and shiboken6.isValid(self.owner)


class Background(QObject):
    """Runs work away from the window and brings answers back to it."""

    _arrived = Signal(object, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        """Start no thread yet; the first job does."""
        super().__init__(parent)
        self._store = StoreThread()
        self._jobs: set[Job] = set()
        self._ended = False
        self._doing: Job | None = None  # known to the store's thread alone
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[Job], T],
        *,
        owner: QObject,
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        stepped: Callable[[Step], None] | None = None,
        lane: Lane = Lane.PLAIN,
    ) -> Job:
        """Start *work*; exactly one of *done* and *failed* is called, or neither.

        Neither is called once *owner* is gone or was dropped.
        """
        job = Job(owner, done, failed, stepped, self._arrived.emit, lane)
        self._jobs.add(job)
        self._store.put(lambda: self._work(work, job), lane=lane)
        return job

    def away(self, call: Callable[[], T]) -> T:
        """Give the answer of *call*, which waits for the network and needs no store.

        Called by the work itself. Work in its turn leaves the store's thread to plain
        questions for that time, and comes back at once when it is cancelled.

        Raises:
            CancelledError: the work was cancelled or dropped meanwhile.
        """
        job = self._doing
        if job is None or job.lane is not Lane.TURN:
            return call()
        return self._store.away(call, stopped=job.cancelled)

    def drop(self, owner: QObject) -> None:
        """Forget every answer *owner* still waits for."""
        for job in [job for job in self._jobs if job.owner is owner]:
            job.drop()

    def busy(self) -> bool:
        """Tell whether anything is still under way; nothing is, once this is closed."""
        return not self._ended and any(not job.finished for job in self._jobs)

    def close(self, last: Callable[[], None] = lambda: None) -> None:
        """Ask what runs to stop, do *last* on the store's thread, and end it."""
        for job in list(self._jobs):
            job.drop()
        self._store.close(lambda: _do_last(last))
        self._ended = True

    def _work(self, work: Callable[[Job], T], job: Job) -> None:
        before, self._doing = self._doing, job
        try:
            if job.cancelled():
                raise CancelledError  # noqa: TRY301 - one way out for every stop
            answer = work(job)
        except WalletError as error:
            job.deliver(job, "failed", error)
        except Exception as error:  # noqa: BLE001 - a page must hear of every end
            # Only the kind is written down: the text may quote a record.
            _LOG.warning("background work failed: %s", type(error).__name__)
            job.deliver(job, "failed", error)
        else:
            job.deliver(job, "done", answer)
        finally:
            self._doing = before

    @Slot(object, str, object)
    def _deliver(self, job: Job, kind: str, value: object) -> None:
        if kind != "stepped":
            job.finished = True
            self._jobs.discard(job)
        if not job.listening():
            return
        if kind == "done":
            job.done(value)
        elif kind == "failed":
            assert isinstance(value, Exception)  # noqa: S101 - sent by _work only
            job.failed(value)
        elif job.stepped is not None:
            assert isinstance(value, Step)  # noqa: S101 - sent by Job.progress only
            job.stepped(value)


def _do_last(last: Callable[[], None]) -> None:
    try:
        last()
    except Exception as error:  # noqa: BLE001 - the window goes, whatever happened
        _LOG.warning("the wallet did not close as it should: %s", type(error).__name__)
