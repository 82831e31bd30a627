"""`python -m tests.mutated [COUNT]`: public files, damaged, brought in by the thousand.

Bytes flipped, cut off, doubled, nested, packed in zip files with odd names and bombs,
XML with entities. After every batch: each file was taken or named with a reason, every
one is given back byte for byte, and the store passes its own integrity check.
"""

from __future__ import annotations

import hashlib
import io
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.corpus import TESTDATA, files_of
from tests.support.wallets import NOON, open_wallet
from wallet.actions.patient.importing import import_paths
from wallet.vault import sources

if TYPE_CHECKING:
    from wallet.actions.patient.session import Session

BATCH = 100
_LARGEST = 60_000
_FEWEST = 20
_SLOWEST = 60.0  # processor seconds of one batch
_ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    b'<!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
)


def samples() -> list[bytes]:
    """Files of every format that are small enough to be read often."""
    found = []
    for folder in sorted(path for path in TESTDATA.iterdir() if path.is_dir()):
        small = [p for p in files_of(folder) if _FEWEST < p.stat().st_size < _LARGEST]
        found += [path.read_bytes() for path in small[:12]]
    return found


def damaged(seed: random.Random, good: list[bytes]) -> bytes:
    """One file, damaged in one of many ways."""
    data = bytearray(seed.choice(good))
    way = seed.randrange(9)
    if way < 4:
        for _ in range(seed.randrange(1, 40)):
            data[seed.randrange(len(data))] = seed.randrange(256)
    elif way == 4:
        del data[seed.randrange(1, len(data)) :]
    elif way == 5:
        at, end = sorted(seed.randrange(len(data)) for _ in range(2))
        data[end:end] = data[at:end]
    elif way == 6:
        data += seed.choice(good)
    elif way == 7:
        at = data.find(b"?>") + 2 if data.startswith(b"<?xml") else 0
        data[:at] = _ENTITIES
    else:
        return _packed(seed, bytes(data))
    return bytes(data)


def _packed(seed: random.Random, data: bytes) -> bytes:
    """In a zip file: odd names, a bomb beside it, zip files in it, damage over all."""
    names = ("../../up.json", "/etc/passwd", "C:\\x.xml", "a/" * 60 + "b", "nul\0x", "")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(seed.choice(names) or "empty", data)
        archive.writestr("bomb.json", b"[" + b" " * (20 << 20) + b"]")
    packed = bytearray(out.getvalue())
    for _ in range(seed.randrange(4)):
        packed[seed.randrange(len(packed))] = seed.randrange(256)
    if seed.randrange(2):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w") as archive:
            archive.writestr("inner.zip", bytes(packed))
        return outer.getvalue()
    return bytes(packed)


def batch(
    wallet: Session, folder: Path, seed: random.Random, good: list[bytes]
) -> Counter[str]:
    """Bring in one batch; answers how often each reason was given."""
    folder.mkdir()
    made = [damaged(seed, good) for _ in range(BATCH)]
    paths = []
    for number, data in enumerate(made):
        path = folder / f"{number:03}"
        path.write_bytes(data)
        paths.append(path)
    began = time.process_time()
    answer = import_paths(wallet, paths, now=NOON)
    used = time.process_time() - began
    assert used < _SLOWEST, f"{used:.0f} processor seconds"
    for file in answer.files:
        assert file.taken, file
        assert file.counts.total or file.findings, file
    held = {source.sha256 for source in sources.whole_sources(wallet.store)}
    missing = [d for d in made if hashlib.sha256(d).digest() not in held]
    assert not missing, f"{len(missing)} files are not given back"
    assert wallet.store.value("PRAGMA integrity_check") == "ok"
    return Counter(one.cause.value for file in answer.files for one in file.findings)


def run(count: int, *, start: int = 1) -> Counter[str]:
    """Bring in *count* damaged files, in wallets of a few batches each."""
    seed, good = random.Random(start), samples()  # noqa: S311 the same files each time
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(max(1, count // BATCH)):
            room = Path(scratch) / str(number)
            room.mkdir()
            with open_wallet(room / "home") as wallet:
                seen += batch(wallet, room / "files", seed, good)
    return seen


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    found = run(many)
    print(f"{many} damaged files: all taken, given back, store whole")  # noqa: T201
    for reason, times in found.most_common():
        print(f"{times:7} {reason}")  # noqa: T201
