"""``python -m tests.vectors.make_status_tree``: vectors of the status tree, anew."""

import json
from pathlib import Path

from tests.ledger.entries import grant
from tests.support.vast_tree import vast_bundle
from wallet.ledger.chunks import PER_CHUNK, Chunks
from wallet.ledger.entry import State
from wallet.ledger.status_delta import Delta, encode_delta

FILE = Path(__file__).with_name("status_tree.json")
ORIGIN = "ledger.example/consent/2027h1"
TREES = {
    0: {},
    1: {0: 1},
    4: {0: 0, 1: 1, 2: 2},
    255: {254: 1},
    256: {0: 2, 255: 1},
    257: {256: 2},
    1_000: {3: 1, 700: 2, 999: 1},
    70_000: {0: 1, 300: 2, 65_535: 1, 65_536: 2, 69_999: 1},
}
DELTAS = (
    (5, 5, {}),
    (5, 9, {0: 1}),
    (256, 1_000, {0: 0, 31: 1, 32: 2, 999: 1}),
    (1, 1 << 40, {(1 << 40) - 1: 2}),
)


def main():
    """Write the file."""
    FILE.write_text(json.dumps(made(), indent=1) + "\n", encoding="utf-8")


def made():
    """Everything the file holds."""
    data, policy = vast_bundle(
        grant(0, ORIGIN), origin=ORIGIN, size=10**9, index=123_456_789
    )
    log, witnesses = policy.logs[ORIGIN].vkey, policy.witnesses.values()
    return {
        "trees": [_tree(covered, states) for covered, states in TREES.items()],
        "deltas": [
            {
                "since": since,
                "until": until,
                "states": _named(states),
                "bytes": encode_delta(
                    Delta(since=since, until=until, states=_typed(states))
                ).hex(),
            }
            for since, until, states in DELTAS
        ],
        "bundle": {
            "bytes": data.hex(),
            "log": log.text,
            "cosigners": [party.vkey.text for party in witnesses],
            "index": 123_456_789,
            "size": 10**9,
            "state": 0,
        },
    }


def _tree(covered, states):
    chunks = Chunks()
    chunks.grow(covered)
    for index, state in states.items():
        chunks.put(index, State(state))
    count = -(-covered // PER_CHUNK)
    proofs = [
        {"chunk": n, "bytes": chunk.hex(), "path": [one.hex() for one in path]}
        for n in sorted({0, count // 2, count - 1} if count else ())
        for chunk, path in [chunks.proof(n, size=covered)]
    ]
    return {
        "covered": covered,
        "states": _named(states),
        "root": chunks.root().hex(),
        "proofs": proofs,
    }


def _named(states):
    return {str(index): state for index, state in states.items()}


def _typed(states):
    return {index: State(state) for index, state in states.items()}


if __name__ == "__main__":
    main()
