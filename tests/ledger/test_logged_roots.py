"""Every logged status root is recomputed; a wrong one is found, and by its index."""

import pytest

from tests.ledger.entries import CONTROL, ORIGIN, OTHER, change, grant
from wallet.ledger.chunks import Chunks
from wallet.ledger.entry import State, build_status_root
from wallet.ledger.logged_roots import LoggedRoots
from wallet.ledger.sync import sync


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


def test_roots_over_ends_holds_copies_and_junk_are_recomputed(ledger, replica):
    stands, ended, held = State.STANDS, State.ENDED, State.HELD
    for number in range(3):
        ledger.append(grant(number))
    log_root(ledger, [stands] * 3)  # at 3
    ledger.append(change(0, grant(0), State.ENDED, 1))
    ledger.append(change(1, grant(1), State.HELD, 1))
    ledger.append(change(2, grant(2), State.ENDED, 1, signer=OTHER))  # not its to say
    ledger.append(grant(1))  # a copy is ended from the start
    ledger.append(b"junk")
    after = [ended, held, stands, stands, stands, stands, stands, ended, stands]
    log_root(ledger, after)  # at 9
    ledger.append(change(1, grant(1), State.STANDS, 2))
    ledger.publish()
    roots = LoggedRoots(replica)
    sync(replica, ledger)
    assert [(one.index, one.right) for one in roots.advance()] == [(3, True), (9, True)]
    log_root(ledger, [ended, stands, stands, *after[3:], stands, stands])  # at 11
    ledger.publish()
    sync(replica, ledger)
    (newest,) = roots.advance()
    assert (newest.index, newest.right, newest.operator) == (11, True, OTHER.public)
    assert roots.at(12) == newest
    assert roots.at(11) is None
    assert roots.advance() == []


@pytest.mark.parametrize("fault", ["root", "covered", "hidden end"])
def test_a_wrong_root_is_named_by_its_index(ledger, replica, fault):
    ledger.append(grant(0))
    ledger.append(change(0, grant(0), State.ENDED, 1))
    states = [State.ENDED, State.STANDS]
    match fault:
        case "root":
            log_root(ledger, states, root=bytes(32))
        case "covered":
            log_root(ledger, states, covered=1)
        case _:
            log_root(ledger, [State.STANDS, State.STANDS])
    log_root(ledger, [*states, State.STANDS])
    ledger.publish()
    sync(replica, ledger)
    found = LoggedRoots(replica).advance()
    assert [(one.index, one.right) for one in found] == [(2, False), (3, True)]


def test_a_root_nobody_signed_is_none(ledger, replica):
    data = build_status_root(
        CONTROL, origin="ledger.test/x", covered=0, root=root_of([]), epoch=0
    )
    ledger.append(data)
    ledger.publish()
    sync(replica, ledger)
    roots = LoggedRoots(replica)
    assert roots.advance() == []
    assert roots.at(1) is None
