from datetime import date

from PySide6.QtCore import QModelIndex, Qt

from tests.ui.fake_desk import lines
from ui.models.timeline import TimelineModel
from ui.views import RecordLine
from ui.widgets.timeline_view import TimelineView, _isolated


def line(day, key="k", precision="day"):
    return RecordLine(
        key=key, category="test", title="T", note="n", day=day, precision=precision
    )


def words(model):
    return [model.index(row).data() for row in range(model.rowCount())]


def test_the_model_keeps_every_rule_qt_has_for_one(qtmodeltester):
    model = TimelineModel()
    qtmodeltester.check(model)
    model.add(lines(120), more=True)
    qtmodeltester.check(model)


def test_a_month_heads_its_records_and_undated_ones_have_their_own_shelf():
    model = TimelineModel()
    model.add(
        (
            line(date(2026, 11, 12)),
            line(date(2026, 11, 3)),
            line(date(2026, 10, 1)),
            line(date(2019, 1, 1), precision="year"),
            line(None),
        ),
        more=False,
    )
    assert words(model) == [
        "November 2026", "T", "T", "October 2026", "T", "2019", "T",
        "Without a date", "T",
    ]  # fmt: skip


def test_a_row_that_is_gone_to_does_not_stand_under_its_month(qtbot):
    model = TimelineModel()
    view = TimelineView(model)
    qtbot.addWidget(view)
    view.resize(300, 300)
    model.add(lines(60), more=False)
    view.show()
    view.scrollToBottom()
    index = model.first_record()
    view.scrollTo(index)
    assert view.visualRect(index).top() >= view._month_height()


def test_rows_have_room_for_their_words_at_every_width(qtbot):
    long = "A test with a name so long that it needs another line in a narrow window"
    row = RecordLine(
        key="k", category="test", title=long, note="n", day=date(2026, 5, 4)
    )
    model = TimelineModel()
    view = TimelineView(model)
    qtbot.addWidget(view)
    view.resize(900, 400)
    model.add([row], more=False)
    view.show()
    wide = view.visualRect(model.first_record()).height()
    view.resize(400, 400)
    qtbot.waitUntil(lambda: view.visualRect(model.first_record()).height() > wide)


def test_a_number_stays_before_its_unit_in_any_script():
    assert (
        _isolated("7.2 mg \u00b7 City") == "\u20687.2 mg\u2069 \u00b7 \u2068City\u2069"
    )
    assert _isolated("") == ""


def test_a_month_is_not_headed_twice_across_two_windows():
    model = TimelineModel()
    model.add((line(date(2026, 11, 12)),), more=True)
    model.add((line(date(2026, 11, 3)), line(date(2026, 10, 3))), more=False)
    assert words(model).count("November 2026") == 1


def test_the_next_window_is_asked_for_once_and_only_while_there_is_one():
    model, wanted = TimelineModel(), []
    model.wanted.connect(wanted.append)
    model.add(lines(60), more=True)
    model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    assert wanted == ["59"]
    model.add(lines(10), more=False)
    assert not model.canFetchMore(QModelIndex())


def test_the_keyboard_steps_over_headings(qtbot):
    model = TimelineModel()
    view = TimelineView(model)
    qtbot.addWidget(view)
    view.resize(400, 400)
    view.show()
    model.add((line(date(2026, 11, 1), "a"), line(date(2026, 10, 1), "b")), more=False)
    view.setCurrentIndex(model.first_record())
    opened = []
    view.opened.connect(opened.append)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert [row.key for row in opened] == ["b"]


def test_a_screen_reader_hears_title_note_and_day():
    model = TimelineModel()
    model.add((line(date(2026, 11, 1)),), more=False)
    spoken = model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "T. n. 1 November 2026"
