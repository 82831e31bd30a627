"""Many patients and their readers, each with the real client code over real HTTP.

A pool is what a ledger takes up in one go: of it the order is lost, to the adversary as
to everybody. Patients of a pool share with two readers each, in one session; the
readers open what they were given; then every patient comes back for one more pool, in
which one of its permissions is replaced, by one for another reader or by a longer one
for the same, or both are ended. Those are the most telling things a wallet does.
"""

import random
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from unittest.mock import patch

from tests.privacy.listener import Listener, shortened
from tests.support.plain_store import PlainStore
from tests.support.world import DAY, NOON, ORIGIN, body_for, card_for, clinic
from wallet.actions.clinic.home import Clinic, ClinicHome
from wallet.actions.clinic.opening import Asking, open_records
from wallet.actions.live_network import LiveNetwork
from wallet.actions.patient import network, sharing
from wallet.actions.patient.gathering import Gathered
from wallet.actions.patient.session import Session
from wallet.actions.waiting import Waiting
from wallet.desk.desk import Desk
from wallet.desk.schema import STEPS
from wallet.grants import receipt
from wallet.grants.manifest import Part
from wallet.grants.scope import Scope
from wallet.keys.derivation import PatientKeys, receipt_key
from wallet.keys.signing import Signer
from wallet.ledger.clock import from_seconds
from wallet.ledger.entry import build_accreditation, commit
from wallet.practitioners import card
from wallet.practitioners.card import parse_card
from wallet.store.connection import create, open_store
from wallet.store.migrations import bring_up
from wallet.vault import schema
from wallet.vault.grants import permissions
from wallet.verdict import Reason

READERS = tuple(f"reader {number}" for number in range(10))
POOL = 10  # patients
DAYS = (30, 90, 365)
STAGES = ("_share", "_open", "_follow")
_SALT = bytes(32)
_STAFF = (None, "A. N.", "the practice nurse on duty, second floor, room 12")


@dataclass(frozen=True)
class Truth:
    """What the adversary would like to know of one grant."""

    patient: int
    reader: int
    leaf: bytes


@dataclass
class Pool:
    """What one pool of patients did, and what the servers saw of it, out of order."""

    made: list = field(default_factory=list)
    ended: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    wallets: list = field(default_factory=list)  # (patient, first wire, last wire)


@dataclass(frozen=True)
class Watched:
    """The request log of a crowd, pool by pool, the ledger, the cards and the truth."""

    cards: list
    shared: list
    opened: list
    followed: list
    index_of: dict


