"""The whole story with odd words in every record: they are nowhere they need not be.

Real processes, real homes, real disks. Searched in UTF-8 and UTF-16, in hex, in base64
at each of its three places, and in whatever inflates.
"""

import itertools
import json
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date

import pytest

from tests.support.canary import (
    STEM,
    Planted,
    Search,
    Watch,
    open_files,
    plain_databases,
)
from tests.support.wallets import bundle, observation
from wallet.actions.clinic.home import ClinicHome, ReaderKeys, enter
from wallet.actions.demo import building, children, story
from wallet.actions.demo.children import Children, Said
from wallet.actions.patient import home as homes
from wallet.errors import RefusedError
from wallet.grants.grant_file import open_grant_file
from wallet.keys import custody, keyfile
from wallet.keys.derivation import expand

# What people have on purpose: their own files, and what was opened to be read.
READABLE = ("records", "opened", "stick", "temp/said")


class Recorder:
    """`ask`, keeping what each command said on which stream."""

    def __init__(self):
        self.said = []

    def __call__(self, *words, home=None, passphrase_file=None, within=180.0):
        done = subprocess.run(
            children._command(words, home, passphrase_file),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=within,
            env=children._environment(),
        )
        self.said.append((words[:2], done.stdout, done.stderr))
        return Said(code=done.returncode, data=json.loads(done.stdout))


class Told:
    """The world after its story, and everything in it that is secret."""

    def __init__(self, folder, recorder, world):
        self.folder, self.recorder, self.world = folder, recorder, world
        self.planted = Planted()

    def secrets(self):
        found = {"a planted word": STEM}
        parties = (self.world.patient, self.world.new.party, self.world.old.party)
        for party in parties:
            phrase = party.passphrase_file.read_text().strip()
            found[f"passphrase of {party.name}"] = phrase
        words = next(json.loads(out)["words"] for _, out, _ in self.said("init"))
        for first, second in itertools.pairwise(words):
            for between in (" ", '", "', "\n"):
                found[f"{first} and {second}"] = f"{first}{between}{second}"
        return found | self._patients_keys() | self._clinics_keys()

    def said(self, *words):
        return [one for one in self.recorder.said if one[0][: len(words)] == words]

    def _patients_keys(self):
        patient = self.world.patient
        home = homes.PatientHome(patient.home)
        phrase = patient.passphrase_file.read_text().strip()
        with homes.open_wallet(home, passphrase=phrase) as wallet:
            keys = wallet.keys
            found = {"the patient's seed": bytes(keys._seed)}
            for number in range(4):
                secret = keys.grant(number).secret
                found[f"secret of permission {number}"] = secret
                found[f"receipt key of {number}"] = expand(secret, "receipt", bytes(4))
                for label in ("pair-sign", "pair-seal", "ledger", "control"):
                    found[f"{label} {number}"] = keys._derive(label, 0, number)
            salt = wallet.store.value("SELECT value FROM setting LIMIT 1")
            assert salt is not None
        with (patient.home / "vault.db").open("rb") as vault:
            vault_id = vault.read(16)
        opened = custody.unlock(home.slots, phrase, vault_id=vault_id)
        found["the vault's key"] = bytes(opened.data_key)
        opened.wipe()
        return found

    def _clinics_keys(self):
        found = {}
        for party in (self.world.new.party, self.world.old.party):
            home = ClinicHome(party.home)
            phrase = party.passphrase_file.read_bytes().strip()
            seed = keyfile.load(home.keys, passphrase=phrase)
            found[f"seed of {party.name}"] = seed
            for label in ("clinic-sign", "clinic-seal", "clinic-desk"):
                found[f"{label} of {party.name}"] = expand(seed, label)
            assert ReaderKeys.from_seed(seed).desk_key == expand(seed, "clinic-desk")
            clinic = enter(home, passphrase=phrase)
            for number, file in enumerate(self.folder.glob("maya/shared/*")):
                found |= self._shares(clinic, number, file)
            clinic.close()
        return found

    @staticmethod
    def _shares(clinic, number, file):
        try:
            parts = open_grant_file(
                file.read_bytes(), openers=[clinic.opener], reader=clinic.reader_id
            ).parts
        except RefusedError:
            return {}
        return {f"share of file {number}": parts.share_a, f"salt {number}": parts.salt}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("canary")
    recorder, patch = Recorder(), pytest.MonkeyPatch()
    (folder / "temp").mkdir()
    patch.setenv("TMPDIR", str(folder / "temp"))
    patch.setattr(tempfile, "tempdir", str(folder / "temp"))
    patch.setattr(custody, "harden", lambda: None)
    patch.setattr(building, "ask", recorder)
    with Children(folder / "logs") as running, Watch(folder) as watch:
        world = building.build(
            folder, running, today=date(2026, 11, 24), say=lambda _: None
        )
        made = Told(folder, recorder, world)
        for path in world.records:
            made.planted.file(path)
        stage = story.Stage(world=world, ask=recorder)
        story.play(stage, lambda _number, _told: None)
        made.processes, made.search = watch.seen, Search(made.secrets())
        yield made
    patch.undo()


