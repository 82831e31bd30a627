"""What a front end serves of the states: exactly what the published root covers."""

import asyncio
import gzip
import zlib

import pytest
from hypothesis import HealthCheck, given, settings

from tests.ledger.entries import ORIGIN, change, grant
from tests.support.published_states import (
    admitted,
    policy_of,
    publish,
    publish_states,
)
from tests.support.served import served
from tests.support.status_log import STEPS, History
from wallet.errors import TurnedAwayError
from wallet.ledger import proof
from wallet.ledger.bundle import parse_bundle, verify_bundle
from wallet.ledger.chunks import CHUNK, PER_CHUNK
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.status_delta import MAGIC as DELTA
from wallet.ledger.status_delta import parse_delta
from wallet.ledger.status_vector import StatusVector, verify_head
from wallet.ledger.tiles import decode_bundle
from wallet.ledger.tree import Tree
from wallet.server.http.asgi import Guarded
from wallet.server.log.status_http import StatusApp
from wallet.server.log.status_view import StatusView
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

POLICY = policy_of(ORIGIN)


@pytest.fixture
def storage(tmp_path):
    made = SqliteStorage(tmp_path / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def view(storage):
    return StatusView(storage, policy=POLICY)


def store(storage, *entries):
    items = [
        Admitted(data=entry)
        if entry.startswith(b"entry")
        else admitted(entry, origin=ORIGIN)
        for entry in entries
    ]
    storage.append(items)


def store_many(storage, count):
    size = storage.size
    store(storage, *(b"entry %d" % (size + n) for n in range(count)))


def take(storage, steps):
    """What hypothesis drew, as an admission would let it through."""
    for kind, *told in steps:
        nonce = storage.size.to_bytes(16, "big")
        if kind == "many":
            store_many(storage, told[0])
        elif kind == "grant":
            store(storage, grant(told[0]))
        else:
            number, state, seq = told
            target = storage.index_of(leaf_hash(grant(number)))
            if target is not None:
                store(storage, change(target, grant(number), state, seq, nonce=nonce))


def status(call, *given):
    with pytest.raises(TurnedAwayError) as turned:
        call(*given)
    return turned.value.status


def read(view, held=None):
    """The vector as a reader verifies it: whole, or by what changed since *held*."""
    _, data = view.head()
    head = verify_head(data, origin=ORIGIN, policy=POLICY)
    if held is None:
        return StatusVector.verify(view.vector()[1], head)
    return held.follow(parse_delta(view.delta(held.head.epoch)[1]), head)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS, STEPS)
def test_what_is_served_is_what_a_replay_of_the_entries_gives(
    tmp_path_factory, before, after
):
    storage = SqliteStorage(tmp_path_factory.mktemp("log") / "ledger.db")
    view, held = StatusView(storage, policy=POLICY), None
    try:
        for steps in (before, after):
            take(storage, [("grant", 0), *steps])
            epoch = publish_states(storage, origin=ORIGIN)
            history = History()
            for entry in storage.entries(0, epoch):
                history.add(entry)
            whole = read(view)
            told = [whole.state(index) for index in range(epoch)]
            assert told == [history.log.state(index) for index in range(epoch)]
            if held is not None:
                assert read(view, held).packed == whole.packed
            held = whole
    finally:
        storage.close()


def test_entries_that_no_published_root_covers_are_not_served(storage, view):
    assert status(view.head) == 404
    store(storage, grant(0), grant(1))
    assert status(view.vector) == 404
    assert publish_states(storage, origin=ORIGIN) == 2
    store(storage, change(0, grant(0), State.ENDED, 1))
    assert read(view).state(0) is State.STANDS
    assert read(view).state(2) is State.UNKNOWN
    for call in (view.proof, view.bundle):
        assert status(call, 3) == 404
    assert status(view.bundle, 2) == 404  # the root entry: no root covers it
    assert publish_states(storage, origin=ORIGIN) == 4
    assert read(view).state(0) is State.ENDED


