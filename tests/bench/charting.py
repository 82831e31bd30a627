"""The chart of a value measured by the thousand, in a wallet of very many records."""

import statistics
from datetime import UTC, datetime
from functools import partial

import orjson
from PySide6.QtWidgets import QApplication

from tests.bench.ground import PASSPHRASE
from tests.bench.rows import Row, at_least, at_most, seconds
from tests.support.large_patient import readings
from ui.front_desk import FrontDesk
from ui.widgets.chart import Chart
from wallet.actions.patient.home import PatientHome, open_wallet
from wallet.actions.patient.importing import import_paths

FAST, DRAWN = 50.0, 100.0
TITLE = "Body weight, measured at home"


def measure(ground):
    app = QApplication.instance() or QApplication([])
    count, home = ground.effort.points, ground.large.home
    _bring_in(ground, home, count)
    desk = FrontDesk(home)
    desk.unlock(PASSPHRASE)
    try:
        (newest, *_) = desk.search(TITLE, category=None, limit=1)
        ask = partial(desk.record, newest.key)
        sheet = ask()
        asked = _median(ask, ground.effort.tries)
        drawn = _median(partial(_draw, sheet), ground.effort.tries)
    finally:
        desk.lock()
        app.processEvents()
    more = f"{count:,} points among {ground.effort.large:,} records"
    return [
        Row(
            name="points of that chart",
            figure=len(sheet.series),
            unit=f"of {count:,}",
            wanted=at_least(count),
        ),
        _row(f"a result and its chart asked for, {more}", asked, FAST),
        _row(f"that chart made and painted, {count:,} points", drawn, DRAWN),
    ]


def _row(name, took, most):
    return Row(name=name, figure=1_000 * took, unit="ms", wanted=at_most(most))


def _bring_in(ground, home, count):
    file = ground.folder / "readings.ndjson"
    lines = (orjson.dumps(one) for one in readings(count, title=TITLE))
    file.write_bytes(b"\n".join(lines))
    now = datetime.now(tz=UTC)
    with open_wallet(PatientHome(home), passphrase=PASSPHRASE) as wallet:
        import_paths(wallet, [file], now=now)


def _draw(sheet):
    view = Chart(sheet.series, unit=sheet.unit, name=sheet.title)
    view.resize(760, 400)
    view.grab()
    view.deleteLater()


def _median(work, tries):
    return statistics.median(seconds(work) for _ in range(tries))
