"""One value of a FHIR resource in a person's words, or nothing.

What is not there or not as expected is empty, never guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wallet.exports.facts import spoken_date, words
from wallet.records.plain.names import title_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
"""Whatever a JSON parser returns."""
Row = tuple[str, str]
_CODE = re.compile(r"[A-Za-z]{0,4}[\d._-]+|urn:\S+|https?:\S+|\w+[_^|]\w*")


def is_code(said: str) -> bool:
    """A value that no person reads; numbers of a person's own are rows by name."""
    return _CODE.fullmatch(said) is not None and not said.isdigit()


def many(value: Json) -> list[dict[str, Json]]:
    """The parts of a repeated element, also where there is only one."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]


def concept(value: Json) -> str:
    """The words of a concept, without the code where it has no words."""
    found = words(value)
    return "" if _CODE.fullmatch(found) else title_of(found, ())


def concepts(resource: dict[str, Json], name: str, key: str) -> Iterator[Row]:
    """A row for each concept under *key*."""
    for one in many(resource.get(key)):
        yield name, concept(one)


def amount(value: Json) -> str:
    """A quantity with its unit."""
    if not isinstance(value, dict) or "value" not in value:
        return ""
    unit = words(value.get("unit") or value.get("code") or "")
    unit = "" if _CODE.fullmatch(unit) else unit
    return f"{value.get('comparator', '')}{value['value']} {unit}".strip()


def day(value: Json) -> str:
    """A date as a person says it."""
    return spoken_date(value) if isinstance(value, str) and value else ""


def span(value: Json) -> str:
    """A period, as far as it is told."""
    if not isinstance(value, dict):
        return ""
    first, last = day(value.get("start")), day(value.get("end"))
    if first and last and first != last:
        return f"{first} to {last}"
    return first or (f"until {last}" if last else "")


def text(value: Json) -> str:
    """What is a string; nothing else is."""
    return value if isinstance(value, str) else ""


def word(value: Json, table: dict[str, str]) -> str:
    """Our word for a code out of *table*; none where it has none."""
    found = value if isinstance(value, str) else ""
    for one in many(value):
        for coding in many(one.get("coding")):
            found = found or str(coding.get("code", ""))
    return table.get(found, "")


def began(resource: dict[str, Json], stem: str) -> str:
    """The age at which something began, or what is said of it."""
    age = amount(resource.get(f"{stem}Age"))
    return text(resource.get(f"{stem}String")) or (f"at {age}" if age else "")


def money(value: Json) -> str:
    """An amount and its currency."""
    if not isinstance(value, dict) or "value" not in value:
        return ""
    return f"{value['value']} {text(value.get('currency'))}".strip()
