"""One target under atheris, whose changes follow what the parser does.

    python -m tests.fuzz.guided TARGET SECONDS SEED FOLDER

Run in a process of its own: libFuzzer ends it. atheris lies in build/fuzzers, an
environment of its own (locks/fuzzers.txt); nothing else is taken from there. Inputs
that led somewhere new stay in FOLDER, so that the next run begins with them.
"""

import random
import sys
from contextlib import suppress
from pathlib import Path

PLACE = Path(__file__).parents[2] / "build/fuzzers/lib"
LONGEST = 1 << 15


def fuzz(name, seconds, seed, folder):
    """Fuzz one target until its time is over; the process ends here."""
    sys.path += map(str, PLACE.glob("python*/site-packages"))
    import atheris  # noqa: PLC0415 not in every environment

    with atheris.instrument_imports(include=["wallet"]):
        from tests.fuzz.changing import changed  # noqa: PLC0415 after instrumenting
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415
    target = TARGETS[name]

    def one(data):
        with suppress(target.errors):
            target.act(data)

    def mutate(data, most, drawn):
        """Half of the time as bytes, half as a parser of files would stumble over."""
        draw = random.Random(drawn).randrange  # noqa: S311 libFuzzer's own number
        if draw(2):
            return changed(data, draw)[:most]
        return atheris.Mutate(data, most)

    folder.mkdir(parents=True, exist_ok=True)
    for at, data in enumerate(target.seeds):
        (folder / f"seed-{at}").write_bytes(data)
    words = [
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-max_len={LONGEST}",
        "-timeout=20",
        "-rss_limit_mb=1024",
        "-verbosity=0",
        "-print_final_stats=1",
        f"-artifact_prefix={folder}-",
        str(folder),
    ]
    atheris.Setup([sys.argv[0], *words], one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
