"""Trust files: what they say, and every line that says nothing."""

from datetime import timedelta

import pytest

from tests.ledger.conftest import NOON, ORIGIN
from tests.support.ledger_simulator import signer_of
from wallet.errors import RefusedError
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    LOG_KIND,
    Checkpoint,
    cosign,
    note_text,
    parse_note,
    sign_log,
    vkey_for,
)
from wallet.ledger.policy import Policy
from wallet.verdict import Reason

KEYS = {name: signer_of(name) for name in "abcde"}
VKEYS = {
    name: vkey_for(f"{name}.test", COSIGNATURE_KIND, key.public).text
    for name, key in KEYS.items()
}
LOG = signer_of("log")
LOG_LINE = f"log {vkey_for(ORIGIN, LOG_KIND, LOG.public).text} http://ledger.test\n"
WITNESSES = "".join(f"witness {name} {vkey}\n" for name, vkey in VKEYS.items())
TEXT = note_text(Checkpoint(ORIGIN, 0, bytes(32)))
T0 = int(NOON.timestamp())


def note(**seconds):
    lines = [
        cosign(KEYS[name], f"{name}.test", TEXT, T0 + after)
        for name, after in seconds.items()
    ]
    return parse_note(TEXT + b"\n" + sign_log(LOG, ORIGIN, TEXT) + b"".join(lines))


def after(policy, **seconds):
    moment = policy.quorum_time(note(**seconds))
    return None if moment is None else (moment - NOON) / timedelta(seconds=1)


def test_quorum_time_is_the_kth_newest_cosignature():
    policy = Policy.parse(
        LOG_LINE + WITNESSES + "group g 2 a b c\nquorum g\n# the end\n\n"
    )
    assert after(policy, a=1, b=5, c=3) == 3
    assert after(policy, a=1, b=5) == 1
    assert after(policy, a=1) is None
    assert after(policy, a=1, d=9, e=9) is None
    assert not policy.warns


def test_groups_lie_within_groups():
    policy = Policy.parse(
        WITNESSES + "group x 2 a b c\ngroup y any d e\ngroup z all x y\nquorum z\n"
    )
    assert after(policy, a=9, b=8, e=4, d=2) == 4
    assert after(policy, a=9, b=8) is None
    assert after(policy, d=9, e=8, a=3) is None


def test_one_witness_can_be_the_quorum():
    policy = Policy.parse(WITNESSES + "quorum\t b \n")
    assert after(policy, a=1, b=7) == 7
    assert after(policy, a=1) is None


def test_a_policy_without_quorum_says_so_and_warns():
    policy = Policy.parse(LOG_LINE + WITNESSES + "quorum none\n")
    assert policy.warns
    assert after(policy, a=1, b=7) == 7
    assert after(policy) is None
    assert policy.accept(note()) is None


def test_logs_and_witnesses_are_named_with_their_addresses():
    policy = Policy.parse(
        LOG_LINE + f"witness a {VKEYS['a']} http://a.test\nquorum none\n"
    )
    assert policy.origins == (ORIGIN,)
    assert policy.log(ORIGIN).public == LOG.public
    assert policy.log("other.test") is None
    assert policy.logs[ORIGIN].url == "http://ledger.test"
    assert policy.witnesses["a"].url == "http://a.test"


def test_a_log_outside_the_policy_is_not_believed():
    with pytest.raises(RefusedError) as caught:
        Policy.parse(WITNESSES + "quorum a\n").accept(note(a=1))
    assert caught.value.reason is Reason.NOT_IN_COPY


def test_a_log_signature_is_asked_for_whatever_the_witnesses_say():
    lone = parse_note(TEXT + b"\n" + cosign(KEYS["a"], "a.test", TEXT, T0))
    with pytest.raises(RefusedError) as caught:
        Policy.parse(LOG_LINE + WITNESSES + "quorum a\n").accept(lone)
    assert caught.value.reason is Reason.SIGNATURE_WRONG


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none\nquorum none\n",
        "quorum a\n",
        "group g any a\nquorum none\n",
        "who knows\nquorum none\n",
        LOG_LINE + LOG_LINE + "quorum none\n",
        LOG_LINE.replace("log ", "witness l ") + "quorum none\n",
        f"log {VKEYS['a']}\nquorum none\n",
        f"log {VKEYS['a']} one two\nquorum none\n",
        WITNESSES + f"witness again {VKEYS['a']}\nquorum none\n",
        WITNESSES + f"witness a {VKEYS['a']}\nquorum none\n",
        f"witness none {VKEYS['a']}\nquorum none\n",
        WITNESSES + "group a any b\nquorum none\n",
        WITNESSES + "group g any\nquorum none\n",
        WITNESSES + "group g 0 a b\nquorum none\n",
        WITNESSES + "group g 3 a b\nquorum none\n",
        WITNESSES + "group g 02 a b\nquorum none\n",
        WITNESSES + "group g most a b\nquorum none\n",
        WITNESSES + "group g 1 a a\nquorum none\n",
        WITNESSES + "group g 1 none\nquorum none\n",
        WITNESSES + "group g 1 a\ngroup h 1 a\nquorum none\n",
        "quorum none\r\n",
        "quorum none\n\0",
        "#" * 70_000 + "\nquorum none\n",
    ],
)
def test_a_policy_that_says_nothing_certain_is_malformed(text):
    with pytest.raises(RefusedError) as caught:
        Policy.parse(text)
    assert caught.value.reason is Reason.MALFORMED
