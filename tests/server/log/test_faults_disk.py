"""A disk that is full or read-only: named, outlived, and nothing answered is lost.

One world of real processes; each test fills a disk, looks, and frees it again.
"""

import time

import pytest

from tests.support.disks import any_disk, freeze, small_disk, thaw
from tests.support.ledger_servers import LedgerWorld, Process, health_of, receipt
from wallet.errors import UnreachableError, WalletError
from wallet.ledger.entry import leaf_hash
from wallet.ledger.tree import Tree


class SmallWorld(LedgerWorld):
    """A ledger and a witness on disks of their own; logs are kept."""

    def __init__(self, folder, *, way):
        self.logs = folder
        self.disk = small_disk(folder / "ledger", way=way)
        self.witness_disk = any_disk(folder / "witness-0")
        self.kept = {}
        try:
            super().__init__(folder)
        except BaseException:
            self._unmount()
            raise

    def _process(self, *words, name):
        return Process(*words, log=self.logs / f"{name}.log")

    def close(self):
        try:
            super().close()
        finally:
            self._unmount()

    def _unmount(self):
        self.disk.close()
        self.witness_disk.close()

    def add(self, number):
        """Submit, and remember what was promised."""
        self.kept[self.submit(receipt(number))] = receipt(number)

    def refused(self, number):
        """Try until the disk is really full; what a caller is told then."""
        for more in range(200):
            entry = receipt(number * 1_000 + more)
            try:
                self.kept[self.client.submit(entry)] = entry
            except UnreachableError as refused:
                return f"{refused}"
        raise AssertionError("the disk was never full")

    def health(self):
        return health_of(self.server.said["url"])

    @property
    def url(self):
        return self.server.said["url"]

    def said(self, what, *, by=None, patience=60.0):
        """Wait for a line of a log."""
        server, give_up = by or self.server, time.monotonic() + patience
        while not any(what in line for line in server.lines()):
            assert time.monotonic() < give_up, server.lines()
            time.sleep(0.1)

    def is_whole(self):
        """Everything promised stands under a quorum's note; nobody was restarted."""
        note = self.published(max(self.kept))
        size = note.checkpoint.size
        entries = self.entries(size)
        assert Tree(map(leaf_hash, entries)).root() == note.checkpoint.root
        for index, entry in self.kept.items():
            assert entries[index] == entry
        assert self.server.process.poll() is None


@pytest.fixture(scope="module", params=["mounted", "limited"])
def world(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("small")
    if request.param == "mounted":
        disk = small_disk(folder / "ledger")
        if disk is None:
            pytest.skip("nobody may mount here; the limit is tried")
        disk.close()
    made = SmallWorld(folder, way=request.param)
    yield made
    made.close()


def test_a_full_disk_of_the_ledger_is_named_and_outlived(world):
    world.add(1)
    before = world.published(max(world.kept)).checkpoint
    with world.disk.full(world.server):
        assert "not stored: OperationalError" in world.refused(2)
        world.said("nothing is stored: OperationalError")
        said = world.health()
        assert (said["healthy"], said["stores"]) == (False, False)
        assert world.note().checkpoint.size >= before.size  # whoever reads is served
        assert world.client.bundle(0, before.size)
    world.add(3)
    world.said("stored again, ")
    world.is_whole()
    assert world.health()["stores"]


def test_a_full_disk_of_a_witness_costs_its_line_and_no_more(world):
    one = world.witnesses[0]
    with world.witness_disk.full(one):
        for number in range(10, 14):
            world.add(number)
            world.is_whole()
        world.said("OperationalError at ", by=one)
        failed = [line for line in one.lines() if "OperationalError at" in line]
        assert len(failed) == 1
        assert "witness-0" in world.health()["failing_witnesses"]
    lines = set()
    for number in range(14, 60):
        world.add(number)
        world.published(max(world.kept))
        lines = {line.name for line in world.note().lines}
        if "witness-0" in lines:
            break
    assert "witness-0" in lines
    world.said("OperationalError is over, ", by=one)


def test_a_file_of_the_ledger_that_turned_read_only_is_named_and_outlived(world):
    files = [world.home / name for name in ("ledger.db", "ledger.db-wal")]
    world.add(70)
    if not freeze(*files):
        pytest.skip("no file can be made immutable here")
    try:
        refused = world.refused(71)
        assert "not stored: OperationalError" in refused
        assert not world.health()["healthy"]
        assert world.note()
    finally:
        thaw(*files)
    world.add(72)
    world.is_whole()


def test_a_signature_that_cannot_be_kept_is_not_given(world):
    """What is signed last lies in a file of its own; here nobody may write it."""
    signed = world.home / "signed.db"
    world.add(80)
    before = world.published(max(world.kept)).checkpoint.size
    if not freeze(signed):
        pytest.skip("no file can be made immutable here")
    try:
        world.kept[world.client.submit(receipt(81))] = receipt(81)
        world.said("nothing published: the disk: OperationalError")
        # A turn that was under way may still have come through.
        shown = world.note().checkpoint.size
        time.sleep(1.0)
        assert before <= world.note().checkpoint.size == shown
    finally:
        thaw(signed)
    world.is_whole()


def test_nothing_promised_while_disks_were_full_is_missing_after_a_restart(world):
    world.server.kill()
    world.restart()
    world.add(90)
    world.is_whole()
    with pytest.raises(WalletError):
        world.client.bundle(99, 1)
