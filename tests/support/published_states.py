"""A log's store whose newest entry is the root over its states, and published."""

import time

from tests.support.status_log import OPERATOR
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import (
    LOG_KIND,
    Checkpoint,
    note_text,
    sign_log,
    vkey_for,
)
from wallet.ledger.entry import build_status_root, parse_entry
from wallet.ledger.policy import Policy
from wallet.server.log.health import Health
from wallet.server.log.measures import Measures
from wallet.server.log.panel import Panel
from wallet.server.log.publisher import Pace
from wallet.server.log.states import States
from wallet.server.log.storage import Admitted

LOG = Signer.from_seed(b"l" * 32)


def policy_of(origin):
    """Nobody witnesses it."""
    return Policy.parse(
        f"log {vkey_for(origin, LOG_KIND, LOG.public).text}\nquorum none\n"
    )


def publish_states(storage, *, origin, wrong=None):
    """Log the root, or another in its place, and publish; answers the epoch."""
    covered = storage.size
    states = States()
    states.follow(storage.changes_between(0, covered))
    root = states.root(covered)
    told = build_status_root(
        OPERATOR, origin=origin, covered=covered, root=wrong or root, epoch=covered
    )
    storage.append([Admitted(data=told)])
    publish(storage, origin=origin)
    return covered


def publish(storage, *, origin):
    """Sign and publish whatever is stored."""
    size = storage.size
    text = note_text(Checkpoint(origin, size, storage.tree.root(size)))
    storage.publish(text + b"\n" + sign_log(LOG, origin, text))


def admitted(entry, *, origin):
    """An entry as an admission leaves it."""
    read = parse_entry(entry, origin=origin)
    if read.name != "status":
        return Admitted(data=entry)
    told = read.change
    return Admitted(data=entry, target=told.index, state=told.state, seq=told.seq)


def health_of(storage, sequencer, *, origin, measures=None, clock=time.time):
    """What a log without witnesses says of itself."""
    policy = policy_of(origin)
    return Health(
        storage=storage,
        sequencer=sequencer,
        panel=Panel(cosigners=[], policy=policy),
        policy=policy,
        pace=Pace(),
        measures=measures or Measures(),
        clock=clock,
    )
