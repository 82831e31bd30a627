"""`python -m tests.bench.apple [MIB]`: an Apple export of any size, and its memory.

Writes an export.zip of made-up readings (a day has 900 of them), brings it in with the
command in a process of its own, and prints records a second and the peak of memory.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import date, timedelta
from pathlib import Path

from tests.bench.ground import CHEAP
from wallet.actions.patient.home import PatientHome, create_wallet

_MOST_PEAK = 300  # MiB, whatever the size
_READING = (
    ' <Record type="HKQuantityTypeIdentifier{kind}" sourceName="Watch of Maya" '
    'sourceVersion="10.2" device="&lt;&lt;HKDevice: 0x301&gt;, name:Apple Watch&gt;" '
    'unit="{unit}" creationDate="{day} {hour:02}:{minute:02}:40 +0200" '
    'startDate="{day} {hour:02}:{minute:02}:36 +0200" '
    'endDate="{day} {hour:02}:{minute:02}:36 +0200" value="{value}"/>\n'
)


def write(path: Path, *, size: int) -> int:
    """Write an export.zip whose export.xml has *size* bytes; answers its readings."""
    count = 0
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("apple_health_export/export.xml", "w", force_zip64=True) as out,
    ):
        out.write(b'<?xml version="1.0"?>\n<HealthData locale="en">\n')
        written, day = 0, date(2010, 1, 1)
        while written < size:
            text = _day(day.isoformat())
            out.write(text)
            written += len(text)
            count += 900
            day += timedelta(days=1)
            if day.year > 2025:
                day = date(2010, 1, 1)
        out.write(b"</HealthData>\n")
    return count


def _day(day: str) -> bytes:
    lines = []
    for number in range(300):
        hour, minute = number // 13, number % 60
        at = {"day": day, "hour": hour, "minute": minute}
        lines += [
            _READING.format(
                kind="HeartRate", unit="count/min", value=60 + number % 70, **at
            ),
            _READING.format(kind="StepCount", unit="count", value=number, **at),
            _READING.format(
                kind="ActiveEnergyBurned", unit="kcal", value=number / 7, **at
            ),
        ]
    return "".join(lines).encode()


def run(mib: int) -> int:
    """Print one line; 1 where the memory was too much."""
    with tempfile.TemporaryDirectory() as scratch:
        room = Path(scratch)
        file, phrase = room / "export.zip", room / "phrase"
        phrase.write_text("bench\n")
        count = write(file, size=mib << 20)
        command = [sys.executable, "-m", "wallet", "--home", str(room / "home")]
        command += ["--json", "--passphrase-file", str(phrase)]
        # What the chosen cost of a passphrase takes is not what is measured here.
        create_wallet(PatientHome(room / "home"), passphrase="bench", cost=CHEAP)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        began = time.monotonic()
        done = subprocess.run(
            [*command, "import", str(file)], check=True, capture_output=True
        )
        wall = time.monotonic() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = json.loads(done.stdout)["totals"]
        peak = used.ru_maxrss / 1024
        rate = count / (used.ru_utime - before)
        print(
            f"{mib} MiB, {count} readings: {said['new']} records, {said['failed']} "
            f"failed; {rate:.0f} readings a CPU second, {wall:.0f} s, "
            f"peak {peak:.0f} MiB (at most {_MOST_PEAK})"
        )
        return 0 if peak <= _MOST_PEAK and not said["failed"] else 1


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]) if len(sys.argv) > 1 else 3_072))
