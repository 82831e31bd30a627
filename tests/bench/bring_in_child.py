"""``bring_in_child HOME FILE``: import twice and say how long and how much memory."""

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.ground import PASSPHRASE
from wallet.actions.patient.home import PatientHome, open_wallet
from wallet.actions.patient.importing import import_paths


def main(home, file):
    with open_wallet(PatientHome(home), passphrase=PASSPHRASE) as wallet:
        said = {}
        for turn in ("first", "again"):
            begun = time.perf_counter()
            answer = import_paths(wallet, [file], now=datetime.now(tz=UTC))
            said[f"{turn}_seconds"] = time.perf_counter() - begun
            said[turn] = answer.totals.as_json()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**said, "peak_mib": peak / 1024}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
