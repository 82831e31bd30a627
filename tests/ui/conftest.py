"""A window over a desk with fixed answers, closed after each test."""

import pytest

from tests.ui import gallery
from ui import theme


@pytest.fixture(autouse=True)
def shipped_look(qapp):
    """Every test begins with the light theme at 100 %, in the shipped font.

    No test may have a parameter of this name: that would stand in its place.
    """
    theme.load_fonts()
    theme.apply(qapp, theme.Theme())


@pytest.fixture
def opened(qapp):
    """Give a function that opens a scene of the gallery and closes it at the end."""
    windows = []

    def open_scene(scene, size=(1280, 820)):
        window = scene(size)
        windows.append(window)
        gallery.settle(window)
        return window

    yield open_scene
    for window in windows:
        window.close()
        window.deleteLater()
        gallery.settle(window)
