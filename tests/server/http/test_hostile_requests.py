"""Odd requests to each server, over a socket: refused in words, never a fault.

The harness fails on any line a server logs, so silence is part of every test here.
"""

import asyncio
import hashlib
import random
import time
from contextlib import suppress

import pytest

from tests.support.ledger_servers import ORIGIN, receipt
from tests.support.published_states import health_of, policy_of, publish_states
from tests.support.relay_world import RelayWorld, at
from tests.support.served import served
from wallet.grants import order, withdrawal
from wallet.keys.signing import Signer
from wallet.ledger import stamp
from wallet.ledger.checkpoint import (
    LOG_KIND,
    Checkpoint,
    note_text,
    sign_log,
    vkey_for,
)
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
)
from wallet.ledger.ledger_client import STAMP_HEADER
from wallet.server.log.admission import Admission
from wallet.server.log.difficulty import Difficulty
from wallet.server.log.http import LedgerApp
from wallet.server.log.sequencer import Sequencer
from wallet.server.log.status_http import StatusApp
from wallet.server.log.status_view import StatusView
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage
from wallet.server.relay.http import RelayApp
from wallet.server.witness.http import WitnessApp
from wallet.server.witness.witness import Witness

REQUESTS = 400
LOG, CONTROL = Signer.from_seed(b"l" * 32), Signer.from_seed(b"c" * 32)
GRANT = build_grant(
    Signer.from_seed(b"g" * 32),
    origin=ORIGIN,
    commitment=bytes(32),
    control_public=CONTROL.public,
)
HEADERS = (
    b"expect: 100-continue",
    b"upgrade: websocket\r\nconnection: upgrade",
    b"range: bytes=5-1",
    b"transfer-encoding: chunked",
    b"content-length: -1",
    b"content-length: 99999999999999999999",
    b"x: " + b"y" * 9_000,
    b"no header",
    b"\xff: \xff",
    STAMP_HEADER.encode() + b": zz",
    STAMP_HEADER.encode() + b": \xff\xfe",
)
TAILS = (b"%00", b"%ff", b"/..", b"//", b"%0a", b"/" + b"a" * 3_000, b".p/256", b"?x")
METHODS = (b"PUT", b"HEAD", b"OPTIONS", b"CONNECT", b"TRACE", b"FOO")
HEAD_BYTES = (0x00, 0xFF, 0x7F, 0x5F, 0x9F, 0xBF, 0xD8, 0x1B, 0x3B, 0xFB)


def mutated(dice, data):
    data = bytearray(data)
    for _ in range(dice.choice([0, 1, 1, 2, 5])):
        where = dice.randrange(len(data) + 1)
        match dice.randrange(5):
            case 0 if where < len(data):
                data[where] ^= 1 << dice.randrange(8)
            case 1 if where < len(data):
                data[where] = dice.choice(HEAD_BYTES)
            case 2:
                del data[where : where + dice.randrange(40)]
            case 3:
                data[where:where] = dice.randbytes(dice.randrange(40))
            case 4:
                data[where:where] = data[where : where + dice.randrange(200)]
    return bytes(data)


def request(dice, seeds):
    method, path, body = dice.choice(seeds)
    body = mutated(dice, body) if dice.random() < 0.75 else body
    method = method if dice.random() < 0.95 else dice.choice(METHODS)
    path += dice.choice(TAILS) if dice.random() < 0.15 else b""
    found = stamp.find(leaf_hash(body), 2).hex().encode()
    lines = [b"host: x", STAMP_HEADER.encode() + b": " + found]
    lines += dice.sample(HEADERS, dice.choice([0, 0, 0, 1, 2]))
    lines.append(b"content-length: %d" % len(body))
    start = method + b" " + path + b" HTTP/1." + dice.choice([b"1", b"0", b"9"])
    raw = b"\r\n".join([start, *lines]) + b"\r\n\r\n" + body
    raw = mutated(dice, raw) if dice.random() < 0.1 else raw
    return raw * dice.randrange(2, 20) if dice.random() < 0.05 else raw


