"""``python -m tests.privacy [PATIENTS]``: the advantage of every attack, as a table."""

import random
import sys
import tempfile
from pathlib import Path

from tests.privacy.adversary import LEAST, every_link, every_name, link, name
from tests.privacy.crowd import Crowd


def main(patients):
    chance = random.SystemRandom()
    with tempfile.TemporaryDirectory() as folder:
        crowd = Crowd(Path(folder))
        try:
            crowd.live(patients)
            rows = [
                *((what, link(crowd, how, chance)) for what, how in links(crowd)),
                *((what, name(crowd, how, chance)) for what, how in names(crowd)),
            ]
        finally:
            crowd.close()
    for what, score in rows:
        sys.stdout.write(
            f"{what:26} {100 * score.advantage:+6.2f} points over"
            f" {100 * score.base:.1f} %, +-{100 * score.spread:.2f},"
            f" {score.tries} tries\n"
        )
    return any(score.advantage - score.spread > LEAST for _, score in rows)


def links(crowd):
    return every_link(crowd).items()


def names(crowd):
    return every_name(crowd).items()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
