"""Tiles, bundles and checkpoints that a wire has cut or altered: nobody believes them.

A real ledger behind a proxy; whoever reads through it names the fault, keeps what it
had, and goes on by itself when the wire is whole again.
"""

import json
import shutil
from contextlib import closing

import pytest

from tests.support.bad_proxy import BadProxy
from tests.support.disks import any_disk
from tests.support.ledger_servers import ORIGIN, LedgerWorld, Process, receipt, run
from tests.support.roles_world import until
from wallet.cli.main import main
from wallet.errors import RefusedError, UnreachableError
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.replica import Replica
from wallet.ledger.sources import mirror_prefix
from wallet.ledger.sync import sync

WAYS = ("torn", "cut", "bit", "empty")
FIRST = 300  # entries: a full bundle and a partial one


class Wire(LedgerWorld):
    """A ledger, and a proxy that everybody here reads it through."""

    def __init__(self, folder):
        super().__init__(folder)
        self.folder, self.number = folder, 0
        self.proxy = BadProxy(self.server.said["url"])
        self.text = self.server.said["policy"]
        self.policy_path = folder / "policy"
        self.policy_path.write_text(self.text)
        self.grow(FIRST)

    def close(self):
        self.proxy.close()
        super().close()

    def grow(self, count=1):
        """So many entries more under a quorum's note."""
        fresh = [receipt(self.number + n) for n in range(count)]
        self.number += count
        placed = self.client.submit_many(fresh)
        self.published(max(placed))

    def copy(self, folder):
        policy = Policy.parse(self.text)
        return Replica.open(folder, origin=ORIGIN, policy=policy)

    def reader(self, folder):
        """A home that reads through the proxy."""
        (folder / "trust").mkdir(parents=True)
        (folder / "trust/ledger.policy").write_text(self.text)
        (folder / "trust/ledger.url").write_text(self.proxy.url)
        return folder


