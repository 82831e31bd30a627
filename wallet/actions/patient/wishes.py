"""A scope from what a person ticks: kinds, a first day, labels that stay out."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from wallet.grants.scope import Clause, Scope

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date


def scope_of(
    *, kinds: Collection[str] | None, since: date | None, denied: Collection[str]
) -> Scope:
    """Give the scope of a person's wishes; no *kinds* at all is every kind.

    An empty collection of kinds covers nothing, since a clause cannot say that: it
    names a class that no record has.
    """
    first = None
    if since is not None:
        first = int(datetime.combine(since, time(), tzinfo=UTC).timestamp())
    classes = () if kinds is None else tuple(sorted(kinds)) or (_NO_CLASS,)
    return Scope(
        include=(Clause(classes=classes, since=first),), denied=tuple(sorted(denied))
    )


_NO_CLASS = "-"
