"""The one thread that owns the store, and what it does while the network is slow."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from wallet.errors import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_LOOK_EVERY = 0.05


class Lane(Enum):
    """When a piece of work may be done."""

    PLAIN = "plain"
    """A question to the store; answered even while other work waits for the network."""
    TURN = "turn"
    """Opens, closes, or waits for the network in the middle: one after the other."""


class StoreThread:
    """Does work in its order; work that goes away lets plain questions pass."""

    def __init__(self) -> None:
        """Start no thread yet; the first work does."""
        self._changed = threading.Condition()
        self._queue: deque[tuple[Lane, Callable[[], None]]] = deque()
        self._closing = False
        self._thread: threading.Thread | None = None

    def put(self, work: Callable[[], None], *, lane: Lane) -> None:
        """Do *work* when its turn comes; after `close` it is forgotten."""
        with self._changed:
            if self._closing:
                return
            self._queue.append((lane, work))
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="store")
                self._thread.start()
            self._changed.notify_all()

    def away(self, call: Callable[[], T], *, stopped: Callable[[], bool]) -> T:
        """Give the answer of *call*, made on a thread of its own.

        Called by work in its turn. *call* touches nothing of the store; plain
        questions are answered meanwhile.

        Raises:
            CancelledError: *stopped* said so first; nobody hears of the answer.
        """
        answer: Future[T] = Future()
        answer.add_done_callback(lambda _done: self._wake())
        # A daemon: a server that never answers must not keep the program from ending.
        threading.Thread(
            target=_make, args=(call, answer), name="network", daemon=True
        ).start()
        while not answer.done():
            if stopped():
                raise CancelledError
            work = self._plain()
            if work is not None:
                work()
        return answer.result()

    def close(self, last: Callable[[], None]) -> None:
        """Forget what waits, do *last* after what is under way, and end."""
        with self._changed:
            thread = self._thread
            if not self._closing:
                self._closing = True
                self._queue.clear()
                self._queue.append((Lane.TURN, last))
            self._changed.notify_all()
        if thread is not None:
            thread.join()

    def _serve(self) -> None:
        while True:
            with self._changed:
                while not self._queue:
                    if self._closing:
                        return
                    self._changed.wait()
                _, work = self._queue.popleft()
            work()

    def _plain(self) -> Callable[[], None] | None:
        """The next plain question; none after a short while."""
        with self._changed:
            found = self._take_plain()
            if found is None:
                self._changed.wait(_LOOK_EVERY)
                found = self._take_plain()
            return found

    def _take_plain(self) -> Callable[[], None] | None:
        for place, (lane, work) in enumerate(self._queue):
            if lane is Lane.PLAIN:
                del self._queue[place]
                return work
        return None

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _make(call: Callable[[], T], answer: Future[T]) -> None:
    try:
        answer.set_result(call())
    except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
        answer.set_exception(error)
