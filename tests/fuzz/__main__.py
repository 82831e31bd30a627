"""The long form: every target until the time is over; exit 1 on a defect.

Under atheris where packaging/strangers has set it up: its changes follow what a parser
does. Elsewhere by chance alone (`changing`), as in the gate. The last line says which.
"""

import os
import random
import re
import subprocess
import sys
import time
import traceback
from pathlib import Path

from tests.fuzz.changing import changed
from tests.fuzz.guided import PLACE
from tests.fuzz.targets import TARGETS

SECONDS = 60.0
ROUND = 200
PROJECT = Path(__file__).parents[2]
FOUND = PROJECT / "build/fuzz"


def main():
    """Fuzz for as long as the first argument says, and tell what was done."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    seed = int(os.environ.get("SEED", time.time_ns() % (1 << 31)))
    guided = any(PLACE.glob("python*/site-packages/atheris"))
    play, engine = (_guided, "atheris") if guided else (_by_chance, "chance")
    if not play(seconds, seed):
        return 1
    said = f"nothing but typed errors in {seconds:.0f} s under {engine}, seed {seed}"
    print(f"fuzz: {said}")  # noqa: T201 a command
    return 0


def _guided(seconds, seed):
    """Each target in a process of its own, for the same time."""
    share = max(int(seconds / len(TARGETS)), 1)
    for name in TARGETS:
        folder = FOUND / name.replace(" ", "-")
        words = [name, str(share), str(seed), str(folder)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.guided", *words],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        tries = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        if done.returncode or tries is None:
            print(done.stdout[-4_000:] + done.stderr[-4_000:])  # noqa: T201 a command
            print(f"fuzz: {name} broke, seed {seed}; see {folder}-*")  # noqa: T201 a command
            return False
        kept = sum(1 for _ in folder.iterdir())
        print(f"{name:16} {int(tries[1]):9} tries {kept:9} inputs kept")  # noqa: T201 a command
    return True


def _by_chance(seconds, seed):
    draw = random.Random(seed).randrange  # noqa: S311 told, so that it can be repeated
    tries, refused = dict.fromkeys(TARGETS, 0), dict.fromkeys(TARGETS, 0)
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        for name, target in TARGETS.items():
            for _ in range(ROUND):
                data = changed(target.seeds[draw(len(target.seeds))], draw)
                tries[name] += 1
                try:
                    target.act(data)
                except target.errors:
                    refused[name] += 1
                except Exception:  # noqa: BLE001 that is what is looked for
                    traceback.print_exc()
                    print(f"fuzz: {name} broke, seed {seed}: {data.hex()}")  # noqa: T201 a command
                    return False
    for name, count in tries.items():
        print(f"{name:16} {count:9} tries {refused[name]:9} refused")  # noqa: T201 a command
    return True


if __name__ == "__main__":
    sys.exit(main())
