"""A patient's own hand on a record, from the front desk's answers to a page's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import hand_views as views
from ui import kinds, wording
from ui.source_words import say_source
from wallet.actions.patient.plain_words import title_of

if TYPE_CHECKING:
    from wallet.actions.patient.byhand import Filled, Form
    from wallet.actions.patient.chain import Change, VersionLine
    from wallet.actions.patient.record_page import RecordPage

_DOT = " \u00b7 "
_TYPES = {"application/pdf": "PDF"}
_NAMES = {"By": "From", "More": "Notes", "State": "Status"}


def form_sheet(form: Form) -> views.FormSheet:
    """A form in the words of the window."""
    return views.FormSheet(
        category=form.category,
        name=wording.say(form.name),
        fields=tuple(
            views.FormField(
                key=field.key,
                name=wording.say(field.name),
                kind=field.kind.value,
                example=wording.say(field.example) if field.example else "",
            )
            for field in form.fields
        ),
    )


def hand_sheet(page: RecordPage, filled: Filled | None = None) -> views.HandSheet:
    """Everything of her own hand; the form only where *filled* comes with it."""
    added = page.remarks
    where = page.provider or say_source(page.source_name)
    return views.HandSheet(
        key=page.key,
        title=title_of(page.title, page.codes) or kinds.one(page.category),
        about=_DOT.join(part for part in (where, page.when) if part),
        author=wording.say(page.author) if page.author else "",
        form=None if filled is None else form_sheet(filled.form),
        said=None if filled is None else dict(filled.said),
        marks=tuple(
            views.MarkLine(
                words=kinds.label(mark.code),
                reason=wording.say(mark.reason),
                hers=mark.hers,
            )
            for mark in page.marks
            if mark.code not in kinds.USUAL
        ),
        notes=tuple(
            views.NoteLine(
                key=note.note_id,
                text=note.text,
                when=wording.plain_day(note.written_at.astimezone()),
            )
            for note in added.notes
        ),
        tags=added.tags,
        files=tuple(
            views.FileLine(
                key=file.attachment_id,
                name=file.name,
                about=_DOT.join(
                    (
                        _TYPES.get(file.media_type, wording.say("Picture")),
                        wording.size(file.size),
                    )
                ),
            )
            for file in added.attachments
        ),
        versions=tuple(_version(line) for line in reversed(page.versions)),
    )


def _version(line: VersionLine) -> views.VersionSheet:
    day = wording.plain_day(line.arrived.astimezone())
    who = wording.say("you") if line.by_patient else say_source(line.source_name)
    words = wording.say("{day}, by {who}").format(day=day, who=who)
    return views.VersionSheet(
        number=line.number,
        title=words,
        changes=tuple(_change(one) for one in line.changes),
        holds=line.holds,
    )


def _change(one: Change) -> str:
    name = wording.say(_NAMES.get(one.name, one.name))
    if not one.before:
        words = wording.say("{name}: {after}")
    elif not one.after:
        words = wording.say("{name}: no longer \u201c{before}\u201d")
    else:
        words = wording.say("{name}: \u201c{before}\u201d became \u201c{after}\u201d")
    return words.format(name=name, before=one.before, after=one.after)
