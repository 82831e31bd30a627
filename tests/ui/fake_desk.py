"""A desk with fixed answers, for pages; nothing of it is shipped."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.ui.fake_emergency import FakeEmergency
from tests.ui.fake_hand import HAND, FakeHand
from ui.background import Step
from ui.record_views import (
    ALL,
    Choices,
    Column,
    Original,
    Picture,
    ResultLine,
    ResultPanel,
    SummaryCard,
    TableSheet,
    VaccineLine,
)
from ui.views import (
    CardSheet,
    CopyAnswer,
    Event,
    Finding,
    Flag,
    ImportAnswer,
    ImportedFile,
    Known,
    LedgerLine,
    Overview,
    Pair,
    Permission,
    Point,
    Preview,
    Proof,
    Questions,
    RecordLine,
    RecordSheet,
    RecordsOverview,
    Review,
    ReviewLine,
    Side,
    State,
    StickAnswer,
    StickPlace,
    Whose,
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
        seen_in=(
            ("City Laboratory", "24 November 2026"),
            ("labs-2026.ndjson", "25 November 2026"),
            ("Elm Street Heart Centre", "25 November 2026"),
        ),
        original='{\n  "resourceType": "Observation"\n}',
        hand=HAND,
    )


def visit_sheet():
    """A visit with what was recorded at it."""
    kinds = ("test", "test", "medicine", "document")
    held = tuple(
        replace(next(row for row in lines(40) if row.category == kind), under=True)
        for kind in kinds
    )
    return replace(
        sheet("1"),
        category="visit",
        title="Visit: heart check",
        source="Elm Street Heart Centre",
        number="",
        unit="",
        usual="",
        flag=Flag.UNKNOWN,
        series=(),
        visit=held,
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
        ImportedFile(
            name="labs-2026.ndjson",
            new=86,
            findings=(
                Finding(
                    place="1,204 places in this file",
                    sentence="A date, a number or a name is not written as it should "
                    "be. It was taken as it is.",
                ),
                Finding(
                    place="1 place in this file",
                    sentence="Something that a record of this kind should say is "
                    "missing. It was taken as it is.",
                ),
            ),
        ),
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
        ImportedFile(name="holiday.pages", taken=False),
        ImportedFile(
            name="someone-else.json", kept=7, about="Ana Example, born 5 March 1951"
        ),
    )
)


TABLE = TableSheet(
    file="labor-2026.csv",
    columns=(
        Column(head="Was", cells=("Kalium", "Natrium", "Kreatinin"), role="name"),
        Column(head="Gesehen", cells=("4,1", "140", "0,9"), role="value"),
        Column(head="Wann", cells=("03/04/2024", "05/04/2024")),
        Column(head="Kommentar zur Messung", cells=()),
    ),
    roles=(
        ("test", ("name", "value", "unit", "date", "comment")),
        ("vaccine", ("name", "date", "lab")),
        ("medicine", ("name", "date", "how")),
    ),
    rows=86,
    asks_order=True,
)
RESULTS = (
    ResultPanel(
        title="Blood fats",
        lines=(
            ResultLine(
                key="0",
                name="LDL cholesterol (bad)",
                value="118",
                unit="mg/dL",
                when="12 November 2026",
                flag=Flag.INSIDE,
                change="lower",
                earlier="126 mg/dL on 12 November 2025",
            ),
            ResultLine(
                key="7",
                name="Triglycerides",
                value="212",
                unit="mg/dL",
                when="12 November 2026",
                flag=Flag.ABOVE,
                change="first result",
            ),
        ),
        missing=("Lipoprotein(a)",),
    ),
    ResultPanel(
        title="Other results",
        lines=(
            ResultLine(
                key="14",
                name="Throat culture",
                value="No growth of disease-causing bacteria after two days",
                unit="",
                when="3 May 2024",
                flag=Flag.UNKNOWN,
            ),
        ),
    ),
)
REVIEW = Review(
    answer=IMPORTED,
    kinds=(("test", 402), ("visit", 96), ("vaccine", 12)),
    lines=(
        ReviewLine(
            category="test",
            title="LDL cholesterol",
            note="Test \u00b7 4 March 2026 \u00b7 3.1 mmol/L",
            mark="New",
        ),
        ReviewLine(
            category="vaccine",
            title="Influenza vaccine",
            note="Vaccine \u00b7 12 October 2025",
            mark="Looks alike",
        ),
        ReviewLine(
            category="visit",
            title="Check-up with Dr. Lind",
            note="Visit \u00b7 3 March 2026",
            mark="You have it",
        ),
    ),
    total=598,
)
PAIR = Pair(
    one=Side(
        key="a1",
        title="LDL cholesterol",
        source="maya-portal-download.json",
        facts=(
            ("When", "4 March 2026"),
            ("Result", "3.1 mmol/L"),
            ("Status", "Final"),
            ("From", "City Laboratory"),
        ),
    ),
    other=Side(
        key="b1",
        title="LDL cholesterol, calculated",
        source="labs-2026.ndjson",
        facts=(
            ("When", "4 March 2026"),
            ("Result", "3.1 mmol/L"),
            ("Status", "Amended"),
            ("From", "Not told"),
        ),
    ),
    differs=frozenset({"Status", "From"}),
)
SETTLED = replace(PAIR, one=replace(PAIR.one, key="a2"), same=True)
WHOSE = Whose(
    key="f1",
    file="someone-else.json",
    who="Ana Example, born 5 March 1951",
    why="Your records have another first name.",
)


class FakeDesk(FakeEmergency, FakeHand):
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
        self.kept = []
        self.gate.set()
        self.asking = Questions()

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
        waiting = len(self.asking.whose) + len(self.asking.pairs)
        return RecordsOverview(
            counts=COUNTS, places=4, first_year=2014, questions=waiting
        )

    def timeline(self, *, category, after="", limit, among=ALL):
        self._note("timeline")
        rows = [
            row
            for row in self.rows
            if category in (None, row.category) and not among.undated
        ]
        first = next((at for at, row in enumerate(rows, 1) if row.key == after), 0)
        return tuple(rows[first : first + limit])

    def search(self, text, *, category, limit, among=ALL):
        self._note("search")
        rows = [row for row in self.rows if text.lower() in row.title.lower()]
        return tuple(rows[:limit])

    def summary(self):
        self._note("summary")
        kinds = ("allergy", "medicine", "condition", "vaccine", "test")
        held = {
            kind: tuple(row for row in self.rows if row.category == kind)
            for kind in kinds
        }
        held["allergy"] = ()
        return tuple(
            SummaryCard(category=kind, count=len(rows), newest=rows[:3])
            for kind, rows in held.items()
        )

    def original(self, key):
        self._note("original")
        return Original(
            name="cholesterol.json",
            words="A record as a portal sends it",
            size=28,
            text=sheet(key).original,
            pictures=(Picture(width=2, height=3, pixels=bytes(18), words="A page"),),
            left_out=2,
        )

    def thumbnail(self, key):
        self._note("thumbnail")
        return self.original(key).pictures[0]

    def save_original(self, key, path):
        self._note(("save_original", key, path))

    def results(self):
        self._note("results")
        return RESULTS

    def vaccines(self):
        self._note("vaccines")
        doses = tuple(row for row in self.rows if row.category == "vaccine")
        return (VaccineLine(name="Flu vaccine", doses=doses[:8]),)

    def table(self, path):
        self._note("table")
        return TABLE

    def explain_table(self, path, answer):
        self._note(("explain_table", answer))

    def choices(self):
        self._note("choices")
        return Choices(
            years=((2026, 31), (2025, 58)),
            sources=("City Laboratory", "Elm Street Heart Centre"),
            labels=(("PSY", "Mental health"),),
        )

    def kept_searches(self):
        self._note("kept_searches")
        return tuple(self.kept)

    def keep_search(self, kept):
        self._note("keep_search")
        self.kept.append(kept)

    def forget_search(self, name):
        self._note("forget_search")
        self.kept = [one for one in self.kept if one.name != name]

    def record(self, key):
        self._note("record")
        return sheet(key)

    def review(self, paths, job):
        self._note("review")
        job.progress(1, 2, "Reading your files")
        self.gate.wait(5)
        if job.cancelled():
            raise CancelledError
        return REVIEW

    def questions(self):
        self._note("questions")
        return self.asking

    def decide_pair(self, one, other, decision):
        self._note(("decide_pair", one, other, decision))
        settled = decision in ("same", "different")
        self.asking = Questions(
            pairs=() if settled else (PAIR,),
            settled=(replace(PAIR, same=decision == "same"),) if settled else (),
        )

    def join_equal(self):
        self._note("join_equal")
        self.asking = replace(self.asking, pairs=(), equal=0)
        return NOW

    def part_again(self, since):
        self._note(("part_again", since))
        self.asking = replace(self.asking, pairs=(PAIR,), equal=2)

    def claim_file(self, key, job):
        self._note(("claim_file", key))
        self.asking = replace(self.asking, whose=())
        return ImportAnswer(files=(ImportedFile(name="someone-else.json", new=7),))

    def leave_file_out(self, key):
        self._note(("leave_file_out", key))
        self.asking = replace(self.asking, whose=())

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
        job.progress(1, 6, "Putting the records together.", said="Part 2 of 6")
        self.gate.wait(5)
        if job.cancelled():
            raise CancelledError
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

    def save_accounting(self, path):
        self._note(("save_accounting", path))

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

    def save_copy(self, form, scope, folder, job):
        self._note(f"save_copy {form}")
        self.copied = scope
        self.gate.wait(5)
        if job.cancelled():
            raise CancelledError
        return CopyAnswer(
            path=folder / "health-summary-2026-11-24.pdf",
            records=600,
            left_out=(("Dr. Henrik Lind", "no place in this form"),) * 2,
            missing=12,
            outside=0 if scope is None else 11,
            locked=form == "health-link",
        )


__all__ = ["NOW", "FakeDesk", "Step"]
