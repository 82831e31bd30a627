import errno
import hashlib
import os
import resource
import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.support.power_cut import cut_at
from wallet.errors import CancelledError, RefusedError
from wallet.exports import medium
from wallet.exports.drives import drives
from wallet.exports.folder_manifest import (
    MANIFEST,
    check_export,
    find_export,
    parse_manifest,
)
from wallet.exports.medium import StickError, Trouble
from wallet.exports.parts import of_bytes
from wallet.exports.stick import FOLDER, Phase, write_export
from wallet.verdict import Reason

OLD = (of_bytes("START-HERE.html", b"old"), of_bytes("fhir/all.ndjson", b"{}\n"))
NEW = (
    of_bytes("START-HERE.html", b"new"),
    of_bytes("fhir/all.ndjson", b"{}\n" * 500_000),
    of_bytes("originals/0001-a.json", b""),
)


def checked(target):
    return check_export(find_export(target, FOLDER), step=lambda _: None)


def start_page(target):
    return (target / FOLDER / "START-HERE.html").read_bytes()


def test_an_export_is_whole_compared_and_listed(tmp_path):
    seen = []
    done = write_export(tmp_path, NEW, progress=seen.append)
    assert (done.files, done.size) == (3, 1_500_003)
    assert checked(tmp_path).whole
    assert [entry.name for entry in tmp_path.iterdir()] == [FOLDER]
    assert {step.phase for step in seen} == {Phase.WRITING, Phase.COMPARING}
    assert all(step.done <= step.total for step in seen)
    assert seen[-1].done == seen[-1].total


def test_a_new_export_replaces_the_old_one(tmp_path):
    write_export(tmp_path, OLD)
    write_export(tmp_path, NEW)
    assert start_page(tmp_path) == b"new"
    assert checked(tmp_path).whole
    assert [entry.name for entry in tmp_path.iterdir()] == [FOLDER]


@pytest.mark.parametrize("stop_at", [1, 2, 3, 4])
def test_cancelling_keeps_the_old_export(tmp_path, stop_at):
    write_export(tmp_path, OLD)
    asked = iter(range(1, 99))
    with pytest.raises(CancelledError):
        write_export(tmp_path, NEW, cancelled=lambda: next(asked) >= stop_at)
    assert start_page(tmp_path) == b"old"
    assert checked(tmp_path).whole
    assert [entry.name for entry in tmp_path.iterdir()] == [FOLDER]


def test_altered_missing_and_added_files_are_named(tmp_path):
    write_export(tmp_path, NEW)
    folder = tmp_path / FOLDER
    (folder / "START-HERE.html").write_bytes(b"nEw")
    (folder / "fhir/all.ndjson").unlink()
    (folder / "extra").mkdir()
    (folder / "extra/note.txt").write_bytes(b"x")
    (folder / "link").symlink_to("START-HERE.html")
    seen = checked(tmp_path)
    assert not seen.whole
    assert seen.altered == ("START-HERE.html",)
    assert seen.missing == ("fhir/all.ndjson",)
    assert seen.added == ("extra/note.txt", "link")


def test_a_file_swapped_for_a_link_is_never_followed(tmp_path):
    write_export(tmp_path, NEW)
    page = tmp_path / FOLDER / "START-HERE.html"
    page.rename(tmp_path / "aside")
    page.symlink_to(tmp_path / "aside")
    assert checked(tmp_path).unreadable == ("START-HERE.html",)


def test_a_folder_somebody_else_made_is_left_alone(tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "mine.txt").write_bytes(b"x")
    with pytest.raises(StickError) as caught:
        write_export(tmp_path, NEW)
    assert caught.value.trouble is Trouble.NOT_OURS
    assert (tmp_path / FOLDER / "mine.txt").read_bytes() == b"x"


def test_what_a_crash_left_is_settled_first(tmp_path):
    write_export(tmp_path, OLD)
    (tmp_path / FOLDER).rename(tmp_path / "Heartwood.old")  # crashed between renames
    (tmp_path / "Heartwood.part").mkdir()
    asked = iter(range(1, 99))
    with pytest.raises(CancelledError):
        write_export(tmp_path, NEW, cancelled=lambda: next(asked) >= 2)
    assert start_page(tmp_path) == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == [FOLDER]


