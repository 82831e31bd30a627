"""The clinic's and the board's commands, each a process, over servers that listen."""

import pytest

from tests.support.command_world import ORIGIN, PLANTED, CommandWorld
from wallet.actions.demo.children import Children, ask


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinic-walk")
    with Children(folder / "logs") as children:
        made = CommandWorld(folder, children)
        yield made
        made.patient.network.close()


def test_a_clinic_checks_opens_and_is_refused_after_withdrawal(world):
    made, grant, file, _ = world.patient.share()
    assert world.clinic("sync").code == 0
    checked = world.clinic("check", file)
    assert (checked.code, checked["status"]) == (0, "go_ahead")
    assert checked["checkpoint"]["origin"] == ORIGIN
    assert world.clinic("check", file, "--purpose", "HRESCH").code == 1
    future = world.clinic("check", file, "--at", "2040-01-01T00:00:00Z")
    assert (future.code, future["reason"]) == (1, "ended")
    out = world.folder / "opened"
    opened = world.clinic("open", file, "--out", out, "--staff", "Nurse Ortiz")
    assert (opened.code, opened["files"]) == (0, ["START-HERE.html"])
    assert (out / "START-HERE.html").read_bytes() == PLANTED
    assert len(world.patient.withdraw(made, grant)) == 1
    again = world.folder / "again"
    refused = world.clinic("open", file, "--out", again)
    assert (refused.code, refused["reason"]) == (1, "withdrawn")
    assert list(again.iterdir()) == []
    (receipt,) = world.clinic("receipts")["receipts"]
    assert (receipt["manner"], receipt["state"]) == ("relay", "answered")


def test_a_stick_opens_offline_and_a_withdrawal_by_file_is_honoured(world):
    made, grant, _, stick = world.patient.share()
    world.clinic("sync")
    url = world.folder / "clinic/trust/ledger.url"
    there = url.read_text()
    url.write_text("http://127.0.0.1:9")
    try:
        out = world.folder / "from-stick"
        opened = world.clinic("open", stick, "--out", out)
        assert (opened.code, opened["manner"]) == (0, "offline")
        assert world.clinic("sync").code == 3
        stop, _ = world.patient.stop_file(made, grant)
        assert world.clinic("accept", stop)["kind"] == "withdrawal"
        again = world.clinic("open", stick, "--out", world.folder / "no")
        assert (again.code, again["reason"]) == (1, "withdrawn")
    finally:
        url.write_text(there)
    assert world.clinic("sync")["receipts_sent"] == 1


def test_a_permission_is_accepted_and_its_sender_confirmed(world):
    _, _, file, _ = world.patient.share()
    taken = world.clinic("accept", file)
    assert (taken["kind"], taken["sender"]) == ("permission", "new")
    confirmed = world.clinic("confirm", file, "--chart", "4711")
    assert confirmed["words"] == taken["words"]
    assert world.clinic("accept", file)["sender"] == "known"


def test_another_clinic_is_the_wrong_reader(world):
    _, _, file, _ = world.patient.share()
    world.clinic("init", "--trust", world.trust, home="other")
    said = world.clinic("check", file, home="other")
    assert (said.code, said["reason"]) == (1, "wrong_reader")


def test_faults_of_use_have_exit_code_2_and_a_wrong_passphrase_1(world):
    _, _, file, _ = world.patient.share()
    assert world.clinic("check", "no-such-file").code == 2
    assert world.clinic("check", file, "--at", "noon").code == 2
    assert world.clinic("open", file, "--out", world.trust).code == 2
    assert world.clinic("check", file, home="nowhere").code == 2
    assert world.clinic("init").code == 2
    wrong = world.folder / "wrong"
    wrong.write_text("something else\n")
    said = ask("clinic", "sync", home=world.folder / "clinic", passphrase_file=wrong)
    assert (said.code, said["reason"]) == (1, "wrong_passphrase")


def test_no_planted_word_and_no_plain_database_lies_in_any_home(world):
    """After everything above: relay, ledger, witnesses and the clinic's home."""
    out = {"opened", "from-stick", "patient"}
    planted = (PLANTED, b"Nurse Ortiz", b"4711", b"maple river")
    for path in world.folder.rglob("*"):
        top = path.relative_to(world.folder).parts[0]
        if not path.is_file() or top in out | {"passphrase"}:
            continue
        data = path.read_bytes()
        assert [word for word in planted if word in data] == [], path
        if top == "clinic":
            assert not data.startswith(b"SQLite format 3"), path


def test_an_accreditation_that_the_board_ends_stops_the_clinic(world):
    _, _, file, _ = world.patient.share()
    listed = ask("board", "list", home=world.board)["issued"]
    assert [line["state"] for line in listed] == ["stands"]
    assert ask("board", "revoke", str(world.line), home=world.board).code == 0
    world.clinic("sync")
    said = world.clinic("check", file)
    assert (said.code, said["reason"]) == (1, "licence_ended")
    assert ask("board", "revoke", "9999", home=world.board).code == 2
