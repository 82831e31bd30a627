"""A stick for one reader: the package that was sealed once, while it may be given."""

import pytest

from tests.support.patient_world import PatientWorld
from tests.support.world import PARTS, opened
from wallet.actions.patient import sharing, stick
from wallet.errors import RefusedError, UsageError
from wallet.exports.parts import of_bytes
from wallet.exports.stick import FOLDER, write_export
from wallet.grants.package import content_key, decrypt_package, object_id
from wallet.vault import grants
from wallet.verdict import Reason


@pytest.fixture
def world(tmp_path):
    for name in ("relay", "home", "drive"):
        (tmp_path / name).mkdir()
    made = PatientWorld(tmp_path)
    yield made
    made.close()


@pytest.fixture
def drive(tmp_path):
    return tmp_path / "drive"


def write(world, made, drive):
    return stick.write_for_reader(world.wallet, made.leaf, drive, now=world.now)


def read(world, folder, tmp_path):
    """What the reader finds with both halves of the key and no network."""
    grant = opened(world.elm, (folder / "permission.hwgrant").read_bytes())
    name = object_id(grant.permission.secret, 0)
    key = content_key(
        grant.parts.share_a, grant.parts.share_b, leaf=grant.leaf, object_id=name
    )
    out = tmp_path / "out"
    out.mkdir()
    with (folder / "package.hwp").open("rb") as source:
        return decrypt_package(
            source,
            key=key,
            permission=grant.permission,
            leaf=grant.leaf,
            lowest_sequence=0,
            begin=lambda part: (out / part.name.replace("/", "_")).open("xb"),
            scratch=tmp_path,
        )


def test_the_reader_opens_from_it_the_same_snapshot_the_relay_holds(
    world, drive, tmp_path
):
    made = world.share()
    world.send()
    written = write(world, made, drive)
    row = grants.permission(world.store, leaf=made.leaf)
    manifest = read(world, written.folder, tmp_path)
    assert (manifest.raw, manifest.sequence) == (row.manifest, 0)
    assert [part.name for part in manifest.parts] == [part.ref.name for part in PARTS]
    assert row.carried_at == world.now.timestamp()
    assert stick.check(drive).whole


def test_it_may_be_written_before_the_ledger_has_answered(world, drive):
    world.ledger_up = False
    made = world.share()
    world.send()
    assert write(world, made, drive).files == 3
    world.ledger_up = True
    world.send()
    assert world.show(made.leaf).pending is None  # what was handed over is logged


def test_a_permission_that_is_to_end_is_not_handed_over_any_more(world, drive):
    made = world.share()
    world.send()
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    with pytest.raises(RefusedError) as refused:
        write(world, made, drive)
    assert refused.value.reason is Reason.WITHDRAWN
    assert not any(drive.iterdir())


def test_a_permission_whose_time_is_over_is_not_handed_over(world, drive):
    made = world.share(days=1)
    world.send()
    world.later(days=1)
    with pytest.raises(RefusedError) as refused:
        write(world, made, drive)
    assert refused.value.reason is Reason.ENDED


def test_the_package_is_kept_while_the_permission_stands_and_no_longer(world, drive):
    made = world.share()
    other = world.share(days=1)
    world.send()
    assert len([*world.wallet.outbox_folder.iterdir()]) == 2
    sharing.withdraw(world.wallet, made.leaf, now=world.now)
    world.send()
    world.later(days=1)
    world.send()
    assert [*world.wallet.outbox_folder.iterdir()] == []
    for one in (made, other):
        assert grants.permission(world.store, leaf=one.leaf).package is None


def test_a_package_a_crash_left_unsigned_is_dropped(world):
    made = world.share()
    stray = world.wallet.outbox_folder / ("0" * 32 + ".hwp")
    stray.write_bytes(b"never signed")
    world.send()
    assert not stray.exists()
    assert world.show(made.leaf).pending is None


def test_a_drive_with_the_patients_own_copy_is_not_handed_to_a_reader(world, drive):
    made = world.share()
    write_export(drive, [of_bytes("START-HERE.html", b"all of it, readable")])
    with pytest.raises(UsageError, match="your own copy"):
        write(world, made, drive)
    assert (drive / FOLDER / "START-HERE.html").read_bytes().startswith(b"all of it")
    assert grants.permission(world.store, leaf=made.leaf).carried_at is None


def test_a_drive_of_another_reader_is_replaced(world, drive):
    first = world.share()
    second = world.share()
    write(world, first, drive)
    folder = write(world, second, drive).folder
    file = (folder / "permission.hwgrant").read_bytes()
    assert opened(world.elm, file).leaf == second.leaf
