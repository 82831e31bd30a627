"""Through the window with the real wallet of the demo, a picture of every page."""

import signal
import tempfile
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui import picture_world
from tests.ui.camera import EVERY, LIGHT, USUAL, put_on, settle
from ui.app import make_window
from ui.widgets.record.folds import Folds
from wallet.actions.demo.children import Children

_PASSPHRASE = "four words of my own"
_PATIENCE = 90.0
_TRIES = 20


def shoot(camera, *, say=print):
    """Build the world, walk through the window, and take every picture."""
    with (
        tempfile.TemporaryDirectory() as place,
        Children(Path(place) / "logs") as children,
    ):
        folder = Path(place)
        _first_run(camera, folder / "new")
        made = picture_world.make(folder, children, say=say)
        tour = _Tour(camera, made, children)
        try:
            tour.all()
        finally:
            _close(tour.window)


def open_window(home):
    """Show the window over *home* as it is started."""
    window = make_window(home, QApplication.instance())
    put_on(LIGHT, window)
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    window.start()
    settle(window)
    return window


def _first_run(camera, home):
    home.mkdir()
    window = open_window(home)
    page = window.first_run
    page.first.line.setText(_PASSPHRASE)
    camera.shoot(window, "02-first-run-passphrase", EVERY)
    page.again.line.setText(_PASSPHRASE)
    page._create()
    settle(window, _PATIENCE)
    camera.shoot(window, "03-first-run-words", EVERY)
    page._written()
    camera.shoot(window, "04-first-run-check")
    words = page.flow.words
    page.checked.fields[0].line.setText(words[page.flow.asked[0]])
    for field in page.checked.fields[1:]:
        field.line.setText("another")
    page._answer()
    camera.shoot(window, "05-first-run-check-wrong")
    for field, number in zip(page.checked.fields, page.flow.asked, strict=True):
        field.line.setText(words[number])
    page._answer()
    settle(window, _PATIENCE)
    camera.shoot(window, "06-bring-in-first")
    for number, name in enumerate(("home", "records", "share", "activity"), start=7):
        _go(window, name)
        camera.shoot(window, f"{number:02}-{name}-empty")
    _close(window)


def _close(window):
    window.close()
    window.deleteLater()
    settle(window)


def _go(window, name):
    """Open a page by its item in the rail."""
    window.shell.rail._items[name].click()
    window.setFocus()
    settle(window, _PATIENCE)


