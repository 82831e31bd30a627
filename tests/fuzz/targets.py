"""What is fuzzed: a parser, good bytes to start from, and what may be raised."""

from dataclasses import dataclass
from typing import Any

import orjson

from tests.ledger.conftest import NOON, ORIGIN
from tests.ledger.entries import CONTROL, change, grant, receipt
from tests.support.ledger_simulator import LedgerSimulator
from wallet.actions.verifying import verify_file
from wallet.errors import RefusedError, TurnedAwayError
from wallet.exports.accounting import Accounting, Ended, Logged, Opening, Shared
from wallet.exports.accounting import write as write_accounting
from wallet.keys.mldsa import MldsaSigner
from wallet.ledger import bundle, cose_receipt, fork, proof
from wallet.ledger.checkpoint import (
    MLDSA_KIND,
    Vkey,
    cosign_mldsa,
    parse_note,
    vkey_for,
)
from wallet.ledger.chunks import CHUNK
from wallet.ledger.entry import State, build_status_root, leaf_hash, parse_entry
from wallet.ledger.log_json import LogJson
from wallet.ledger.merkle import leaf_hash as chunk_hash
from wallet.ledger.policy import Policy
from wallet.ledger.status_delta import Delta, encode_delta, parse_delta
from wallet.ledger.tiles import bundle_path, decode_bundle, encode_bundle, parse_path
from wallet.ledger.tree import Tree
from wallet.server.log.admission import Admission
from wallet.server.log.difficulty import Difficulty
from wallet.server.witness.request import read_request as witness_request
from wallet.verdict import Reason

LEDGER = LedgerSimulator(ORIGIN, NOON)
ENTRIES = [*map(grant, range(4)), receipt(9)]
ENTRIES.append(change(0, ENTRIES[0], State.ENDED, 1))
ENTRIES.append(
    build_status_root(
        CONTROL, origin=ORIGIN, covered=6, root=chunk_hash(bytes(CHUNK)), epoch=6
    )
)
for _entry in ENTRIES:
    LEDGER.submit(_entry)
MLDSA = MldsaSigner.from_seed(b"m" * 32)
_PLAIN = LEDGER.publish()
NOTE = _PLAIN + cosign_mldsa(MLDSA, "m.test", parse_note(_PLAIN).checkpoint, 1_000)
KEY = vkey_for("m.test", MLDSA_KIND, MLDSA.public)
TREE = Tree(map(leaf_hash, ENTRIES))
PROOF = proof.write(2, TREE.inclusion(2), NOTE, leaf_hash(ENTRIES[2]))
POLICY = LEDGER.policy.replace(
    "quorum witnesses", f"witness m {KEY.text}\ngroup mirrors any m\nquorum witnesses"
)
READ_POLICY = Policy.parse(POLICY)
GROWN = fork.write(
    trusted=fork.grown(_PLAIN, old=3, root=TREE.root(3), path=TREE.consistency(3, 7)),
    offered=LEDGER.sign(3, b"\x55" * 32),
)
FORK = fork.write(trusted=PROOF, offered=LEDGER.sign(7, b"\x55" * 32))
RECEIPT = cose_receipt.write(LEDGER.key, proof=proof.parse(PROOF))
BUNDLE = bundle.write_bundle(
    index=2,
    entry=ENTRIES[2],
    entry_path=TREE.inclusion(2),
    root_entry=ENTRIES[6],
    root_path=TREE.inclusion(6),
    chunk=bytes(CHUNK),
    chunk_path=[],
    note=_PLAIN,
)

HELD = change(1, ENTRIES[1], State.HELD, 1)
LOG_JSON = orjson.dumps(
    {
        "origin": ORIGIN,
        "vkey": READ_POLICY.log(ORIGIN).text,
        "vkeys": [READ_POLICY.log(ORIGIN).text],
        "operator": CONTROL.public.hex(),
        "policy": POLICY,
        "difficulty": 12,
    }
)
CHECK = orjson.dumps(
    {
        "status": "go_ahead",
        "reason": "go_ahead",
        "evidence": {"entry": ENTRIES[2].hex(), "proof": PROOF.hex()},
    }
)
DELTA = encode_delta(
    Delta(since=6, until=400, states={0: State.ENDED, 300: State.HELD})
)


def _logged(index):
    path = proof.write(index, TREE.inclusion(index), _PLAIN)
    return Logged(origin=ORIGIN, entry=ENTRIES[index], proof=path)


