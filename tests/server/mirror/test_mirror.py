"""What a mirror stands behind, and every answer it gives."""

import asyncio
import base64
import json
from datetime import UTC, datetime

import pytest

from tests.ledger.entries import ORIGIN, OTHER, change, grant, receipt
from tests.support.ledger_simulator import LedgerSimulator
from tests.support.status_roots import log_root
from wallet.errors import LedgerForkedError, RefusedError, TurnedAwayError
from wallet.keys.signing import Signer
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sources import origin_hash
from wallet.ledger.sync import sync
from wallet.ledger.tree import Tree
from wallet.server.mirror.http import MirrorApp
from wallet.server.mirror.logs import Sources
from wallet.server.mirror.mirror import BehindError, Mirror

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECONDS = int(NOON.timestamp())
HEX = origin_hash(ORIGIN)


class Log(LedgerSimulator):
    """A simulated log that roots what it publishes and remembers what it is given."""

    def __init__(self):
        super().__init__(ORIGIN, NOON)
        self.states = []
        self.stamps = []

    def put(self, entry, state=State.STANDS, *, ends=None):
        index = self.append(entry)
        self.states.append(state)
        if ends is not None:
            self.states[ends] = State.ENDED
        return index

    def rooted(self, **wrong):
        log_root(self, self.states, **wrong)
        self.states.append(State.STANDS)
        return self.publish()

    def submit(self, entry, stamp=None):
        self.stamps.append(stamp)
        self._ask("submit")
        return super().submit(entry)


@pytest.fixture
def log():
    made = Log()
    for number in range(3):
        made.put(grant(number))
    return made


@pytest.fixture
def mirror(tmp_path, log):
    made = opened(tmp_path, log)
    yield made
    made.close()


def opened(folder, *logs, policy=None):
    return Mirror(
        folder,
        name="mirror.test/m",
        signer=Signer.from_seed(b"m" * 32),
        policy=Policy.parse(policy or logs[0].policy),
        sources=Sources(of={ORIGIN: logs}),
    )


def request(note, old=0, path=()):
    return b"\n".join([b"old %d" % old, *map(base64.b64encode, path)]) + b"\n\n" + note


def times(mirror, note):
    seen = parse_note(note).cosignature_times([mirror.vkey])
    return {vkey.name: seconds for vkey, seconds in seen.items()}


def test_what_was_recomputed_is_cosigned_and_served_under_quorum(mirror, log):
    note = log.rooted()
    mirror.follow(ORIGIN, seconds=SECONDS)
    served = mirror.checkpoint(HEX)
    assert times(mirror, served) == {"mirror.test/m": SECONDS}
    assert Policy.parse(log.policy).accept(parse_note(served)) is not None
    assert parse_note(served).text == parse_note(note).text


def test_a_checkpoint_over_a_wrong_status_is_neither_cosigned_nor_served(mirror, log):
    log.rooted()
    mirror.follow(ORIGIN, seconds=SECONDS)
    good = mirror.checkpoint(HEX)
    log.put(change(0, grant(0), State.ENDED, 1))  # and the root hides that it ended
    log.rooted()
    with pytest.raises(RefusedError, match="status root at 5 is wrong"):
        mirror.follow(ORIGIN, seconds=SECONDS)
    assert mirror.checkpoint(HEX) == good
    old = parse_note(good).checkpoint.size
    mirror.add_checkpoint(request(log.checkpoint()))
    with pytest.raises(TurnedAwayError) as turned:
        mirror.add_entries(ORIGIN, end=old + 2, seconds=SECONDS)
    assert (turned.value.status, turned.value.detail) == (
        422,
        "the status root at 5 is wrong",
    )
    log.states[0] = State.ENDED
    log.rooted()
    mirror.follow(ORIGIN, seconds=SECONDS)
    assert parse_note(mirror.checkpoint(HEX)).checkpoint.size == old + 3


