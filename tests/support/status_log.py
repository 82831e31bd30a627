"""Histories with changes of every kind, and ledgers that log roots as a server does."""

from hypothesis import strategies as st

from tests.ledger.entries import ORIGIN, change, grant
from tests.support.ledger_simulator import LedgerSimulator, signer_of
from wallet.keys.signing import Signer
from wallet.ledger import proof
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    Checkpoint,
    cosign,
    note_text,
    vkey_for,
)
from wallet.ledger.entry import State, build_status_root, leaf_hash
from wallet.ledger.status import StatusLog
from wallet.ledger.tree import Tree

OPERATOR = Signer.from_seed(b"p" * 32)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grant"), st.integers(0, 6)),  # the same again is a copy
        st.tuples(
            st.just("change"),
            st.integers(0, 6),
            st.sampled_from([State.STANDS, State.ENDED, State.HELD]),
            st.integers(0, 4),
        ),
        st.tuples(st.just("many"), st.integers(1, 300)),
    ),
    max_size=14,
)


def root_entry(covered, root, *, signer=OPERATOR, origin=ORIGIN, epoch=None):
    return build_status_root(
        signer,
        origin=origin,
        covered=covered,
        root=root,
        epoch=covered if epoch is None else epoch,
    )


class History:
    """Entries, replayed while they are made; `root` logs the root over them."""

    def __init__(self, *, origin=ORIGIN):
        self.origin = origin
        self.entries, self.log, self._made = [], StatusLog(), 0

    def add(self, entry):
        self.log.apply(len(self.entries), entry, self.origin)
        self.entries.append(entry)
        return len(self.entries) - 1

    def many(self, count):
        """Entries of which each is new."""
        for _ in range(count):
            self._made += 1
            self.add(b"entry %d" % self._made)

    def change(self, index, state, seq):
        self._made += 1
        told = change(
            index,
            self.entries[index],
            state,
            seq,
            origin=self.origin,
            nonce=self._made.to_bytes(16, "big"),
        )
        return self.add(told)

    def play(self, steps):
        """Take the steps that hypothesis drew."""
        grants = []
        for kind, *told in steps:
            if kind == "grant":
                grants.append(self.add(grant(told[0], self.origin)))
            elif kind == "many":
                self.many(told[0])
            elif grants:
                place, state, seq = told
                self.change(grants[place % len(grants)], state, seq)

    def root(self, *, wrong=None):
        """Log the root, or another in its place; its index, which is the epoch."""
        covered = len(self.entries)
        told = root_entry(covered, wrong or self.log.root(), origin=self.origin)
        return self.add(told)


class MirroredLedger(LedgerSimulator):
    """A ledger of a `History`, cosigned by three witnesses and a mirror.

    Knob: ``mirror_up``.
    """

    def __init__(self, now, *, origin=ORIGIN):
        self.history, self.mirror_up = History(origin=origin), True
        self.mirror_key = signer_of("mirror")
        super().__init__(origin, now)

    @property
    def mirror(self):
        return vkey_for("mirror.test", COSIGNATURE_KIND, self.mirror_key.public)

    @property
    def policy(self):
        """The trust file: 2 of 3 witnesses, and who recomputes states."""
        log, *rest = super().policy.splitlines(keepends=True)
        witness = f"witness m1 {self.mirror.text}\n"
        return "".join([log, witness, "group mirrors any m1\n", *rest])

    def publish(self, *, root=True, wrong=None):
        """Log a root as the last entry, sign, cosign."""
        if root:
            self.history.root(wrong=wrong)
        self._entries = list(self.history.entries)
        return super().publish()

    def sign(self, size, root):
        note = super().sign(size, root)
        if not self.mirror_up:
            return note
        text = note_text(Checkpoint(self.origin, size, root))
        seconds = int(self.now.timestamp())
        return note + cosign(self.mirror_key, "mirror.test", text, seconds)

    def head(self):
        """What a server answers for the newest root."""
        tree = Tree(map(leaf_hash, self._served))
        last = len(self._served) - 1
        path = tree.inclusion(last)
        return proof.write(last, path, self._note, extra=self._served[last])
