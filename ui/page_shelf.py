"""The pages of the open wallet, each made when it is first needed.

Home stands sooner when it does not wait for eleven pages nobody has asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = TypeVar("P")


class PageShelf(Mapping[str, P]):
    """Pages by name; looking one up makes it."""

    def __init__(
        self, makers: Mapping[str, Callable[[], P]], *, made: Callable[[P], None]
    ) -> None:
        """*made* hears of each page once, before anybody else has it."""
        self._makers, self._made = makers, made
        self._pages: dict[str, P] = {}

    def __getitem__(self, name: str) -> P:
        """Give a page.

        Raises:
            KeyError: there is none of this name.
        """
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = self._makers[name]()
            self._made(page)
        return page

    def __iter__(self) -> Iterator[str]:
        """Every name, made or not."""
        return iter(self._makers)

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._makers)

    def made(self) -> tuple[P, ...]:
        """Those that were needed so far."""
        return tuple(self._pages.values())
