"""What a person does on the pages of records: boards, filters, originals, columns."""

from datetime import date
from pathlib import Path

import pytest
from PySide6.QtWidgets import QTextBrowser

from tests.ui import fake_desk, gallery
from ui import theme
from ui.record_views import Among, ColumnsAnswer, Kept, Original, Picture
from ui.views import RecordLine
from ui.widgets.boards.results import ResultsBoard
from ui.widgets.boards.scans import ScansBoard
from ui.widgets.boards.summary import SummaryBoard
from ui.widgets.boards.vaccines import VaccinesBoard
from ui.widgets.number_line import NumberLine, Placed
from ui.widgets.record.finder import Finder
from ui.widgets.record.folds import Folds
from ui.widgets.record.original import OriginalView, Sheet
from ui.widgets.row import RowButton

SCANS = tuple(
    RecordLine(
        key=key, category="imaging", title="CT scan", note="", day=date(2024, 5, day)
    )
    for day, key in ((9, "a"), (8, "b"), (7, "c"))
)


@pytest.fixture
def page(opened):
    window = opened(gallery.records)
    window._desk.rows = (*window._desk.rows, *SCANS)
    page = window.shell.pages["records"]
    page.settle = lambda: gallery.settle(window)
    return page


@pytest.mark.parametrize(
    ("kind", "board"),
    [
        (None, SummaryBoard),
        ("test", ResultsBoard),
        ("vaccine", VaccinesBoard),
        ("imaging", ScansBoard),
    ],
)
def test_each_kind_has_its_board_and_a_row_of_it_opens_a_record(page, kind, board):
    page.pills[kind].click()
    page.settle()
    page.panel.part(board).findChildren(RowButton)[0].click()
    page.settle()
    assert page.panel.sheet is not None
    assert not page.list_card.board.isHidden()
    page.list_card.board.click()
    page.settle()
    assert page.panel.part(board)


def test_see_all_goes_to_the_kind(page):
    board = page.panel.part(SummaryBoard)
    board.all_wanted.emit("medicine")
    page.settle()
    assert page.pills["medicine"].isChecked()
    assert page.panel.sheet is not None


def test_a_year_is_gone_to_and_left_again(page):
    page.list_card.year.choose("2025: 58 records")
    assert page.among() == Among(last_year=2025)
    page.list_card.month.choose("May 2025")
    assert page.among() == Among(last_year=2025, last_month=5)
    page.list_card.month.choose("The whole year")
    assert page.among() == Among(last_year=2025)
    page.list_card.year.choose("Without a date")
    assert page.list_card.month.isHidden()
    page.settle()
    assert page.among() == Among(undated=True)
    assert page.model.rowCount() == 0
    assert "narrow" in page.list_card._nothing.text()
    page.list_card.year.choose("The newest")
    page.settle()
    assert page.among() == Among()
    assert page.model.rowCount() > 0


def test_filters_say_what_they_ask_and_are_kept_by_name(page):
    page.narrow.click()
    page.filters.first.choose("2025")
    page.filters.source.choose("City Laboratory")
    page.search.setText("flu")
    assert page.filters.first.text() == "Since which year: 2025"
    page.filters.name.setText("My flu")
    page.filters.keep.click()
    page.settle()
    (kept,) = page.context.desk.kept
    among = Among(source="City Laboratory", first_year=2025)
    assert kept == Kept(name="My flu", text="flu", among=among)
    page.search.clear()
    page.filters.clear.click()
    assert page.among() == Among()
    page.filters.kept_chosen.emit(kept)
    assert (page.search.text(), page.among()) == ("flu", among)
    page.filters.forget_wanted.emit("My flu")
    page.settle()
    assert page.context.desk.kept == []


def test_the_original_is_asked_for_once_and_a_copy_is_saved(page, tmp_path):
    page.show_sheet(fake_desk.sheet())
    button = page.panel.part(Folds).buttons["original"]
    for _ in range(3):
        button.click()
        page.settle()
    assert page.context.desk.asked.count("original") == 1
    view = page.panel.part(OriginalView)
    assert len(view.findChildren(Sheet)) == 1
    page.originals.ask_where = lambda _parent, name: tmp_path / name
    page.panel.acts.copy_wanted.emit("0", "cholesterol.json")
    page.settle()
    wanted = ("save_original", "0", tmp_path / "cholesterol.json")
    assert wanted in page.context.desk.asked


def test_every_scan_has_its_picture_and_a_board_that_went_asks_for_none(page):
    page._filter("imaging")
    page.settle()
    board = page.panel.part(ScansBoard)
    assert list(board.thumbnails) == ["a", "b", "c"]
    assert all(one.has_picture() for one in board.thumbnails.values())
    assert page.context.desk.asked.count("thumbnail") == len(SCANS)
    page.thumbnails.fill(ScansBoard(SCANS))
    page.thumbnails.fill(ScansBoard(()))
    page.settle()
    assert page.context.desk.asked.count("thumbnail") <= len(SCANS) + 1