def test_a_checkpoint_that_ends_with_no_root_is_not_cosigned(mirror, log):
    log.publish()
    with pytest.raises(RefusedError, match="no status root"):
        mirror.follow(ORIGIN, seconds=SECONDS)
    assert mirror.checkpoint(HEX) is None


def test_too_few_witnesses_are_not_served_but_held(mirror, log):
    log.witnesses_up = {"w1"}
    note = log.rooted()
    with pytest.raises(RefusedError, match="no_quorum"):
        mirror.follow(ORIGIN, seconds=SECONDS)
    assert mirror.checkpoint(HEX) is None
    mirror.add_checkpoint(request(note))
    line = mirror.add_entries(ORIGIN, end=4, seconds=SECONDS)
    assert times(mirror, note + line) == {"mirror.test/m": SECONDS}
    assert parse_note(mirror.pending(HEX)).checkpoint.size == 4


def test_another_history_is_refused_and_remembered(mirror, log, tmp_path):
    log.rooted()
    mirror.follow(ORIGIN, seconds=SECONDS)
    trusted = parse_note(mirror.checkpoint(HEX)).text
    log.fork(at=1)
    with pytest.raises(LedgerForkedError):
        mirror.follow(ORIGIN, seconds=SECONDS)
    copy = mirror.copy(HEX)
    assert parse_note(copy.forked[0]).text == trusted
    assert parse_note(copy.forked[1]).text == parse_note(log.checkpoint()).text
    with pytest.raises(LedgerForkedError):
        mirror.follow(ORIGIN, seconds=SECONDS)
    mirror.add_checkpoint(request(log.checkpoint()))
    with pytest.raises(TurnedAwayError) as turned:
        mirror.add_entries(ORIGIN, end=4, seconds=SECONDS)
    assert turned.value.status == 422


def test_a_forged_line_in_its_own_name_is_refused(mirror, log):
    note = log.rooted()
    forged = base64.b64encode(mirror.vkey.key_id + bytes(71) + b"\1").decode()
    log._note = note + f"\u2014 mirror.test/m {forged}\n".encode()
    with pytest.raises(RefusedError, match="signature_wrong"):
        mirror.follow(ORIGIN, seconds=SECONDS)


def test_lines_of_strangers_are_not_passed_on(mirror, log):
    junk = base64.b64encode(bytes(72)).decode()
    log.rooted()
    log._note += f"\u2014 stranger {junk}\n".encode()
    mirror.follow(ORIGIN, seconds=SECONDS)
    names = [line.name for line in parse_note(mirror.checkpoint(HEX)).lines]
    assert names == [ORIGIN, "w1.test", "w2.test", "w3.test", "mirror.test/m"]


def test_a_log_that_is_away_is_followed_through_another_mirror(tmp_path, log):
    away = Log()
    away.reachable = False
    log.rooted()
    mirror = opened(tmp_path, away, log)
    mirror.follow(ORIGIN, seconds=SECONDS)
    assert parse_note(mirror.checkpoint(HEX)).checkpoint.size == 4
    mirror.close()


def test_an_address_that_serves_another_log_is_said(tmp_path, log):
    other = LedgerSimulator("ledger.test/x", NOON)
    mirror = opened(tmp_path, other, policy=log.policy)
    with pytest.raises(RefusedError, match="checkpoint origin"):
        mirror.follow(ORIGIN, seconds=SECONDS)
    mirror.close()


def test_a_mirror_opened_again_stands_where_it_stood(tmp_path, log):
    log.rooted()
    mirror = opened(tmp_path, log)
    mirror.follow(ORIGIN, seconds=SECONDS)
    served = mirror.checkpoint(HEX)
    mirror.close()
    mirror = opened(tmp_path, log)
    assert mirror.checkpoint(HEX) == served
    assert mirror.copy(HEX).size == 4
    mirror.close()


