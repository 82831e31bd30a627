"""A tree too large to hold: what nobody looks at is made up as it is needed."""

import hashlib

from tests.support.ledger_simulator import signer_of
from tests.support.status_log import OPERATOR
from wallet.keys.signing import sign_statement
from wallet.ledger.bundle import thin_note, write_bundle
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    LOG_KIND,
    Checkpoint,
    cosign,
    note_text,
    parse_note,
    sign_log,
    vkey_for,
)
from wallet.ledger.chunks import PER_CHUNK, chunk_count
from wallet.ledger.entry import leaf_hash
from wallet.ledger.merkle import node_hash, split_point
from wallet.ledger.policy import Policy
from wallet.statement import Name

SECONDS = 1_795_521_600


class VastTree:
    """*size* leaves, of which a few are known; RFC 6962 all the same."""

    def __init__(self, size, known):
        self.size, self.known = size, known

    def root(self):
        return self._node(0, self.size)

    def inclusion(self, index):
        start, end, path = 0, self.size, []
        while end - start > 1:
            middle = start + split_point(end - start)
            if index < middle:
                path.append(self._node(middle, end))
                end = middle
            else:
                path.append(self._node(start, middle))
                start = middle
        return path[::-1]

    def _node(self, start, end):
        if not any(start <= index < end for index in self.known):
            return hashlib.sha256(b"vast %d %d" % (start, end)).digest()
        if end - start == 1:
            return self.known[start]
        middle = start + split_point(end - start)
        return node_hash(self._node(start, middle), self._node(middle, end))


def vast_bundle(entry, *, origin, size, index, witnesses=3):
    """A stapled bundle out of a log of *size* entries, its policy beside it."""
    covered, chunk = size - 1, bytes(PER_CHUNK // 4)
    place = index // PER_CHUNK
    states = VastTree(chunk_count(covered), {place: leaf_hash(chunk)})
    root_entry = sign_statement(
        OPERATOR,
        name=Name.STATUS_ROOT,
        origin=origin,
        fields={4: covered, 5: states.root(), 6: OPERATOR.public, 7: covered},
        nonce=bytes(16),  # the same bytes every time
    )
    known = {index: leaf_hash(entry), covered: leaf_hash(root_entry)}
    log = VastTree(size, known)
    names = [f"witness-{n}.example.org" for n in range(witnesses)]
    names.append("mirror.example.org")
    text = note_text(Checkpoint(origin, size, log.root()))
    lines = [sign_log(signer_of("log"), origin, text)]
    lines += [cosign(signer_of(name), name, text, SECONDS) for name in names]
    policy = Policy.parse(_policy(origin, names))
    note = thin_note(parse_note(text + b"\n" + b"".join(lines)), policy)
    data = write_bundle(
        index=index,
        entry=entry,
        entry_path=log.inclusion(index),
        root_entry=root_entry,
        root_path=log.inclusion(covered),
        chunk=chunk,
        chunk_path=states.inclusion(place),
        note=note,
    )
    return data, policy


def _policy(origin, names):
    lines = [f"log {vkey_for(origin, LOG_KIND, signer_of('log').public).text}"]
    for n, name in enumerate(names):
        vkey = vkey_for(name, COSIGNATURE_KIND, signer_of(name).public)
        lines.append(f"witness k{n} {vkey.text}")
    most, last = len(names) - 1, len(names) - 1
    voters = " ".join(f"k{n}" for n in range(most))
    lines += [f"group mirrors any k{last}", f"group most {most // 2 + 1} {voters}"]
    return "\n".join([*lines, "quorum most", ""])
