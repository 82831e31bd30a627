"""HL7 V3 points and spans of time as FHIR ones, never more exact than written.

``YYYY[MM[DD[HH[MM[SS[.f]]]]]][+-ZZZZ]`` (HL7 V3 Data Types R1, TS). FHIR wants a zone
with every hour (R4 2.24.0.1, dateTime); where the document names none, the day stays
and the hour is left to the original.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wallet.records.xml_tree import Node

Json = dict[str, Any]

_STAMP = re.compile(
    r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ]?"
    r"(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?"
    r"(?:\s*(Z|[+-]\d\d:?\d\d))?"
)
_ZONE = 4


def point(node: Node | None) -> str:
    """TS, or the one moment an IVL_TS stands for; empty if it names none."""
    if node is None:
        return ""
    return written(node.get("value")) or written(_value(node.one("center")))


def _value(node: Node | None) -> str:
    return "" if node is None else node.get("value")


def written(stamp: str) -> str:
    """A V3 time stamp as a FHIR date or dateTime.

    >>> written("201308"), written("20130815143005-0500"), written("201308151430")
    ('2013-08', '2013-08-15T14:30:05-05:00', '2013-08-15')
    >>> written("0000"), written("20130231"), written("soon")
    ('', '', '')
    """
    found = _STAMP.fullmatch(stamp.strip())
    if found is None:
        return ""
    year, month, day, hour, minute, second, part, zone = found.groups()
    said = "-".join(filter(None, (year, month, day)))
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        # A day that does not exist still may lie in a month that does.
        return ""
    if hour is None or minute is None or zone is None:
        return said
    offset = "Z" if zone == "Z" else f"{zone[:3]}:{zone[-2:]}"
    clock = f"T{hour}:{minute}:{second or '00'}{'.' + part[:6] if part else ''}{offset}"
    try:
        datetime.fromisoformat(said + clock)
    except ValueError:
        return said
    return said + clock


def span(node: Node | None) -> tuple[str, str]:
    """IVL_TS: where it starts and where it ends, either may be empty."""
    if node is None:
        return "", ""
    low, high = point(node.one("low")), point(node.one("high"))
    if not low and not high:
        moment = point(node)
        return moment, ""
    if low and high[: len(low)] < low[: len(high)]:
        return low, ""  # an end before the start is none
    return low, high


def is_open(node: Node | None) -> bool:
    """Whether an end is spoken of without being known."""
    high = node.one("high") if node is not None else None
    return high is not None and not point(high)


def period(node: Node | None) -> Json | None:
    """IVL_TS as a Period; None if it names no time."""
    start, end = span(node)
    held = {"start": start, "end": end}
    return {key: said for key, said in held.items() if said} or None


def put_when(resource: Json, name: str, node: Node | None) -> None:
    """Write ``nameDateTime`` or ``namePeriod`` as the element is a point or a span."""
    start, end = span(node)
    if start and end and start != end:
        resource[f"{name}Period"] = {"start": start, "end": end}
    elif end and not start:
        resource[f"{name}Period"] = {"end": end}
    elif start:
        spanned = node is not None and node.one("low") is not None
        if spanned and not end and node is not None and node.one("high") is not None:
            resource[f"{name}Period"] = {"start": start}
        else:
            resource[f"{name}DateTime"] = start


def first(*nodes: Node | None) -> str:
    """The first of several times that is one."""
    for node in nodes:
        start, end = span(node)
        if start or end:
            return start or end
    return ""


_UNITS = {"s": "s", "min": "min", "h": "h", "d": "d", "wk": "wk", "mo": "mo", "a": "a"}


def repeat_unit(unit: str) -> str:
    """A UCUM unit of time as FHIR's UnitsOfTime; empty if it is none."""
    return _UNITS.get(unit, "")
