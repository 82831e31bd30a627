"""Which board stands beside which list of records, and what it is asked from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.widgets.boards.results import ResultsBoard
from ui.widgets.boards.scans import ScansBoard
from ui.widgets.boards.summary import SummaryBoard
from ui.widgets.boards.vaccines import VaccinesBoard

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.desk import Desk

Board = SummaryBoard | ResultsBoard | VaccinesBoard | ScansBoard
_MOST_SCANS = 24


@dataclass(frozen=True, slots=True)
class Maker:
    """What the desk is asked on its thread, and how the answer is shown."""

    ask: Callable[[Desk], Any]
    show: Callable[[Any], Board]


_MAKERS: dict[str | None, Maker] = {
    None: Maker(lambda desk: desk.summary(), SummaryBoard),
    "test": Maker(lambda desk: desk.results(), ResultsBoard),
    "imaging": Maker(
        lambda desk: desk.timeline(category="imaging", limit=_MOST_SCANS), ScansBoard
    ),
    "vaccine": Maker(lambda desk: desk.vaccines(), VaccinesBoard),
}


def board_for(category: str | None) -> Maker:
    """The board of a list; that of everything where the kind has none."""
    return _MAKERS.get(category, _MAKERS[None])


def has_board(category: str | None) -> bool:
    """Tell whether a kind has a board of its own."""
    return category in _MAKERS
