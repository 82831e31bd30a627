"""Turns answers of the front desk into what pages show; no page, no store."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ui import kinds, views, wording
from ui.views import Known, LedgerLine, State
from wallet.verdict import Reason, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from wallet.actions.patient.activity import Event
    from wallet.actions.patient.cards import CardView
    from wallet.actions.patient.gathering import Preview
    from wallet.actions.patient.network import VerifyView
    from wallet.actions.patient.permissions import GrantView
    from wallet.actions.patient.standing import LedgerLine as Line
    from wallet.actions.patient.stick import Checked, Progress, Written

_MANY_NAMES = 4


def card_sheet(
    view: CardView, path: Path, *, witnesses: int, latest: datetime | None
) -> views.CardSheet:
    """Say whose card it is."""
    return views.CardSheet(
        path=path,
        name=view.name,
        role=view.role,
        organisation="",
        board="",
        until=view.until.astimezone().date(),
        verdict=view.verdict,
        known=Known(view.known.value),
        words=tuple(word for _, word in view.words),
        witnesses=witnesses,
        latest=latest,
    )


def preview(found: Preview, asked: views.Scope) -> views.Preview:
    """Say what a reader would see, most first."""
    rows = sorted(found.shown, key=lambda row: -row[1])
    left = [item for item in found.labelled if item[0] not in asked.ticked]
    return views.Preview(
        rows=tuple(rows),
        left_out=tuple(left),
        total=sum(count for _, count in rows),
        first_year=None if found.first is None else found.first.year,
        hidden=found.left_out,
    )


def permission(view: GrantView, last_look: datetime | None) -> views.Permission:
    """Say how one permission stands."""
    return views.Permission(
        key=view.grant_id,
        reader=view.reader,
        role=view.role,
        scope=scope_words(view),
        starts=view.starts,
        ends=view.ends,
        state=State(view.state.value),
        pending=view.pending or "",
        last_look=last_look,
        held_until=view.held_until,
    )


def scope_words(view: GrantView) -> str:
    """Say what a permission covers."""
    scope = view.permission.scope
    if scope.everything:
        return wording.say("Whole history")
    clause = scope.include[0] if scope.include else None
    if clause is None:
        return wording.say("Nothing")
    if not clause.classes:
        words = wording.say("Whole history")
    elif len(clause.classes) <= _MANY_NAMES:
        words = ", ".join(kinds.many(name) for name in clause.classes)
    else:
        words = wording.say("{n} kinds of records").format(n=len(clause.classes))
    if clause.since is not None:
        first = date.fromtimestamp(clause.since)  # noqa: DTZ012 - a day, here
        words += wording.say(" since {day}").format(day=wording.plain_day(first))
    if scope.denied:
        words += wording.say(", without what you left out")
    return words


def last_looks(events: Iterable[Event]) -> dict[str, datetime]:
    """Give when each permission was last used."""
    found: dict[str, datetime] = {}
    for event in events:
        if event.kind.value == "opened":
            newest = found.get(event.grant_id, event.at)
            found[event.grant_id] = max(newest, event.at)
    return found


def event(happened: Event, view: GrantView | None) -> views.Event:
    """Say one thing that happened."""
    kind = _EVENT_KINDS.get(happened.kind.value, "other")
    title = _event_title(happened)
    note = "" if view is None else scope_words(view)
    if kind == "shared" and view is not None:
        note += wording.say(" \u00b7 until {day}").format(
            day=wording.plain_day(view.ends.astimezone())
        )
    if kind == "looked" and not happened.confirmed:
        note = wording.say("If you do not know who it was, end this permission.")
    proof = wording.say("Proven") if happened.confirmed else _unconfirmed(kind)
    return views.Event(at=happened.at, kind=kind, title=title, note=note, proof=proof)


def ledger_line(line: Line, silent: frozenset[str]) -> LedgerLine:
    """Say how fresh the copy is, and whether the ledger answered last time."""
    return LedgerLine(
        as_of=line.as_of,
        witnesses=line.witnesses,
        set_up=line.follows,
        reachable="ledger" not in silent,
        forked=line.is_forked,
    )


def proof(view: VerifyView, line: Line, *, seconds: float) -> views.Proof:
    """Say what checking the whole history again found."""
    checked = view.verdict.status is Status.GO_AHEAD
    return views.Proof(
        verdict=view.verdict,
        sentence=_proof_sentence(line) if checked else view.sentence,
        entries=line.entries if checked else 0,
        seconds=seconds,
        witnesses=line.witnesses,
        findings=tuple(found.sentence for found in view.findings),
        checkpoints=line.checkpoints,
    )


def stick_place(
    path: Path, name: str, free: int, earlier: datetime | None
) -> views.StickPlace:
    """Say where the records could go."""
    return views.StickPlace(path=path, name=name, free=free, earlier=earlier)


def stick_step(progress: Progress) -> tuple[str, str]:
    """Say what is being done to a drive, and how far."""
    if progress.phase.value == "gathering":
        said = wording.say("{done} of {total} forms").format(
            done=progress.done, total=progress.total
        )
        return wording.say("Putting your records together"), said
    if progress.phase.value == "writing":
        what = wording.say("Writing your records")
    else:
        what = wording.say("Reading back and comparing")
    said = wording.say("{done} of {total}").format(
        done=wording.size(progress.done), total=wording.size(progress.total)
    )
    return what, said


def reading(done: int, total: int) -> str:
    """Say how far a long reading of the public ledger has come."""
    return wording.say("Reading the public ledger: {done} of {total} lines").format(
        done=wording.number(done), total=wording.number(total)
    )


def stick_written(written: Written, records: int) -> views.StickAnswer:
    """Say what was written."""
    return views.StickAnswer(
        folder=written.folder,
        records=records,
        files=written.files,
        size=written.size,
        parts=(
            (wording.say("Files"), wording.number(written.files)),
            (wording.say("Together"), wording.size(written.size)),
        ),
    )


def stick_unlisted(folder: Path, reason: Reason) -> views.StickAnswer:
    """Say why a copy cannot be checked: there is none, or its list is damaged."""
    said = wording.say(
        "The list that belongs to this copy is damaged. Write your records anew."
    )
    if reason is Reason.PACKAGE_MISSING:
        said = wording.say(
            "There is no copy of your records here. Choose the drive or folder you "
            "wrote them to."
        )
    return views.StickAnswer(folder=folder, good=False, sentence=said)


def stick_checked(found: Checked) -> views.StickAnswer:
    """Say what a check of a copy found."""
    sentences = {
        "altered": wording.say("{name} is not what was written."),
        "missing": wording.say("{name} is gone."),
        "added": wording.say("{name} was not written by Heartwood."),
        "unreadable": wording.say("{name} cannot be read."),
    }
    return views.StickAnswer(
        folder=found.folder,
        files=found.files,
        size=found.size,
        good=found.whole,
        findings=tuple(
            sentence.format(name=name)
            for kind, sentence in sentences.items()
            for name in getattr(found, kind)
        ),
    )


_EVENT_KINDS: Mapping[str, str] = {
    "shared": "shared",
    "opened": "looked",
    "asked": "refused",
    "withdrawn": "ended",
    "replaced": "ended",
    "refused": "refused",
}


def _event_title(happened: Event) -> str:
    kind = happened.kind.value
    if kind == "shared":
        return wording.say("You shared with {name}").format(name=happened.who)
    if kind == "withdrawn":
        return wording.say("You ended {name}'s access").format(name=happened.who)
    if kind == "replaced":
        return wording.say("You switched, and ended {name}'s access").format(
            name=happened.who
        )
    if kind == "opened" and happened.confirmed:
        return wording.say("{name} opened {records}").format(
            name=happened.who, records=_so_many(happened.count)
        )
    if kind == "opened":
        return wording.say(
            "Somebody who holds {name}'s permission opened {records}"
        ).format(name=happened.reader, records=_so_many(happened.count))
    return wording.say(
        "Somebody who holds {name}'s permission asked; nothing was released"
    ).format(name=happened.reader)


def _so_many(count: int | None) -> str:
    return wording.say("your records") if count is None else wording.records(count)


def _unconfirmed(kind: str) -> str:
    if kind == "looked":
        return wording.say("Logged, without a name")
    if kind == "refused":
        return wording.say("Asked, not released")
    return wording.say("Not yet in the ledger")


def _proof_sentence(line: Line) -> str:
    told = wording.counted_in_words(
        line.witnesses,
        wording.say("One independent witness signed this history."),
        wording.say("{n} independent witnesses signed the same history."),
    )
    return told + wording.say(" No other opening is recorded.")
