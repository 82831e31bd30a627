"""Many entries in one post: each judged, ends first, and a proof where one waits."""

import asyncio
import base64
import threading
from contextlib import closing

import orjson
import pytest

from tests.support.ledger_servers import ORIGIN, LedgerWorld, receipt
from tests.support.published_states import health_of, policy_of
from tests.support.served import served
from wallet.errors import RefusedError, TurnedAwayError
from wallet.keys.signing import Signer
from wallet.ledger import proof, stamp
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
)
from wallet.ledger.fetch import Http
from wallet.ledger.ledger_client import (
    ENTRIES,
    STAMP_HEADER,
    STAMPS_HEADER,
    LedgerClient,
)
from wallet.ledger.tiles import encode_bundle, take_apart
from wallet.server.http.door import MAX_WRONG
from wallet.server.log.admission import Admission
from wallet.server.log.difficulty import Difficulty
from wallet.server.log.http import LedgerApp
from wallet.server.log.sequencer import Sequencer
from wallet.server.log.status_http import StatusApp
from wallet.server.log.status_view import StatusView
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

CONTROL = Signer.from_seed(b"c" * 32)
NO_STAMP = bytes(stamp.SIZE)
WORLD_PATIENCE = 30.0


@pytest.fixture
def storage(tmp_path):
    made = SqliteStorage(tmp_path / "ledger.db")
    yield made
    made.close()


def grant():
    return build_grant(
        Signer.from_seed(b"g" * 32),
        origin=ORIGIN,
        commitment=bytes(32),
        control_public=CONTROL.public,
    )


def end_of(entry, index):
    change = StatusChange(index=index, leaf=leaf_hash(entry), state=State.ENDED, seq=1)
    return build_status(CONTROL, origin=ORIGIN, change=change)


def broken(entry):
    return entry[:-1] + bytes((entry[-1] ^ 1,))


def posted(storage, play, *, least=0):
    """Run *play* with a way to post to a ledger whose sequencer runs."""
    sequencer = Sequencer(storage)
    sequencer.open()
    difficulty = Difficulty(fill=lambda: sequencer.fill, clock=lambda: 0.0, least=least)
    admission = Admission(storage, origin=ORIGIN, difficulty=difficulty)

    async def acting(connected):
        running = asyncio.create_task(sequencer.run())
        async with connected() as (reader, writer):

            async def post(body, *headers, kind=ENTRIES):
                headers = headers or (_unworked(body, kind),)
                head = [b"POST /v1/entries HTTP/1.1", b"host: x", *headers]
                head += [b"content-type: " + kind.encode()]
                head += [b"content-length: %d" % len(body)]
                writer.write(b"\r\n".join(head) + b"\r\n\r\n" + body)
                await writer.drain()
                return await _answer(reader)

            await play(post, reader)
        running.cancel()

    status = StatusApp(StatusView(storage, policy=policy_of(ORIGIN)))
    health = health_of(storage, sequencer, origin=ORIGIN)
    app = LedgerApp(
        storage=storage,
        admission=admission,
        sequencer=sequencer,
        status=status,
        health=health,
        about={},
    )
    served(app, acting)


def _unworked(body, kind):
    """Stamps that no work was put into."""
    if kind != ENTRIES:
        return STAMP_HEADER.encode() + b": " + NO_STAMP.hex().encode()
    count = len(take_apart(body, most=1_000)) if framed(body) else 1
    return STAMPS_HEADER.encode() + b": " + base64.b64encode(NO_STAMP * count)


def framed(body):
    try:
        return bool(take_apart(body, most=1_000))
    except RefusedError:
        return False


