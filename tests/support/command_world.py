"""Ledger, witnesses, relay, board and a clinic as processes; a patient by hand.

Commands run in processes of their own (`ask`) or, where there are many, in this one
(`here`): the same `main`, the same arguments, the same exit code.
"""

import contextlib
import io
import json
import secrets
import shutil
import time

from wallet.actions.demo.children import Said, ask
from wallet.actions.live_network import LiveNetwork
from wallet.cli.main import main
from wallet.errors import UnreachableError
from wallet.grants import withdrawal
from wallet.grants.issue import Reader, Terms, issue
from wallet.grants.manifest import Part
from wallet.grants.scope import Scope
from wallet.keys.derivation import PatientKeys
from wallet.keys.signing import Signer
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    leaf_hash,
    parse_entry,
)
from wallet.practitioners.card import parse_card

ORIGIN = "ledger.walk/2027h1"
WITNESSES = ("w1", "w2", "w3")
PLANTED = b"quixotic-canary-word"
NOBODY = "http://127.0.0.1:9"


def here(*words, home, passphrase_file):
    """Run one command in this process."""
    return run_here("--home", home, "--passphrase-file", passphrase_file, *words)


def run_here(*words):
    """The same with nothing said before."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = main([str(word) for word in ("--json", *words)])
    data = json.loads(said.getvalue())
    assert data["ok"] is (code == 0)
    return Said(code=code, data=data)


def covered(network, entry):
    """Return once a quorum checkpoint covers *entry*; `patiently` asks again."""
    network.sync()
    if network.view(ORIGIN).first_index(leaf_hash(entry)) is None:
        raise UnreachableError("ledger")


def patiently(act):
    for _ in range(100):
        try:
            return act()
        except UnreachableError:
            time.sleep(0.1)
    raise AssertionError("not within ten seconds")


class Patient:
    """What a wallet does, done by hand, so that only the clinic is under test."""

    def __init__(self, folder, trust, card):
        self.folder, self.card, self.numbers = folder, card, iter(range(99))
        shutil.copytree(trust, folder / "trust")
        self.network = LiveNetwork(folder)
        self.keys = PatientKeys(3, secrets.token_bytes(32))

    def share(
        self, *, deposit=True, begins=-60, ends=86_400, first=lambda _: None, **terms
    ):
        """A permission from *begins* to *ends*, in seconds from now.

        *first* is told its commitment before it is logged.
        """
        number = next(self.numbers)
        now, sink = int(time.time()), io.BytesIO()
        made = issue(
            terms=Terms(
                **{
                    "scope": Scope(),
                    "purpose": "TREAT",
                    "begins": now + begins,
                    "ends": now + ends,
                    "max_age": 3_600,
                    "origin": ORIGIN,
                    **terms,
                }
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
        commitment = parse_entry(made.entry, origin=ORIGIN).commitment
        first(commitment)
        self.network.submit(ORIGIN, made.entry)
        patiently(lambda: self.covered(made.entry))
        if deposit:
            patiently(lambda: self._deposit(made, sink.getvalue()))
        stick = self.folder / f"stick{number}"
        stick.mkdir()
        (stick / "permission.hwgrant").write_bytes(made.offline_file)
        (stick / "package.hwp").write_bytes(sink.getvalue())
        file = self.folder / f"{number}.hwgrant"
        file.write_bytes(made.grant_file)
        return made, self.keys.grant(number), file, stick

    def _deposit(self, made, package):
        self.network.relay(self.card.relay).deposit(
            origin=ORIGIN, entry=made.entry, order=made.order, package=package
        )

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
        patiently(lambda: self.covered(end))
        return releases

    def covered(self, entry):
        covered(self.network, entry)


class Desk:
    """A clinic's home and its commands, run in this process."""

    def __init__(self, home, passphrase):
        self.home, self.passphrase = home, passphrase

    def __call__(self, *words):
        return here("clinic", *words, home=self.home, passphrase_file=self.passphrase)


