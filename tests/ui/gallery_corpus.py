"""Pictures of every view of records over wallets that hold public records.

``python -m tests.ui.gallery_corpus [FOLDER [PATIENT...]]`` brings the records in
through the real import, opens the real window, and takes each view in six looks; the
six stand side by side in FOLDER/sheets. What no screen may say is listed at the end.
"""

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui import corpus_patients, plain_speech
from tests.ui.camera import DARK, LIGHT, NARROW, Camera, Look, put_on, settle
from tests.ui.pseudo_locale import longer
from ui import theme
from ui.app import make_window
from ui.widgets.record.folds import Folds

_TALL = 1240
LOOKS = (
    LIGHT,
    DARK,
    Look("200-light", scale=2.0),
    Look("900-light", size=NARROW),
    Look("rtl-light", mirrored=True),
)
LONGER = (Look("longer-light"),)
_PATIENCE = 90.0
_CELL = (640, 410)


class Walk:
    """Goes through every view of one wallet."""

    def __init__(self, window, camera, looks, name):
        """Walk in *window*; pictures begin with *name*."""
        self.window, self.camera, self.looks, self.name = window, camera, looks, name
        self.slips = set()
        self.page = window.shell.pages["records"]

    def take(self, view, *, high=0):
        """Read the view, then picture it, *high* pixels high where that is said."""
        settle(self.window, _PATIENCE)
        sheet = self.page.panel.sheet
        own = () if sheet is None else plain_speech.own_words(sheet)
        for words in plain_speech.shown_by(self.window, but=own):
            self.slips.update(plain_speech.slips(words))
        looks = [
            replace(look, size=(look.size[0], max(high, look.size[1])))
            for look in self.looks
        ]
        self.camera.shoot(self.window, f"{self.name}-{view}", looks)

    def all(self):
        """Every view there is."""
        self.window.shell.show_page("records")
        settle(self.window, _PATIENCE)
        self.take("00-at-a-glance")
        self.months()
        self.kinds()
        self.undated()
        self.searching()

    def months(self):
        """Half-way down: the month stays in sight."""
        bar = self.page.list.verticalScrollBar()
        bar.setValue(bar.maximum() // 2)
        self.take("01-months")
        answers = self.page.list_card.year.answers()
        if len(answers) > 2:
            self.page.list_card.year.choose(answers[len(answers) // 2])
            self.take("02-year")
            self.page.list_card.year.choose(answers[0])

    def kinds(self):
        """The list of each kind, and the page of the first of it that says most."""
        counts = {}
        desk = self.window._desk
        self._ask(lambda _job: counts.update(dict(desk.records_overview().counts)))
        for place, kind in enumerate(sorted(counts)):
            self.page._filter(kind)
            settle(self.window, _PATIENCE)
            self.take(f"1{place:02}-{kind}")
            self.record(f"1{place:02}-{kind}-page", kind)

    def record(self, view, kind):
        """The page of the record of *kind* that says most."""
        desk, best = self.window._desk, []

        def look(_job):
            lines = desk.timeline(category=kind, limit=40)
            sheets = [desk.record(line.key) for line in lines if not line.under]
            best.append(max(sheets, key=_weight))

        self._ask(look)
        self.page.show_sheet(best[0])
        self.take(view)
        for fold, button in self.page.panel.part(Folds).buttons.items():
            if fold != "original" or kind in ("document", "imaging"):
                button.click()
        self.take(f"{view}-open", high=_TALL)
        self.page._close()

    def undated(self):
        """What stands on the shelf without a date."""
        self.page._filter(None)
        settle(self.window, _PATIENCE)
        self.page.list_card.year.choose(self.page.list_card.year.answers()[-1])
        self.take("03-undated")
        self.page.list_card.year.choose(self.page.list_card.year.answers()[0])

    def searching(self):
        """A search for another word of the same, narrowed, and kept."""
        page = self.page
        page.search.setText("sugar")
        page.load()
        self.take("04-search")
        page.narrow.click()
        settle(self.window, _PATIENCE)
        page.filters.keep_wanted.emit("My sugar")
        self.take("05-narrowed")
        page.narrow.click()
        page.search.clear()

    def _ask(self, work):
        faults = []
        bridge = self.window._bridge
        bridge.run(work, owner=self.window, done=lambda _: None, failed=faults.append)
        settle(self.window, _PATIENCE)
        assert not faults, faults


def _weight(sheet):
    return len(sheet.facts) + len(sheet.series) + len(sheet.visit) + bool(sheet.text)


def shoot(folder, patient):
    """Take every view of one patient; answers what no screen may say."""
    found = set()
    with tempfile.TemporaryDirectory() as place:
        home = corpus_patients.make_home(Path(place) / "home", patient)
        found |= _walk(home, folder, LOOKS, patient.name)
        with longer():
            _walk(home, folder, LONGER, patient.name)
    return found


def _walk(home, folder, looks, name):
    window = make_window(home, QApplication.instance())
    put_on(LIGHT, window)
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    window.start()
    settle(window)
    window.lock_page.field.line.setText(corpus_patients.PASSPHRASE)
    window.lock_page.button.click()
    settle(window, _PATIENCE)
    settle(window, _PATIENCE)
    walk = Walk(window, Camera(folder), looks, name)
    try:
        walk.all()
    finally:
        window.close()
        window.deleteLater()
        settle(window)
    return walk.slips


def sheets(folder):
    """Put the looks of each view side by side, three to a row."""
    names = [look.name for look in (*LOOKS, *LONGER)]
    views = sorted(_views(folder, names[0]) & _views(folder, names[-1]))
    out = folder / "sheets"
    out.mkdir(exist_ok=True)
    for view in views:
        held = [folder / f"{view}-{name}.png" for name in names]
        taken = [Image.open(path) for path in held if path.exists()]
        high = round(_CELL[0] * taken[0].height / taken[0].width)
        sheet = Image.new("RGB", (3 * _CELL[0], 2 * high), "grey")
        for place, one in enumerate(taken):
            one.thumbnail((_CELL[0], high))
            sheet.paste(one, (place % 3 * _CELL[0], place // 3 * high))
        sheet.save(out / f"{view}.png")


def _views(folder, look):
    ends = f"-{look}.png"
    return {one.name.removesuffix(ends) for one in folder.glob(f"*{ends}")}


def main(arguments):
    """Take every picture, or those of the patients that are named."""
    folder = Path(arguments[0] if arguments else tempfile.mkdtemp(prefix="heartwood-"))
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    theme.load_fonts()
    theme.apply(app, theme.Theme())
    said = set()
    for patient in corpus_patients.PATIENTS:
        if not arguments[1:] or patient.name in arguments[1:]:
            said |= shoot(folder, patient)
    sheets(folder)
    sys.stdout.writelines(f"{one}\n" for one in sorted(said))
    sys.stdout.write(f"pictures are in {folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
