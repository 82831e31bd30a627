"""What the window shows of an emergency card, and what a person chose for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ui.record_views import Picture

MOST_ITEMS, MOST_CALLS = 40, 3
MOST_NAME, MOST_PHONE = 40, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody to call."""

    name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record that could stand on the card; *marks* say why to think twice."""

    key: str
    kind: str
    words: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to stand on it; *sheet* is the paper, ``a4`` or ``card``."""

    with_name: bool = False
    with_birth_date: bool = False
    blood_group: str = ""
    items: frozenset[str] = frozenset()
    calls: tuple[Call, ...] = ()
    sheet: str = "a4"

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to print."""
        return not (
            self.with_name
            or self.with_birth_date
            or self.blood_group
            or self.items
            or self.calls
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Everything that could stand on it, what is chosen, and what has changed.

    *changes* are lines with what happened to each since *printed_at*.
    """

    name: str = ""
    born: str = ""
    blood_groups: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    wish: Wish = Wish()
    printed_at: datetime | None = None
    changes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The card as it would be printed, and what its code says.

    *whole* tells whether the code holds all of it; *missing* counts letters that
    cannot be printed.
    """

    pages: tuple[Picture, ...] = ()
    text: str = ""
    whole: bool = True
    missing: int = 0
