"""A large file is read by a process of its own: the same answer, and its own faults."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.large_patient import write_bundle
from tests.support.wallets import NOON, bundle, observation, open_wallet
from wallet.actions.patient import read_ahead
from wallet.actions.patient.importing import import_paths
from wallet.actions.patient.read_ahead import ReadAhead
from wallet.errors import CancelledError
from wallet.records.found import smaller
from wallet.records.reader import Given

MANY = 2_000


@pytest.fixture
def wallet(tmp_path, monkeypatch):
    monkeypatch.setattr(read_ahead, "LEAST", 1)
    with open_wallet(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def begun(monkeypatch):
    """The processes that were begun."""
    processes, begin = [], subprocess.Popen

    def noted(*words, **more):
        processes.append(begin(*words, **more))
        return processes[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    return processes


@pytest.fixture
def file(tmp_path):
    return write_bundle(tmp_path / "patient.json", MANY)


def given(file):
    return Given(file=file, salt=bytes(32), on_bytes=lambda _size: None)


def test_only_a_large_file_is_worth_a_process(tmp_path, file, begun, monkeypatch):
    with open_wallet(tmp_path / "home") as wallet:
        assert file.stat().st_size < read_ahead.LEAST
        assert import_paths(wallet, [file], now=NOON).totals.new == MANY
        assert begun == []
        monkeypatch.setattr(read_ahead, "LEAST", file.stat().st_size)
        more = write_bundle(tmp_path / "more.json", MANY + 5)
        assert import_paths(wallet, [more], now=NOON).totals.new == 5
        assert [process.returncode is not None for process in begun] == [True]


def test_records_read_ahead_come_packed_as_the_vault_keeps_them(tmp_path, monkeypatch):
    monkeypatch.setattr(read_ahead, "LEAST", 1)
    path = tmp_path / "in"
    path.write_text('{"resourceType":"Observation","id":"o"}')
    with path.open("rb") as file, read_ahead.reading(given(file), size=1) as reader:
        found = list(reader.found())
    assert [piece.small for piece in found] == [smaller(piece.raw) for piece in found]
    assert reader.format == "fhir-r4-json"


def test_a_zip_file_stays_with_who_holds_the_keys_it_may_need(tmp_path, wallet, begun):
    path = tmp_path / "in"
    path.write_bytes(b"PK\x05\x06" + bytes(18))
    import_paths(wallet, [path], now=NOON)
    assert begun == []


@pytest.mark.expects_log("a process that read a file ended early")
def test_a_reader_that_dies_costs_its_own_file_and_no_other(
    tmp_path, wallet, file, begun
):
    good = tmp_path / "good.json"
    good.write_text(str(bundle(observation(1))).replace("'", '"'))

    def kill(_done, _total, _count):
        begun[0].kill()

    answer = import_paths(wallet, [file, good], now=NOON, progress=kill)
    said = [(one.taken, [f.cause.value for f in one.findings]) for one in answer.files]
    assert said == [(False, ["unreadable_file"]), (True, [])]
    assert answer.totals.new == 1
    assert wallet.store.check() == []


def test_who_stops_an_import_stops_its_reader(wallet, file, begun):
    with pytest.raises(CancelledError):
        import_paths(wallet, [file], now=NOON, cancelled=lambda: bool(begun))
    assert [process.returncode is not None for process in begun] == [True]
    assert wallet.store.value("SELECT count(*) FROM item") == 0


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/false"])
def test_where_no_process_can_begin_the_file_is_read_here(
    wallet, file, monkeypatch, python
):
    monkeypatch.setattr("sys.executable", python)
    assert import_paths(wallet, [file], now=NOON).totals.new == MANY


def test_a_file_that_cannot_be_read_is_a_fault_of_the_file(tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        with ReadAhead(given(None), folder) as reader, pytest.raises(IsADirectoryError):
            list(reader.found())
    finally:
        os.close(folder)


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="asks Linux")
def test_the_reader_can_write_no_file_and_leave_no_core(file, begun):
    with file.open("rb") as opened, ReadAhead(given(opened), opened.fileno()) as reader:
        next(reader.found())
        limits = Path(f"/proc/{begun[0].pid}/limits").read_text()
        environment = b"?"
        with suppress(PermissionError):  # it lets nobody look in, but root
            environment = Path(f"/proc/{begun[0].pid}/environ").read_bytes()
    rows = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()}
    assert rows["Max file size"] == rows["Max core file size"] == ["0", "0"]
    assert environment in (b"?", b"")
