"""Faults of a disk or database that stand: said once, and how often met when over.

A database that is away fails every request; the operator needs to read that once. A
mistake of ours is said each time: nothing that succeeds says that it is mended.
"""

from __future__ import annotations

import logging
import sqlite3
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from wallet.errors import StoreDamagedError, StoreUnreachableError

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    Route: TypeAlias = tuple[str, str]

_LOG = logging.getLogger(__name__)
_MOST = 64  # faults, and routes a fault: strangers choose what they ask for
DISK = (OSError, sqlite3.Error, StoreUnreachableError)  # may be gone in a moment
_LASTING = (*DISK, StoreDamagedError)


@dataclass(slots=True)
class _Standing:
    """One kind: how many requests met it, and on which routes."""

    count: int = 0
    routes: set[Route] = field(default_factory=set)


class StandingFaults:
    """What went wrong and has not gone right since, by kind."""

    def __init__(self) -> None:
        self._standing: dict[str, _Standing] = {}

    def met(self, fault: Exception, scope: MutableMapping[str, Any]) -> None:
        """Say a fault that is new; count one that stands."""
        kind = type(fault).__name__
        here = self._standing.get(kind)
        if here is None:
            _LOG.error("%s", _named(fault))
            if not isinstance(fault, _LASTING) or len(self._standing) >= _MOST:
                return
            here = self._standing[kind] = _Standing()
        here.count += 1
        if len(here.routes) < _MOST:
            here.routes.add(_route(scope))

    def answered(self, scope: MutableMapping[str, Any]) -> None:
        """A request was answered: what had met one like it is over."""
        if not self._standing:
            return
        route = _route(scope)
        for kind, one in list(self._standing.items()):
            if route in one.routes:
                del self._standing[kind]
                _LOG.warning("%s is over, %d requests met it", kind, one.count)


def _named(fault: Exception) -> str:
    """Its kind and place. No traceback, no text of its own: they may hold anything."""
    where = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} at {where.name}:{where.lineno}"


def _route(scope: MutableMapping[str, Any]) -> Route:
    """What was asked, roughly; never said, for strangers choose it."""
    return scope["method"], scope["path"].removeprefix("/").partition("/")[0][:64]
