"""A page looks the same however it came to its look, and longer words find room."""

import math

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRect, Qt, QTranslator
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QScrollBar

from tests.ui import gallery
from tests.ui.camera import LIGHT, NARROW, Look, put_on
from tests.ui.gallery import SCENES
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
@pytest.mark.parametrize(
    "scene",
    [scene for scene in SCENES if scene not in (gallery.records, gallery.record_alone)],
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


class Longer(QTranslator):
    """Says everything two fifths longer, as German would."""

    def isEmpty(self):  # noqa: N802 - Qt's name
        return False

    def translate(self, _context, text, _remark=None, _count=-1):
        more = math.ceil(0.4 * len(text))
        words = " ".join(["umlaut"[: min(6, more)]] * max(1, round(more / 7)))
        return text + words[:more] if len(text) <= 12 else f"{text} {words}"


@pytest.fixture
def german():
    translator = Longer()
    QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)


@ALL
@pytest.mark.parametrize("look", [LIGHT, LARGE], ids=["usual", "large"])
def test_words_as_long_as_german_ones_are_cut_nowhere(german, opened, scene, look):
    window = opened(scene, look.size)
    put_on(look, window)
    assert any("umlaut" in label.text() for label in window.findChildren(QLabel))
    assert_nothing_is_cut(window)