@pytest.mark.parametrize(
    "call", ["rename", "mkdir", "fsync", "open", "rmdir", "unlink"]
)
def test_killed_at_any_step_one_whole_copy_is_found(tmp_path, call):
    for step in range(1, 60):
        target = tmp_path / f"{step}"
        target.mkdir()
        write_export(target, OLD)
        code = cut_at(call, step, partial(write_export, target, NEW))
        found = find_export(target, FOLDER)
        assert check_export(found, step=lambda _: None).whole
        assert (found / "START-HERE.html").read_bytes() in (b"old", b"new")
        write_export(target, NEW)  # and the next try settles it
        assert [entry.name for entry in target.iterdir()] == [FOLDER]
        assert start_page(target) == b"new"
        if code == 0:
            return
    pytest.fail("there are more steps than were tried")


@pytest.mark.parametrize("names", [("a", "A"), ("MANIFEST.tsv",), ("../x",)])
def test_names_that_collide_or_leave_are_refused(tmp_path, names):
    parts = [object.__new__(type(NEW[0])) for _ in names]
    for part, name in zip(parts, names, strict=True):
        for key, value in {
            "name": name,
            "size": 0,
            "digest": b"",
            "read": None,
        }.items():
            object.__setattr__(part, key, value)
    with pytest.raises(RefusedError):
        write_export(tmp_path, parts)
    assert not list(tmp_path.iterdir())


_CALLS = ("write", "fsync", "preadv", "open")


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("call", _CALLS)
def test_whichever_call_fails_nothing_half_written_is_called_safe(
    tmp_path, monkeypatch, call, code
):
    real = getattr(os, call)
    for failing in range(1, 40):
        target = tmp_path / f"{failing}"
        target.mkdir()
        write_export(target, OLD)
        count = iter(range(1, 1_000))

        def faulty(*args, count=count, failing=failing, **kwargs):
            if next(count) == failing:
                raise OSError(code, "injected")
            return real(*args, **kwargs)

        monkeypatch.setattr(medium.os, call, faulty)
        try:
            write_export(target, NEW)
        except StickError as error:
            unsure = error.trouble is Trouble.UNSURE
        else:
            unsure = True  # past the last call, or a reading that has a second way
        finally:
            monkeypatch.setattr(medium.os, call, real)
        assert start_page(target) == (b"new" if unsure else b"old")
        assert checked(target).whole
        if next(count) <= failing:
            return
    pytest.fail("there are more calls than were tried")


def test_a_medium_that_keeps_other_bytes_is_found_out(tmp_path, monkeypatch):
    real = os.write

    def lossy(descriptor, data):
        return real(descriptor, bytes(len(data)))

    monkeypatch.setattr(medium.os, "write", lossy)
    with pytest.raises(StickError) as caught:
        write_export(tmp_path, NEW)
    assert caught.value.trouble is Trouble.DIFFERENT
    assert not list(tmp_path.iterdir())


def test_a_file_larger_than_the_file_system_takes_is_said_to_be_so(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StickError) as caught:
            write_export(tmp_path, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.trouble is Trouble.TOO_LARGE
    assert "exFAT" in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [0, 1, 4_096, (1 << 20) - 1, 1 << 20, (1 << 20) + 5])
def test_reading_back_never_asks_past_the_end(tmp_path, monkeypatch, size):
    """Some file systems refuse that under O_DIRECT where it is no whole block."""
    path, asked, real = tmp_path / "x", [], os.preadv
    path.write_bytes(os.urandom(size))

    def strict(descriptor, blocks, start):
        asked.append(start)
        if start % 512:
            raise OSError(errno.EINVAL, "not aligned")
        return real(descriptor, blocks, start)

    monkeypatch.setattr(medium.os, "preadv", strict)
    seen = medium.read_back(path, step=lambda _: None)
    assert seen == (size, hashlib.sha256(path.read_bytes()).digest())
    assert all(start < max(size, 1) for start in asked)


