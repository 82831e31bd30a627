"""The ledger's clock beside a local one. PROTOCOL.md 8, "Clock"."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.ledger.clock import Clock, Phase, from_seconds

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
AT = int(NOON.timestamp())
HOUR = 3_600


def clock(*, asked=0, quorum=0, explicit=False):
    """Seconds from noon; *quorum* None for a copy that never had one."""
    return Clock(
        asked=NOON + timedelta(seconds=asked),
        quorum=None if quorum is None else NOON + timedelta(seconds=quorum),
        explicit=explicit,
    )


@pytest.mark.parametrize(
    ("at", "phase"),
    [
        (-1, Phase.BEFORE),
        (0, Phase.WITHIN),
        (HOUR - 1, Phase.WITHIN),
        (HOUR, Phase.AFTER),
    ],
)
@pytest.mark.parametrize("explicit", [False, True])
def test_a_span_has_its_begin_and_not_its_end(at, phase, explicit):
    here = clock(asked=at, quorum=at, explicit=explicit)
    assert here.phase(begins=AT, ends=AT + HOUR) is phase


def test_a_local_clock_behind_the_ledger_is_not_used_and_said():
    late = clock(asked=-HOUR, quorum=0)
    assert late.behind
    assert late.now == NOON
    assert late.age == timedelta(0)
    assert late.phase(begins=AT - HOUR, ends=AT) is Phase.AFTER
    assert not clock(asked=1).behind


def test_the_age_of_a_copy_is_now_minus_quorum_time():
    assert clock(asked=90, quorum=30).age == timedelta(seconds=60)
    assert clock(quorum=None).age is None


@pytest.mark.parametrize("span", [(-HOUR, HOUR), (HOUR, 48 * HOUR)])
def test_a_local_clock_a_day_ahead_alone_ends_or_begins_nothing(span):
    begins, ends = AT + span[0], AT + span[1]
    for ahead, doubtful in ((24 * HOUR, False), (24 * HOUR + 1, True)):
        phase = clock(asked=ahead).phase(begins=begins, ends=ends)
        assert (phase is Phase.DOUBTFUL) is doubtful
    # Asked for in words, the same moment is simply that moment.
    asked = clock(asked=24 * HOUR + 1, explicit=True)
    assert asked.phase(begins=begins, ends=ends) is not Phase.DOUBTFUL


def test_where_both_clocks_agree_a_day_of_difference_is_no_doubt():
    ahead = clock(asked=100 * HOUR)
    assert ahead.phase(begins=AT - 2, ends=AT - 1) is Phase.AFTER
    assert ahead.phase(begins=AT - 1, ends=AT + 200 * HOUR) is Phase.WITHIN
    assert ahead.phase(begins=AT + 200 * HOUR, ends=AT + 300 * HOUR) is Phase.BEFORE


SECONDS = st.integers(-100 * HOUR, 100 * HOUR)


@given(SECONDS, SECONDS, SECONDS, st.integers(1, 100 * HOUR))
def test_what_is_said_for_certain_is_what_now_says(asked, quorum, begins, length):
    here = clock(asked=asked, quorum=quorum)
    begins, ends = AT + begins, AT + begins + length
    phase = here.phase(begins=begins, ends=ends)
    now = int(here.now.timestamp())
    plain = (
        Phase.BEFORE if now < begins else Phase.WITHIN if now < ends else Phase.AFTER
    )
    assert phase in (plain, Phase.DOUBTFUL)
    if phase is Phase.DOUBTFUL:
        assert asked - quorum > 24 * HOUR


@pytest.mark.parametrize("seconds", [0, AT, 253_402_300_799])
def test_seconds_are_moments_in_utc(seconds):
    assert from_seconds(seconds).timestamp() == seconds
    assert from_seconds(seconds).tzinfo is UTC