class CommandWorld:
    """Every server a process; *witnesses* says which of the three are running."""

    def __init__(self, folder, children, *, witnesses=WITNESSES, run=ask):
        self._run = run
        self.folder, self.trust = folder, folder / "trust"
        self.trust.mkdir()
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text("maple river\n")
        ledger = folder / "ledger"
        log = ask("ledger", "key", "--origin", ORIGIN, home=ledger)["vkey"]
        self.log, self._children = log, children
        self._keep_twin(ledger)
        lines = [f"log {log}"]
        for name in WITNESSES:
            home = folder / name
            key = ask("ledger", "key", "--witness", f"{name}.walk", home=home)["vkey"]
            self._keep_twin(home)
            url = NOBODY
            if name in witnesses:
                words = ("ledger", "witness", "--name", f"{name}.walk", "--log", log)
                url = children.start(name, *words, home=home)["url"]
            lines.append(f"witness {name} {key} {url}")
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

    def _keep_twin(self, home):
        """The same keys without any memory: what a liar would go on with."""
        shutil.copytree(home, self.folder / "twin" / home.name)

    def lie(self):
        """Serve another history under the same keys; answer where."""
        twin, lines = self.folder / "twin", []
        for line in (self.trust / "ledger.policy").read_text().splitlines():
            kind, *words = line.split()
            if kind == "witness" and words[2] != NOBODY:
                told = ("--name", f"{words[0]}.walk", "--log", self.log)
                home = twin / words[0]
                said = self._children.start(
                    f"twin-{words[0]}", "ledger", "witness", *told, home=home
                )
                words[2] = said["url"]
            lines.append(" ".join((kind, *words)))
        policy = twin / "policy"
        policy.write_text("\n".join([*lines, ""]))
        words = ("ledger", "serve", "--origin", ORIGIN, "--policy", policy)
        url = self._children.start("twin", *words, home=twin / "ledger")["url"]
        shutil.copytree(self.trust, twin / "liar" / "trust")
        (twin / "liar/trust/ledger.url").write_text(url)
        self._log_one(LiveNetwork(twin / "liar"))
        return url

    @staticmethod
    def _log_one(network):
        """Publish a history of one entry that nobody else has seen."""
        key = Signer.from_seed(bytes(32))
        entry = build_grant(
            key, origin=ORIGIN, commitment=bytes(32), control_public=key.public
        )
        network.submit(ORIGIN, entry)
        patiently(lambda: covered(network, entry))
        network.close()

    @property
    def board(self):
        return self.folder / "board"

    def clinic(self, *words, home="clinic"):
        return self._run(
            "clinic",
            *words,
            home=self.folder / home,
            passphrase_file=self.passphrase,
        )

    def desk(self, name, *, like="clinic", policy=None, url=None):
        """A copy of a desk, as a clinic's second computer would be."""
        home = self.folder / name
        shutil.copytree(self.folder / like, home)
        if policy is not None:
            (home / "trust/ledger.policy").write_text(policy)
        if url is not None:
            (home / "trust/ledger.url").write_text(url)
        return Desk(home, self.passphrase)

    def other(self, name):
        """Another reader with keys and a card of its own, as good as the first."""
        self.clinic("init", "--trust", self.trust, home=name)
        self.accredit(name)
        desk = Desk(self.folder / name, self.passphrase)
        assert desk("sync").code == 0
        return desk

    def accredit(self, home="clinic"):
        request, answer = (self.folder / f"{home}.{n}" for n in ("ask", "answer"))
        said = self.clinic("card", "--out", request, home=home)
        assert said["kind"] == "request"
        said = ask(
            "board",
            "issue",
            request,
            "--name",
            "Dr. Amara Osei" if home == "clinic" else f"Dr. {home}",
            "--role",
            "Cardiologist",
            "--days",
            "30",
            "--out",
            answer,
            home=self.board,
        )
        if home == "clinic":
            self.line = said["entry"]["index"]
        card = self.folder / f"{home}.hwcard"
        told = ("--accreditation", answer, "--out", card)
        said = self.clinic("card", *told, home=home)
        assert (said["kind"], len(said["words"])) == ("card", 6)
        return parse_card(card.read_bytes())
