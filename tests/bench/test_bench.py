"""Every benchmark runs, at a size that says nothing about speed; none is a gate."""

import json
import math

import pytest

from tests.bench.__main__ import SUBJECTS, main
from tests.bench.ground import TOY, Ground
from tests.bench.rows import Row, at_most, beside, ratio_at_least, table
from tests.support.postgresql import missing


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return Ground(tmp_path_factory.mktemp("bench"), TOY)


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_benchmark_answers_figures(ground, name):
    if name == "sharing" and (why := missing()):
        pytest.skip(why)
    rows = SUBJECTS[name](ground)
    assert rows
    for row in rows:
        assert math.isfinite(row.figure)
        assert row.figure > 0 or row.peer.startswith("not measured: ")
        assert json.loads(json.dumps(row.as_json()))["name"] == row.name


def test_the_ratio_is_that_of_the_rates_turn_by_turn():
    times = iter([2.0, 1.0, 20.0, 10.0, 3.0, 3.0])
    row = beside(
        "x",
        ours=lambda: next(times),
        peer=lambda: next(times),
        peer_name="y",
        count=6,
        repeats=3,
        unit="a second",
        wanted=ratio_at_least(0.5),
    )
    assert (row.figure, row.peer_figure, row.ratio) == (2.0, 2.0, 0.5)
    assert row.met


def test_what_falls_short_is_said():
    slow = Row(name="slow", figure=51.0, unit="ms", wanted=at_most(50))
    assert slow.met is False
    assert "SHORT" in table([slow])


def test_an_unknown_subject_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["nothing"])
    assert ended.value.code == 2
    assert "there is no nothing" in capsys.readouterr().err
