"""Status roots as an operator logs them, right or wrong."""

from tests.ledger.entries import ORIGIN, OTHER
from wallet.ledger.chunks import Chunks
from wallet.ledger.entry import build_status_root


def root_of(states):
    chunks = Chunks()
    chunks.grow(len(states))
    for index, state in enumerate(states):
        chunks.put(index, state)
    return chunks.root()


def log_root(ledger, states, *, covered=None, root=None, signer=OTHER):
    covered = len(states) if covered is None else covered
    root = root_of(states) if root is None else root
    data = build_status_root(
        signer, origin=ORIGIN, covered=covered, root=root, epoch=covered
    )
    return ledger.append(data)
