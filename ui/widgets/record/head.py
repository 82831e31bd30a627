"""The head of a record's page: its name, where and when, and what marks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import kinds, wording
from ui.theme import Tone
from ui.views import Flag
from ui.widgets.chip import StateChip
from ui.widgets.layouts import FlowLayout
from ui.widgets.text import heading, second

if TYPE_CHECKING:
    from ui.views import RecordSheet
    from ui.widgets.record.acts import Acts

_FLAGS = {
    Flag.INSIDE: ("In the usual range", "check", Tone.GO),
    Flag.ABOVE: ("Above the usual range", "up", Tone.WAIT),
    Flag.BELOW: ("Below the usual range", "down", Tone.WAIT),
}


def head_part(sheet: RecordSheet, _acts: Acts) -> QWidget:
    """Every record has a head."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    column.addWidget(heading(sheet.title))
    where = " \u00b7 ".join(part for part in (sheet.source, sheet.when) if part)
    column.addWidget(second(where))
    column.addSpacing(4)
    column.addWidget(_chips(sheet))
    return holder


def _chips(sheet: RecordSheet) -> QWidget:
    line = FlowLayout()
    holder = QWidget()
    holder.setLayout(line)
    chip = StateChip(kinds.one(sheet.category), icon="records", tone=Tone.CALM)
    line.addWidget(chip)
    if sheet.flag in _FLAGS:
        words, icon, tone = _FLAGS[sheet.flag]
        line.addWidget(StateChip(wording.say(words), icon=icon, tone=tone))
    if sheet.seen_in:
        words = wording.say("Seen in {n} sources").format(
            n=wording.number(len(sheet.seen_in))
        )
        line.addWidget(StateChip(words, icon="check", tone=Tone.CALM))
    for name in sheet.labels:
        line.addWidget(StateChip(name, icon="lock", tone=Tone.WAIT))
    return holder