ACCOUNTING = write_accounting(
    Accounting(
        made=NOON,
        begins=NOON,
        ends=None,
        permissions=(
            Shared(
                reader="Dr. Amara Osei",
                role="Cardiologist",
                purpose="TREAT",
                begins=NOON,
                ends=NOON,
                records={"test": 2},
                shared=NOON,
                logged=_logged(0),
                end=Ended(kind="withdrawn", at=NOON, logged=_logged(5)),
            ),
        ),
        openings=(
            Opening(
                permission=0, kind="opened", at=NOON, logged=_logged(4), named=None
            ),
        ),
    )
)


class Standing:
    """What admission asks a storage: the entries above, none of them ended."""

    def indices_of(self, leaves):
        return {}

    def entry(self, index):
        return ENTRIES[index] if index < len(ENTRIES) else None

    def ended_by(self, index):
        return None

    def changes(self, index):
        return 0


ADMISSION = Admission(
    Standing(),
    origin=ORIGIN,
    difficulty=Difficulty(fill=lambda: 0.0, clock=lambda: 0.0, least=0),
)


@dataclass(frozen=True)
class Target:
    """One parser, and whatever judges what it read."""

    act: Any
    seeds: tuple[bytes, ...]
    errors: tuple[type[Exception], ...] = (RefusedError,)


def _note(data):
    READ_POLICY.accept(parse_note(data))


def _proof(data):
    proof.verify(
        proof.parse(data),
        leaf=leaf_hash(ENTRIES[2]),
        policy=READ_POLICY,
        origin=ORIGIN,
    )


def _policy(data):
    Policy.parse(data.decode("utf-8", "surrogateescape")).accept(parse_note(NOTE))


def _vkey(data):
    Vkey.parse(data.decode("utf-8", "surrogateescape"))


def _fork(data):
    fork.parse(data).verify(READ_POLICY.log(ORIGIN))


def _receipt(data):
    cose_receipt.verify(
        cose_receipt.parse(data), entry=ENTRIES[2], vkey=READ_POLICY.log(ORIGIN)
    )


def _bundle(data):
    bundle.verify_bundle(bundle.parse_bundle(data), policy=READ_POLICY)


def _entry(data):
    parse_entry(data, origin=ORIGIN)


def _path(data):
    parse_path(data.decode("latin-1"))


def _file(data):
    verify_file(data, policy=POLICY, entry=ENTRIES[2])


def _bundled(data):
    assert encode_bundle(decode_bundle(data)) == data


def _log_json(data):
    """As a client reads it (`LedgerClient.log_json`), but for what is no object."""
    try:
        said = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise RefusedError(Reason.MALFORMED, "JSON") from None
    if isinstance(said, dict):
        LogJson.read(said)


def _delta(data):
    assert encode_delta(parse_delta(data)) == data


def _admit(data):
    ADMISSION.judge(data, stamp=b"")


FILES = (NOTE, PROOF, FORK, GROWN, RECEIPT, BUNDLE, CHECK)
_GROWTH = b"old 3\n" + b"A" * 43 + b"=\n\n" + NOTE
TARGETS = {
    "note": Target(_note, (NOTE, _PLAIN)),
    "proof": Target(_proof, (PROOF,)),
    "policy": Target(_policy, (POLICY.encode(),)),
    "vkey": Target(_vkey, (KEY.text.encode(), READ_POLICY.log(ORIGIN).text.encode())),
    "tile path": Target(
        _path,
        (bundle_path(1_234_067).encode(), b"tile/3/x001/234.p/7"),
        (ValueError,),
    ),
    "entry bundle": Target(_bundled, (encode_bundle(ENTRIES),)),
    "entry": Target(_entry, tuple(ENTRIES)),
    "fork": Target(_fork, (FORK, GROWN)),
    "log.json": Target(_log_json, (LOG_JSON,)),
    "status delta": Target(_delta, (DELTA,)),
    "admission": Target(_admit, (ENTRIES[5], HELD), (TurnedAwayError,)),
    "COSE receipt": Target(_receipt, (RECEIPT,)),
    "stapled bundle": Target(_bundle, (BUNDLE,)),
    "any file": Target(_file, FILES, ()),
    "accounting": Target(_file, (ACCOUNTING,), ()),
    "witness request": Target(witness_request, (_GROWTH,), (TurnedAwayError,)),
}