def test_the_words_were_planted_in_every_text_field_and_do_travel(told):
    """The measure: what may be read is full of them, so the search can find them."""
    assert len(told.planted.words) > 50
    opened = told.search.folder(told.folder / "opened")
    assert set(opened) >= {"START-HERE.html", "fhir/patient-shared.json"}
    everything = b"".join(
        path.read_bytes() for path in told.folder.glob("stick/**/*") if path.is_file()
    )
    lost = [word for word in told.planted.words.values() if word not in str(everything)]
    assert len(lost) < len(told.planted.words) / 10, lost


def test_no_disk_of_the_world_holds_a_planted_word_or_a_key(told):
    """Relay, ledger, witnesses, board, logs, temporary files, homes at rest."""
    phrases = [path.name for path in told.folder.glob("*.passphrase")]
    assert told.search.folder(told.folder, but=(*READABLE, *phrases)) == {}
    assert list((told.folder / "temp").iterdir()) == []


def test_no_home_is_a_plain_database_and_the_servers_are_by_design(told):
    homes_of = [party.home for party in people(told)]
    assert [plain_databases(home) for home in homes_of] == [[], [], []]
    for name in ("ledger", "relay"):
        assert plain_databases(told.folder / name) != []


def people(told):
    world = told.world
    return world.patient, world.new.party, world.old.party


def test_no_command_line_and_no_environment_holds_one(told):
    assert len(told.processes) > 20
    found = {
        names for data in told.processes if (names := str(told.search.names(data)))
    }
    assert found == {"[]"}


def test_no_command_says_one_that_was_not_asked_to(told):
    """Asked to: the 24 words at their birth, and the list of records."""
    assert len(told.recorder.said) > 30
    for words, out, err in told.recorder.said:
        assert err == b"", words
        asked = words[0] in ("init", "records")
        names = [] if asked else told.search.names(out)
        assert names == [], words


def test_a_wallet_that_is_open_or_killed_at_any_moment_shows_none(told):
    """Stopped in the middle of an import or of a share, looked through, then killed."""
    patient, folder = told.world.patient, told.folder / "records"
    phrases = [path.name for path in told.folder.glob("*.passphrase")]
    caught = 0
    for number in range(6):
        if number % 2:
            words = ("grant", "issue", "--to", told.world.old.card, "--days", "3")
            words = (*words, "--scope", "everything", "--wait", "0")
        else:
            path = folder / f"more-{number}.json"
            lines = (observation(f"k{number}-{n}", note=note()) for n in range(4_000))
            path.write_text(json.dumps(bundle(*lines)))
            words = ("import", path)
        with subprocess.Popen(
            children._command(words, patient.home, patient.passphrase_file),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=children._environment(),
        ) as process:
            busy(process, patient.home, moment=number)
            process.send_signal(signal.SIGSTOP)
            caught += process.poll() is None
            for name, data in open_files(process.pid).items():
                if not name.startswith(str(folder)):
                    assert told.search.names(data) == [], name
            assert told.search.folder(told.folder, but=(*READABLE, *phrases)) == {}
            process.kill()
            assert told.search.names(process.stderr.read()) == []
        assert told.search.folder(told.folder, but=(*READABLE, *phrases)) == {}
        assert plain_databases(patient.home) == []
        said = told.recorder(
            "unlock-test", home=patient.home, passphrase_file=patient.passphrase_file
        )
        assert said.code == 0
    assert caught >= 4


def note():
    return [{"text": f"words {STEM}killed"}]


def busy(process, home, *, moment):
    """Wait until the home is being written to, then a little longer each time."""
    before = sizes(home)
    deadline = time.monotonic() + 60
    while process.poll() is None and sizes(home) == before:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    time.sleep(0.03 * moment)


def sizes(home):
    found = {}
    for path in home.rglob("*"):
        try:
            found[path] = path.stat().st_size
        except OSError:
            continue
    return found


def test_a_traceback_holds_none(told):
    """The very worst: the program breaks with a record in hand and in its complaint."""
    patient = told.world.patient
    path = told.folder / "records" / "last.json"
    path.write_text(json.dumps(bundle(observation("t1", note=note()))))
    broken = (
        "import sys; from wallet.vault import intake\n"
        "def fail(self, *given): raise RuntimeError(str(given))\n"
        "intake.Intake._take = fail\n"
        "from wallet.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["--home", patient.home, "--passphrase-file", patient.passphrase_file]
    done = subprocess.run(
        [sys.executable, "-c", broken, *map(str, words), "import", str(path)],
        capture_output=True,
        check=False,
        env=children._environment(),
    )
    assert done.returncode == 4
    assert b"RuntimeError" in done.stderr
    assert told.search.names(done.stderr + done.stdout) == []