def test_words_are_found_on_the_pages_of_an_original(page):
    page.show_sheet(fake_desk.sheet())
    view = page.panel.part(OriginalView)
    sheets = [
        Picture(width=2, height=3, pixels=bytes(18), text=text)
        for text in ("Take one\na day", "Nothing", "ONE A DAY")
    ]
    view.show_original(Original(name="a.pdf", words="A PDF", size=9, pictures=sheets))
    finder = view.findChild(Finder)
    finder.line.setText("one a day")
    assert finder.said.text() == "1 of 2, page 1"
    finder.next.click()
    assert finder.said.text() == "2 of 2, page 3"
    finder.next.click()
    assert finder.said.text() == "1 of 2, page 1"
    finder.line.setText("elephant")
    assert "not in this document" in finder.said.text()
    assert finder.next.isHidden()


def test_words_are_found_in_the_text_of_an_original(page):
    page.show_sheet(fake_desk.sheet())
    view = page.panel.part(OriginalView)
    told = Original(name="a.txt", words="A text", size=9, text="Nuts, nuts and NUTS")
    view.show_original(told)
    finder, browser = view.findChild(Finder), view.findChild(QTextBrowser)
    finder.line.setText("nuts")
    assert finder.said.text() == "1 of 3"
    assert len(browser.extraSelections()) == 3
    finder.further()
    assert browser.textCursor().position() == len("Nuts, nuts")
    finder.line.clear()
    assert browser.extraSelections() == []


def test_an_original_without_words_has_no_line_to_find_them(page):
    page.show_sheet(fake_desk.sheet())
    view = page.panel.part(OriginalView)
    bare = Picture(width=2, height=3, pixels=bytes(18))
    view.show_original(Original(name="a.png", words="A", size=9, pictures=(bare,)))
    assert view.findChild(Finder) is None


def test_a_low_window_has_one_menu_of_kinds_and_room_for_the_list(qapp, opened):
    theme.apply(qapp, theme.Theme(scale=2.0))
    window = opened(gallery.records)
    page = window.shell.pages["records"]
    assert all(pill.isHidden() for pill in page.pills.values())
    page.kind.menu.choose("Vaccines")
    gallery.settle(window)
    assert page.kind.menu.text() == "Which kind: Vaccines"
    rows = [row for row in page.model._rows if isinstance(row, RecordLine)]
    assert {row.category for row in rows} == {"vaccine"}
    assert page.list_card.height() > page.header.height()
    theme.apply(qapp, theme.Theme())
    gallery.settle(window)
    assert not page.pills[None].isHidden()
    assert page.pills["vaccine"].isChecked()
    column = page.header.parentWidget()
    assert column.height() == page.height(), "it scrolls although there is room"


def test_a_kept_search_says_how_it_is_marked_in_words(page):
    page.filters.label.offer([("Any", None), ("Mental health", "MH")])
    page.filters.show_among(Among(label="MH"))
    assert page.filters.label.text() == "Marked as private: Mental health"


def test_an_original_that_comes_late_is_not_shown_on_another_record(page):
    page.show_sheet(fake_desk.sheet("1"))
    page.originals.show("0", page.context.desk.original("0"))
    assert page.panel.part(OriginalView).findChildren(Sheet) == []


def test_what_belongs_to_a_visit_is_opened_from_its_page(page):
    page.show_sheet(fake_desk.visit_sheet())
    row = next(
        row
        for row in page.panel.findChildren(RowButton)
        if row.accessibleName().startswith("Cholesterol")
    )
    row.click()
    page.settle()
    assert page.panel.sheet.category == "test"


def test_columns_are_explained_and_the_file_comes_in(opened):
    window = opened(gallery.bring_in_columns)
    page = window.shell.pages["bring_in"]
    form = page.columns.form
    form.roles[2].choose("Day")
    form.orders._pills[0][1].click()
    form.bring.click()
    gallery.settle(window)
    answer = ColumnsAnswer(
        kind="test", roles=((0, "name"), (1, "value"), (2, "date")), order="dmy"
    )
    assert ("explain_table", answer) in window._desk.asked
    assert "review" in window._desk.asked
    assert page.columns.form is None


def test_another_kind_of_rows_offers_other_columns(opened):
    window = opened(gallery.bring_in_columns)
    form = window.shell.pages["bring_in"].columns.form
    form.kinds._pills[1][1].click()
    assert form.roles[0].answers() == ("Not needed", "Vaccine", "Day", *form_last())
    assert form.roles[1].value is None


def form_last():
    return ("Laboratory or place",)


def test_a_table_is_shown_again_where_an_answer_leaves_something_open(opened):
    window = opened(gallery.bring_in_columns)
    columns = window.shell.pages["bring_in"].columns
    first = columns.form
    columns.understood(Path("a.csv"), fake_desk.TABLE)
    assert columns.form is not first


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(5.4, 3.5, 5.1), (5.4, None, 5.1), (0.0, 3.5, None), (3.0, 3.0, 3.0)],
)
def test_a_number_line_has_room_for_value_and_range(value, low, high, qtbot):
    placed = Placed(value=value, written=str(value), low=low, high=high)
    first, last = placed.edges()
    for known in (value, low, high):
        assert known is None or first <= known <= last
    assert first < last
    line = NumberLine(placed, unit="mmol/L", name="Potassium")
    qtbot.addWidget(line)
    assert str(value) in line.accessibleName()
    assert not line.grab().isNull()
