"""A clinic, a patient's permission to it, one ledger copy and one relay, in memory."""

from datetime import timedelta

from tests.support.plain_store import PlainStore
from tests.support.relay_world import Copy, RelayWorld, at
from tests.support.world import DAY, NOON, ORIGIN, body_for, card_for
from wallet.actions.clinic.home import Clinic, ClinicHome
from wallet.actions.clinic.opening import Asking
from wallet.actions.waiting import Waiting
from wallet.desk.desk import Desk
from wallet.desk.schema import STEPS
from wallet.errors import LedgerForkedError, RefusedError, UnreachableError
from wallet.ledger.entry import State, leaf_hash
from wallet.practitioners.card import parse_card
from wallet.practitioners.licence import RegisterFacts
from wallet.verdict import CheckpointRef, Reason


class ClinicCopy(Copy):
    """A clinic's copy: published sizes are kept, so the past can be asked."""

    def __init__(self, ledger):
        super().__init__()
        self.ledger, self.history, self.quorum_time = ledger, [], None
        self.origin = ORIGIN

    @property
    def checkpoint_ref(self):
        return CheckpointRef(origin=ORIGIN, size=self.size, root=bytes(32))

    def first_index(self, leaf):
        index = self.ledger.first_index(leaf)
        return index if index is not None and index < self.size else None

    def state(self, index):
        return self.states.get(index, State.STANDS)

    def pull(self, now):
        self.size, self.quorum_time = len(self.ledger.leaves), now
        self.states = dict(self.ledger.states)
        self.history.append((now, self.size, dict(self.states)))

    def proof(self, index):
        return self.ledger.proof(index, size=self.size)

    def at(self, moment):
        older = [known for known in self.history if known[0] <= moment]
        if not older:
            return None
        past = ClinicCopy(self.ledger)
        past.quorum_time, past.size, past.states = older[-1]
        past.is_forked = self.is_forked
        return past


class Clock:
    def __init__(self):
        self.now = at()

    def __call__(self):
        return self.now

    def tick(self):
        self.now += timedelta(seconds=1)


class Network:
    """Answers for ledger and relay; each can be switched off."""

    def __init__(self, world):
        self.world, self.copy = world, ClinicCopy(world.ledger)
        self.ledger_up = self.relay_up = self.publishing = True
        self.vouched, self.licence_state = True, State.STANDS
        self.forks = False
        self.before_release = lambda: None

    def view(self, origin):
        return self.copy if origin == ORIGIN else None

    def register(self, _accreditation, view):
        return RegisterFacts(
            vouched=self.vouched,
            state=self.licence_state,
            forked=view.is_forked,
            checkpoint=view.checkpoint_ref,
        )

    def sync(self, _watch=None):
        if not self.ledger_up:
            raise UnreachableError("ledger")
        if self.forks:
            self.copy.is_forked = True
            raise LedgerForkedError(trusted=b"a", offered=b"b")
        if self.publishing:
            now = self.world.clock()
            self.world.relay_world.look(now)
            self.copy.pull(now)

    def submit(self, origin, entry):
        assert origin == ORIGIN
        if not self.ledger_up:
            raise UnreachableError("ledger")
        leaf = leaf_hash(entry)
        found = self.world.ledger.first_index(leaf)
        return self.world.ledger.add(entry) if found is None else found

    def relay(self, url):
        assert url == "http://127.0.0.1:1"
        return self

    def package(self, object_id):
        if not self.relay_up:
            raise UnreachableError("relay")
        return self._asked(self.world.relay_world.relay.package, object_id).read_bytes()

    def _asked(self, ask, *given, **more):
        """Refusals as `RelayClient` tells them."""
        try:
            return ask(*given, **more)
        except RefusedError as refused:
            if refused.reason is Reason.NOT_IN_COPY:
                raise UnreachableError("relay") from None
            if refused.reason is Reason.PACKAGE_MISSING:
                raise
            raise RefusedError(Reason.RELEASE_REFUSED, refused.place) from None

    def release(self, request):
        self.before_release()
        if not self.relay_up:
            raise UnreachableError("relay")
        share = self._asked(
            self.world.relay_world.relay.take_request, request, now=self.world.clock()
        )
        return share or b""


class ClinicWorld:
    """Maya has shared with Dr. Osei; everything is logged and deposited."""

    def __init__(self, folder, **terms):
        (folder / "relay").mkdir()
        self.clock = Clock()
        self.relay_world = RelayWorld(folder / "relay", **terms)
        self.ledger = self.relay_world.copy
        self.made, self.keys = self.relay_world.made, self.relay_world.keys
        self.relay_world.log_grant()
        self.relay_world.deposit()
        self.network = Network(self)
        self.network.sync()
        self.folder = folder
        self.stores = []
        self.clinic = self.open_clinic("clinic", self.relay_world.reader)

    def close(self):
        self.relay_world.storage.close()
        for store in self.stores:
            store.close()

    def open_clinic(self, name, reader, **body):
        home = ClinicHome(self.folder / name)
        home.private.mkdir(parents=True)
        self.stores.append(PlainStore(*STEPS))
        card = card_for(reader, body=body_for(reader, **body))
        return Clinic(
            home=home,
            signer=reader.signer,
            opener=reader.opener,
            desk=Desk(self.stores[-1]),
            card=parse_card(card),
        )

    @property
    def asking(self):
        return Asking(
            waiting=Waiting(clock=self.clock, pause=self.clock.tick, patience=5)
        )

    def stick(self):
        path = self.folder / "records.hwp"
        path.write_bytes(self.relay_world.package)
        return path

    def withdraw(self):
        self.ledger.states[self.relay_world.index] = State.ENDED


__all__ = ["DAY", "NOON", "ORIGIN", "ClinicWorld", "at"]
