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
            begun, used = time.perf_counter(), time.process_time()
            answer = import_paths(wallet, [file], now=datetime.now(tz=UTC))
            said[f"{turn}_seconds"] = time.perf_counter() - begun
            said[f"{turn}_cpu"] = time.process_time() - used
            said[turn] = answer.totals.as_json()
    print(json.dumps({**said, "peak_mib": (peak_kib() + reader_kib()) / 1024}))


def reader_kib():
    """At most what a process took that read ahead: it too begins with its parent's."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def peak_kib():
    """Of this program alone: ``ru_maxrss`` begins with what its parent held."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
