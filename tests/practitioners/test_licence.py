"""A licence is what the register and the card say together; a known no comes first."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.world import DAY, NOON, body_for, card_for, clinic
from wallet.ledger.clock import Clock
from wallet.ledger.entry import State
from wallet.practitioners.card import parse_card
from wallet.practitioners.licence import RegisterFacts, judge
from wallet.verdict import Reason

ELM = clinic()


def at(seconds):
    return datetime.fromtimestamp(seconds, tz=UTC)


def judged(
    *,
    card=None,
    asked=NOON,
    quorum=NOON,
    vouched=True,
    state=State.STANDS,
    forked=False,
    explicit=False,
    max_age=3_600,
):
    return judge(
        parse_card(card or card_for(ELM)),
        RegisterFacts(vouched=vouched, state=state, forked=forked, checkpoint=None),
        clock=Clock(
            asked=at(asked),
            quorum=None if quorum is None else at(quorum),
            explicit=explicit,
        ),
        max_age=timedelta(seconds=max_age),
    ).reason


def test_a_board_that_vouches_and_a_card_in_its_time_are_a_go_ahead():
    assert judged() is Reason.GO_AHEAD


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"vouched": False}, Reason.NOT_ACCREDITED),
        ({"vouched": None}, Reason.LICENCE_UNKNOWN),
        ({"state": State.ENDED}, Reason.LICENCE_ENDED),
        ({"state": State.HELD}, Reason.LICENCE_SUSPENDED),
        ({"state": State.UNKNOWN}, Reason.STATUS_UNPROVED),
        ({"forked": True}, Reason.LEDGER_FORKED),
        ({"quorum": None}, Reason.NO_QUORUM),
        ({"asked": NOON + 3_600}, Reason.GO_AHEAD),
        ({"asked": NOON + 3_601}, Reason.COPY_TOO_OLD),
        # a known no counts on a copy that is forked, old or without a quorum
        ({"state": State.ENDED, "forked": True}, Reason.LICENCE_ENDED),
        ({"state": State.HELD, "asked": NOON + DAY}, Reason.LICENCE_SUSPENDED),
        ({"state": State.ENDED, "quorum": None}, Reason.LICENCE_ENDED),
        ({"vouched": False, "forked": True}, Reason.NOT_ACCREDITED),
    ],
)
def test_what_the_register_says(told, reason):
    assert judged(**told) is reason


@pytest.mark.parametrize(
    ("licence", "card", "reason"),
    [
        ({"begins": NOON}, {}, Reason.GO_AHEAD),
        ({"begins": NOON + 1}, {}, Reason.NOT_ACCREDITED),
        ({"ends": NOON + 1}, {}, Reason.GO_AHEAD),
        ({"ends": NOON}, {}, Reason.LICENCE_ENDED),
        ({}, {"begins": NOON + 1}, Reason.NOT_ACCREDITED),
        ({}, {"ends": NOON + 1}, Reason.GO_AHEAD),
        ({}, {"ends": NOON}, Reason.NOT_ACCREDITED),
        ({"ends": NOON}, {"ends": NOON}, Reason.LICENCE_ENDED),
    ],
)
def test_licence_and_card_each_have_their_time(licence, card, reason):
    made = card_for(ELM, body=body_for(ELM, **licence), **card)
    assert judged(card=made) is reason


def test_a_card_that_ran_out_is_a_no_even_where_the_register_is_not_known():
    run_out = card_for(ELM, ends=NOON)
    assert judged(card=run_out, vouched=None) is Reason.NOT_ACCREDITED


@pytest.mark.parametrize("which", ["licence", "card"])
def test_only_a_clock_far_ahead_of_the_ledger_says_it_ended(which):
    ends = NOON + 100
    body = body_for(ELM, ends=ends if which == "licence" else NOON + 900 * DAY)
    made = card_for(ELM, body=body, ends=ends if which == "card" else NOON + 9 * DAY)
    late = NOON + DAY + 101
    patient = {"card": made, "asked": late, "max_age": 9 * DAY}
    assert judged(**patient) is Reason.CLOCK_DOUBTFUL
    ended = Reason.LICENCE_ENDED if which == "licence" else Reason.NOT_ACCREDITED
    assert judged(**patient, explicit=True) is ended
    assert judged(**patient, quorum=NOON + 101) is ended
