"""Real servers: what a mirror recomputed, a stapled bundle proves to a stranger."""

import pytest

from tests.support.ledger_servers import ORIGIN, receipt, run
from tests.support.roles_world import RolesWorld, until
from wallet.keys.signing import Signer
from wallet.ledger.bundle import parse_bundle, verify_bundle
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
)
from wallet.ledger.fetch import Http
from wallet.ledger.replica import Replica
from wallet.ledger.stapling import staple
from wallet.ledger.status_client import StatusClient, read_states
from wallet.ledger.sync import sync

CONTROL = Signer.from_seed(b"c" * 32)
GRANT = build_grant(
    Signer.from_seed(b"g" * 32),
    origin=ORIGIN,
    commitment=bytes(32),
    control_public=CONTROL.public,
)


@pytest.fixture
def world(tmp_path):
    made = RolesWorld(tmp_path, quorum="both")
    yield made
    made.close()


def test_a_bundle_of_server_or_wallet_is_proved_under_the_mirrors_word(world, tmp_path):
    for number in range(3):
        world.submit(receipt(number))
    index = world.submit(GRANT)
    world.published(index)
    http = Http("ledger")
    client = StatusClient(world.url, http)
    copy = Replica.open(tmp_path / "copy", origin=ORIGIN, policy=world.policy)

    def proved(data):
        told = verify_bundle(parse_bundle(data), policy=world.policy)
        assert (told.entry, told.mirrored) == (GRANT, True)
        return told.state

    assert proved(client.bundle(index)) is State.STANDS
    sync(copy, world.client)
    assert proved(staple(copy, index)) is State.STANDS
    held = read_states(client, origin=ORIGIN, policy=world.policy)
    assert held.state(index) is State.STANDS
    told = StatusChange(index=index, leaf=leaf_hash(GRANT), state=State.ENDED, seq=1)
    ended = world.submit(build_status(CONTROL, origin=ORIGIN, change=told))
    until(lambda: world.published(ended))
    assert proved(client.bundle(index)) is State.ENDED
    sync(copy, world.client)
    assert proved(staple(copy, index)) is State.ENDED
    now = read_states(client, origin=ORIGIN, policy=world.policy, held=held)
    assert now.state(index) is State.ENDED
    assert copy.wrong_roots == ()
    where = tmp_path / "entry.hwbundle"
    assert run("ledger", "bundle", world.url, str(index), "--out", str(where))[0] == 0
    assert proved(where.read_bytes()) is State.ENDED
    http.close()
