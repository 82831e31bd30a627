"""The pictures of the README, from invented data, into ``resources/pictures``.

``python -m tests.ui.readme_pictures``; without a screen, offscreen is used.
"""

import sys
from datetime import timedelta
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

import resources
from tests.ui import gallery
from tests.ui.camera import LIGHT, put_on
from tests.ui.fake_desk import NOW, FakeDesk
from ui import theme
from ui.views import Event

# In the words of `ui.answers`, and only what this version can tell.
EVENTS = (
    Event(
        at=NOW - timedelta(minutes=21),
        kind="looked",
        proof="Proven",
        title="Dr. Amara Osei opened your records",
        note="Whole history",
    ),
    Event(
        at=NOW - timedelta(days=3),
        kind="ended",
        proof="Proven",
        title="You switched, and ended Dr. Henrik Lind's access",
        note="Whole history",
    ),
)
_SMALLEST_FILE = 0  # of Qt's qualities of a PNG, all of which lose nothing


def home(size):
    """Home with three readers."""
    desk = FakeDesk()
    desk.happened = EVENTS
    return gallery.unlocked(size, desk)


SCENES = {"home": home, "records": gallery.records}


def main(folder):
    """Write one picture for each scene."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    theme.load_fonts()
    theme.apply(app, theme.Theme())
    folder.mkdir(exist_ok=True)
    for name, scene in SCENES.items():
        window = scene(LIGHT.size)
        window.setFocus()
        put_on(LIGHT, window)
        image = window.grab().toImage()
        flat = image.convertToFormat(QImage.Format.Format_RGB888)
        flat.save(str(folder / f"{name}.png"), "PNG", _SMALLEST_FILE)
        window.close()
        window.deleteLater()
        gallery.settle(window)


if __name__ == "__main__":
    main(Path(resources.__file__).parent / "pictures")
