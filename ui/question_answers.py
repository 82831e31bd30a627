"""Reviews and questions, from the front desk's answers to a page's words."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ui import kinds, record_answers, views, wording
from ui.source_words import say_source
from ui.units import say_unit
from wallet.actions.patient.plain_words import title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wallet.actions.patient.comparing import Pair, Side
    from wallet.actions.patient.people import Demographics, HeldFile
    from wallet.actions.patient.reviewing import Line, Review
    from wallet.records.receipt import Apart

_DOT = " \u00b7 "
_DAY, _MONTH = 10, 7
_MARKS = {
    "new": "New",
    "same": "You have it",
    "changed": "Changed",
    "alike": "Looks alike",
    "kept_raw": "Kept as it is",
}
_WHY = {
    "name": "Your records have another name.",
    "family_name": "Your records have another family name. It may have changed.",
    "given_name": "Your records have another first name.",
    "birth_date": "Your records have another date of birth.",
    "day_and_month": "Day and month of birth are the other way round in your records.",
    "sex": "Your records say otherwise whether you are a woman or a man.",
    "too_little": "The file says too little to be sure.",
}
_FACTS = (
    ("when", "When"),
    ("value", "Result"),
    ("status", "Status"),
    ("provider", "From"),
)


def review(found: Review) -> views.Review:
    """Say what files would bring."""
    counted: Counter[str] = Counter()
    for file in found.files:
        counted.update(dict(file.kinds))
    return views.Review(
        answer=record_answers.import_answer(found.answer),
        kinds=tuple(counted.most_common()),
        lines=tuple(_line(one) for file in found.files for one in file.lines),
        total=sum(file.lines_total for file in found.files),
    )


def _line(line: Line) -> views.ReviewLine:
    value = f"{line.value} {say_unit(line.unit)}".strip()
    told = (kinds.one(line.category), _spoken(line.when), value)
    return views.ReviewLine(
        category=line.category,
        title=title_of(line.title, ()) or kinds.one(line.category),
        note=_DOT.join(part for part in told if part),
        mark=wording.say(_MARKS[line.mark.value]),
    )


def about(apart: Apart | None) -> str:
    """Whose file it is, where it is held apart; empty where it is not."""
    return "" if apart is None else _people(apart.people)


def questions(
    held: Iterable[HeldFile],
    pairs: Sequence[Pair],
    settled: Iterable[Pair],
    *,
    waiting: int,
    equal: int,
) -> views.Questions:
    """Say what waits for an answer."""
    opened = [pair for pair in pairs if pair.decision.value == "open"]
    return views.Questions(
        whose=tuple(_whose(file) for file in held if not file.settled),
        pairs=tuple(_pair(pair) for pair in pairs),
        settled=tuple(_pair(pair) for pair in settled),
        more=max(0, waiting - len(opened)),
        equal=equal,
    )


def _whose(file: HeldFile) -> views.Whose:
    if len(file.people) > 1:
        why = wording.say("It speaks of several people. It comes in whole or not.")
    else:
        why = " ".join(wording.say(_WHY[one.value]) for one in file.differs)
    return views.Whose(
        key=file.key, file=Path(file.name).name, who=_people(file.people), why=why
    )


def _people(people: Iterable[Demographics]) -> str:
    names = [_person(one) for one in people]
    if len(names) == 1:
        return names[0]
    return wording.say("{first} and {last}").format(
        first=", ".join(names[:-1]), last=names[-1]
    )


def _person(one: Demographics) -> str:
    name = one.shown or wording.say("Somebody without a name")
    if not one.born:
        return name
    return wording.say("{name}, born {day}").format(name=name, day=_spoken(one.born))


def _spoken(written: str) -> str:
    try:
        if len(written) >= _DAY:
            return wording.plain_day(date.fromisoformat(written[:_DAY]))
        if len(written) == _MONTH:
            return wording.month(int(written[:4]), int(written[5:]))
    except ValueError:
        return written
    return written


def _pair(pair: Pair) -> views.Pair:
    names = [name for name, _ in _FACTS if _told(pair, name)]
    changed = {"unit": "value"}
    differs = {changed.get(name, name) for name in pair.differs}
    said = {"same": True, "different": False}
    return views.Pair(
        one=_side(pair.one, names),
        other=_side(pair.other, names),
        differs=frozenset(
            wording.say(words) for name, words in _FACTS if name in differs
        ),
        same=said.get(pair.decision.value),
    )


def _told(pair: Pair, name: str) -> bool:
    return bool(getattr(pair.one, name) or getattr(pair.other, name))


def _side(side: Side, names: Iterable[str]) -> views.Side:
    words = dict(_FACTS)
    facts = {
        "when": side.when,
        "value": f"{side.value} {say_unit(side.unit)}".strip(),
        "status": side.status,
        "provider": side.provider,
    }
    return views.Side(
        key=side.key,
        title=title_of(side.title, ()) or kinds.one(side.category),
        source=say_source(side.source_name),
        facts=tuple(
            (wording.say(words[name]), facts[name] or wording.say("Not told"))
            for name in names
        ),
    )
