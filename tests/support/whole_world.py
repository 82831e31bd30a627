"""Board, clinic, relay and a patient over one simulated ledger: every part but HTTP.

Copies, status rules, register, relay and desk are the real ones; only the transport
between them is a call.
"""

import hashlib
import io
import itertools
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.support.ledger_simulator import LedgerSimulator
from tests.support.plain_store import PlainStore
from tests.support.world import DAY, NOON, PARTS, clinic
from wallet import registry
from wallet.actions import issuer
from wallet.actions.clinic import cards, checking, opening, sending
from wallet.actions.clinic.home import Clinic, ClinicHome
from wallet.actions.waiting import Waiting
from wallet.cbor import encode
from wallet.desk.desk import Desk
from wallet.desk.schema import STEPS
from wallet.errors import LedgerForkedError, RefusedError, UnreachableError
from wallet.grants import withdrawal
from wallet.grants.issue import Reader, Terms, issue
from wallet.grants.scope import Scope
from wallet.keys.derivation import PatientKeys
from wallet.ledger.entry import StatusChange, build_status
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sync import sync
from wallet.practitioners.application import write_request
from wallet.practitioners.licence import RegisterFacts
from wallet.server.relay.copy import RelayCopy
from wallet.server.relay.relay import Relay
from wallet.server.relay.storage import RelayStorage
from wallet.verdict import Reason

ORIGIN = "ledger.test/consent/2027h1"
RELAY = "http://relay.test"


class Calls:
    """What `LiveNetwork` does, as calls instead of requests."""

    def __init__(self, world, folder):
        self.world = world
        self.replica = Replica.open(folder, origin=ORIGIN, policy=world.policy)

    def view(self, origin):
        return self.replica if origin == ORIGIN else None

    def sync(self, _watch=None):
        self.world.ledger.publish()
        with suppress(UnreachableError, LedgerForkedError, RefusedError):
            self.world.look()  # as the relay's keeper does
        sync(self.replica, self.world.ledger)

    def submit(self, origin, entry):
        assert origin == ORIGIN
        if not self.world.ledger.reachable:
            raise UnreachableError("ledger")
        return self.world.ledger.submit(entry)

    def register(self, accreditation, view):
        found = registry.look_up(
            view,
            origin=accreditation.origin,
            index=accreditation.index,
            salt=accreditation.salt,
            body=accreditation.body,
            boards=self.world.boards,
        )
        return RegisterFacts(
            vouched=found.vouched,
            state=found.state,
            forked=found.forked,
            checkpoint=found.checkpoint,
        )

    def relay(self, url):
        assert url == RELAY
        return self

    def package(self, object_id):
        return _asked(self.world.relay.package, object_id).read_bytes()

    def release(self, request):
        now = self.world.now
        return _asked(self.world.relay.take_request, request, now=now) or b""


def _asked(ask, *given, **more):
    try:
        return ask(*given, **more)
    except RefusedError as refused:
        if refused.reason is Reason.NOT_IN_COPY:
            raise UnreachableError("relay") from None
        if refused.reason is Reason.PACKAGE_MISSING:
            raise
        raise RefusedError(Reason.RELEASE_REFUSED, refused.place) from None


class Shared:
    """A permission that was signed, with every secret that made it."""

    def __init__(self, made, package, grant):
        self.made, self.package, self.grant = made, package, grant


