"""The clinic's and the board's commands, each a process, over servers that listen."""

import io
import secrets
import shutil
import time

import pytest

from wallet.actions.demo.children import Children, ask
from wallet.actions.live_network import LiveNetwork
from wallet.errors import UnreachableError
from wallet.grants import withdrawal
from wallet.grants.issue import Reader, Terms, issue
from wallet.grants.manifest import Part
from wallet.grants.scope import Scope
from wallet.keys.derivation import PatientKeys
from wallet.ledger.entry import State, StatusChange, build_status, leaf_hash
from wallet.practitioners.card import parse_card

ORIGIN = "ledger.walk/2027h1"
WITNESSES = ("w1", "w2", "w3")
PLANTED = b"quixotic-canary-word"


class Patient:
    """What a wallet does, done by hand, so that only the clinic is under test."""

    def __init__(self, folder, trust, card):
        self.folder, self.card, self.numbers = folder, card, iter(range(9))
        shutil.copytree(trust, folder / "trust")
        self.network = LiveNetwork(folder)
        self.keys = PatientKeys(3, secrets.token_bytes(32))

    def share(self):
        number = next(self.numbers)
        now, sink = int(time.time()), io.BytesIO()
        made = issue(
            terms=Terms(
                scope=Scope(),
                purpose="TREAT",
                begins=now - 60,
                ends=now + 86_400,
                max_age=3_600,
                origin=ORIGIN,
            ),
            reader=Reader(
                reader_id=self.card.reader_id,
                sealing_key=self.card.sealing_key,
                relay=self.card.relay,
            ),
            pair=self.keys.pair(number),
            grant=self.keys.grant(number),
            parts=(Part.of_bytes("START-HERE.html", PLANTED),),
            made_at=now,
            sink=sink,
            scratch=self.folder,
        )
        self.network.submit(ORIGIN, made.entry)
        relay = self.network.relay(self.card.relay)
        self._patiently(
            lambda: relay.deposit(
                origin=ORIGIN,
                entry=made.entry,
                order=made.order,
                package=sink.getvalue(),
            )
        )
        stick = self.folder / f"stick{number}"
        stick.mkdir()
        (stick / "permission.hwgrant").write_bytes(made.offline_file)
        (stick / "package.hwp").write_bytes(sink.getvalue())
        file = self.folder / f"{number}.hwgrant"
        file.write_bytes(made.grant_file)
        return made, self.keys.grant(number), file, stick

    def stop_file(self, made, grant):
        signed = withdrawal.sign_notice(grant.control, origin=ORIGIN, leaf=made.leaf)
        path = self.folder / f"{made.leaf.hex()[:8]}.hwstop"
        path.write_bytes(withdrawal.write_stop_file(signed))
        return path, signed

    def withdraw(self, made, grant):
        _, signed = self.stop_file(made, grant)
        releases = self.network.relay(self.card.relay).notice(
            origin=ORIGIN, entry=made.entry, notice=signed
        )
        self.network.sync()
        change = StatusChange(
            index=self.network.view(ORIGIN).first_index(leaf_hash(made.entry)),
            leaf=made.leaf,
            state=State.ENDED,
            seq=1,
        )
        end = build_status(grant.control, origin=ORIGIN, change=change)
        self.network.submit(ORIGIN, end)
        self._patiently(lambda: self._covered(end))
        return releases

    def _covered(self, entry):
        self.network.sync()
        if self.network.view(ORIGIN).first_index(leaf_hash(entry)) is None:
            raise UnreachableError("ledger")

    @staticmethod
    def _patiently(act):
        for _ in range(100):
            try:
                return act()
            except UnreachableError:
                time.sleep(0.1)
        raise AssertionError("not within ten seconds")


class World:
    def __init__(self, folder, children):
        self.folder, self.trust = folder, folder / "trust"
        self.trust.mkdir()
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text("maple river\n")
        ledger = folder / "ledger"
        log = ask("ledger", "key", "--origin", ORIGIN, home=ledger)["vkey"]
        lines = [f"log {log}"]
        for name in WITNESSES:
            home = folder / name
            ask("ledger", "key", "--witness", f"{name}.walk", home=home)
            words = ("ledger", "witness", "--name", f"{name}.walk", "--log", log)
            said = children.start(name, *words, home=home)
            lines.append(f"witness {name} {said['vkey']} {said['url']}")
        lines += ["group all 2 w1 w2 w3", "quorum all", ""]
        (self.trust / "ledger.policy").write_text("\n".join(lines))
        policy = self.trust / "ledger.policy"
        words = ("ledger", "serve", "--origin", ORIGIN, "--policy", policy)
        said = children.start("ledger", *words, home=ledger)
        (self.trust / "ledger.url").write_text(said["url"])
        (self.trust / "boards.policy").write_text("")
        board = ask("board", "init", "--trust", self.trust, home=self.board)
        (self.trust / "boards.policy").write_text(board["policy"] + "\n")
        words = ("relay", "serve", "--trust", self.trust)
        said = children.start("relay", *words, home=folder / "relay")
        (self.trust / "relay.url").write_text(said["url"])
        self.clinic("init", "--trust", self.trust)
        self.card = self.accredit()
        self.patient = Patient(folder / "patient", self.trust, self.card)

    @property
    def board(self):
        return self.folder / "board"

    def clinic(self, *words, home="clinic"):
        return ask(
            "clinic",
            *words,
            home=self.folder / home,
            passphrase_file=self.passphrase,
        )

    def accredit(self):
        request, answer = self.folder / "request", self.folder / "answer"
        assert self.clinic("card", "--out", request)["kind"] == "request"
        said = ask(
            "board",
            "issue",
            request,
            "--name",
            "Dr. Amara Osei",
            "--role",
            "Cardiologist",
            "--days",
            "30",
            "--out",
            answer,
            home=self.board,
        )
        self.line = said["entry"]["index"]
        card = self.folder / "card.hwcard"
        said = self.clinic("card", "--accreditation", answer, "--out", card)
        assert (said["kind"], len(said["words"])) == ("card", 6)
        return parse_card(card.read_bytes())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinic-walk")
    with Children(folder / "logs") as children:
        made = World(folder, children)
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