def test_every_tile_and_bundle_is_that_of_the_log(mirror, log, tmp_path):
    for number in range(3, 700):
        log.put(receipt(number))
    log.rooted()
    mirror.follow(ORIGIN, seconds=SECONDS)
    copy = mirror.copy(HEX)
    for level, n, width in ((0, 0, 256), (0, 2, 189), (0, 2, 7), (1, 0, 2), (1, 0, 1)):
        assert copy.tile(level, n, width) == log.tile(level, n, width)
    assert copy.tile(0, 2, 190) is None
    assert copy.tile(1, 0, 3) is None
    assert copy.bundle(2, 190) is None
    assert copy.bundle(1, 256) == log.bundle(1, 256)

    class Served:
        checkpoint, bundle = staticmethod(lambda: mirror.checkpoint(HEX)), copy.bundle

    replica = Replica.open(
        tmp_path / "reader", origin=ORIGIN, policy=Policy.parse(log.policy)
    )
    sync(replica, Served)
    assert replica.root == Tree(map(leaf_hash, log._entries)).root()


def test_changes_wait_durably_until_the_signed_history_holds_them(tmp_path, log):
    log.rooted()
    mirror = opened(tmp_path, log)
    mirror.follow(ORIGIN, seconds=SECONDS)
    copy, desk = mirror.copy(HEX), mirror.handing_on
    end = change(1, grant(1), State.ENDED, 1)
    pause = change(0, grant(0), State.HELD, 1)
    for entry in (pause, end, end):
        assert desk.take(copy, entry, stamp=b"s" * 8, seconds=SECONDS) is None
    mirror.close()
    mirror = opened(tmp_path, log)
    copy, desk = mirror.copy(HEX), mirror.handing_on
    assert [one.entry for one in desk.of(ORIGIN)] == [end, pause]
    log.reachable = False
    for _ in range(2):
        with pytest.raises(Exception, match="unreachable"):
            mirror.hand_on(ORIGIN)
    assert desk.waiting == 2
    log.reachable = True
    mirror.hand_on(ORIGIN)
    assert log._entries[-2:] == [end, pause]
    assert log.stamps[-1] == b"s" * 8
    assert desk.waiting == 2  # taken, and not yet signed for
    log.states[1], log.states[0] = State.ENDED, State.HELD
    log.states += [State.STANDS] * 2
    log.rooted()
    mirror.follow(ORIGIN, seconds=SECONDS)
    assert desk.waiting == 0
    assert desk.take(copy, end, stamp=b"", seconds=SECONDS) == 4
    mirror.close()


def test_only_changes_that_are_the_holders_to_make_are_taken(mirror, log):
    log.put(grant(1), State.ENDED)
    log.rooted()
    mirror.follow(ORIGIN, seconds=SECONDS)
    copy, desk = mirror.copy(HEX), mirror.handing_on
    refused = [
        (grant(9), 403),
        (b"junk", 400),
        (bytes(5_000), 413),
        (change(1, grant(1), State.ENDED, 1, signer=OTHER), 403),
        (change(1, grant(0), State.ENDED, 1), 403),
        (change(3, grant(1), State.ENDED, 1), 403),  # a copy, not its first index
        (change(40, grant(1), State.ENDED, 1), 404),
    ]
    for entry, status in refused:
        with pytest.raises(TurnedAwayError) as turned:
            desk.take(copy, entry, stamp=b"", seconds=SECONDS)
        assert turned.value.status == status
    for seq in range(40):
        entry = change(1, grant(1), State.ENDED, seq)
        assert desk.take(copy, entry, stamp=b"", seconds=SECONDS) is None
    assert desk.waiting == 1  # one end is as good as many
    for seq in range(16):
        held = change(1, grant(1), State.HELD, seq)
        desk.take(copy, held, stamp=b"", seconds=SECONDS)
    held = change(1, grant(1), State.HELD, 16)
    with pytest.raises(TurnedAwayError):
        desk.take(copy, held, stamp=b"", seconds=SECONDS)


def asked(app, method, path, body=b"", headers=()):
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    try:
        asyncio.run(app(scope, receive, send))
    except TurnedAwayError as turned:
        return turned.status, b"", turned.detail.encode()
    kind = dict(sent[0]["headers"])[b"content-type"]
    return sent[0]["status"], kind, sent[1]["body"]


