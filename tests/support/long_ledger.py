"""A ledger of a million entries as a folder of public files, made in seconds.

Nearly all entries are noise, which is legal (readers judge entries themselves); grants
and the ends of some lie between. Everything is signed as by `LedgerSimulator`.
"""

import hashlib
import os
from functools import cached_property
from itertools import islice

from tests.support.ledger_simulator import LedgerSimulator
from wallet.errors import TurnedAwayError
from wallet.keys.derivation import expand
from wallet.keys.signing import Signer
from wallet.ledger.edge import Edge
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
)
from wallet.ledger.tiles import (
    WIDTH,
    bundle_path,
    decode_bundle,
    encode_bundle,
    tile_path,
)

ENTRY = 213  # bytes, as a grant


def grant_key(number):
    """The one key of an invented grant, which also controls it."""
    return Signer.from_seed(expand(number.to_bytes(32, "big"), "long-ledger"))


class LongLedger:
    """The public files of one log: a sync Source that a stranger could serve too."""

    def __init__(self, folder, *, origin, now):
        """Files go below *folder*; call `grow` before anybody reads."""
        self.folder, self.origin = folder, origin
        self.simulator = LedgerSimulator(origin, now)
        self.policy = self.simulator.policy
        self.asked = []
        self._edge, self._note = Edge(), None

    @property
    def size(self):
        return len(self._edge)

    def grow(self, count, *, grants_every=1_000, ended_every=10):
        """Append *count* entries, and sign; every so many one is a grant.

        Every *ended_every*-th grant is ended in the entry after the next.
        """
        entries = self._entries(self.size, grants_every, ended_every)
        rest = self.size % WIDTH
        held = (
            decode_bundle(self._read(bundle_path(self.size // WIDTH, rest)))
            if rest
            else []
        )
        left = count
        while left:
            fresh = list(islice(entries, min(left, WIDTH - len(held))))
            left -= len(fresh)
            n = self.size // WIDTH
            for level, at, hashes in self._edge.append([*map(leaf_hash, fresh)]):
                self._write(tile_path(level, at), b"".join(hashes))
            held += fresh
            self._write(bundle_path(n, len(held)), encode_bundle(held))
            held = []
        for level, at, hashes in self._edge.partials():
            self._write(tile_path(level, at, len(hashes)), b"".join(hashes))
        self._note = self.simulator.sign(self.size, self._edge.root())

    def grant(self, number):
        """The invented grant whose entry may lie at *number*."""
        key = grant_key(number)
        return build_grant(
            key,
            origin=self.origin,
            commitment=hashlib.sha256(b"%d" % number).digest(),
            control_public=key.public,
            nonce=number.to_bytes(16, "big"),
        )

    def _entries(self, start, grants_every, ended_every):
        pool = os.urandom(1 << 20)
        at, index, step = 0, start, 0
        while True:
            step = index % grants_every
            number = index - step
            if step == 0:
                yield self.grant(number)
            elif step == 2 and number // grants_every % ended_every == 0:
                yield self._end(number)
            else:
                at = (at + 7) % (len(pool) - ENTRY)
                yield index.to_bytes(8, "big") + pool[at : at + ENTRY - 8]
            index += 1

    def _end(self, number):
        told = StatusChange(
            index=number, leaf=leaf_hash(self.grant(number)), state=State.ENDED, seq=1
        )
        return build_status(
            grant_key(number), origin=self.origin, change=told, nonce=bytes(16)
        )

    def checkpoint(self):
        return self._note

    def bundle(self, n, width=WIDTH):
        self.asked.append(("bundle", n))
        return self._read(bundle_path(n, width))

    def tile(self, level, n, width=WIDTH):
        self.asked.append((level, n))
        return self._read(tile_path(level, n, width))

    @cached_property
    def _made(self):
        return set()

    def _write(self, name, data):
        path = self.folder / name
        if path.parent not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(path.parent)
        path.write_bytes(data)

    def _read(self, name):
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise TurnedAwayError(404, "no such file") from None