@pytest.fixture(scope="module")
def wire(tmp_path_factory):
    made = Wire(tmp_path_factory.mktemp("wire"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _healed(wire):
    yield
    wire.proxy.heal()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["checkpoint", "bundle"])
def test_a_sync_refuses_and_its_copy_stays_as_it_was(wire, tmp_path, kind, way):
    replica = wire.copy(tmp_path / "copy")
    with closing(LedgerClient(wire.proxy.url)) as client:
        sync(replica, client)
        before = (replica.size, replica.root, replica.note)
        wire.grow()
        wire.proxy.harm(kind, way)
        expected = UnreachableError if way == "torn" else RefusedError
        with pytest.raises(expected):
            sync(replica, client)
        assert wire.proxy.harmed
        assert (replica.size, replica.root, replica.note) == before
        assert not replica.is_forked
        wire.proxy.heal()
        sync(replica, client)
    assert replica.size == wire.note().checkpoint.size
    assert replica.root == wire.note().checkpoint.root


def verified(home, capsys):
    code = main(["--home", str(home), "--json", "ledger", "verify"])
    return code, json.loads(capsys.readouterr().out)


CODES = {  # torn is cannot tell; what is whole and wrong is a stop
    ("checkpoint", "torn"): (3, "ledger_unreachable"),
    ("checkpoint", "cut"): (1, "malformed"),
    ("checkpoint", "bit"): (1, "malformed signature_wrong"),
    ("checkpoint", "empty"): (1, "malformed"),
    ("bundle", "torn"): (3, "ledger_unreachable"),
    ("bundle", "cut"): (1, "ledger_forked"),
    ("bundle", "bit"): (1, "ledger_forked"),
    ("bundle", "empty"): (1, "ledger_forked"),
    ("tile", "torn"): (3, "ledger_unreachable"),
    ("tile", "cut"): (1, "ledger_forked"),
    ("tile", "bit"): (1, "ledger_forked"),
    ("tile", "empty"): (1, "ledger_forked"),
}


def test_verify_names_each_and_says_that_all_is_well_when_it_is(wire, tmp_path, capsys):
    home = wire.reader(tmp_path / "home")
    assert verified(home, capsys)[0] == 0
    for (kind, way), (wanted, reasons) in CODES.items():
        wire.proxy.harm(kind, way)
        code, said = verified(home, capsys)
        assert wire.proxy.harmed, (kind, way)
        assert (code, said["reason"] in reasons.split()) == (wanted, True), (kind, said)
        if kind != "checkpoint" and code == 1:
            named = {one["kind"] for one in said["findings"]}
            assert named <= ({"hash"} if kind == "tile" else {"altered", "missing"})
    wire.proxy.heal()
    assert verified(home, capsys)[0] == 0


def looked(wire, home, capsys):
    words = ["ledger", "monitor", "--once", "--policy", str(wire.policy_path)]
    code = main(["--home", str(home), "--json", *words, "--from", wire.proxy.url])
    return code, json.loads(capsys.readouterr().out)


def test_a_monitor_names_each_and_goes_on_with_the_copy_it_has(wire, tmp_path, capsys):
    home = tmp_path / "home"
    code, said = looked(wire, home, capsys)
    assert (code, said["alerts"]) == (0, [])
    for kind in ("checkpoint", "bundle"):
        for way in WAYS:
            wire.grow()
            wire.proxy.harm(kind, way)
            code, said = looked(wire, home, capsys)
            assert wire.proxy.harmed
            torn = way == "torn"
            assert code == (3 if torn else 1), said
            words = "does not answer" if torn else "is not what it must be"
            assert any(words in one for one in said["alerts"]), said
            assert not any("two different" in one for one in said["alerts"])
    wire.proxy.heal()
    code, said = looked(wire, home, capsys)
    assert (code, said["alerts"]) == (0, [])


def test_a_mirror_serves_what_it_has_until_the_wire_is_whole(wire, tmp_path):
    home = str(tmp_path / "mirror")
    run("--home", home, "ledger", "key", "--mirror", "mirror.test/m")
    words = ("--name", "mirror.test/m", "--policy", str(wire.policy_path))
    more = ("--from", wire.proxy.url, "--interval", "0.1")
    log = tmp_path / "mirror.log"
    one = Process("--home", home, "ledger", "mirror", *words, *more, log=log)
    one.hear()
    mirrored = LedgerClient(mirror_prefix(one.said["url"], ORIGIN))

    def served(size):
        return parse_note(mirrored.checkpoint()).checkpoint.size >= size

    try:
        until(lambda: served(wire.note().checkpoint.size))
        for kind in ("checkpoint", "bundle"):
            for way in WAYS:
                before = mirrored.checkpoint()
                faults = len(one.lines())
                wire.proxy.harm(kind, way)
                wire.grow()
                until(lambda faults=faults: len(one.lines()) > faults)
                assert "is not followed: " in one.lines()[faults]
                note = parse_note(mirrored.checkpoint())
                assert wire.policy.accept(note)
                assert mirrored.checkpoint() == before
                wire.proxy.heal()
                until(lambda: served(wire.note().checkpoint.size))
                until(lambda: one.lines()[-1].endswith("is followed again"))
    finally:
        mirrored.close()
        one.stop()


def test_a_mirror_whose_disk_is_full_serves_what_it_has_and_goes_on(wire, tmp_path):
    home = str(tmp_path / "key")
    run("--home", home, "ledger", "key", "--mirror", "mirror.test/m")
    words = ("ledger", "mirror", "--name", "mirror.test/m", "--interval", "0.1")
    more = ("--policy", str(wire.policy_path), "--from", wire.proxy.url)
    disk = any_disk(tmp_path / "home")
    shutil.copy(f"{home}/mirror.key", disk.folder)
    one = Process(
        *("--home", str(disk.folder), *words, *more), log=tmp_path / "mirror.log"
    )
    one.hear()
    mirrored = LedgerClient(mirror_prefix(one.said["url"], ORIGIN))

    def served():
        note = parse_note(mirrored.checkpoint())
        return note.checkpoint.size >= wire.note().checkpoint.size

    try:
        until(served)
        before = mirrored.checkpoint()
        with disk.full(one):
            wire.grow(60)
            until(lambda: any("is not followed: " in line for line in one.lines()))
            assert wire.policy.accept(parse_note(mirrored.checkpoint()))
            assert parse_note(before).checkpoint.size <= (
                parse_note(mirrored.checkpoint()).checkpoint.size
            )
        until(served)
        until(lambda: one.lines()[-1].endswith("is followed again"))
        assert one.process.poll() is None
    finally:
        disk.close()
        mirrored.close()
        one.stop()


def test_a_monitor_whose_disk_is_full_says_so_and_that_it_is_over(wire, tmp_path):
    disk = any_disk(tmp_path / "home")
    words = ("ledger", "monitor", "--policy", str(wire.policy_path))
    more = ("--from", wire.proxy.url, "--interval", "0.1")
    one = Process("--home", str(disk.folder), *words, *more, log=tmp_path / "log")
    one.hear()
    try:
        with disk.full(one):
            wire.grow(60)
            said = json.loads(one.process.stdout.readline())
            while "cannot keep what it reads" not in said["alert"]:
                said = json.loads(one.process.stdout.readline())
            assert not said["over"]
        while not (said["over"] and "cannot keep" in said["alert"]):
            said = json.loads(one.process.stdout.readline())
        assert one.process.poll() is None
    finally:
        disk.close()
        one.stop()


def test_a_relay_whose_disk_is_full_goes_on_when_it_is_not(wire, tmp_path):
    disk = any_disk(tmp_path / "home")
    trust = wire.reader(tmp_path / "trusting") / "trust"
    words = ("relay", "serve", "--trust", str(trust))
    one = Process("--home", str(disk.folder), *words, log=tmp_path / "log")
    one.hear()

    def said(what):
        return any(what in line for line in one.lines())

    try:
        with disk.full(one):
            wire.grow(60)
            until(lambda: said("is not followed: "))
        until(lambda: said("is not followed: over"))
        assert one.process.poll() is None
    finally:
        disk.close()
        one.stop()