class _Tour:
    def __init__(self, camera, made, children):
        self.camera, self.made, self.children = camera, made, children
        self.world = made.world
        self.window = open_window(self.world.patient.home)
        self.count = 10

    def take(self, name, looks=USUAL):
        settle(self.window, _PATIENCE)
        self.count += 1
        self.camera.shoot(self.window, f"{self.count}-{name}", looks)

    def page(self, name):
        _go(self.window, name)
        return self.window.shell.pages[name]

    def sync(self, _watch=None):
        self.window.shell.sync()
        settle(self.window, _PATIENCE)

    def all(self):
        self.lock()
        self.home()
        self.records()
        self.bring_in()
        self.share()
        self.switch()
        self.activity()
        self.take_with_me()
        self.emergency()
        self.rest()

    def lock(self):
        page = self.window.lock_page
        page.field.line.setText("not this one at all")
        self.camera.shoot(self.window, "00-lock", EVERY)
        page.button.click()
        settle(self.window, _PATIENCE)
        self.camera.shoot(self.window, "01-lock-wrong")
        page.field.line.setText(picture_world.passphrase(self.world.patient))
        page.button.click()
        settle(self.window, _PATIENCE)

    def home(self):
        self.page("home")
        self.take("home", EVERY)
        self.window.shell.show_page(f"permission:{self._key('Dr. Henrik Lind')}")
        self.take("permission", EVERY)

    def records(self):
        page = self.page("records")
        self.take("records", EVERY)
        for kind in ("test", "medicine", "condition", "visit", "vaccine", "document"):
            page.pills[kind].click()
            self.take(f"records-{kind}")
        page.panel.part(Folds).buttons["original"].click()
        self.take("record-original")
        page.pills[None].click()
        settle(self.window, _PATIENCE)
        page.search.setText("cholesterol")
        page.load()
        self.take("records-search")
        page.panel.part(Folds).buttons["origin"].click()
        self.take("record-origin")
        page.search.setText("elephant")
        page.load()
        self.take("records-nothing-found")
        page.search.clear()
        settle(self.window, _PATIENCE)
        page.list.setCurrentIndex(page.model.first_record())
        self.window.resize(900, 820)
        settle(self.window)
        page.list.selectionModel().clearCurrentIndex()
        page.list.setCurrentIndex(page.model.first_record())
        self.take("record-alone", EVERY)
        page._close()

    def bring_in(self):
        self.window.shell.show_page("bring_in")
        page = self.window.shell.pages["bring_in"]
        self.take("bring-in")
        page.take(_files(self.world))
        self.take("bring-in-ready", EVERY)
        page.ready.looks.click()
        self.take("bring-in-through")
        page.keep()
        self.take("bring-in-done", EVERY)

    def share(self):
        page = self.page("share")
        self.take("share", EVERY)
        page.look_at(self.made.ended)
        self.take("share-ended", EVERY)
        page = self.page("share")
        page.look_at(self.world.new.card)
        self.take("decide", EVERY)
        decide = self.window.shell.decide
        decide.verdict.how.click()
        self.take("decide-how")
        decide.verdict.how.click()
        decide.scope.choose.click()
        decide.scope.limit.click()
        self.take("decide-choose", EVERY)
        decide.scope.everything.click()
        decide.until.pills[0].click()
        self.take("decide-date")
        decide.until.pills[90].click()
        decide.switch.ticks()[0].click()
        self.take("decide-switch")

    def switch(self):
        late = picture_world.late_card(self.world)
        server = self.children._running["ledger"].process
        server.send_signal(signal.SIGINT)
        server.wait(20)
        self.page("share").look_at(late)
        self.take("share-cannot-tell", EVERY)
        self.page("share").look_at(self.world.new.card)
        settle(self.window, _PATIENCE)
        self.window.shell.decide.switch.ticks()[0].click()
        self.window.shell.decide.share.click()
        self.take("shared-waiting", EVERY)
        self.page("home")
        self.take("home-waiting", EVERY)
        self.page("activity").prove.click()
        self.take("activity-no-answer")
        self.children.restart_ended()
        for _ in range(_TRIES):
            self.sync()
            if not self.window.shell._waiting:
                break
        self.window.shell.show_page(f"permission:{self._key('Dr. Amara Osei')}")
        self.take("shared")
        file = self.world.folder / "osei.hwgrant"
        picture_world.hand_over(self.window, self._key("Dr. Amara Osei"), file)
        picture_world.opens(self.world, self.world.new, file, meanwhile=self.sync)
        self.sync()

    def activity(self):
        page = self.page("activity")
        self.take("activity-before")
        page.prove.click()
        self.take("activity", EVERY)
        page.card.how.click()
        self.take("activity-how")
        page.pills["refused"].click()
        self.take("activity-nothing")
        page.pills["all"].click()
        self.page("home")
        self.take("home-after")

    def take_with_me(self):
        page = self.page("take")
        self.take("take", EVERY)
        stick = self.world.folder / "MAYA"
        stick.mkdir()
        page.ask_folder = lambda _parent: stick
        page.folder.click()
        self.take("take-chosen")
        page.write.click()
        self.take("take-done", EVERY)
        page.result.how.click()
        self.take("take-how")
        page.check.click()
        self.take("take-checked")
        changed = max(stick.rglob("*.html"), key=lambda path: path.stat().st_size)
        changed.write_bytes(changed.read_bytes() + b" ")
        page.check.click()
        self.take("take-altered")

    def emergency(self):
        self.window.shell.show_page("emergency")
        page = self.window.shell.pages["emergency"]
        self.take("emergency-empty", EVERY)
        ticks = [page.about.ticks["name"]]
        ticks += [tick for part in page.lines for tick in part.ticks.values()][:8]
        for tick in ticks:
            tick.setChecked(True)
        name, phone = page.people.fields[0]
        name.line.setText("Jonas \u00c5berg")
        phone.line.setText("+46 70 123 45 67")
        page.draw()
        self.take("emergency", EVERY)
        page.preview.pills["card"].click()
        self.take("emergency-small")
        page.ask_where = lambda _parent: self.world.folder / "emergency-card.pdf"
        page.save.click()
        self.take("emergency-saved")

    def rest(self):
        self.page("settings")
        self.take("settings", EVERY)
        key = self._key("City Laboratory")
        self.window.shell.show_page(f"permission:{key}")
        settle(self.window, _PATIENCE)
        self.window.shell.permission.end.click()
        for _ in range(_TRIES):
            self.sync()
            if not self.window.shell._waiting:
                break
        self.take("permission-ended")
        self.page("share")
        self.take("share-after")

    def _key(self, reader):
        return picture_world.listed(self.window)[reader]


def _files(world):
    """Files as people have them: known, new, broken off, and something else."""
    folder = world.folder / "from a stick"
    folder.mkdir()
    known = world.records[0]
    (folder / "portal-download.json").write_bytes(known.read_bytes())
    (folder / "weight-at-home.ndjson").write_text(_WEIGHTS)
    (folder / "broken-off.ndjson").write_text(_WEIGHTS.replace("2026", "2025")[:-60])
    (folder / "holiday.json").write_text('{"photos": 12}')
    (folder / "letter.docx").write_bytes(b"PK\x03\x04 a letter")
    return sorted(folder.iterdir())


_WEIGHTS = "".join(
    f'{{"resourceType":"Observation","id":"w{day}","status":"final",'
    '"code":{"text":"Body weight"},"valueQuantity":{"value":%d,"unit":"kg"},'
    f'"effectiveDateTime":"2026-10-{day:02}"}}\n' % (64 + day % 3)
    for day in range(1, 13)
)
