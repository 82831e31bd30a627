"""``python -m tests.bench [NAME...] [--json] [--toy]``: measure and print a table."""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import (
    adding,
    charting,
    checking,
    growing,
    importing,
    proving,
    replicating,
    scaling,
    searching,
    sequencing,
    serving,
    sharing,
    starting,
)
from tests.bench.ground import FULL, TOY, Ground
from tests.bench.rows import table

SUBJECTS = {
    module.__name__.rpartition(".")[2]: module.measure
    for module in (
        importing,
        searching,
        charting,
        starting,
        scaling,
        checking,
        adding,
        sequencing,
        serving,
        proving,
        replicating,
        sharing,
        growing,
    )
}


def main(words=None):
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SUBJECTS))
    parser.add_argument("--json", action="store_true", help="one object a row")
    parser.add_argument("--toy", action="store_true", help="only see that it runs")
    asked = parser.parse_args(words)
    if unknown := set(asked.names) - set(SUBJECTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # no subject needs a screen
    begun, rows = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="heartwood-bench-") as folder:
        ground = Ground(Path(folder), TOY if asked.toy else FULL)
        for name in asked.names or SUBJECTS:
            print(f"{name} ...", file=sys.stderr, flush=True)
            rows += SUBJECTS[name](ground)
    if asked.json:
        for row in rows:
            print(json.dumps(row.as_json()))
    else:
        print(table(rows))
    took, load = time.monotonic() - begun, os.getloadavg()[0]
    print(f"{took:.0f} s, load {load:.1f}", file=sys.stderr)


if __name__ == "__main__":
    main()
