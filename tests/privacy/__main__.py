"""``python -m tests.privacy [PATIENTS [WORLDS]]``: every attack, as a table.

So many patients in all, in worlds of their own seeds, 50 to a pool. Exit code 1 where
an attack does surely better than is allowed.
"""

import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tests.privacy import attacks
from tests.privacy.adversary import LEAST, Evidence, score
from tests.privacy.crowd import Crowd

POOL = 50
LINKS = {
    "made together": "together",
    "old and new": "replaced",
    "ended together": "ended",
    "opened": "looked_at",
}
_NOISE = 5.0  # sigmas


def main(patients=1_000, worlds=4):
    watched = [live(seed, patients // worlds) for seed in range(1, worlds + 1)]
    return report([Evidence(one) for one in watched])


def live(seed, patients):
    """One world; its patients' records have every size."""
    with tempfile.TemporaryDirectory() as folder:
        crowd = Crowd(Path(folder), seed=seed, sizes=of_a_patient)
        try:
            return crowd.live(patients, pool=min(POOL, patients)).watched
        finally:
            crowd.close()


def of_a_patient(chance):
    """Bytes of records: half of all patients have less than 270 kB."""
    return int(min(3_000_000, chance.lognormvariate(12.5, 1.2)))


def report(worlds):
    """Print every attack's advantage over all worlds, and the world it is best in."""
    chance, failed = random.SystemRandom(), False
    for (what, is_stated), scores in scored(worlds, chance).items():
        total = sum(scores[1:], scores[0])
        failed |= total.wins and not is_stated
        said = "stated" if is_stated else "WINS" if total.wins else ""
        best = max(one.advantage for one in scores)
        sys.stdout.write(
            f"{what:40} {100 * total.advantage:+6.2f} points over"
            f" {100 * total.base:5.2f} %, +-{100 * total.spread:.2f},"
            f" {total.tries} tries, most in a world {100 * best:+.2f} {said}\n"
        )
    for world in worlds:
        for kind, off in attacks.uneven(world).items():
            if off > _NOISE:
                failed = True
                sys.stdout.write(f"no noise: {kind}, {off:.1f} sigmas\n")
    sys.stdout.write(f"allowed: {100 * LEAST:.0f} points\n")
    return failed


def scored(worlds, chance):
    """Scores of every attack, a world each, by its name and whether it is stated."""
    found = defaultdict(list)
    for world in worlds:
        for aim, cases in LINKS.items():
            for kind in (attacks.linking, attacks.stated):
                for what, how in kind(world).items():
                    name = (f"{aim}: {what}", kind is attacks.stated)
                    found[name].append(score(getattr(world, cases), how, chance))
        for what, how in attacks.naming(world).items():
            found[f"reader: {what}", False].append(score(world.named, how, chance))
    return found


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
