"""Where benchmarks work and how hard: one folder, sizes, and what they share."""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.support.large_patient import write_bundle
from wallet.actions.patient.home import PatientHome, create_wallet
from wallet.keys.keyfile import Cost

PASSPHRASE = "correct horse battery staple"
# The chosen cost of a passphrase is not what any of this measures.
CHEAP = Cost(memory=64, passes=1, lanes=1)


@dataclass(frozen=True)
class Effort:
    """How much of everything."""

    large: int = 100_000
    records: int = 20_000
    entries: int = 20_000
    adds: int = 5_000
    commits: int = 10_000
    starts: int = 5
    repeats: int = 5
    tries: int = 30
    points: int = 5_000
    sizes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)


FULL = Effort()
TOY = Effort(
    large=300,
    records=120,
    entries=300,
    adds=200,
    commits=40,
    starts=1,
    repeats=1,
    tries=2,
    points=50,
    sizes=(30, 90),
)


@dataclass(frozen=True)
class Large:
    """A home with many records, and what bringing them in took."""

    home: Path
    file: Path
    answer: dict[str, float]


class Ground:
    """What the benchmarks of one run share."""

    def __init__(self, folder, effort):
        self.folder, self.effort = folder, effort
        self._numbers = 0

    def fresh(self, name):
        """A new empty folder."""
        self._numbers += 1
        path = self.folder / f"{name}-{self._numbers}"
        path.mkdir()
        return path

    def bundle(self, count):
        """A file with *count* records of one patient."""
        path = self.folder / f"patient-{count}.json"
        return path if path.exists() else write_bundle(path, count)

    @cached_property
    def large(self):
        """The large patient, brought in by a process of its own."""
        home, file = self.folder / "large", self.bundle(self.effort.large)
        create_wallet(PatientHome(home), passphrase=PASSPHRASE, cost=CHEAP)
        return Large(home, file, child("bring_in_child", home, file))


def child(module, *words):
    """Run a module of this folder as a whole process; what it says, as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{module}", *map(str, words)],
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])