@pytest.mark.expects_log("no status is served: the logged root is over other states")
def test_nothing_is_served_where_the_logged_root_is_over_other_states(storage, view):
    store(storage, grant(0))
    publish_states(storage, origin=ORIGIN)
    held = read(view)
    store(storage, change(0, grant(0), State.ENDED, 1))
    publish_states(storage, origin=ORIGIN, wrong=b"w" * 32)
    for _ in range(3):  # the log line comes once
        for call in (view.head, view.vector, view.deflated):
            assert status(call) == 503
        assert status(view.delta, held.head.epoch) == 503
        assert status(view.bundle, 0) == 503
    publish_states(storage, origin=ORIGIN)
    assert read(view).state(0) is State.ENDED
    assert read(view, held).state(0) is State.ENDED


@pytest.mark.expects_log("no status is served: malformed: ")
def test_nothing_is_served_where_no_root_is_the_last_entry(storage, view):
    store(storage, grant(0))
    publish(storage, origin=ORIGIN)
    assert status(view.head) == 503


def test_a_delta_is_asked_for_by_an_epoch_and_from_there_on(storage, view, monkeypatch):
    store(storage, grant(0), grant(1))
    first = publish_states(storage, origin=ORIGIN)
    store(storage, change(0, grant(0), State.HELD, 1))
    second = publish_states(storage, origin=ORIGIN)
    held = change(0, grant(0), State.STANDS, 2), change(1, grant(1), State.ENDED, 1)
    store(storage, *held)
    third = publish_states(storage, origin=ORIGIN)
    states = {
        epoch: parse_delta(view.delta(epoch)[1]).states for epoch in (first, second)
    }
    assert states[first] == states[second] == {0: State.STANDS, 1: State.ENDED}
    assert parse_delta(view.delta(third)[1]).states == {}
    for epoch in (0, first + 1, third + 1, 1 << 40):
        assert status(view.delta, epoch) == 404
    monkeypatch.setattr("wallet.server.log.status_view._MOST_CHANGED", 2)
    assert status(view.delta, first) == 410
    assert view.delta(second)


def test_tiles_of_the_chunk_tree_are_those_of_any_tree(storage, view):
    store_many(storage, 3 * PER_CHUNK)
    store(storage, grant(0))
    store(storage, change(3 * PER_CHUNK, grant(0), State.ENDED, 1))
    epoch = publish_states(storage, origin=ORIGIN)
    _, packed = view.vector()
    cut = [packed[at : at + CHUNK] for at in range(0, len(packed), CHUNK)]
    assert decode_bundle(view.tile(None, 0, 4)[1]) == cut
    assert view.tile(0, 0, 4) == (epoch, b"".join(map(leaf_hash, cut)))
    root = Tree(map(leaf_hash, cut)).root()
    assert read(view).head.root.root == root
    for level, n, width in ((0, 0, 5), (0, 1, 1), (1, 0, 1), (None, 0, 5), (8, 0, 1)):
        assert status(view.tile, level, n, width) == 404


def test_a_tile_of_full_tiles_is_there_as_soon_as_they_are(storage, view):
    store_many(storage, 256 * PER_CHUNK + 1)
    publish_states(storage, origin=ORIGIN)
    _, hashes = view.tile(0, 0, 256)
    whole = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
    assert view.tile(1, 0, 1)[1] == Tree(whole).root()


def test_proofs_and_bundles_of_the_server_verify(storage, view):
    store(storage, grant(0), grant(1), change(1, grant(1), State.HELD, 1))
    publish_states(storage, origin=ORIGIN)
    for index, entry in enumerate([grant(0), grant(1)]):
        leaf = leaf_hash(entry)
        for data in (view.proof(index), view.proof_of(leaf)):
            told = proof.parse(data)
            assert told.index == index
            proof.verify(told, leaf=leaf, policy=POLICY, origin=ORIGIN)
    assert status(view.proof_of, bytes(32)) == 404
    stapled = verify_bundle(parse_bundle(view.bundle(1)), policy=POLICY)
    assert (stapled.entry, stapled.state) == (grant(1), State.HELD)


