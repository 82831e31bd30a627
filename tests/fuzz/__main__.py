"""The long form: every target in turn until the time is over; exit 1 on a defect."""

import os
import random
import sys
import time
import traceback

from tests.fuzz.changing import changed
from tests.fuzz.targets import TARGETS

SECONDS = 60.0
ROUND = 200


def main():
    """Fuzz for as long as the first argument says, and tell what was done."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    seed = int(os.environ.get("SEED", time.time_ns()))
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
                    print(f"fuzz: {name} broke, seed {seed}: {data.hex()}")  # noqa: T201
                    return 1
    for name, count in tries.items():
        print(f"{name:16} {count:9} tries {refused[name]:9} refused")  # noqa: T201
    print(f"fuzz: nothing but typed errors in {seconds:.0f} s, seed {seed}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
