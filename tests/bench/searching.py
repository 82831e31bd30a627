"""Typing a search and opening lists in a wallet with very many records."""

import statistics
from functools import partial

from tests.bench.ground import PASSPHRASE
from tests.bench.rows import Row, at_most, seconds
from ui.front_desk import FrontDesk
from ui.models.timeline import WINDOW
from ui.record_views import Among

TYPED = ("blood pressure", "cholesterol", "visit", "zzz")
HITS = 200
FAST = 50.0


def measure(ground):
    count = ground.effort.large
    desk = FrontDesk(ground.large.home)
    desk.unlock(PASSPHRASE)
    try:
        asked = {
            f"search as you type, {count:,} records": _typing(desk),
            f"first screenful of a list, {count:,} records": _lists(desk),
            f"lists narrowed down, {count:,} records": _narrowed(desk),
            f"boards beside a list, {count:,} records": [
                desk.summary,
                desk.results,
                desk.vaccines,
            ],
            f"what lists can be narrowed to, {count:,} records": [desk.choices],
            f"counts over the list, {count:,} records": [desk.records_overview],
            f"one record, {count:,} records": _record(desk),
            f"Home, {count:,} records": [desk.overview],
        }
        return [
            Row(
                name=f"{name} (slowest)",
                figure=_slowest(questions, ground.effort.tries),
                unit="ms",
                wanted=at_most(FAST),
            )
            for name, questions in asked.items()
        ]
    finally:
        desk.lock()


def _typing(desk):
    """Every beginning of every word, as keys are struck."""
    beginnings = {word[:end] for word in TYPED for end in range(1, len(word) + 1)}
    return [
        partial(desk.search, text, category=None, limit=HITS)
        for text in sorted(beginnings)
    ]


def _lists(desk):
    kinds = (None, *(kind for kind, _ in desk.records_overview().counts))
    return [partial(desk.timeline, category=kind, limit=WINDOW) for kind in kinds]


def _narrowed(desk):
    """The middle of the years, a place, a mark, and what has no date."""
    held = desk.choices()
    middle = held.years[len(held.years) // 2][0]
    among = [
        Among(last_year=middle),
        Among(undated=True),
        *(Among(source=source) for source in held.sources[:1]),
        *(Among(label=code) for code, _ in held.labels),
    ]
    return [
        partial(desk.timeline, category=None, limit=WINDOW, among=one) for one in among
    ]


def _record(desk):
    """The newest of every kind: a visit says what it holds, a result has a chart."""
    kinds = (kind for kind, _ in desk.records_overview().counts)
    newest = (desk.timeline(category=kind, limit=1) for kind in kinds)
    return [partial(desk.record, lines[0].key) for lines in newest]


def _slowest(questions, tries):
    """Milliseconds: the median of each question, then the worst of them."""
    medians = [
        statistics.median(seconds(question) for _ in range(tries))
        for question in questions
    ]
    return 1_000 * max(medians)
