"""log.json: what a log says of itself is whole, or it is nothing."""

import pytest

from tests.ledger.conftest import NOON, ORIGIN
from tests.support.ledger_simulator import LedgerSimulator
from wallet.errors import RefusedError
from wallet.keys.mldsa import MldsaSigner
from wallet.ledger.checkpoint import COSIGNATURE_KIND, LOG_KIND, MLDSA_KIND, vkey_for
from wallet.ledger.log_json import LogJson
from wallet.verdict import Reason

LEDGER = LedgerSimulator(ORIGIN, NOON)
KEY = vkey_for(ORIGIN, LOG_KIND, LEDGER.key.public).text
SECOND = vkey_for(ORIGIN, MLDSA_KIND, MldsaSigner.from_seed(b"m" * 32).public).text
WITNESS = vkey_for(ORIGIN, COSIGNATURE_KIND, LEDGER.key.public).text
SWAPPED = vkey_for(ORIGIN, LOG_KIND, LEDGER.witness_keys["w1"].public).text
OTHER = vkey_for("other.test", LOG_KIND, LEDGER.key.public).text
GOOD = {
    "origin": ORIGIN,
    "vkey": KEY,
    "vkeys": [KEY, SECOND],
    "operator": "ab" * 32,
    "difficulty": 12,
    "policy": LEDGER.policy,
    "later": [1],
}


def test_what_it_says_is_read_and_more_may_be_said():
    read = LogJson.read(GOOD)
    assert (read.origin, read.difficulty, read.operator) == (ORIGIN, 12, b"\xab" * 32)
    assert [one.text for one in read.vkeys] == [KEY, SECOND]
    assert read.policy.origins == (ORIGIN,)
    bare = {name: GOOD[name] for name in ("origin", "vkey", "operator", "policy")}
    assert [one.text for one in LogJson.read(bare).vkeys] == [KEY]
    assert LogJson.read(bare).difficulty is None


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "other.test"},
        {"vkey": OTHER, "vkeys": [OTHER]},
        {"vkey": SECOND, "vkeys": [SECOND]},
        {"vkeys": [SECOND, KEY]},
        {"vkeys": [KEY, WITNESS]},
        {"vkeys": []},
        {"vkeys": [KEY, 1]},
        {"vkeys": [KEY] * 17},
        {"operator": "AB" * 32},
        {"operator": "ab" * 31},
        {"difficulty": True},
        {"difficulty": 23},
        {"difficulty": "12"},
        {"policy": f"log {SWAPPED}\nquorum none\n"},
        {"policy": None},
    ],
)
def test_anything_else_is_malformed(change):
    with pytest.raises(RefusedError) as caught:
        LogJson.read({**GOOD, **change})
    assert caught.value.reason is Reason.MALFORMED
