from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui import fake_desk
from ui import theme
from ui.models.scale import lines, scale_of, years
from ui.theme import Tone
from ui.views import Point
from ui.widgets.chart import Chart
from ui.widgets.record.panel import RecordPanel
from ui.widgets.record.series import SeriesView
from ui.widgets.row import FactRow


def point(year, value, low=None, high=None):
    return Point(
        day=date(year, 5, 4), value=value, written=f"{value:g}", low=low, high=high
    )


FALLING = tuple(point(2016 + n, 180.0 - 8 * n, high=130.0) for n in range(9))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_every_value_stands_inside_and_few_round_lines_help_the_eye(values):
    scale = scale_of([point(2000 + n, value) for n, value in enumerate(values)])
    assert all(scale.low <= value <= scale.high for value in values)
    assert 1 <= len(lines(scale)) <= 7


def test_the_range_of_the_lab_is_in_sight_when_it_is_near_and_not_when_it_is_far():
    near = scale_of([point(2020, 150), point(2021, 170, high=130)])
    far = scale_of([point(2020, 150), point(2021, 170, high=9_000)])
    assert near.low < 130
    assert far.high < 200


def test_at_most_six_years_are_named_the_newest_always():
    scale = scale_of([point(1990, 1), point(2026, 2)])
    assert len(years(scale)) <= 6
    assert years(scale)[-1] == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("value", "outside"), [(3.4, True), (3.5, False), (5.0, False), (5.1, True)]
)
def test_a_result_on_the_edge_of_the_range_lies_inside(value, outside):
    assert point(2020, value, low=3.5, high=5.0).outside is outside


def painted(qtbot, points):
    chart = Chart(points, unit="mg/dL", name="Cholesterol")
    qtbot.addWidget(chart)
    chart.resize(520, 230)
    return chart.grab().toImage()


def share_of(image, color):
    spots = [(x, y) for x in range(0, 520, 4) for y in range(0, 230, 4)]
    return sum(image.pixelColor(*spot) == color for spot in spots) / len(spots)


def test_a_band_is_painted_only_where_the_lab_gave_a_range(qtbot):
    band = theme.current().soft(Tone.GO)
    without = tuple(point(one.day.year, one.value) for one in FALLING)
    assert share_of(painted(qtbot, FALLING), band) > 0.05
    assert share_of(painted(qtbot, without), band) == 0


def test_the_list_says_every_result_of_the_chart_newest_first(qtbot):
    panel = RecordPanel()
    qtbot.addWidget(panel)
    panel.show_sheet(fake_desk.sheet())
    panel.show()
    series = panel.part(SeriesView)
    series.as_list.click()
    rows = series.list.findChildren(FactRow)
    assert series.list.isVisible()
    assert not series.chart.isVisible()
    assert [row.accessibleName() for row in rows[:2]] == [
        "12 November 2026: 118 mg/dL",
        "12 November 2025: 126 mg/dL",
    ]
    assert "outside the range" in rows[-1].accessibleName()


def test_a_chart_tells_a_screen_reader_its_last_value(qtbot):
    chart = Chart(FALLING, unit="mg/dL", name="Cholesterol")
    qtbot.addWidget(chart)
    assert chart.accessibleName() == (
        "Cholesterol: 9 results, the last 116 mg/dL on 4 May 2024"
    )


def test_the_list_is_made_when_it_is_asked_for_and_reaches_every_result(qapp):
    many = [
        Point(day=date(2000, 1, 1) + timedelta(days=n), value=n, written=str(n))
        for n in range(450)
    ]
    view = SeriesView(replace(fake_desk.sheet(), series=tuple(many), unit=""))
    try:
        assert not _rows(view)
        view.as_list.click()
        assert view.as_list.text() == "See as a chart"
        sizes = [len(_rows(view))]
        while not view.earlier.isHidden():
            view.earlier.click()
            sizes.append(len(_rows(view)))
        assert sizes == [200, 400, 450]
        said = {row.accessibleName().split(": ")[1] for row in _rows(view)}
        assert said == {str(n) for n in range(450)}
    finally:
        view.deleteLater()


def _rows(view):
    return view.findChildren(FactRow)
