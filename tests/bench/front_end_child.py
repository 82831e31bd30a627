"""One front end below HTTP: checks entries on one core and makes them durable."""

import sys
import time
from contextlib import closing

from tests.bench.entries import receipts
from wallet.server.log.admission import Admission, Asked
from wallet.server.log.difficulty import Difficulty
from wallet.server.log.storage_postgresql import open_storage

ORIGIN = "ledger.bench/shared"
POST = 100
STAMP = bytes(8)


def main(url, first, count):
    entries = list(receipts(first + count, origin=ORIGIN))[first:]
    with closing(open_storage(url, origin=ORIGIN)) as storage:
        # The work in a stamp is the sender's; looking at it costs the same at 0 bits.
        free = Difficulty(fill=lambda: 0.0, clock=time.monotonic, least=0)
        admission = Admission(storage, origin=ORIGIN, difficulty=free)
        print("ready", flush=True)
        sys.stdin.readline()
        for at in range(0, count, POST):
            post = [Asked(one, STAMP) for one in entries[at : at + POST]]
            storage.append(admission.judge_many(post, most_wrong=1))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