class WholeWorld:
    def __init__(self, folder):
        self.folder = folder
        self.ledger = LedgerSimulator(ORIGIN, datetime.fromtimestamp(NOON, tz=UTC))
        self.policy = Policy.parse(self.ledger.policy)
        self.board = issuer.create(folder / "board", passphrase=None)
        self.boards = {self.board.signer.public: "medical board"}
        self.keys, self.stores = PatientKeys(7, b"s" * 32), []
        self.storage = RelayStorage(self._folder("relay"))
        self.copy = RelayCopy(
            Replica.open(self._folder("relay-copy"), origin=ORIGIN, policy=self.policy),
            self.ledger,
            self.storage.lock,
        )
        self.relay = Relay(self.storage, {ORIGIN: self.copy})
        self.numbers = itertools.count()
        self.look()

    def _folder(self, name):
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def now(self):
        return self.ledger.now

    @property
    def waiting(self):
        return Waiting(
            clock=lambda: self.ledger.now,
            pause=lambda: self.turn(seconds=1),
            patience=5,
        )

    def turn(self, **by):
        self.ledger.advance(**by)

    def look(self):
        self.copy.look()
        self.relay.looked(ORIGIN, now=self.now)

    def add_clinic(self, name, *, days=300):
        """A clinic with an accreditation of the board and a card of its own."""
        reader, home = clinic(name), ClinicHome(self._folder(name))
        home.private.mkdir()
        network = Calls(self, self._folder(f"{name}-copy"))
        line, answer = issuer.issue(
            self.board,
            write_request(reader.signer, sealing_key=reader.opener.public),
            network,
            origin=ORIGIN,
            name=f"Dr. {name}",
            role="Cardiologist",
            number="7",
            days=days,
            now=self.now,
            waiting=self.waiting,
        )
        self.stores.append(PlainStore(*STEPS))
        bare = Clinic(
            home=home,
            signer=reader.signer,
            opener=reader.opener,
            desk=Desk(self.stores[-1]),
            card=None,
        )
        card = cards.make_card(bare, answer, relay=RELAY, now=self.now)
        made = Clinic(
            home=home,
            signer=reader.signer,
            opener=reader.opener,
            desk=bare.desk,
            card=card,
        )
        return Bench(self, made, network, line)

    def share(self, desk, *, days=90, parts=PARTS, deposit=True, **terms):
        """Sign a permission for *desk*, log it and deposit its package."""
        number = next(self.numbers)
        grant, sink = self.keys.grant(number), io.BytesIO()
        now = int(self.now.timestamp())
        with tempfile.TemporaryDirectory() as scratch:
            made = issue(
                terms=Terms(
                    **{
                        "scope": Scope(),
                        "purpose": "TREAT",
                        "begins": now,
                        "ends": now + days * DAY,
                        "max_age": 3_600,
                        "origin": ORIGIN,
                        **terms,
                    }
                ),
                reader=Reader(
                    reader_id=desk.clinic.reader_id,
                    sealing_key=desk.clinic.opener.public,
                    relay=RELAY,
                ),
                pair=self.keys.pair(number),
                grant=grant,
                parts=parts,
                made_at=now,
                sink=sink,
                scratch=Path(scratch),
            )
        shared = Shared(made, sink.getvalue(), grant)
        if deposit:
            self.ledger.submit(made.entry)
            desk.network.sync()
            self.deposit(shared)
        return shared

    def deposit(self, shared):
        message = encode([ORIGIN, shared.made.entry, shared.made.order])
        ticket = self.relay.take_put(message, now=self.now)
        part = self.folder / "relay/packages/x.part"
        part.write_bytes(shared.package)
        self.relay.finish_put(
            ticket,
            part,
            size=len(shared.package),
            digest=hashlib.sha256(shared.package).digest(),
        )

    def notice(self, shared):
        """Hand the relay a withdrawal; answers every release so far."""
        signed = withdrawal.sign_notice(
            shared.grant.control, origin=ORIGIN, leaf=shared.made.leaf
        )
        message = encode([ORIGIN, shared.made.entry, signed])
        return self.relay.take_notice(message, now=self.now)

    def change(self, shared, state, *, seq, index=None):
        """A status change by the permission's own control key."""
        first = self.copy.first_index(shared.made.leaf)
        return build_status(
            shared.grant.control,
            origin=ORIGIN,
            change=StatusChange(
                index=first if index is None else index,
                leaf=shared.made.leaf,
                state=state,
                seq=seq,
            ),
        )

    def close(self):
        self.storage.close()
        for store in self.stores:
            store.close()


class Bench:
    """A clinic at its desk."""

    def __init__(self, world, made, network, line):
        self.world, self.clinic, self.network, self.line = world, made, network, line

    def check(self, data, **asked):
        return checking.check(
            self.clinic, data, self.network, **{"now": self.world.now, **asked}
        ).verdict

    def open(self, data, name="out", *, package=None):
        out = self.world.folder / name
        opened = opening.open_records(
            self.clinic,
            data,
            self.network,
            out=out,
            package=package,
            asking=opening.Asking(waiting=self.world.waiting),
        )
        found = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
        assert bool(found) == (opened.verdict.reason is Reason.GO_AHEAD)
        return opened.verdict.reason

    def sync(self, _watch=None):
        asking = opening.Asking(waiting=self.world.waiting)
        return sending.sync(self.clinic, self.network, asking=asking)
