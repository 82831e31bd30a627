"""A clinic that was away while its ledger grew, all of it by commands in processes.

The entries of the time between are put into the server's tables by its own storage,
without asking for stamps; served, signed and read they are like any others.
"""

import json
import os
import pty
import random
import re
import signal
import subprocess
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.command_world import NOBODY, ORIGIN, Patient, run_here
from tests.support.long_ledger import ENTRY
from wallet.actions.clinic.home import ClinicHome, create
from wallet.actions.demo.children import Children, _command, _environment, ask
from wallet.actions.operator.ledger import ledger_status
from wallet.errors import WalletError
from wallet.keys.keyfile import Cost
from wallet.ledger.entry import State, StatusChange, build_status
from wallet.ledger.tiles import WIDTH
from wallet.practitioners.card import parse_card
from wallet.server.log.storage import Admitted
from wallet.server.log.storage_sqlite import SqliteStorage

_STEP = 4_096
_SAID = re.compile(r"Reading the ledger: ([0-9,]+) of ([0-9,]+) entries")
CHEAP = Cost(memory=64, passes=1, lanes=1)  # what is measured is the ledger


class LongClinic:
    """Ledger, witness, board and a clinic whose copy holds *before* entries."""

    def __init__(self, folder, *, before, seed=0):
        self.folder, self.random = folder, random.Random(seed)  # noqa: S311 when to kill
        self.trust, self.desk = folder / "trust", folder / "clinic"
        self.trust.mkdir()
        self.phrase = folder / "phrase"
        self.phrase.write_text("maple river\n")
        self._lay_out()
        with Children(folder / "logs") as servers:
            self._serve(servers)
            self._settle()
            self.append(before)
            self.stands, self.ended = self._shared()
            said = self._here("clinic", "sync", home="clinic")
            self.before = said["copies"][0]["size"]

    def _lay_out(self):
        words = ("ledger", "key", "--origin", ORIGIN)
        self.log = self._here(*words, home="ledger")["vkey"]
        key = self._here("ledger", "key", "--witness", "w.walk", home="w")["vkey"]
        self._policy = f"log {self.log}\nwitness w {key} {{}}\nquorum w\n"

    def _serve(self, servers):
        words = ("ledger", "witness", "--name", "w.walk", "--log", self.log)
        url = servers.start("w", *words, home=self.folder / "w")["url"]
        policy = self.trust / "ledger.policy"
        policy.write_text(self._policy.format(url))
        words = ("ledger", "serve", "--origin", ORIGIN, "--policy", policy)
        said = servers.start("ledger", *words, home=self.folder / "ledger")
        self._point(said["url"])

    def _point(self, url):
        homes = [self.trust, self.desk / "trust", self.folder / "patient/trust"]
        for trust in homes:
            if trust.exists():
                (trust / "ledger.url").write_text(url)
                (trust / "ledger.policy").write_text(
                    (self.trust / "ledger.policy").read_text()
                )

    def _settle(self):
        """A board, a clinic with a card, a patient's keys; no process is needed yet."""
        (self.trust / "boards.policy").write_text("")
        (self.trust / "relay.url").write_text(NOBODY)
        said = self._here("board", "init", "--trust", self.trust, home="board")
        (self.trust / "boards.policy").write_text(said["policy"] + "\n")
        home = ClinicHome(self.desk)
        words = self.phrase.read_bytes().strip()
        create(home, passphrase=words, trust=self.trust, cost=CHEAP)
        request, answer, card = (self.folder / n for n in ("ask", "answer", "card"))
        self._here("clinic", "card", "--out", request, home="clinic")
        who = ("--name", "Dr. Amara Osei", "--role", "Cardiologist", "--days", "900")
        words = ("board", "issue", request, *who, "--out", answer)
        self._here(*words, home="board")
        words = ("clinic", "card", "--accreditation", answer, "--out", card)
        self._here(*words, home="clinic")
        self.patient = Patient(
            self.folder / "patient", self.trust, parse_card(card.read_bytes())
        )

    def _here(self, *words, home):
        """A command in this process; only the clinic's keys want a passphrase."""
        given = ["--passphrase-file", self.phrase] if home == "clinic" else []
        said = run_here("--home", self.folder / home, *given, *words)
        assert said.code == 0, said.data
        return said

    def _shared(self):
        """Two permissions, and all it takes to end the second one later."""
        week = 7 * 86_400
        terms = {"deposit": False, "ends": week, "max_age": week}
        made, _, stands, _ = self.patient.share(**terms)
        made, keys, file, _ = self.patient.share(**terms)
        index = self.patient.network.view(ORIGIN).first_index(made.leaf)
        change = StatusChange(index=index, leaf=made.leaf, state=State.ENDED, seq=1)
        self._end = Admitted(
            data=build_status(keys.control, origin=ORIGIN, change=change),
            target=index,
            state=State.ENDED,
            seq=1,
        )
        self.patient.network.close()
        return stands, file

    def append(self, count, *, last=()):
        """Put entries into the tables; the server may run meanwhile or not."""
        with closing(SqliteStorage(self.folder / "ledger/ledger.db")) as storage:
            while count:
                step = min(count, _STEP)
                storage.append([Admitted(data=os.urandom(ENTRY)) for _ in range(step)])
                count -= step
            if last:
                storage.append(last)
            self.size = storage.size

    def grows(self, count):
        """Half a year goes by, at the end of which the second permission is ended."""
        self.append(count, last=[self._end])

    def clinic(self, *words):
        return ask(
            "clinic", *words, home=self.desk, passphrase_file=self.phrase, within=7_200
        )

    def bundles(self):
        """The whole files of entries in the clinic's copy, and which file each is."""
        found = {}
        for folder in (self.desk / "replicas").glob("*/tile/entries"):
            _whole_files(str(folder), found)
        return found

    def killed(self, *, most):
        """Begin to sync; kill it at a random moment, before there are *most* bundles.

        The bundles that lay there before, and those it left.
        """
        before = self.bundles()
        room = (most - len(before)) * 3 // 4  # it must not be done before it is seen
        aim = len(before) + self.random.randint(1, max(1, room))
        process = self._begin(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while len(self.bundles()) < aim and process.poll() is None:
                time.sleep(0.01)
        finally:
            process.kill()
            process.wait()
        assert process.returncode == -signal.SIGKILL
        return before, self.bundles()

    def sync_watched(self):
        """Sync to the end before a terminal; the answer, progress, seconds and MiB.

        ``resumed_seconds``: until it had come as far as the one before it.
        """
        known = WIDTH * len(self.bundles())
        ours, theirs = pty.openpty()
        begun = time.perf_counter()
        process = self._begin(stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        shown, peak, resumed = b"", 0, None
        for part in _read_all(ours):
            shown, peak = shown + part, _peak_kib(process.pid) or peak
            last = _steps(shown[-200:])[-1:]
            if resumed is None and last and self.before + last[0][0] >= known:
                resumed = round(time.perf_counter() - begun, 2)
        os.close(ours)
        said = process.stdout.read()
        process.stdout.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, said
        return {
            "said": json.loads(said),
            "shown": _steps(shown),
            "resumed_seconds": resumed,
            "seconds": round(time.perf_counter() - begun, 2),
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
            "peak_mib": peak // 1_024,
        }

    def _begin(self, **pipes):
        words = _command(("clinic", "sync"), self.desk, self.phrase)
        pipes = {"stdin": subprocess.DEVNULL, **pipes}
        return subprocess.Popen(words, env=_environment(), **pipes)

    def published(self):
        """Wait until the server's newest checkpoint covers all of it; seconds."""
        begun = time.perf_counter()
        url = (self.trust / "ledger.url").read_text()
        while True:
            with suppress(WalletError):
                if ledger_status(url)["size"] >= self.size:
                    return time.perf_counter() - begun
            time.sleep(0.1)


def _whole_files(folder, found):
    """Names and inodes alone: this is asked a hundred times a second."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for one in entries:
            if one.name.isdecimal():
                found[one.path] = one.inode()
            elif "." not in one.name:
                _whole_files(one.path, found)


def _peak_kib(pid):
    """The most memory of a process so far; what its parent had does not count."""
    with suppress(OSError):
        told = Path(f"/proc/{pid}/status").read_text()
        if found := re.search(r"VmHWM:\s+([0-9]+) kB", told):
            return int(found[1])
    return None


def _read_all(handle):
    while True:
        try:
            data = os.read(handle, 1 << 16)
        except OSError:  # the other end was closed
            return
        if not data:
            return
        yield data


def _steps(shown):
    found = _SAID.findall(shown.decode())
    return [tuple(int(word.replace(",", "")) for word in step) for step in found]


@dataclass(frozen=True)
class Walked:
    """What was seen and measured; bundles are file names and which file each was."""

    world: LongClinic
    killed: list
    last: dict
    synced: dict
    checked: dict
    published_seconds: float


def walk(folder, *, before, entries, kills):
    """All of it, by commands; the server is gone when the files are checked."""
    world = LongClinic(folder, before=before)
    world.grows(entries)
    with Children(folder / "logs") as servers:
        world._serve(servers)
        waited = world.published()
        killed = [world.killed(most=world.size // WIDTH) for _ in range(kills)]
        synced = world.sync_watched()
    files = {"stands": world.stands, "ended": world.ended}
    checked = {name: _timed(world.clinic, "check", it) for name, it in files.items()}
    return Walked(world, killed, world.bundles(), synced, checked, waited)


def _timed(command, *words):
    begun = time.perf_counter()
    said = command(*words)
    return said, round(time.perf_counter() - begun, 2)
