"""A stranger's reader of our ledger over tlog-scales, a C2SP library from PyPI.

    python scales.py CASE.json

It is given what `sumdb.go` is given and answers in the same words; nothing of this
project is imported.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from tlog_scales.backend import HttpBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint, InclusionProof


class Refused(Exception):  # noqa: N818 it is an answer, not a fault
    """The step does not hold."""


class Reader:
    """One case, verified step by step."""

    def __init__(self, case):
        self.case = case
        self.entry = base64.b64decode(case["Entry"])
        self.log = Vkey.from_string(case["Log"])
        self.witnesses = VkeySet(*map(Vkey.from_string, case["Witnesses"]))
        self.mldsa = VkeySet(*map(Vkey.from_string, case["MLDSA"]))
        self.backend = HttpBackend(case["URL"])
        self.tiles = TilesReader(self.backend)

    def checkpoint(self):
        """The note is signed by the log and enough of the witnesses."""
        self.here = self.tiles.get_checkpoint()
        self.believe(self.here)

    def check_tiles(self):
        """The hash tiles add up to the root."""
        if self.tiles.calculate_root_hash() != self.here.root_hash:
            raise Refused("another root")

    def entries(self):
        """The entry's bundle holds what its author logged."""
        if self.tiles.get_entry(self.case["Index"]) != self.entry:
            raise Refused("another entry")

    def inclusion(self):
        """A proof made from the tiles places the entry under the root."""
        proof = self.tiles.get_inclusion_proof(self.case["Index"], self.here.size)
        proof.check(leaf_hash(self.entry), self.here.root_hash)

    def consistency(self):
        """A proof made from the tiles says that the older tree starts this one."""
        older = Checkpoint.from_text(self.case["Older"])
        self.believe(older)
        proof = self.tiles.get_consistency_proof(older.size, self.here.size)
        proof.check(older.root_hash, self.here.root_hash)

    def proof(self):
        """The file the wallet hands out proves the entry without any server."""
        head, _, signed = self.case["Proof"].partition("\n\n")
        magic, index, *path = head.split("\n")
        if magic != "c2sp.org/tlog-proof@v1":
            raise Refused("no tlog-proof")
        under = Checkpoint.from_text(signed)
        self.believe(under)
        number = int(index.removeprefix("index "))
        proof = InclusionProof(number, under.size, list(map(base64.b64decode, path)))
        proof.check(leaf_hash(self.entry), under.root_hash)

    def believe(self, checkpoint):
        """Check every signature that a known key could have made."""
        checkpoint.verify(self.log)
        seen = self.witnesses.verify(checkpoint.signatures, checkpoint)
        if len(seen) < self.case["Quorum"] or checkpoint.origin != self.log.name:
            raise Refused(f"{len(seen)} witnesses")
        # Whoever is told of keys of the later kind finds each of them good as well.
        later = self.mldsa.verify(checkpoint.signatures, checkpoint)
        names = {vkey.name for vkey, _ in later}
        if self.log.name not in names or len(names) < self.case["Quorum"]:
            raise Refused(f"{len(later)} lines under ML-DSA")


def main():
    """Answer step by step, as `sumdb.go` does."""
    reader = Reader(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    steps = {
        "checkpoint": reader.checkpoint,
        "tiles": reader.check_tiles,
        "entries": reader.entries,
        "inclusion": reader.inclusion,
        "consistency": reader.consistency,
        "proof": reader.proof,
    }
    for name, step in steps.items():
        try:
            step()
        except Exception as error:  # noqa: BLE001 its refusals have no common base
            print(f"refused {name}: {type(error).__name__} {error}")  # noqa: T201 a command
            return 1
        print(f"accepted {name}")  # noqa: T201 a command
    reader.backend.session.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
