"""What the fields of any entry may say: a day, a remark, free text.

Dates are American; times have no zone and are left away.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wallet.records.blue_button.syntax import Entry

Json = dict[str, Any]
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_WORDED = re.compile(r"(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4}).*")
_NAMED = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d{1,2}), ?(\d{4}).*")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}).*")


def date(written: str) -> str:
    """The day of ``07 Dec 2012 @ 1155``, ``05/01/2007`` or ``Jan 25, 2013``."""
    text = written.strip()
    if found := _WORDED.fullmatch(text):
        day, name, year = found.groups()
    elif found := _NAMED.fullmatch(text):
        name, day, year = found.groups()
    elif found := _SLASHED.fullmatch(text):
        number, day, year = int(found[1]), found[2], found[3]
        name = _MONTHS[number - 1] if 1 <= number <= len(_MONTHS) else ""
    else:
        return ""
    month = _MONTHS.index(name.lower()) + 1 if name.lower() in _MONTHS else 0
    if not month or not 1 <= int(day) <= 31:  # noqa: PLR2004 days of a month
        return ""
    return f"{year}-{month:02}-{int(day):02}"


def dated(found: Json, key: str, entry: Entry, *names: str) -> Json:
    """*found* with the first of these days that is told, as *key*."""
    when = next((d for name in names if (d := date(entry.get(name)))), "")
    return {**found, key: when} if when else found


def noted(found: Json, entry: Entry, *names: str) -> Json:
    """*found* with what these fields and the comments remark."""
    notes = [entry.get(name) for name in (*names, "Comments")]
    said = [{"text": note} for note in notes if note]
    return {**found, "note": said} if said else found


def with_text(found: Json, entry: Entry) -> Json:
    """*found* with the free text under the entry."""
    text = "\n".join(entry.text).strip()
    if not text:
        return found
    data = base64.b64encode(text.encode()).decode()
    form = {"contentType": "text/plain; charset=utf-8", "data": data}
    return {**found, "presentedForm": [form]}
