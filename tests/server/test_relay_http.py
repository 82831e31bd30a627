"""The relay over HTTP, asked as a server would ask it, without a socket."""

import asyncio

import pytest

from tests.support.relay_world import RelayWorld, at
from wallet.cbor import decode, encode
from wallet.grants import order, withdrawal
from wallet.server.relay_http import RelayApp


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
        asyncio.run(self.app(scope, receive, send))
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
        ("PUT", "/v1/orders", 404),
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
