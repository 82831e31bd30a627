"""A saved copy in words: every reason has its own, and no code gets through."""

from pathlib import Path

import pytest

from ui import copy_answers
from wallet.actions.patient.saving import LeftOut, Saved, Why


def saved(*left_out, form="summary"):
    return Saved(
        form=form,
        path=Path("copy.pdf"),
        files=("summary.pdf",),
        size=1,
        held=3,
        left_out=left_out,
    )


@pytest.mark.parametrize("why", Why)
def test_every_reason_is_said_in_words(why):
    one = LeftOut(record_id=bytes(16), rtype="Location", title="Clinic", why=why)
    answer = copy_answers.saved(saved(one))
    ((name, said),) = answer.left_out
    assert name == "Clinic"
    assert "_" not in said


def test_a_record_without_a_title_and_a_long_list_stay_readable():
    one = LeftOut(record_id=bytes(16), rtype="Basic", title="", why=Why.NO_PLACE)
    answer = copy_answers.saved(saved(*[one] * 100))
    assert answer.missing == 100
    assert len(answer.left_out) == 40
    assert answer.left_out[0][0] == "A record without a name"


def test_only_the_locked_form_is_called_locked():
    assert copy_answers.saved(saved(form="health-link")).locked
    assert not copy_answers.saved(saved()).locked