class Crowd:
    """The patients, what they did, and what the servers saw of it."""

    keys, net = PatientKeys, LiveNetwork

    def __init__(self, folder, *, seed=7, sizes=None):
        self.folder, self.sizes = folder, sizes or (lambda _chance: 18_000)
        self.chance = random.Random(seed)  # noqa: S311 - nothing of it is secret
        self.listener = Listener(ORIGIN, from_seconds(NOON), seed=seed)
        self.shared, self.opened, self.followed = [], [], []
        self._patients = 0
        board = Signer.from_seed(b"board".ljust(32, b"."))
        self._trust(board)
        self._stores = []
        self.desks = [self._desk(at, name, board) for at, name in enumerate(READERS)]
        self.cards = [desk.card.raw for desk in self.desks]
        self.listener.ledger.publish()

    def close(self):
        self.listener.close()
        for store in self._stores:
            store.close()

    @property
    def watched(self):
        """What is left of it all: the log, and the truth to hold guesses against."""
        return Watched(
            cards=self.cards,
            shared=self.shared,
            opened=self.opened,
            followed=self.followed,
            index_of=dict(self.listener.ledger._index),
        )

    @property
    def now(self):
        return self.listener.ledger.now

    def live(self, patients, *, pool=POOL, stages=STAGES):
        """Let so many patients share, be looked at and come back, pool by pool."""
        keys = patch.object(receipt, "tree_keys", lru_cache(maxsize=4 * pool)(_keys))
        disk = patch("os.fsync", lambda _file: None)  # what is measured is not the disk
        words = patch.object(card, "reader_words_seed", lambda name: name)  # unseen
        with keys, disk, words:
            for _ in range(patients // pool):
                self._pool(pool, stages)
        return self

    # --- one pool --------------------------------------------------------------

    def _pool(self, size, stages):
        numbers = range(self._patients, self._patients + size)
        self._patients += size
        with self._network(self.folder / "copy") as net:
            net.sync()
        people = [self._patient(number) for number in numbers]
        for stage, kept in (
            (self._share, self.shared),
            (self._open, self.opened),
            (self._follow, self.followed),
        ):
            lived = stage.__name__ in stages
            kept.append(self._staged(stage, people) if lived else Pool())
            self.listener.ledger.advance(hours=1)
            self.listener.ledger.publish()
        for number in numbers:
            shutil.rmtree(self.folder / f"home-{number}")
        self.listener.relay.forget()

    def _staged(self, stage, people):
        start, pool = len(self.listener.seen), Pool()
        stage(people, pool)
        pool.seen = [shortened(one) for one in self.listener.seen[start:]]
        del self.listener.seen[start:]
        for order in (pool.seen, pool.made, pool.ended):
            self.chance.shuffle(order)
        return pool

    def _share(self, people, pool):
        for person in people:
            with self._session(person, pool) as wallet:
                for reader in person.readers[:2]:
                    made = self.share(wallet, person, reader)
                    pool.made.append(Truth(person.number, reader, made))
                self._sync(wallet)
        self._settle(people, pool)

    def _open(self, people, _pool):
        """Every reader opens what it was given, in one sitting, some of it twice."""
        letters = [pair for person in people for pair in person.files.items()]
        letters += self.chance.sample(letters, len(letters) // 4)
        self.chance.shuffle(letters)
        for reader, desk in enumerate(self.desks):
            with self._network(desk.home.folder) as net:
                for leaf, (to, data) in letters:
                    if to == reader:
                        self._open_one(desk, net, leaf, data)

    def _open_one(self, desk, net, leaf, data):
        waiting = Waiting(
            clock=lambda: self.now, pause=self.listener.ledger.publish, patience=60
        )
        out = desk.home.folder / f"out-{leaf.hex()}"
        staff = self.chance.choice(_STAFF)
        asking = Asking(purpose="TREAT", staff=staff, waiting=waiting)
        opened = open_records(desk, data, net, out=out, asking=asking)
        assert opened.verdict.reason is Reason.GO_AHEAD, opened
        shutil.rmtree(out)

    def _follow(self, people, pool):
        for person in people:
            with self._session(person, pool) as wallet:
                self._sync(wallet)
                self._change(wallet, person, pool)
                self._sync(wallet)
        self._settle(people, pool)

    def _change(self, wallet, person, pool):
        first, second = person.leaves
        turn = person.number % 3
        if turn == 0:  # both are ended
            for leaf in person.leaves:
                sharing.withdraw(wallet, leaf, now=self.now)
                pool.ended.append(Truth(person.number, person.files[leaf][0], leaf))
            return
        old, reader = (first, person.readers[2]) if turn == 1 else (second, None)
        reader = person.files[old][0] if reader is None else reader
        made = self.share(wallet, person, reader, replaces=old)
        pool.made.append(Truth(person.number, reader, made))
        pool.ended.append(Truth(person.number, person.files[old][0], old))

    def _settle(self, people, pool):
        """Publish and let every wallet see to it, until nothing of it is left."""
        for _ in range(3):
            self.listener.ledger.publish()
            left = 0
            for person in people:
                with self._session(person, pool) as wallet:
                    self._sync(wallet)
                    rows = permissions(wallet.store, person=0)
                    left += sum(bool(row.steps()) for row in rows)
            if not left:
                return
        raise AssertionError(f"{left} permissions are not done")

    def _sync(self, wallet):
        network.sync(wallet, now=self.now)

    # --- one wallet ------------------------------------------------------------

    def _patient(self, number):
        home = self.folder / f"home-{number}"
        shutil.copytree(self.folder / "copy", home)  # as it was yesterday
        person = Person(
            number=number,
            key=self.chance.randbytes(32),
            dev=self.chance.getrandbits(16),
            readers=self.chance.sample(range(len(READERS)), 3),
            size=self.sizes(self.chance),
        )
        store = create(home / "vault.db", key=person.key)
        bring_up(store, schema.STEPS)
        store.close()
        return person

    @contextmanager
    def _session(self, person, pool):
        home = self.folder / f"home-{person.number}"
        store = open_store(home / "vault.db", key=person.key)
        store.run("PRAGMA synchronous = OFF")  # what is measured is not the disk
        start = self.listener.number()
        self.listener.losing = True
        try:
            with self._network(home) as net:
                yield Session(
                    store=store,
                    keys=self.keys(person.dev, person.key),
                    network=net,
                    home=home,
                )
        finally:
            self.listener.losing = False
            store.close()
            pool.wallets.append((person.number, start, self.listener.number()))

    @contextmanager
    def _network(self, home):
        net = self.net(home)
        try:
            yield net
        finally:
            net.close()

    def share(self, wallet, person, reader, *, replaces=None):
        """Sign a permission for one of the readers; it waits in the outbox."""
        parts = (
            Part.of_bytes("START-HERE.html", b"<p>hello</p>"),
            Part.of_bytes("fhir/patient-shared.json", bytes(person.size)),
        )
        made = sharing.share(
            wallet,
            self.cards[reader],
            scope=Scope(),
            purpose="TREAT",
            begins=self.now,
            ends=self.now + timedelta(days=self.chance.choice(DAYS)),
            gathered=Gathered(parts=parts, contents=(("condition", 2), ("test", 9))),
            now=self.now,
            replaces=replaces,
        )
        person.files[made.leaf] = reader, sharing.grant_file(wallet, made.leaf)
        return made.leaf

    # --- the world ---------------------------------------------------------------

    def _trust(self, board):
        trust = self.folder / "copy" / "trust"
        trust.mkdir(parents=True)
        for name, text in (
            ("ledger.policy", self.listener.ledger.policy),
            ("boards.policy", f"board medical {board.public.hex()}\n"),
            ("ledger.url", self.listener.url),
        ):
            (trust / name).write_text(text)

    def _desk(self, number, name, board):
        home = ClinicHome(self.folder / f"desk-{number}")
        home.private.mkdir(parents=True)
        shutil.copytree(self.folder / "copy" / "trust", home.trust)
        reader = clinic(name)
        body = body_for(reader, name=name)
        entry = build_accreditation(
            board,
            origin=ORIGIN,
            commitment=commit(_SALT, body.encode()),
            control_public=board.public,
        )
        index = self.listener.ledger.submit(entry)
        ends = NOON + 300 * DAY
        signed = card_for(
            reader,
            body=body,
            index=index,
            salt=_SALT,
            relay=self.listener.url,
            ends=ends,
        )
        self._stores.append(PlainStore(*STEPS))
        return Clinic(
            home=home,
            signer=reader.signer,
            opener=reader.opener,
            desk=Desk(self._stores[-1]),
            card=parse_card(signed),
        )


def _keys(secret, tree):
    """As `receipt.tree_keys`; the places that nobody here comes to hold noise."""
    used = [receipt_key(secret, receipt.TREE * tree + n).public for n in range(4)]
    rest = range(len(used), receipt.TREE)
    return used + [sha256(b"%d" % n + secret).digest() for n in rest]


@dataclass
class Person:
    """One patient: its keys, whom it goes to, and the files it hands over."""

    number: int
    key: bytes
    dev: int
    readers: list
    size: int
    files: dict = field(default_factory=dict)

    @property
    def leaves(self):
        return list(self.files)[:2]
