"""What changed since last time, as the board of results says it."""

from dataclasses import replace

import pytest

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from tests.ui.pseudo_locale import longer
from ui import browse_answers, wording
from ui.views import Flag
from ui.widgets.boards.results import ResultsBoard
from ui.widgets.text import Text
from wallet.actions.patient import results

LDL, HDL, SUGAR = "13457-7", "2085-9", "2345-7"


def result(number, code, value, day, unit="mg/dL", **more):
    coding = {"system": "http://loinc.org", "code": code}
    return observation(
        number,
        code={"coding": [coding]},
        effectiveDateTime=day,
        valueQuantity={"value": value, "unit": unit},
        **more,
    )


@pytest.fixture(scope="module")
def panels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("changed")
    with open_wallet(folder / "home") as wallet:
        high = [{"high": {"value": 130}}]
        bring_in(
            wallet,
            folder,
            bundle(
                result(1, LDL, 150, "2024-05-04"),
                result(2, LDL, 160, "2025-05-04", referenceRange=high),
                result(3, HDL, 55, "2024-05-04"),
                result(4, HDL, 55, "2025-05-04"),
                result(5, SUGAR, 90, "2025-05-04"),
            ),
        )
        return tuple(map(browse_answers.panel, results.overview(wallet)))


def line(panels, name):
    (found,) = [one for held in panels for one in held.lines if name in one.name]
    return found


def test_a_result_is_told_beside_the_one_before_it(panels):
    found = line(panels, "LDL")
    assert (found.value, found.change) == ("160", "higher")
    assert found.earlier == "150 mg/dL on 4 May 2024"
    assert found.flag is Flag.ABOVE


def test_the_same_again_is_no_change_and_a_first_result_says_so(panels):
    assert line(panels, "HDL").change == "as before"
    assert line(panels, "sugar").change == "first result"
    assert line(panels, "sugar").earlier == ""


def test_what_is_read_together_and_was_not_measured_is_named(panels):
    fats = next(one for one in panels if any("LDL" in row.name for row in one.lines))
    assert any("riglyceride" in name for name in fats.missing)


def test_a_change_is_one_sentence_in_any_language(qtbot, panels):
    with longer():
        told = replace(line(panels, "LDL"), change=wording.say("higher"))
        held = (replace(panels[0], lines=(told,), missing=()),)
        board = ResultsBoard(held)
    qtbot.addWidget(board)
    words = [text.text() for text in board.findChildren(Text)]
    assert any("than 150 mg/dL" in said for said in words), words


def test_the_board_says_it_in_one_sentence(qtbot, panels):
    board = ResultsBoard(panels)
    qtbot.addWidget(board)
    words = [text.text() for text in board.findChildren(Text)]
    assert any("higher than 150 mg/dL on 4 May 2024" in said for said in words)
