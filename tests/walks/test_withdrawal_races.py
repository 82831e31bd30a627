"""Withdrawal races opening: no release after acceptance, every release in the answer.

Three ways: every order of every step of a whole opening and a whole withdrawal; a
thousand times in a simulated clock (with the relay's own tests); a thousand times in
two threads.
"""

import itertools
import threading

import pytest

from tests.support.relay_world import RelayWorld, at
from tests.support.whole_world import ORIGIN, Calls, WholeWorld
from wallet.cbor import encode
from wallet.errors import RefusedError
from wallet.grants import order
from wallet.ledger.entry import State
from wallet.verdict import Reason

STEPS = ("sync", "submit", "package", "release")
REFUSED = {Reason.WITHDRAWN, Reason.RELEASE_REFUSED}


class Interrupted(Calls):
    """A network in which something happens just before its n-th call, for each n."""

    def __init__(self, world, folder, events):
        super().__init__(world, folder)
        self.calls, self.events, self.released = [], events, None

    def _tick(self, name):
        for event in self.events.pop(len(self.calls), ()):
            event()
        self.calls.append(name)

    def sync(self, _watch=None):
        self._tick("sync")
        super().sync()

    def submit(self, origin, entry):
        self._tick("submit")
        return super().submit(origin, entry)

    def package(self, object_id):
        self._tick("package")
        return super().package(object_id)

    def release(self, request):
        self._tick("release")
        share = super().release(request)
        self.released = len(self.calls)
        return share


def race(world, number, noticed_at, logged_at):
    """Open while a withdrawal reaches the relay and the ledger at given calls."""
    desk = world.desk
    shared = world.share(desk)
    answers = []
    events = {}

    def notice():
        answers.append((network.released, world.notice(shared)))

    def log():
        world.ledger.submit(world.change(shared, State.ENDED, seq=1))

    for moment, event in ((noticed_at, notice), (logged_at, log)):
        events.setdefault(moment, []).append(event)
    network = Interrupted(world, world.folder / "elm-copy", events)
    desk.network = network
    reason = desk.open(shared.made.grant_file, f"out-{number}")
    for event in itertools.chain(*events.values()):
        event()
    listed = order.ask_list(
        shared.grant.ledger,
        origin=ORIGIN,
        leaf=shared.made.leaf,
        asked_at=int(world.now.timestamp()),
    )
    message = encode([ORIGIN, shared.made.entry, listed])
    ((released_before, answer),) = answers
    return (
        reason,
        network,
        released_before,
        answer,
        world.relay.take_order(message, now=world.now),
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = WholeWorld(tmp_path_factory.mktemp("races"))
    made.desk = made.add_clinic("elm")
    yield made
    made.close()


def test_in_every_order_of_steps_a_release_is_before_and_in_the_answer(world):
    _, straight, *_ = race(world, "straight", 99, 99)
    assert set(straight.calls) == set(STEPS)
    moments = range(len(straight.calls) + 1)
    seen = set()
    for number, (noticed, logged) in enumerate(itertools.product(moments, moments)):
        reason, network, before, answer, listed = race(world, number, noticed, logged)
        opened = reason is Reason.GO_AHEAD
        assert opened == (network.released is not None)
        assert opened or reason in REFUSED
        # Released: before the notice was accepted, and said so in its answer.
        assert opened == (before is not None) == (len(answer) == 1)
        assert listed == answer
        seen.add(reason)
    assert Reason.GO_AHEAD in seen
    assert seen & REFUSED


def test_in_two_threads_a_thousand_times_it_is_one_or_the_other(tmp_path):
    """Released if and only if the answer says so, whichever thread comes first."""
    world = RelayWorld(tmp_path)
    world.log_grant()
    world.deposit()
    requests = [world.receipt(place=n, moment=at()) for n in range(1_000)]
    outcomes = set()
    for place, request in enumerate(requests):
        start, said = threading.Barrier(2), []

        def ask(request=request, start=start, said=said):
            start.wait()
            try:
                said.append(world.ask(request))
            except RefusedError as refused:
                said.append(refused.reason)

        asking = threading.Thread(target=ask)
        asking.start()
        start.wait()
        answer = world.notice()
        asking.join()
        released = said != [Reason.WITHDRAWN]
        assert released == (place in {k for k, _, _ in answer})
        outcomes.add(released)
        with world.storage.transaction():  # the next race starts from one that stands
            world.storage._do("UPDATE permission SET noticed_at=NULL, notice=NULL")
    world.storage.close()
    assert outcomes == {True, False}
