"""`python -m tests.mutated [COUNT]`: public files, damaged, brought in by the thousand.

Bytes flipped, cut off, doubled, nested, packed in zip files with odd names and bombs,
XML with entities, of every format there is. Each file is taken, or named with a reason,
within a limit of time and of memory; after every batch each one is given back byte for
byte, and the store passes its own integrity check.
"""

from __future__ import annotations

import hashlib
import io
import random
import resource
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.corpus import TESTDATA, files_of
from tests.support.wallets import NOON, open_wallet
from wallet.actions.patient.company import Whose
from wallet.actions.patient.importing import import_paths
from wallet.vault import sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.actions.patient.session import Session

BATCH = 100
_LARGEST = 60_000
_FEWEST = 20
_ALIKE = 12  # of one folder and ending
_SLOWEST = 20.0  # processor seconds of one file, however it was damaged
_MOST = 300  # MiB that a batch may add to what this program holds
_ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    b'<!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
)
_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">'
    + b"".join(
        b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    + b"]>"
)
_NO_RECORDS = {"LICENSES", "crypto-vectors", "ledger-vectors", "traceability"}
_PAIRS = (
    *((b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>"), (b"(", b")")),
    *((b"\x0b", b""), (b'"', b""), (b"~^&", b"")),
)
_NAMES = (
    *("../../up.json", "/etc/passwd", "C:\\x.xml", "..\\..\\up", "//server/share/x"),
    *("a/" * 60 + "b", "nul\0x", "con", "x" * 400, "\u202etxt.exe", ".", ""),
)


def samples() -> list[list[bytes]]:
    """Files by folder and ending, small ones where there are any."""
    groups = []
    for folder in sorted(path for path in TESTDATA.iterdir() if path.is_dir()):
        if folder.name in _NO_RECORDS:
            continue
        by_ending: dict[str, list[Path]] = {}
        for path in files_of(folder):
            if path.stat().st_size > _FEWEST:
                by_ending.setdefault(path.suffix.lower(), []).append(path)
        for paths in by_ending.values():
            small = [path for path in paths if path.stat().st_size <= _LARGEST]
            least = [min(paths, key=lambda path: path.stat().st_size)]
            groups.append([path.read_bytes() for path in (small or least)[:_ALIKE]])
    return groups


def damaged(seed: random.Random, good: Sequence[Sequence[bytes]]) -> bytes:
    """One file of any group, damaged in one of many ways."""
    data = bytearray(seed.choice(seed.choice(good)))
    match seed.randrange(12):
        case 0 | 1 | 2 | 3:
            for _ in range(seed.randrange(1, 40)):
                data[seed.randrange(len(data))] = seed.randrange(256)
        case 4:
            del data[seed.randrange(1, len(data)) :]
        case 5:
            at, end = sorted(seed.randrange(len(data)) for _ in range(2))
            data[end:end] = data[at:end]
        case 6:
            data += seed.choice(seed.choice(good))
        case 7:
            at = data.find(b"?>") + 2 if data.startswith(b"<?xml") else 0
            data[:at] = seed.choice((_ENTITIES, _LAUGHS))
        case 8:
            _nest(seed, data)
        case 9:
            at = seed.randrange(len(data))
            data[at:at] = bytes(seed.randrange(256) * seed.choice((1, 1, 1, 400)))
        case _:
            return _packed(seed, bytes(data))
    return bytes(data)


def _nest(seed: random.Random, data: bytearray) -> None:
    """Put what opens and never closes, or does, where such a thing may stand."""
    times = seed.choice((60, 600, 60_000))
    opening, closing = seed.choice(
        (
            (b"[", b"]"),
            (b'{"a":', b"}"),
            (b"<a>", b"</a>"),
            (b"(", b")"),
            (b"\x0b", b""),
        )
    )
    at = data.find(seed.choice((b":", b">", b"|", b"\n"))) + 1
    data[at:at] = opening * times + closing * seed.choice((0, times))


def _packed(seed: random.Random, data: bytes) -> bytes:
    """In a zip file: odd names, a bomb beside it, zip files in it, damage over all."""
    packed = _zip({seed.choice(_NAMES) or "empty": data, "bomb.json": _BOMB})
    flipped = bytearray(packed)
    for _ in range(seed.randrange(4)):
        flipped[seed.randrange(len(flipped))] = seed.randrange(256)
    for _ in range(seed.choice((0, 0, 1, 30))):
        flipped = bytearray(_zip({"inner.zip": bytes(flipped)}))
    return bytes(flipped)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


_BOMB = b"[" + b" " * (20 << 20) + b"]"


@dataclass(kw_only=True)
class Seen:
    """What came of all files so far."""

    formats: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    largest: float = 0.0

    def demand(self, kept: object, fault: object) -> None:
        """Note *fault* unless what was promised is *kept*."""
        if not kept:
            self.faults.append(str(fault))


def batch(
    wallet: Session,
    folder: Path,
    seed: random.Random,
    good: Sequence[Sequence[bytes]],
    seen: Seen,
) -> None:
    """Bring in one batch, each file by itself."""
    folder.mkdir()
    made = [damaged(seed, good) for _ in range(BATCH)]
    before = _peak(again=True)
    for number, data in enumerate(made):
        path = folder / f"{number:03}"
        path.write_bytes(data)
        began = _spent()
        answer = import_paths(wallet, [path], now=NOON, whose=Whose.MINE)
        (file,) = answer.files
        used = _spent() - began
        seen.demand(used < _SLOWEST, f"{path}: {used:.0f} processor seconds")
        seen.demand(file.taken, file)
        seen.demand(file.counts.total or file.findings, file)
        seen.demand(all(one.place and one.sentence for one in file.findings), file)
        seen.formats[file.format] += 1
        seen.reasons.update(one.cause.value for one in file.findings)
        seen.slowest = max(seen.slowest, used)
    grown = _peak() - before
    seen.demand(grown < _MOST, f"{folder}: {grown:.0f} MiB more")
    seen.largest = max(seen.largest, grown)
    held = {source.sha256 for source in sources.whole_sources(wallet.store)}
    missing = [d for d in made if hashlib.sha256(d).digest() not in held]
    seen.demand(not missing, f"{folder}: {len(missing)} files are not given back")
    wrong = wallet.store.check()
    seen.demand(not wrong, f"{folder}: {wrong}")


def _spent() -> float:
    """Processor seconds of this program and of the children it has waited for."""
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + child.ru_utime + child.ru_stime


def _peak(*, again: bool = False) -> float:
    """The most memory held, in MiB; *again* begins anew (man 5 proc, clear_refs)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if again:
        Path("/proc/self/clear_refs").write_text("5")
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def run(count: int, *, start: int = 1) -> Seen:
    """Bring in *count* damaged files, a batch in each wallet."""
    seed, good = random.Random(start), samples()  # noqa: S311 the same files each time
    seen = Seen()
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(max(1, count // BATCH)):
            room = Path(scratch) / str(number)
            room.mkdir()
            with open_wallet(room / "home") as wallet:
                batch(wallet, room / "files", seed, good, seen)
    return seen


def main() -> int:
    """Bring them in and print what came of it; 1 where a promise was broken."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seen = run(count)
    for title, counted in (("format", seen.formats), ("reason", seen.reasons)):
        for name, times in counted.most_common():
            print(f"{times:7} {title} {name}")  # noqa: T201 a command
    print(  # noqa: T201 a command
        f"{count} damaged files: the slowest {seen.slowest:.1f} processor seconds, "
        f"a batch of {BATCH} at most {seen.largest:.0f} MiB"
    )
    print("\n".join(seen.faults) or "all taken, given back, store whole")  # noqa: T201 a command
    return 1 if seen.faults else 0


if __name__ == "__main__":
    sys.exit(main())
