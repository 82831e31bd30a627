"""Opened records take their place whole, or not at all, wherever the power fails."""

import errno
import os
from functools import partial
from pathlib import Path

import pytest

from tests.support.power_cut import cut_at
from wallet.actions.clinic import publishing
from wallet.actions.clinic.home import ClinicHome
from wallet.actions.clinic.publishing import TargetError, clear_unfinished, publish
from wallet.errors import UsageError

FILES = {"START-HERE.html": b"page", "fhir/a.json": b"{}", "fhir/deep/b": b"b" * 99}


@pytest.fixture
def home(tmp_path):
    made = ClinicHome(tmp_path / "clinic")
    made.folder.mkdir()
    return made


def proven(home):
    parts = home.private / "x" / "parts"
    for name, data in FILES.items():
        path = parts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return parts


def found(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def other_disk(monkeypatch, home):
    """The private folder and the target lie on two disks."""
    real = Path.rename

    def rename(self, target):
        if home.private in self.parents:
            raise OSError(errno.EXDEV, "another disk")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)


@pytest.mark.parametrize("disks", [1, 2])
def test_the_folder_takes_its_place_whole_and_for_its_owner_alone(
    home, tmp_path, monkeypatch, disks
):
    if disks == 2:
        other_disk(monkeypatch, home)
    out = publishing.take_target(tmp_path / "new" / "out")
    publish(proven(home), out, home=home)
    assert found(out) == FILES
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert not home.unfinished.exists()
    for path in (out, *out.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0


_CALLS = ("fsync", "open", "mkdir", "rename", "chmod", "unlink", "rmdir")


@pytest.mark.parametrize("disks", [1, 2])
@pytest.mark.parametrize("call", _CALLS)
def test_killed_at_any_step_the_target_is_empty_or_whole(
    home, tmp_path, monkeypatch, call, disks
):
    for step in range(1, 60):
        out = publishing.take_target(tmp_path / f"out{step}")
        parts = proven(home)
        code = cut_at(
            call,
            step,
            partial(publish, parts, out, home=home),
            before=partial(other_disk, monkeypatch, home) if disks == 2 else int,
        )
        assert code in (0, 9)
        assert found(out) in ({}, FILES)
        clear_unfinished(home)  # as the next start does
        beside = {path.name for path in tmp_path.iterdir() if path != home.folder}
        assert {name for name in beside if not name.startswith("out")} == set()
        assert not home.unfinished.exists()
        if code == 0:
            assert found(out) == FILES
            return
    pytest.fail("there are more steps than were tried")


def test_a_full_disk_leaves_the_target_empty_and_nothing_beside_it(
    home, tmp_path, monkeypatch
):
    other_disk(monkeypatch, home)
    out, parts = publishing.take_target(tmp_path / "out"), proven(home)

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(publishing.shutil, "copytree", full)
    with pytest.raises(TargetError, match="No space left"):
        publish(parts, out, home=home)
    assert found(out) == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clinic", "out"]


def test_a_note_that_names_something_else_takes_nothing_away(home, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    home.unfinished.write_bytes(os.fsencode(mine))
    clear_unfinished(home)
    assert mine.is_dir()
    assert not home.unfinished.exists()


def test_a_target_is_an_empty_folder_and_not_a_drive(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_bytes(b"x")
    for taken in (file, tmp_path):
        with pytest.raises(UsageError):
            publishing.take_target(taken)
    with pytest.raises(TargetError):
        publishing.take_target(file / "below")
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr(Path, "is_mount", lambda self: self == empty)
    with pytest.raises(UsageError):
        publishing.take_target(empty)
