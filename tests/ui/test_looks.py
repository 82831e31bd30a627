"""A page looks the same however it came to its look, and longer words find room."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QScrollBar

from tests.ui import gallery
from tests.ui.camera import LIGHT, NARROW, Look, put_on
from tests.ui.gallery import SCENES
from tests.ui.pseudo_locale import longer
from tests.ui.test_pages import assert_nothing_is_cut
from ui import theme

ALL = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
LARGE = Look("large", scale=2.0, size=NARROW)
OTHER = Look("other", theme.DARK, scale=2.0, size=NARROW, mirrored=True)


@pytest.fixture(autouse=True)
def usual(qapp):
    flash = QApplication.cursorFlashTime()
    QApplication.setCursorFlashTime(0)
    yield
    QApplication.setCursorFlashTime(flash)
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def picture(window):
    put_on(OTHER, window)
    gallery.settle(window)
    for area in window.findChildren(QScrollArea):
        area.verticalScrollBar().setValue(0)
    gallery.settle(window)
    image = window.grab().toImage()
    painter = QPainter(image)
    for bar in window.findChildren(QScrollBar):  # the mouse is on it, or is not
        if bar.isVisible():
            corner = bar.mapTo(window, QPoint())
            painter.fillRect(QRect(corner, bar.size()), Qt.GlobalColor.black)
    painter.end()
    return image


# Which record is open depends on the width at which the list was first shown.
BY_WIDTH = (
    *(gallery.records, gallery.record_alone),
    *(gallery.records_asked, gallery.record_seen_in),
    # A figure 80 pixels high is smoothed a few shades otherwise each time.
    gallery.record_single,
)


@pytest.mark.parametrize(
    "scene",
    [scene for scene in SCENES if scene not in BY_WIDTH],
    ids=lambda scene: scene.__name__,
)
def test_a_look_changed_in_an_open_window_is_as_if_it_had_always_been(
    qapp, opened, scene
):
    changed = opened(scene)
    put_on(LIGHT, changed)
    after = picture(changed)
    changed.close()
    assert after == picture(opened(scene, OTHER.size))


@pytest.fixture
def german():
    with longer():
        yield


@ALL
@pytest.mark.parametrize("look", [LIGHT, LARGE], ids=["usual", "large"])
def test_words_as_long_as_german_ones_are_cut_nowhere(german, opened, scene, look):
    window = opened(scene, look.size)
    put_on(look, window)
    assert any("umlaut" in label.text() for label in window.findChildren(QLabel))
    assert_nothing_is_cut(window)
