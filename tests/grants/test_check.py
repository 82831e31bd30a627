"""The order of the check: first hit wins, a known no beats cannot tell."""

from datetime import UTC, datetime
from itertools import combinations

import pytest

from tests.support.world import DAY, NOON, clinic, issued, opened
from wallet.grants.check import Standing, first_hit, judge
from wallet.ledger.clock import Clock
from wallet.ledger.entry import State
from wallet.verdict import Reason, Status, Verdict

ELM = clinic()
GRANT = opened(ELM, issued(ELM)[0].grant_file)

# PROTOCOL.md 8, word for word and in its order.
STOP = [
    *("malformed", "wrong_reader", "signature_wrong", "withdrawn", "not_started"),
    *("ended", "paused", "wrong_purpose", "outside_scope", "licence_suspended"),
    *("licence_ended", "not_accredited", "package_altered"),
]
CANNOT_TELL = [
    *("ledger_forked", "clock_doubtful", "no_quorum", "not_in_copy", "copy_too_old"),
    *("status_unproved", "licence_unknown", "ledger_unreachable"),
    *("relay_unreachable", "package_missing", "release_refused", "not_yet_known"),
]
ORDER = ["unknown_version", *STOP, *CANNOT_TELL]


def at(seconds):
    return datetime.fromtimestamp(seconds, tz=UTC)


def judged(
    *,
    asked=NOON,
    quorum=NOON,
    explicit=False,
    future=False,
    licence=Reason.GO_AHEAD,
    purpose=None,
    **standing,
):
    return judge(
        GRANT,
        Standing(
            **{
                "index": 3,
                "state": State.STANDS,
                "noticed": False,
                "forked": False,
                "checkpoint": None,
                **standing,
            }
        ),
        licence=Verdict(reason=licence),
        purpose=purpose,
        clock=Clock(
            asked=at(asked),
            quorum=None if quorum is None else at(quorum),
            explicit=explicit,
        ),
        future=future,
    ).reason


def test_every_reason_has_its_place_and_its_status():
    assert next(iter(Reason)) is Reason.GO_AHEAD
    assert {reason.value for reason in Reason} == {"go_ahead", *ORDER}
    for value in ORDER:
        status = Verdict(reason=Reason(value)).status
        assert status is (Status.STOP if value in STOP else Status.CANNOT_TELL)


def test_of_any_two_the_earlier_one_wins():
    assert first_hit([]) is Reason.GO_AHEAD
    for first, second in combinations(ORDER, 2):
        assert first_hit([Reason(second), Reason(first)]).value == first


# What makes each reason that a check can give, each alone.
ONE = {
    "withdrawn": {"state": State.ENDED},
    "paused": {"state": State.HELD},
    "wrong_purpose": {"purpose": "HRESCH"},
    "licence_suspended": {"licence": Reason.LICENCE_SUSPENDED},
    "licence_ended": {"licence": Reason.LICENCE_ENDED},
    "not_accredited": {"licence": Reason.NOT_ACCREDITED},
    "ledger_forked": {"forked": True},
    "no_quorum": {"quorum": None},
    "not_in_copy": {"index": None},
    "copy_too_old": {"asked": NOON + 3_601},
    "status_unproved": {"state": State.UNKNOWN},
    "licence_unknown": {"licence": Reason.LICENCE_UNKNOWN},
    "not_started": {"asked": NOON - 1, "quorum": NOON - 1},
    "ended": {"asked": NOON + 90 * DAY, "quorum": NOON + 90 * DAY},
}


@pytest.mark.parametrize("reason", ONE)
def test_each_reason_alone(reason):
    assert judged(**ONE[reason]).value == reason


def test_of_two_that_hold_together_the_earlier_one_is_said():
    told = 0
    for first, second in combinations(sorted(ONE, key=ORDER.index), 2):
        if ONE[first].keys() & ONE[second].keys():
            continue  # they cannot both hold
        assert judged(**ONE[first], **ONE[second]).value == first
        told += 1
    assert told > 60


def test_nothing_against_it_is_a_go_ahead_to_the_last_second():
    assert judged() is Reason.GO_AHEAD
    last = NOON + 90 * DAY - 1
    assert judged(asked=last, quorum=last) is Reason.GO_AHEAD
    assert judged(asked=NOON + 3_600) is Reason.GO_AHEAD
    assert judged(purpose="TREAT") is Reason.GO_AHEAD


def test_a_withdrawal_handed_over_counts_on_any_copy():
    for told in ({"quorum": None}, {"forked": True}, {"index": None}):
        assert judged(noticed=True, **told) is Reason.WITHDRAWN


def test_a_local_clock_behind_the_ledger_goes_by_the_ledger():
    assert judged(asked=NOON - 9 * DAY) is Reason.GO_AHEAD
    end = NOON + 90 * DAY
    assert judged(asked=NOON, quorum=end) is Reason.ENDED


def test_a_local_clock_over_a_day_ahead_alone_ends_nothing():
    end = NOON + 90 * DAY
    assert judged(asked=end, quorum=end - DAY) is Reason.ENDED
    assert judged(asked=end, quorum=end - DAY - 1) is Reason.CLOCK_DOUBTFUL
    assert judged(asked=NOON, quorum=NOON - DAY - 1) is Reason.CLOCK_DOUBTFUL
    told = {"asked": end, "quorum": end - DAY - 1}
    assert judged(**told, explicit=True) is Reason.ENDED
    assert judged(**told, state=State.ENDED) is Reason.WITHDRAWN


def test_of_a_moment_to_come_what_may_change_never_hides_what_cannot():
    later = {"asked": NOON + DAY, "explicit": True, "future": True}
    assert judged(**later) is Reason.NOT_YET_KNOWN
    assert judged(**later, state=State.HELD) is Reason.NOT_YET_KNOWN
    assert judged(**later, licence=Reason.LICENCE_ENDED) is Reason.NOT_YET_KNOWN
    assert judged(**later, state=State.HELD, purpose="HRESCH") is Reason.WRONG_PURPOSE
    assert judged(**later, state=State.HELD, forked=True) is Reason.LEDGER_FORKED
    assert judged(**later, state=State.ENDED) is Reason.WITHDRAWN
    assert judged(**{**later, "asked": NOON + 90 * DAY}) is Reason.ENDED
    assert judged(**{**later, "asked": NOON - 1}) is Reason.NOT_STARTED
