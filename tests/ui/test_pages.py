"""What holds for every page, whatever it shows."""

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from tests.support.at_the_window import Person
from tests.ui import gallery
from tests.ui.gallery import SCENES
from ui import theme
from ui.widgets.layouts import ColumnsLayout
from ui.widgets.rail import RailItem
from ui.window import Window

ALL = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
WIDE_RAIL = 150
FORBIDDEN = (
    "token", "blockchain", "revoke", "resource", "user", "node", "hash", "error",
    "invalid", "null", "None", "please wait", "!",
)  # fmt: skip


def focusable(window):
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
    ]


def shown_words(window):
    for label in window.findChildren(QLabel):
        if label.isVisible():
            yield label.text()
    for button in window.findChildren(QAbstractButton):
        if button.isVisible():
            yield button.text()
            yield button.accessibleName()


class Flashes(QObject):
    """Hears of parts that show up as windows of their own."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def eventFilter(self, watched, event):  # noqa: N802 - Qt's name
        if (
            event.type() == QEvent.Type.Show
            and isinstance(watched, QWidget)
            and watched.isWindow()
            and not isinstance(watched, Window)
        ):
            self.seen.append(type(watched).__name__)
        return False


# Opening a page is most of the work: all that only look at it share one window.
@ALL
def test_every_page_can_be_named_reached_read_and_pressed(qapp, opened, scene):
    flashes = Flashes()
    qapp.installEventFilter(flashes)
    try:
        window = opened(scene)
    finally:
        qapp.removeEventFilter(flashes)
    assert flashes.seen == [], "a part flashed up as a window of its own"
    assert_whatever_can_be_reached_has_a_name(window)
    assert_tab_reaches_everything(window)
    assert_it_does_not_speak_like_a_program(window)
    assert_buttons_and_rows_are_easy_to_hit(window)
    assert_nothing_is_cut(window)


def assert_whatever_can_be_reached_has_a_name(window):
    for widget in focusable(window):
        face = QAccessible.queryAccessibleInterface(widget)
        name = face.text(QAccessible.Text.Name) if face else ""
        assert name.strip(), f"{type(widget).__name__} has no name"


def assert_tab_reaches_everything(window):
    wanted = set(focusable(window))
    seen, widget = [], window
    for _ in range(20_000):
        widget = widget.nextInFocusChain()
        if widget is window or widget in seen:
            break
        if widget in wanted:
            seen.append(widget)
    assert set(seen) == wanted


def assert_it_does_not_speak_like_a_program(window):
    for words in shown_words(window):
        low = f" {words.lower()} "
        for word in FORBIDDEN:
            ban = word.lower()
            assert (ban not in words) if ban == "!" else (f" {ban} " not in low), words


def assert_buttons_and_rows_are_easy_to_hit(window):
    for widget in focusable(window):
        if isinstance(widget, QAbstractButton | QLineEdit):
            assert widget.height() >= 30, widget.accessibleName()
            assert widget.width() >= 30, widget.accessibleName()


@ALL
@pytest.mark.parametrize(
    ("size", "scale"),
    [((900, 820), 1.0), ((1280, 820), 2.0), ((900, 820), 2.0)],
    ids=["narrow", "wide-200", "narrow-200"],
)
def test_nothing_is_cut_off(qapp, opened, scene, size, scale):
    theme.apply(qapp, theme.Theme(scale=scale))
    assert_nothing_is_cut(opened(scene, size))


def assert_nothing_is_cut(window):
    """Every label has its words, every button its name, every page its width."""
    _assert_columns_fit(window)
    for area in window.findChildren(QScrollArea):
        if area.isVisible():
            assert area.widget().width() <= area.viewport().width()
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QLabel) and widget.text():
            _assert_words_fit(widget)
        elif isinstance(widget, QAbstractButton) and widget.text():
            assert widget.width() >= widget.minimumSizeHint().width(), widget.text()
            assert widget.height() >= widget.minimumSizeHint().height(), widget.text()
            if widget.hasHeightForWidth():
                needed = widget.heightForWidth(widget.width())
                assert widget.height() >= needed, widget.text()
        if isinstance(widget, RailItem) and window.shell.rail.width() > WIDE_RAIL:
            assert widget.width() >= widget.sizeHint().width(), widget.text()


def _assert_columns_fit(window):
    for layout in window.findChildren(ColumnsLayout):
        parent = layout.parentWidget()
        for place in range(layout.count()):
            item = layout.itemAt(place)
            if parent.isVisible() and not item.isEmpty():
                assert item.geometry().right() <= parent.rect().right()


def _assert_words_fit(label):
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        assert label.height() >= needed - 1, label.text()
        longest = max(
            label.fontMetrics().horizontalAdvance(word)
            for word in label.text().replace("\u200b", " ").split() or [""]
        )
        assert label.width() >= longest - 1, label.text()
    else:
        assert label.width() >= label.sizeHint().width() - 1, label.text()


def test_focus_can_be_seen(opened):
    window = opened(gallery.home)
    home = window.shell.pages["home"]
    window.setFocus()
    QApplication.processEvents()
    without = window.grab().toImage()
    home.share.setFocus()
    QApplication.processEvents()
    assert window.grab().toImage() != without


def test_a_press_of_the_mouse_leaves_no_ring_behind(opened):
    window = opened(gallery.home)
    item = window.shell.rail._items["records"]
    QTest.mouseClick(item, Qt.MouseButton.LeftButton)
    gallery.settle(window)
    assert not window._ring.is_shown()
    QTest.keyClick(item, Qt.Key.Key_Tab)
    assert window._ring.is_shown()


def test_a_page_that_goes_takes_its_ring_and_the_next_one_has_another(opened):
    window = opened(gallery.first_run_3)
    page = window.first_run
    page.checked.fields[0].setFocus()
    ring = window._ring._painted
    assert page.isAncestorOf(ring)
    for place, field in zip(page.flow.asked, page.checked.fields, strict=True):
        field.line.setText(page.flow.words[place])
    Person(window).presses("These are my words")
    gallery.settle(window)
    assert not shiboken6.isValid(ring)
    item = window.shell.rail._items["records"]
    QTest.mouseClick(item, Qt.MouseButton.LeftButton)
    gallery.settle(window)
    window.shell.pages["records"].search.setFocus()
    assert window._ring.is_shown()


def test_unlocking_never_puts_the_keyboard_on_lock_now(opened):
    window = opened(gallery.home)
    assert QApplication.focusWidget() is window.shell.rail._items["home"]


def test_a_button_that_rests_never_hands_the_keyboard_to_lock_now(opened):
    window = opened(gallery.home)
    shell = window.shell
    button = shell.share._button
    shell.rail._lock.setFocus()
    shell._focus_moved(button, shell.rail._lock)  # hidden, as when a page gives way
    assert QApplication.focusWidget() is shell.rail._items["home"]
    shell.rail._lock.setFocus()
    shell._focus_moved(shell.rail._items["home"], shell.rail._lock)
    assert QApplication.focusWidget() is shell.rail._lock  # the person went there


def test_no_page_asks_the_store_from_the_windows_thread(opened):
    window = opened(gallery.home)
    for name in ("records", "bring_in", "share", "activity", "take", "settings"):
        window.shell.show_page(name)
        gallery.settle(window)
    desk = window._desk
    assert desk.asked
    assert all(name.startswith("store") for name in desk.threads)


def test_right_to_left_cuts_nothing_off(qapp, opened):
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        for scene in (gallery.home, gallery.decide, gallery.records):
            window = opened(scene)
            for label in window.findChildren(QLabel):
                if label.isVisible() and label.text():
                    _assert_words_fit(label)
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
