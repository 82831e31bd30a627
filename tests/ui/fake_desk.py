"""A desk with fixed answers, for pages; nothing of it is shipped."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ui.background import Step
from ui.views import (
    CardSheet,
    Event,
    Finding,
    Flag,
    ImportAnswer,
    ImportedFile,
    Known,
    LedgerLine,
    Overview,
    Permission,
    Point,
    Preview,
    Proof,
    RecordLine,
    RecordSheet,
    RecordsOverview,
    State,
    StickAnswer,
    StickPlace,
)
from wallet.errors import CancelledError, PassphraseWrongError
from wallet.verdict import CheckpointRef, Reason, Verdict

NOW = datetime(2026, 11, 24, 10, 2, tzinfo=UTC)
PASSPHRASE = "correct horse battery"
WORDS = [
    "harbor",
    "lemon",
    "quiet",
    "walnut",
    "ribbon",
    "meadow",
    "copper",
    "violin",
    "garden",
    "summer",
    "planet",
    "basket",
    "window",
    "silver",
    "orchard",
    "candle",
    "feather",
    "river",
    "pepper",
    "blanket",
    "marble",
    "anchor",
    "cotton",
    "ladder",
]
COUNTS = (
    ("condition", 23),
    ("medicine", 41),
    ("allergy", 3),
    ("test", 398),
    ("visit", 88),
    ("vaccine", 27),
    ("document", 21),
)
CHECKPOINT = CheckpointRef(
    origin="ledger.example/heartwood", size=214, root=bytes(range(32))
)


def permission(
    reader="Dr. Amara Osei",
    role="Cardiology, Elm Street Heart Centre",
    scope="Whole history",
    *,
    left=87,
    length=90,
    state=State.IN_FORCE,
    pending="",
    last_look=None,
    key="",
    held_until=None,
):
    ends = NOW + timedelta(days=left, hours=1)
    return Permission(
        key=key or reader,
        reader=reader,
        role=role,
        scope=scope,
        starts=ends - timedelta(days=length),
        ends=ends,
        state=state,
        pending=pending,
        last_look=last_look,
        held_until=held_until,
    )


PERMISSIONS = (
    permission(last_look=NOW - timedelta(minutes=21)),
    permission(
        "Elm Street Pharmacy", "Pharmacy", "Medicines and allergies", left=26, length=36
    ),
    permission(
        "City Laboratory",
        "Laboratory",
        "Tests only",
        left=3,
        length=30,
        last_look=NOW - timedelta(days=22),
    ),
    permission(
        "Dr. Henrik Lind",
        "Family doctor",
        "Whole history",
        left=-4,
        state=State.WITHDRAWN,
    ),
)
EVENTS = (
    Event(
        at=NOW - timedelta(minutes=21),
        kind="looked",
        proof="Proven",
        title="Dr. Amara Osei opened 14 records",
        note="Heart tests and medicines \u00b7 for your treatment",
    ),
    Event(
        at=NOW - timedelta(hours=18),
        kind="refused",
        proof="Told by the relay",
        title="City Laboratory was refused",
        note="Asked for visit notes; you share tests only",
    ),
    Event(
        at=NOW - timedelta(days=4),
        kind="switched",
        proof="Proven",
        title="You shared with Dr. Osei and ended Dr. Lind's access",
        note="Whole history \u00b7 until 19 February 2027",
    ),
    Event(
        at=NOW - timedelta(days=6),
        kind="looked",
        proof="Proven",
        title="Elm Street Pharmacy opened 3 records",
        note="Medicines and allergies \u00b7 to fill a prescription",
    ),
    Event(
        at=NOW - timedelta(days=22),
        kind="taken",
        proof="On this computer",
        title="You wrote your records to a USB stick",
        note="\u201cMAYA 32 GB\u201d \u00b7 read back and compared",
    ),
)
LEDGER = LedgerLine(as_of=NOW, witnesses=3)

_TITLES = (
    ("test", "Cholesterol, bad (LDL)", "118 mg/dL \u00b7 in the usual range"),
    ("visit", "Visit: heart check", "Elm Street Heart Centre"),
    ("medicine", "Atorvastatin 40 mg, changed", "One tablet in the evening"),
    ("vaccine", "Flu vaccine", "Elm Street Pharmacy"),
    ("document", "Letter from Dr. Lind", "PDF, 2 pages"),
    ("vital", "Blood pressure", "128 over 79"),
    ("test", "Kidney function (eGFR)", "88 \u00b7 in the usual range"),
)


def lines(count=612):
    made = []
    day = date(2026, 11, 12)
    for number in range(count):
        category, title, note = _TITLES[number % len(_TITLES)]
        undated = number >= count - 4
        made.append(
            RecordLine(
                key=str(number),
                category=category,
                title=title,
                note=note,
                day=None if undated else day,
            )
        )
        if number % 3 == 2:
            day -= timedelta(days=19)
    return tuple(made)


_LDL = (168, 174, 182, 191, 187, 172, 160, 149, 138, 126, 118)


def sheet(key="0"):
    return RecordSheet(
        key=key,
        category="test",
        title="Cholesterol, bad (LDL)",
        source="City Laboratory",
        when="12 November 2026",
        number="118",
        unit="mg/dL",
        usual="usual range: up to 130 mg/dL",
        flag=Flag.INSIDE,
        series=tuple(
            Point(
                day=date(2016 + year, 11, 12),
                value=float(value),
                written=str(value),
                high=130.0,
            )
            for year, value in enumerate(_LDL)
        ),
        facts=(
            ("Status", "final"),
            ("Ordered by", "Dr. Henrik Lind"),
            ("What was measured", "Cholesterol in LDL, calculated"),
        ),
        came_from=(
            ("File", "maya-portal-download.json"),
            ("Brought in", "24 November 2026"),
        ),
        versions=2,
        original='{\n  "resourceType": "Observation"\n}',
    )


def card(reason=Reason.GO_AHEAD, known=Known.NEW, path=Path("osei.hwcard")):
    return CardSheet(
        path=path,
        name="Dr. Amara Osei",
        role="Cardiologist",
        organisation="Elm Street Heart Centre",
        board="State Medical Board",
        until=date(2028, 6, 30),
        known=known,
        witnesses=3,
        words=("amber", "otter", "linen", "cello", "maple", "tide"),
        verdict=Verdict(reason=reason, as_of=NOW, checkpoint=CHECKPOINT),
    )


IMPORTED = ImportAnswer(
    files=(
        ImportedFile(name="maya-portal-download.json", new=512, same=41, changed=3),
        ImportedFile(name="labs-2026.ndjson", new=86),
        ImportedFile(
            name="old-scan.json",
            kept=1,
            findings=(
                Finding(
                    place="entry 14",
                    sentence="A kind we do not show yet; kept as it is.",
                ),
            ),
        ),
        ImportedFile(
            name="notes.ndjson",
            failed=1,
            new=12,
            findings=(
                Finding(
                    place="line 212",
                    sentence="The file breaks off here; the part before it was read.",
                ),
            ),
        ),
        ImportedFile(name="someone-else.pages", taken=False),
    )
)


class FakeDesk:
    """Answers at once; remembers what it was asked and on which thread."""

    def __init__(self, *, empty=False, permissions=PERMISSIONS, name="Maya"):
        self.there = True
        self.open = False
        self.asked = []
        self.threads = set()
        self.name = name
        self.items = () if empty else permissions
        self.rows = () if empty else lines()
        self.happened = () if empty else EVENTS
        self.line = LEDGER
        self.card = card()
        self.fail = None
        self.delay = timedelta()
        self.gate = threading.Event()
        self.ready = False
        self.words_due = ()
        self.gate.set()

    def _note(self, what):
        self.asked.append(what)
        self.threads.add(threading.current_thread().name)
        if self.fail is not None:
            raise self.fail

    def exists(self):
        return self.there

    def get_ready(self):
        self.threads.add(threading.current_thread().name)
        self.ready = True

    def create(self, passphrase):
        self._note("create")
        self.there = self.open = True
        self.words_due = tuple(WORDS)
        return self.words_due

    def words_kept(self):
        self._note("words_kept")
        self.words_due = ()

    def unlock(self, passphrase, *, cancelled):
        self._note("unlock")
        if passphrase != PASSPHRASE:
            raise PassphraseWrongError
        self.open = True
        return self.words_due

    def lock(self):
        self.asked.append("lock")
        self.open = False

    def change_passphrase(self, old, new):
        self._note("change_passphrase")
        if old != PASSPHRASE:
            raise PassphraseWrongError

    def overview(self):
        self._note("overview")
        return Overview(
            name=self.name,
            records=len(self.rows),
            permissions=self.items,
            events=self.happened,
        )

    def records_overview(self):
        self._note("records_overview")
        if not self.rows:
            return RecordsOverview()
        return RecordsOverview(counts=COUNTS, places=4, first_year=2014)

    def timeline(self, *, category, offset, limit):
        self._note("timeline")
        rows = [row for row in self.rows if category in (None, row.category)]
        return tuple(rows[offset : offset + limit])

    def search(self, text, *, category, limit):
        self._note("search")
        rows = [row for row in self.rows if text.lower() in row.title.lower()]
        return tuple(rows[:limit])

    def record(self, key):
        self._note("record")
        return sheet(key)

    def bring_in(self, paths, job):
        self._note("bring_in")
        job.progress(1, 2, "Reading your files")
        self.gate.wait(5)
        if job.cancelled():
            raise CancelledError
        return IMPORTED

    def look_at_card(self, path):
        self._note("look_at_card")
        return self.card

    def preview(self, scope):
        self._note("preview")
        rows = tuple(
            (name, count)
            for name, count in COUNTS
            if scope.kinds is None or name in scope.kinds
        )
        left = tuple(
            item for item in (("PSY", 9), ("ETH", 2)) if item[0] not in scope.ticked
        )
        return Preview(
            rows=rows,
            left_out=left,
            total=sum(n for _, n in rows),
            hidden=sum(n for _, n in left),
            first_year=2014,
        )

    def share(self, card, scope, *, days, ending, job):
        self._note(("share", card.name, scope, days, ending))
        made = permission(
            card.name,
            card.role,
            left=days,
            length=days,
            state=State.WAITING,
            pending="issue",
            key="made",
        )
        kept = tuple(
            replace(item, pending="replace") if item.key == ending else item
            for item in self.items
        )
        self.items = (made, *kept)
        return made

    def withdraw(self, key, job):
        self._note(("withdraw", key))
        self.items = tuple(
            replace(item, state=State.WITHDRAWN) if item.key == key else item
            for item in self.items
        )
        return next(item for item in self.items if item.key == key)

    def send_now(self, key, _job):
        self._note(("send_now", key))
        self.items = tuple(
            replace(item, held_until=None) if item.key == key else item
            for item in self.items
        )
        return next(item for item in self.items if item.key == key)

    def sending_delay(self):
        return self.delay

    def set_sending_delay(self, span):
        self._note(("set_sending_delay", span))
        self.delay = span

    def save_file(self, key, path):
        self._note(("save_file", key, path))

    def pair_words(self, key):
        self._note("pair_words")
        return ("copper", "lantern", "orchard", "maple", "violin", "harbor")

    def permissions(self):
        self._note("permissions")
        return self.items

    def sync(self, job):
        self._note("sync")
        return self.line

    def ledger(self):
        self._note("ledger")
        return self.line

    def events(self):
        self._note("events")
        return self.happened

    def prove(self, job):
        self._note("prove")
        verdict = Verdict(reason=Reason.GO_AHEAD, as_of=NOW, checkpoint=CHECKPOINT)
        return Proof(
            verdict=verdict,
            entries=214,
            seconds=0.3,
            witnesses=3,
            checkpoints=(CHECKPOINT,),
            sentence="Three independent witnesses signed the same history. "
            "No other opening is recorded.",
        )

    def stick_places(self):
        self._note("stick_places")
        return (
            StickPlace(
                path=Path("stick"),
                name="MAYA",
                free=29_800_000_000,
                earlier=NOW - timedelta(days=22),
            ),
        )

    def stick_place(self, folder):
        self._note("stick_place")
        return StickPlace(path=folder, name=folder.name, free=5_000_000_000)

    def write_stick(self, folder, job):
        self._note("write_stick")
        self.gate.wait(5)
        if job.cancelled():
            raise CancelledError
        return StickAnswer(folder=folder, records=612, files=8, size=4_100_000)

    def check_stick(self, folder, job):
        self._note("check_stick")
        return StickAnswer(folder=folder, records=612, files=8)


__all__ = ["NOW", "FakeDesk", "Step"]