def asked(app, *requests):
    """Answers to raw requests: status, headers by name, body."""
    answers = []

    async def play(connected):
        for path, *headers in requests:
            async with connected() as (reader, writer):
                lines = [f"GET {path} HTTP/1.1", "host: x", "connection: close"]
                writer.write("\r\n".join([*lines, *headers, "", ""]).encode())
                answers.append(_read(await reader.read()))

    async def ledger(scope, receive, send):
        await app(scope, send)

    served(Guarded(ledger), lambda connected: asyncio.wait_for(play(connected), 60))
    return answers


def _read(raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


def test_the_vector_travels_packed_and_only_when_it_is_new(storage, view):
    store_many(storage, 1_000)
    epoch = publish_states(storage, origin=ORIGIN)
    plain, deflated, gzipped, neither, same, other = asked(
        StatusApp(view),
        ("/status/vector",),
        ("/status/vector", "accept-encoding: gzip, deflate"),
        ("/status/vector", "accept-encoding: br, gzip;q=0.5"),
        ("/status/vector", "accept-encoding: gzip;q=0, deflate; q=0, br"),
        ("/status/vector", f'if-none-match: "{epoch}"'),
        ("/status/vector", f'if-none-match: "{epoch - 1}"'),
    )
    packed = view.vector()[1]
    assert plain[2] == neither[2] == other[2] == packed
    assert plain[1]["etag"] == f'"{epoch}"'
    assert plain[1]["vary"] == "accept-encoding"
    assert "content-encoding" not in plain[1]
    assert deflated[1]["content-encoding"] == "deflate"
    assert zlib.decompress(deflated[2]) == packed
    assert gzipped[1]["content-encoding"] == "gzip"
    assert gzip.decompress(gzipped[2]) == packed
    tags = {one[1]["etag"] for one in (plain, deflated, gzipped)}
    assert len(tags) == 3
    assert (same[0], same[2]) == (304, b"")


def test_an_epoch_that_is_not_served_is_gone_or_not_there(storage, view):
    store(storage, grant(0))
    first = publish_states(storage, origin=ORIGIN)
    store(storage, grant(1))
    second = publish_states(storage, origin=ORIGIN)
    wanted = [first, second, second + 1]
    places = ("/status/vector", "/status/tile/0/000.p/1", "/status/head")
    answers = asked(
        StatusApp(view), *((f"{at}?epoch={e}",) for at in places for e in wanted)
    )
    assert [one[0] for one in answers] == [410, 200, 404] * 3


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/status/head?x=1", 400),
        ("/status/delta?since=01", 400),
        ("/status/delta?since=-1", 400),
        ("/status/delta?since=1&since=1", 400),
        ("/status/delta?since=" + "9" * 19, 400),
        ("/status/delta?" + "since=1&" * 50, 400),
        ("/status/delta?since=%ff", 400),
        ("/status/delta", 404),
        ("/status", 404),
        ("/status/tile/0/000.p/0", 404),
        ("/status/tile/0/x001/000.p/1", 404),
        ("/v1/proof/-1", 404),
        ("/v1/proof/00", 404),
        ("/v1/proof/hash/00", 404),
        ("/v1/bundle/" + "9" * 400, 404),
        ("/v1/bundle/999", 404),
        ("/status/delta?since=1", 200),
        ("/v1/proof/0", 200),
        ("/v1/bundle/0", 200),
    ],
)
def test_each_place_is_asked_in_one_way(storage, view, path, code):
    store(storage, grant(0))
    assert publish_states(storage, origin=ORIGIN) == 1
    ((status, headers, body),) = asked(StatusApp(view), (path,))
    assert status == code
    if path.startswith("/status/delta") and code == 200:
        assert body.startswith(DELTA)
        assert headers["etag"] == '"1"'
    if path.startswith("/v1") and code == 200:
        assert "etag" not in headers