async def _answer(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    size = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(size)


def test_each_entry_of_a_post_has_its_own_answer_in_its_own_place(storage):
    opened = grant()
    storage.append([Admitted(data=opened)])
    entries = [receipt(1), broken(receipt(2)), opened, b"no entry", end_of(opened, 0)]

    async def play(post, reader):
        status, body = await post(encode_bundle(entries))
        assert status == 200
        good, wrong, known, malformed, ended = orjson.loads(body)["entries"]
        assert wrong == {"refused": 403, "said": "signature_wrong: receipt signature"}
        assert known == {"index": 0}
        assert malformed["refused"] == 400
        assert ended["index"] < good["index"]  # an end goes first
        again = orjson.loads((await post(encode_bundle(entries)))[1])["entries"]
        assert again == [good, wrong, known, malformed, ended]

    posted(storage, play)
    assert storage.size == 3


def test_every_entry_of_a_post_needs_its_own_stamp(storage):
    one, other = receipt(1), receipt(2)
    good = stamp.find(leaf_hash(one), 8)
    shown = base64.b64encode(good + NO_STAMP)

    async def play(post, reader):
        header = STAMPS_HEADER.encode() + b": " + shown
        _, body = await post(encode_bundle([one, other]), header)
        first, second = orjson.loads(body)["entries"]
        assert first == {"index": 0}
        assert second == {"refused": 403, "said": "stamp"}
        _, body = await post(encode_bundle([other]), b"x-other: 1")
        assert orjson.loads(body)["entries"] == [{"refused": 403, "said": "stamp"}]
        for wrong in (b"????", shown + b"AAAA", b""):
            header = STAMPS_HEADER.encode() + b": " + wrong
            assert (await post(encode_bundle([one, other]), header))[0] == 400

    posted(storage, play, least=8)


@pytest.mark.parametrize("body", [b"", b"\0", b"\0\5abc", bytes(2 * 1_001)], ids=repr)
def test_what_is_no_post_of_entries_is_refused_whole(storage, body):
    async def play(post, reader):
        assert (await post(body))[0] == 400

    posted(storage, play)


def test_wrong_signatures_end_the_connection_and_no_other(storage):
    many = [broken(receipt(n)) for n in range(MAX_WRONG + 20)]

    async def play(post, reader):
        _, body = await post(encode_bundle([*many, receipt(99)]))
        said = [one["said"] for one in orjson.loads(body)["entries"]]
        assert said[:MAX_WRONG] == ["signature_wrong: receipt signature"] * MAX_WRONG
        assert set(said[MAX_WRONG:]) == {"too many wrong signatures"}
        assert await reader.read() == b""  # it is closed

    posted(storage, play)

    async def other(post, reader):
        for n in range(MAX_WRONG - 1):
            assert (await post(many[n], kind="text/plain"))[0] == 403
        status, body = await post(receipt(99), kind="text/plain")
        assert (status, orjson.loads(body)) == (200, {"index": 0})

    posted(storage, other)


def test_who_waits_for_the_publication_gets_a_proof_that_strangers_verify(tmp_path):
    world = LedgerWorld(tmp_path)
    with closing(Http("ledger", timeout=WORLD_PATIENCE)) as http:
        try:
            url = f"{world.server.said['url']}/v1/entries"
            bits = world.client.log_json()["difficulty"]
            entries = [receipt(n) for n in range(5)]
            stamps = b"".join(stamp.find(leaf_hash(one), bits) for one in entries)
            headers = {
                "content-type": ENTRIES,
                STAMPS_HEADER: base64.b64encode(stamps).decode(),
                "prefer": "respond-async, wait=published",
            }
            body = encode_bundle(entries)
            said = orjson.loads(http.post(url, body, cap=1 << 20, headers=headers))
            for entry, one in zip(entries, said["entries"], strict=True):
                read = proof.parse(one["proof"].encode())
                assert read.index == one["index"]
                leaf, policy = leaf_hash(entry), world.policy
                proof.verify(read, leaf=leaf, policy=policy, origin=ORIGIN)
                other = leaf_hash(b"another")
                with pytest.raises(RefusedError):
                    proof.verify(read, leaf=other, policy=policy, origin=ORIGIN)
            placed = world.client.submit_many(
                [*entries, receipt(9), broken(receipt(10))]
            )
            assert placed[:6] == [*(one["index"] for one in said["entries"]), placed[5]]
            assert isinstance(placed[6], TurnedAwayError)
        finally:
            world.close()


def test_who_waits_in_vain_still_hears_the_index(storage, monkeypatch):
    monkeypatch.setattr("wallet.server.log.http.PATIENCE", 0.3)

    async def play(post, reader):
        unworked, kind = _unworked(b"", "text/plain"), "text/plain"
        status, body = await post(
            receipt(1), unworked, b"prefer: wait=published", kind=kind
        )
        assert (status, orjson.loads(body)) == (200, {"index": 0})

    posted(storage, play)


def test_many_at_once_over_many_connections_get_one_index_each(tmp_path):
    world = LedgerWorld(tmp_path)
    try:
        answers = {}

        def send(worker):
            with closing(LedgerClient(world.server.said["url"])) as client:
                mine = [receipt(n) for n in range(worker * 10, worker * 10 + 40)]
                answers[worker] = client.submit_many(mine)

        threads = [threading.Thread(target=send, args=(n,)) for n in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        numbered = {
            worker * 10 + at: index
            for worker, indices in answers.items()
            for at, index in enumerate(indices)
        }
        assert len(numbered) == len(set(numbered.values())) == 70
        for worker, indices in answers.items():
            for at, index in enumerate(indices):
                assert numbered[worker * 10 + at] == index
    finally:
        world.close()
