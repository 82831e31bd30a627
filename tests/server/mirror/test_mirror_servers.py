"""A real ledger, three witnesses and a mirror, started as anybody starts them."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.support.ledger_servers import ORIGIN, receipt, run
from tests.support.roles_world import RolesWorld, lines_of, until
from wallet.actions.live_network import LiveNetwork
from wallet.errors import TurnedAwayError, UnreachableError
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
)
from wallet.ledger.fetch import Http
from wallet.ledger.replica import Replica
from wallet.ledger.sources import sync_any

CONTROL = Signer.from_seed(b"c" * 32)


@pytest.fixture(params=["most", "both"])
def world(tmp_path, request):
    made = RolesWorld(tmp_path, quorum=request.param)
    yield made
    made.close()


def grant():
    return build_grant(
        Signer.from_seed(b"g" * 32),
        origin=ORIGIN,
        commitment=bytes(32),
        control_public=CONTROL.public,
        nonce=bytes(16),
    )


def end(index, entry):
    told = StatusChange(index=index, leaf=leaf_hash(entry), state=State.ENDED, seq=1)
    return build_status(CONTROL, origin=ORIGIN, change=told, nonce=bytes(16))


def desk(world, folder):
    """A clinic whose trust files name the ledger's address and its mirror."""
    trust = world.folder / "trust"
    trust.mkdir()
    (trust / "ledger.policy").write_text(world.policy_path.read_text())
    (trust / "boards.policy").write_text("")
    (trust / "ledger.url").write_text(world.url)
    (world.folder / "passphrase").write_text("an invented clinic opens its desk")
    words = ("--home", str(folder), "--passphrase-file")
    words = (*words, str(world.folder / "passphrase"))
    code, _ = run(*words, "clinic", "init", "--trust", str(trust))
    assert code == 0
    return words


def test_a_mirror_cosigns_serves_and_hands_on_what_its_log_missed(world, tmp_path):
    for number in range(20):
        world.submit(receipt(number))
    index = world.submit(grant())
    world.published(index)
    shown = world.published(index, world.mirrored)
    assert shown.cosignature_times([world.mirror_vkey])
    collected = until(
        lambda: (
            (note := parse_note(world.client.checkpoint()))
            and lines_of(note, world.mirror_vkey)
            and note
        )
    )
    assert len(lines_of(collected, world.mirror_vkey)) == 1
    world.server.kill()

    replica = Replica.open(tmp_path / "copy", origin=ORIGIN, policy=world.policy)
    answer = sync_any(replica, [world.client, world.mirrored])
    assert answer.reason is None
    assert replica.size == shown.checkpoint.size
    assert replica.first_index(leaf_hash(grant())) == index

    home = desk(world, tmp_path / "desk")
    code, said = run(*home, "clinic", "sync")
    assert (code, said["copies"][0]["size"]) == (0, shown.checkpoint.size)
    code, said = run(*home, "ledger", "verify", "--evidence", str(tmp_path / "f"))
    assert (code, said["findings"], said["evidence"]) == (0, [], [])

    http, ended = Http("mirror"), end(index, grant())
    place = f"{world.mirrored._url}/v1/entries"
    with closing(LiveNetwork(tmp_path / "desk")) as network:
        with pytest.raises(UnreachableError):
            network.submit(ORIGIN, ended)  # and left with the mirror
        health = http.get(f"{world.mirror_url}/health", cap=1_000)
        assert b'"handed_on":1' in health
    for _ in range(2):  # asked again, the same is said
        with pytest.raises(TurnedAwayError) as handed:
            http.post(place, ended, cap=1_000)
        assert (handed.value.status, handed.value.detail) == (
            202,
            '{"handed_on":true}',
        )
    with pytest.raises(TurnedAwayError) as turned:
        http.post(place, receipt(77), cap=1_000)
    assert turned.value.status == 403
    world.mirror.kill()
    world.mirror.start()
    world.server.start()

    def is_ended():
        sync_any(replica, [world.client])
        return replica.state(index) is State.ENDED

    until(is_ended)
    at = replica.first_index(leaf_hash(ended))
    until(lambda: b'"index":%d' % at in http.post(place, ended, cap=1_000))
    until(lambda: b'"handed_on":0' in http.get(f"{world.mirror_url}/health", cap=1_000))
    http.close()


def copied(ledger, target):
    """What a backup holds, taken while the ledger runs: the database and its lock."""
    target.mkdir()
    for name in ("ledger.db", "signed.db"):
        with (
            closing(sqlite3.connect(ledger / name)) as source,
            closing(sqlite3.connect(target / name)) as copy,
        ):
            source.backup(copy)


def restored(world, backup):
    for left in [*world.home.glob("ledger.db*"), *world.home.glob("signed.db*")]:
        left.unlink()
    for name in ("ledger.db", "signed.db"):
        shutil.copy(backup / name, world.home / name)


def test_a_stale_restore_comes_back_to_the_same_history_without_a_hand(tmp_path):
    world = RolesWorld(tmp_path)
    try:
        early = world.submit(grant())
        world.published(early, world.mirrored)
        world.server.stop()
        copied(world.home, tmp_path / "backup")
        world.server.start()
        ended = world.submit(end(early, grant()))
        late = world.submit(receipt(5))
        last = world.published(late, world.mirrored).checkpoint
        world.server.kill()
        restored(world, tmp_path / "backup")
        world.mirror.kill()
        world.server.begin()  # no mirror: it signs nothing
        world.server.hear()
        stale = world.client.checkpoint()
        with pytest.raises(UnreachableError):
            world.client.submit(receipt(6))
        assert world.client.checkpoint() == stale
        assert parse_note(stale).checkpoint.size < last.size
        world.mirror.start()  # and with one it is whole again
        again = world.submit(receipt(6))
        note = world.published(again)
        replica = Replica.open(tmp_path / "copy", origin=ORIGIN, policy=world.policy)
        sync_any(replica, [world.client])
        assert replica.root_at(last.size) == last.root
        assert replica.first_index(leaf_hash(receipt(5))) == late
        assert replica.first_index(leaf_hash(end(early, grant()))) == ended
        assert replica.state(early) is State.ENDED
        assert again >= last.size
        assert note.checkpoint.size > last.size
        assert world.submit(end(early, grant())) == ended
    finally:
        world.close()