def header(origin=ORIGIN, start=4, end=4, ticket=b"", rest=b""):
    name = origin.encode()
    bounds = start.to_bytes(8, "big") + end.to_bytes(8, "big")
    head = len(name).to_bytes(2, "big") + name + bounds
    return head + len(ticket).to_bytes(2, "big") + ticket + rest


def test_each_request_has_its_answer(mirror, log):
    app = MirrorApp(mirror, clock=lambda: SECONDS)
    note = log.rooted()
    assert asked(app, "GET", f"/{HEX}/checkpoint")[0] == 404
    assert asked(app, "GET", f"/pending/{HEX}/checkpoint")[0] == 404
    assert asked(app, "POST", "/add-entries", header("other.test/x"))[0] == 404
    status, kind, said = asked(app, "POST", "/add-entries", header())
    assert (status, kind, said) == (409, b"text/x.tlog.mirror-info", b"0\n0\n\n")
    assert asked(app, "POST", "/add-checkpoint", request(note))[0] == 200
    log.reachable = False
    status, kind, said = asked(app, "POST", "/add-entries", header())
    assert (status, said) == (409, b"4\n0\n\n")
    log.reachable = True
    status, kind, line = asked(app, "POST", "/add-entries", header(ticket=b"t"))
    assert (status, kind) == (200, b"text/plain; charset=utf-8")
    assert times(mirror, note + line)
    for body in (
        b"",
        header()[:-1],
        header(start=5),
        header(rest=b"\0"),
        header(end=1 << 63),
        b"\0\1\xff" + bytes(18),
    ):
        assert asked(app, "POST", "/add-entries", body)[0] == 400
    assert asked(app, "GET", f"/pending/{HEX}/checkpoint")[2].startswith(b"ledger.test")
    mirror.follow(ORIGIN, seconds=SECONDS)
    assert asked(app, "GET", f"/{HEX}/checkpoint")[2] == mirror.checkpoint(HEX)
    assert asked(app, "GET", f"/{HEX}/tile/0/000.p/4")[2] == log.tile(0, 0, 4)
    assert asked(app, "GET", f"/{HEX}/tile/entries/000.p/4")[2] == log.bundle(0, 4)
    for path in ("tile/0/000", "tile/0/0", "tile/x", "tile/entries/001.p/1", "tile"):
        assert asked(app, "GET", f"/{HEX}/{path}")[0] == 404
    for path in (f"/{'0' * 64}/checkpoint", f"/{'0' * 64}/tile/0/000.p/1", "/x"):
        assert asked(app, "GET", path)[0] == 404
    about = json.loads(asked(app, "GET", "/mirror.json")[2])
    assert about["logs"] == [{"origin": ORIGIN, "prefix": HEX}]
    end = change(1, grant(1), State.ENDED, 1)
    stamped = [(b"x-heartwood-stamp", b"zz")]
    place = f"/{HEX}/v1/entries"
    assert asked(app, "POST", place, end, stamped)[0] == 400
    assert asked(app, "POST", place, end)[0] == 202
    assert asked(app, "GET", "/health")[2] == b'{"handed_on":1,"not_followed":{}}'
    status, kind, text = asked(app, "GET", "/metrics")
    assert (status, kind) == (200, b"text/plain; version=0.0.4; charset=utf-8")
    named = f'{{origin="{ORIGIN}"}}'
    for line in (
        f"heartwood_mirror_entries_held{named} 4",
        f"heartwood_mirror_entries_served{named} 4",
        f"heartwood_mirror_forked{named} 0",
        "heartwood_mirror_handed_on 1",
    ):
        assert line in text.decode().splitlines()


def test_only_what_is_pending_is_asked_for(mirror, log):
    mirror.add_checkpoint(request(log.rooted()))
    with pytest.raises(BehindError) as behind:
        mirror.add_entries(ORIGIN, end=3, seconds=SECONDS)
    assert (behind.value.pending, behind.value.following) == (4, 0)