def withstands(app, seeds, *, jobs=()):
    """Send many odd requests; answer how often each status came."""
    dice, told = random.Random(7), {}  # noqa: S311 a repeatable run

    async def one(connected):
        async with connected() as (reader, writer):
            raw = request(dice, seeds)
            writer.write(
                raw[: dice.randrange(len(raw))] if dice.random() < 0.1 else raw
            )
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                if dice.random() < 0.5:
                    writer.write_eof()
                async with asyncio.timeout(0.3):
                    status = int((await reader.readexactly(12))[9:])
                    told[status] = told.get(status, 0) + 1

    async def play(connected):
        running = [asyncio.create_task(job()) for job in jobs]
        for _ in range(REQUESTS // 10):
            await asyncio.gather(*[one(connected) for _ in range(10)])
        for job in running:
            job.cancel()

    served(app, play)
    assert not {status for status in told if status >= 500} - {503}  # busy
    return told


def test_a_ledger_withstands_odd_requests(tmp_path):
    storage = SqliteStorage(tmp_path / "ledger.db")
    storage.append([Admitted(data=GRANT)])
    publish_states(storage, origin=ORIGIN)
    sequencer = Sequencer(storage)
    sequencer.open()
    changes = [
        build_status(
            CONTROL,
            origin=ORIGIN,
            change=StatusChange(index=0, leaf=leaf_hash(GRANT), state=state, seq=1),
        )
        for state in (State.HELD, State.ENDED)
    ]
    places = [
        b"/checkpoint",
        b"/tile/0/000.p/1",
        b"/tile/entries/000",
        b"/log.json",
        b"/health",
    ]
    places += [b"/status/head", b"/status/vector", b"/status/delta?since=1"]
    places += [b"/status/tile/0/000.p/1", b"/v1/proof/0", b"/v1/bundle/0"]
    seeds = [(b"GET", place, b"") for place in places]
    seeds += [(b"POST", b"/v1/entries", entry) for entry in [*changes, receipt(1)] * 4]
    admission = Admission(
        storage,
        origin=ORIGIN,
        difficulty=Difficulty(
            fill=lambda: sequencer.fill, clock=time.monotonic, least=2
        ),
    )
    app = LedgerApp(
        storage=storage,
        admission=admission,
        sequencer=sequencer,
        status=StatusApp(StatusView(storage, policy=policy_of(ORIGIN))),
        health=health_of(storage, sequencer, origin=ORIGIN),
        about={},
    )
    told = withstands(app, seeds, jobs=[sequencer.run])
    assert {200, 400, 403, 404} <= told.keys()
    assert storage.size == len(list(storage.entries(0, storage.size)))
    storage.close()


def test_a_witness_withstands_odd_requests(tmp_path):
    signer, log = Signer.from_seed(b"w" * 32), vkey_for(ORIGIN, LOG_KIND, LOG.public)
    witness = Witness(tmp_path / "w.db", name="w", signer=signer, logs=[log])
    text = note_text(Checkpoint(ORIGIN, 1, leaf_hash(GRANT)))
    note = text + b"\n" + sign_log(LOG, ORIGIN, text)
    name = hashlib.sha256(ORIGIN.encode()).hexdigest().encode()
    seeds = [(b"GET", b"/witness.json", b""), (b"GET", b"/%s/checkpoint" % name, b"")]
    seeds += [
        (b"POST", b"/add-checkpoint", b"old %d\n\n" % old + note) for old in (0, 1, 1)
    ] * 3
    told = withstands(WitnessApp(witness, clock=time.time), seeds)
    assert {200, 400, 404, 409} <= told.keys()
    witness.close()


@pytest.fixture
def world(tmp_path):
    made = RelayWorld(tmp_path)
    made.log_grant()
    yield made
    made.storage.close()


def test_a_relay_withstands_odd_requests(world):
    leaf, ledger = world.made.leaf, world.grant.ledger
    now = int(at().timestamp())
    orders = [
        order.ask_list(ledger, origin=ORIGIN, leaf=leaf, asked_at=now),
        order.new_root(ledger, origin=ORIGIN, leaf=leaf, tree=0, root=bytes(32)),
    ]
    notice = withdrawal.sign_notice(world.grant.control, origin=ORIGIN, leaf=leaf)
    head = world.message(world.made.order)
    package = len(head).to_bytes(4, "big") + head + world.package
    seeds = [(b"GET", b"/v1/details", b""), (b"GET", b"/v1/details/0/0", b"")]
    seeds += [(b"POST", b"/v1/orders", world.message(one)) for one in orders * 4]
    seeds += [(b"POST", b"/v1/packages", package)] * 4
    seeds += [(b"POST", b"/v1/releases", world.receipt().encode())] * 8
    seeds += [(b"POST", b"/v1/notices", world.message(notice)[:-9])] * 4
    app = RelayApp(
        world.relay, incoming=world.folder / "packages", clock=at, look=lambda: None
    )
    told = withstands(app, seeds)
    assert {200, 400, 403, 404} <= told.keys()
    assert not list((world.folder / "packages").glob("*.part"))