def test_a_stick_pulled_out_is_noticed_even_if_its_place_answers(tmp_path, monkeypatch):
    real = Path.stat
    places = iter(range(100))

    def moved(self, **kwargs):
        seen = real(self, **kwargs)
        if self != tmp_path or next(places) == 0:
            return seen
        return os.stat_result((*seen[:2], seen.st_dev + 1, *seen[3:10]))

    monkeypatch.setattr(Path, "stat", moved)
    with pytest.raises(StickError) as caught:
        write_export(tmp_path, NEW)
    assert caught.value.trouble is Trouble.GONE
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=17m", "tmpfs", str(disk)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no mount program")
    if done.returncode:
        pytest.skip("may not mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_nearly_full_disk_is_refused_before_anything_is_written(small_disk):
    write_export(small_disk, OLD)
    big = of_bytes("fhir/all.ndjson", b"x" * 3_000_000)
    with pytest.raises(StickError) as caught:
        write_export(small_disk, (big,))
    assert caught.value.trouble is Trouble.NO_ROOM
    assert start_page(small_disk) == b"old"


def test_a_disk_that_may_not_be_written_is_refused(small_disk):
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(remount, check=True)
    with pytest.raises(StickError) as caught:
        write_export(small_disk, OLD)
    assert caught.value.trouble is Trouble.READ_ONLY


_LINE = b"0" * 64 + b"\t0\ta\n"
_HEAD = b"# heartwood manifest 1: sha256, size, name\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.MALFORMED),
        (_HEAD[:-1], Reason.MALFORMED),
        (_HEAD + _LINE[:-1], Reason.MALFORMED),
        (_HEAD + _LINE + _LINE, Reason.MALFORMED),
        (_HEAD + _LINE + _LINE.replace(b"a", b"A"), Reason.MALFORMED),
        (_HEAD + _LINE.replace(b"a", b"../a"), Reason.MALFORMED),
        (_HEAD + _LINE.replace(b"\t0", b"\t00"), Reason.MALFORMED),
        (_HEAD + _LINE.replace(b"\ta", b"\tMANIFEST.tsv"), Reason.MALFORMED),
        (_HEAD + _LINE[1:], Reason.MALFORMED),
        (_HEAD + b"\xff", Reason.MALFORMED),
        (_HEAD.replace(b"1:", b"2:") + _LINE, Reason.UNKNOWN_VERSION),
    ],
)
def test_a_manifest_is_read_strictly(data, reason):
    with pytest.raises(RefusedError) as caught:
        parse_manifest(data)
    assert caught.value.reason is reason


def test_a_place_without_an_export_says_so(tmp_path):
    with pytest.raises(RefusedError) as caught:
        find_export(tmp_path, FOLDER)
    assert caught.value.reason is Reason.PACKAGE_MISSING
    write_export(tmp_path, OLD)
    assert find_export(tmp_path / FOLDER, FOLDER) == tmp_path / FOLDER
    assert (tmp_path / FOLDER / MANIFEST).is_file()


def test_only_drives_that_can_be_taken_out_are_listed(tmp_path):
    sys_block = tmp_path / "sys"
    for disk, removable in (("sdx", "1"), ("sdy", "0")):
        part = sys_block / f"devices/{disk}/{disk}1"
        part.mkdir(parents=True)
        (part / "partition").write_text("1\n")
        (part.parent / "removable").write_text(removable + "\n")
        (part.parent / "device").mkdir()
        (part.parent / "device/model").write_text("Quick  Stick \n")
        (sys_block / f"{disk}1").symlink_to(part)
    place = tmp_path / "MAYA 32"
    place.mkdir()
    mounts = tmp_path / "mounts"
    escaped = str(place).replace(" ", "\\040")
    mounts.write_text(
        f"proc /proc proc rw 0 0\n/dev/sdx1 {escaped} vfat rw 0 0\n"
        f"/dev/sdy1 {tmp_path} ext4 rw 0 0\n/dev/sdx1 /nowhere/at/all vfat rw 0 0\n\n"
    )
    (found,) = drives(mounts=mounts, sys_block=sys_block, labels=tmp_path / "none")
    assert (found.path, found.name, found.model) == (place, "MAYA 32", "Quick Stick")
    assert 0 < found.free <= found.size
    assert drives(mounts=tmp_path / "absent") == ()
