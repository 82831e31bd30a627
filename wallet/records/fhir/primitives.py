"""How the primitive types of FHIR R4 are written (2.24.0.1), and whether a value is so.

Numbers may come as int, float, `Decimal` or a subclass of str that keeps the digits.
"""

from __future__ import annotations

import binascii
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wallet.records.fhir.narrative import is_safe

if TYPE_CHECKING:
    from collections.abc import Callable

_YEAR = r"(?:[1-9]\d{3}|0[1-9]\d\d|00[1-9]\d|000[1-9])"
_DAY = rf"{_YEAR}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"
_FULL_DAY = rf"{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?"
_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
_TEXTS = {
    "canonical": r"\S+",
    "code": r"\S+(?:\s\S+)*",
    "date": _DAY,
    "dateTime": rf"{_FULL_DAY}T{_CLOCK}{_ZONE}|{_DAY}",
    "id": r"[A-Za-z0-9.\-]{1,64}",
    "instant": rf"{_FULL_DAY}T{_CLOCK}{_ZONE}",
    "markdown": r"\s*+\S[\s\S]*",
    "oid": r"urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+",
    "string": r"\s*+\S[\s\S]*",
    "time": _CLOCK,
    "uri": r"\S+",
    "url": r"\S+",
    "uuid": r"urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
}
_MATCHES = {kind: re.compile(form, re.ASCII).fullmatch for kind, form in _TEXTS.items()}
_DATED = frozenset({"date", "dateTime", "instant"})
_EVERY_MONTH_HAS = 28
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_MOST_WHOLE = (1 << 31) - 1
_LEAST = {"integer": -_MOST_WHOLE - 1, "positiveInt": 1, "unsignedInt": 0}


def fits(value: Any, kind: str) -> bool:  # noqa: ANN401 what JSON gave
    """Whether *value* is written as the primitive type *kind* is."""
    matches = _MATCHES.get(kind)
    if matches is not None:
        if type(value) is not str or matches(value) is None:
            return False
        return kind not in _DATED or _is_a_day(value)
    return _OTHERS[kind](value)


def _is_a_day(text: str) -> bool:
    """Whether the month has that day."""
    day = text[8:10]
    if not day or int(day) <= _EVERY_MONTH_HAS:
        return True
    try:
        date(int(text[:4]), int(text[5:7]), int(day))
    except ValueError:
        return False
    return True


def _whole(kind: str) -> Callable[[Any], bool]:
    least = _LEAST[kind]
    return lambda value: type(value) is int and least <= value <= _MOST_WHOLE


def _is_decimal(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, bool) or type(value) is str:
        return False
    if isinstance(value, str):
        return _DECIMAL.fullmatch(value) is not None
    return isinstance(value, (int, float, Decimal))


def _is_base64(value: Any) -> bool:  # noqa: ANN401
    if type(value) is not str:
        return False
    parts = value.split()
    try:
        # A scan of many megabytes is mostly one part, and not copied once more.
        whole = parts[0] if len(parts) == 1 else "".join(parts)
        binascii.a2b_base64(whole, strict_mode=True)
    except ValueError:
        return False
    return True


def _is_narrative(value: Any) -> bool:  # noqa: ANN401
    return type(value) is str and is_safe(value)


_OTHERS: dict[str, Callable[[Any], bool]] = {
    "base64Binary": _is_base64,
    "boolean": lambda value: isinstance(value, bool),
    "decimal": _is_decimal,
    "xhtml": _is_narrative,
    **{kind: _whole(kind) for kind in _LEAST},
}
