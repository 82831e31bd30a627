"""Trust files: what they say, and every line that says nothing."""

import base64
from datetime import timedelta

import pytest

from tests.ledger.conftest import NOON, ORIGIN
from tests.support.ledger_simulator import signer_of
from wallet.errors import RefusedError
from wallet.keys.mldsa import MldsaSigner
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    LOG_KIND,
    MLDSA_KIND,
    Checkpoint,
    cosign,
    cosign_mldsa,
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
HERE = Checkpoint(ORIGIN, 0, bytes(32))
TEXT = note_text(HERE)
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


def mldsa_of(name):
    return MldsaSigner.from_seed(name.encode().ljust(32, b"."))


def mldsa_line(policy_name, name):
    vkey = vkey_for(name, MLDSA_KIND, mldsa_of(name).public)
    return f"witness {policy_name} {vkey.text}\n"


def test_a_witness_may_be_listed_with_a_key_of_each_kind():
    policy = Policy.parse(
        LOG_LINE
        + WITNESSES
        + mldsa_line("a/ml-dsa", "a.test")
        + "group both all a a/ml-dsa\nquorum both\n"
    )
    assert after(policy, a=1) is None
    second = cosign_mldsa(mldsa_of("a.test"), "a.test", HERE, T0 + 5)
    whole = parse_note(note(a=1).raw + second)
    assert (policy.accept(whole) - NOON) / timedelta(seconds=1) == 1
    bad = parse_note(note(a=1).raw + second.replace(b"a.test", b"b.test"))
    with pytest.raises(RefusedError) as caught:
        policy.accept(bad)
    assert caught.value.reason is Reason.NO_QUORUM


def test_a_log_may_be_listed_with_a_key_of_each_kind_and_either_will_do():
    second = vkey_for(ORIGIN, MLDSA_KIND, mldsa_of(ORIGIN).public)
    policy = Policy.parse(LOG_LINE + f"log {second.text}\nquorum none\n")
    assert policy.origins == (ORIGIN,)
    assert policy.log(ORIGIN).kind == LOG_KIND
    line = cosign_mldsa(mldsa_of(ORIGIN), ORIGIN, HERE, T0)
    policy.accept(parse_note(TEXT + b"\n" + line))
    policy.accept(note())
    forged = cosign_mldsa(mldsa_of("another"), ORIGIN, HERE, T0)
    other = base64.b64decode(forged.split(b" ")[2])[4:]
    bad = base64.b64encode(second.key_id + other).decode()
    with pytest.raises(RefusedError) as caught:
        policy.accept(parse_note(note().raw + f"\N{EM DASH} {ORIGIN} {bad}\n".encode()))
    assert caught.value.reason is Reason.SIGNATURE_WRONG


def test_mirrors_are_the_witnesses_of_the_group_of_that_name():
    groups = "group m 1 c\ngroup mirrors any b m\ngroup g 1 a mirrors\nquorum g\n"
    policy = Policy.parse(WITNESSES + groups)
    assert [party.vkey.name for party in policy.mirrors] == ["b.test", "c.test"]
    assert Policy.parse(WITNESSES + "quorum a\n").mirrors == ()
    assert Policy.parse(WITNESSES + "quorum none\n").mirrors == ()


def test_thirty_two_of_each_fit_even_with_the_longest_keys():
    lines = [
        f"log {vkey_for(f'l{n}', MLDSA_KIND, mldsa_of(f'l{n}').public).text} http://l\n"
        for n in range(32)
    ]
    lines += [mldsa_line(f"w{n}", f"w{n}.test") for n in range(32)]
    lines += [f"group g{n} any w{n}\n" for n in range(31)]
    names = " ".join(f"g{n}" for n in range(31))
    policy = Policy.parse("".join(lines) + f"group all 16 {names} w31\nquorum all\n")
    counts = len(policy.logs), len(policy.witnesses), len(policy.groups)
    assert counts == (32, 32, 32)


def test_other_letters_and_comments_are_opaque():
    named = WITNESSES.replace("witness a ", "witness \u212a ")
    policy = Policy.parse(f"  # \xe9t\xe9\n{named}\t quorum \t\u212a\n")
    assert policy.quorum == "\u212a"
    with pytest.raises(RefusedError):
        Policy.parse(named + "quorum K\n")


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
        "quorum none",
        WITNESSES + "group g 1 a b\nquorum g\n# cut sh",
        WITNESSES + "group g 1 a b\nquorum none\ngroup h 1 g g\n",
        WITNESSES + "group g 1 h\ngroup h 1 a\nquorum g\n",
        f"witness a {vkey_for(ORIGIN, LOG_KIND, LOG.public).text}\nquorum none\n",
        mldsa_line("a", "a.test") + mldsa_line("b", "a.test") + "quorum none\n",
        "quorum none\n\0",
        "#" * 300_000 + "\nquorum none\n",
    ],
)
def test_a_policy_that_says_nothing_certain_is_malformed(text):
    with pytest.raises(RefusedError) as caught:
        Policy.parse(text)
    assert caught.value.reason is Reason.MALFORMED
