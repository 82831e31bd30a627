"""Every way the machinery can fail has a sentence of its own in the window."""

import pytest

from ui.faults import sentence_for
from wallet.exports.medium import StickError, Trouble

UNKNOWN = sentence_for(ZeroDivisionError())


@pytest.mark.parametrize("trouble", Trouble)
def test_what_a_stick_did_not_do_is_said(trouble):
    said = sentence_for(StickError(trouble))
    assert said != UNKNOWN
    assert said.endswith(".")


def test_a_full_stick_is_called_full():
    assert "not enough room" in sentence_for(StickError(Trouble.NO_ROOM))
