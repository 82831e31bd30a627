"""The relay over HTTP, asked as a server would ask it, without a socket."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.relay_world import RelayWorld, at
from wallet.cbor import decode, encode
from wallet.grants import order, withdrawal
from wallet.server.http.asgi import Guarded
from wallet.server.relay.http import RelayApp


class Caller:
    """Sends one request through the application; bodies come in small pieces."""

    def __init__(self, world, *, look=lambda: None):
        self.app = RelayApp(
            world.relay,
            incoming=world.folder / "packages",
            clock=at,
            look=look,
        )

    def __call__(self, method, path, body=b"", *, cut=False, piece=4_000):
        pieces = [body[n : n + piece] for n in range(0, len(body), piece)] or [b""]
        messages = [
            {"type": "http.request", "body": part, "more_body": n + 1 < len(pieces)}
            for n, part in enumerate(pieces)
        ]
        if cut:
            messages[-1] = {"type": "http.disconnect"}
        sent = []

        async def receive():
            return messages.pop(0)

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path}
        asyncio.run(Guarded(self.app)(scope, receive, send))
        body = b"".join(m.get("body", b"") for m in sent[1:])
        return sent[0]["status"], body


@pytest.fixture
def world(tmp_path):
    made = RelayWorld(tmp_path)
    yield made
    made.storage.close()


def framed(world, package=None):
    head = world.message(world.made.order)
    body = world.package if package is None else package
    return len(head).to_bytes(4, "big") + head + body


def test_a_permission_is_deposited_opened_and_withdrawn(world):
    world.log_grant()
    call = Caller(world)
    assert call("POST", "/v1/packages", framed(world)) == (200, b"")
    name = world.made.deposit.object_id.hex()
    assert call("GET", f"/v1/packages/{name}") == (200, world.package)
    request = world.receipt()
    share = world.made.deposit.sealed_share
    assert call("POST", "/v1/releases", request.encode()) == (200, share)
    assert decode(call("GET", "/v1/details")[1]) == [0]
    ((_, sealed),) = decode(call("GET", "/v1/details/0/0")[1])
    assert sealed == request.sealed_details
    signed = withdrawal.sign_notice(
        world.grant.control, origin="ledger.test/demo", leaf=world.made.leaf
    )
    status, answer = call("POST", "/v1/notices", world.message(signed))
    assert (status, decode(answer)) == (200, [[0, 1, int(at().timestamp())]])
    assert call("GET", f"/v1/packages/{name}")[0] == 403
    assert call("POST", "/v1/releases", request.encode())[0] == 403
    gone = order.delete(
        world.grant.ledger, origin="ledger.test/demo", leaf=world.made.leaf
    )
    assert call("POST", "/v1/orders", world.message(gone))[0] == 200


def test_an_entry_not_in_the_copy_makes_the_relay_look_before_it_says_so(world):
    seen = []
    call = Caller(world, look=lambda: seen.append(1))
    assert call("POST", "/v1/packages", framed(world)) == (
        425,
        b"not_in_copy: entry not logged yet\n",
    )
    assert seen == [1]
    late = Caller(world, look=world.log_grant)
    assert late("POST", "/v1/packages", framed(world))[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/packages/zz", 400),
        ("GET", "/v1/packages/" + "0" * 32, 404),
        ("GET", "/v1/packages/" + "AB" * 16, 400),
        ("PUT", "/v1/orders", 405),
        ("GET", "/v1/details/x/0", 400),
        ("GET", "/v1/details/9/0", 400),
        ("GET", "/v1/details/0/1", 400),
        ("GET", "/health", 200),
    ],
)
def test_every_other_place_has_its_own_answer(world, method, path, status):
    assert Caller(world)(method, path)[0] == status


@pytest.mark.parametrize("path", ["orders", "notices", "releases", "packages"])
@pytest.mark.parametrize("body", [b"", b"x", b"\x00\x00\x00\x01x", bytes(200_000)])
def test_bodies_of_another_shape_are_refused(world, path, body):
    assert Caller(world)("POST", f"/v1/{path}", body)[0] == 400


def test_a_package_too_long_too_short_or_cut_leaves_nothing(world):
    world.log_grant()
    call = Caller(world)
    short, long = world.package[:-1], world.package + bytes(1)
    assert call("POST", "/v1/packages", framed(world, short))[0] == 422
    assert call("POST", "/v1/packages", framed(world, long))[0] == 422
    assert call("POST", "/v1/packages", framed(world), cut=True)[0] == 400
    assert not list((world.folder / "packages").iterdir())


def test_an_order_longer_than_any_is_not_read(world):
    head = encode(["x" * 20_000, b"", b""])
    body = len(head).to_bytes(4, "big") + head
    assert Caller(world)("POST", "/v1/packages", body)[0] == 400


def notice_of(world):
    signed = withdrawal.sign_notice(
        world.grant.control, origin="ledger.test/demo", leaf=world.made.leaf
    )
    return world.message(signed)


async def send_to(app, path, body, *, held=None):
    """One POST; *held* keeps the end of the body back until it is set."""
    sent, whole = [], len(body) // 2 if held else len(body)
    pieces = [body[:whole], body[whole:]] if held else [body]

    async def receive():
        if len(pieces) == 1 and held:
            await held.wait()
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": []}
    await Guarded(app)(scope, receive, send)
    return sent[0]["status"]


def test_one_package_of_a_permission_arrives_at_a_time(world):
    world.log_grant()
    app, body = Caller(world).app, framed(world)

    async def play():
        end = asyncio.Event()
        first = asyncio.create_task(send_to(app, "/v1/packages", body, held=end))
        while not app._arriving:  # noqa: ASYNC110 nothing else tells
            await asyncio.sleep(0.01)
        assert await send_to(app, "/v1/packages", body) == 503
        end.set()
        assert await first == 200
        assert await send_to(app, "/v1/packages", body) == 200

    asyncio.run(play())


def test_a_package_that_would_fill_the_disk_is_turned_away(world, monkeypatch):
    world.log_grant()
    usage = type("usage", (), {"free": 64 << 20})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    app = Caller(world).app
    assert asyncio.run(send_to(app, "/v1/packages", framed(world))) == 503
    assert not list((world.folder / "packages").iterdir())


def test_a_withdrawal_waits_for_nobody_else(world):
    world.log_grant()
    app, free = Caller(world).app, threading.Event()

    async def play():
        busy = [
            asyncio.create_task(app._in_turn(lambda: free.wait(30))) for _ in range(20)
        ]
        await asyncio.sleep(0.05)
        assert await send_to(app, "/v1/notices", notice_of(world)) == 200
        free.set()
        await asyncio.gather(*busy)

    async def main():
        executor = ThreadPoolExecutor(16)
        asyncio.get_running_loop().set_default_executor(executor)
        try:
            async with asyncio.timeout(20):
                await play()
        finally:
            free.set()

    asyncio.run(main())


def test_many_who_ask_too_early_make_one_look(world):
    looks, free = [], threading.Event()

    def look():
        looks.append(1)
        assert free.wait(20)

    app = Caller(world, look=look).app

    async def play():
        asked = [
            asyncio.create_task(send_to(app, "/v1/notices", notice_of(world)))
            for _ in range(10)
        ]
        await asyncio.sleep(0.3)
        free.set()
        assert set(await asyncio.gather(*asked)) == {425}

    asyncio.run(play())
    assert len(looks) == 1
