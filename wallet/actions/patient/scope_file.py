"""A scope as a person's file says it: JSON with the words of `wallet.grants.scope`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from wallet.errors import UsageError
from wallet.grants.scope import CONFIDENTIALITY, Clause, Scope

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = "everything"
_MAX = 1 << 16
_LISTS = ("classes", "codes", "sources", "records")


def read_scope(words: str | Path) -> Scope:
    """Read ``everything`` or a JSON file.

    Raises:
        UsageError: the file is not there or holds something that is no scope.
    """
    if str(words) == EVERYTHING:
        return Scope()
    try:
        with open(words, "rb") as file:  # noqa: PTH123 the words of a command line
            said = orjson.loads(file.read(_MAX))
    except OSError:
        raise UsageError("the scope file cannot be read") from None
    except orjson.JSONDecodeError:
        raise UsageError("the scope file is not JSON") from None
    if not isinstance(said, dict) or not said.keys() <= _PARTS:
        raise UsageError("the scope file has a word that is not known")
    ceiling = said.get("ceiling")
    if ceiling is not None and ceiling not in CONFIDENTIALITY:
        raise UsageError("the scope's ceiling is one of U L M N R V")
    return Scope(
        include=_clauses(said.get("include", [{}])),
        exclude=_clauses(said.get("exclude", [])),
        ceiling=ceiling,
        denied=_texts(said.get("denied", []), "denied"),
    )


_PARTS = frozenset({"include", "exclude", "ceiling", "denied"})


def _clauses(said: Any) -> tuple[Clause, ...]:  # noqa: ANN401 what JSON gave
    if not isinstance(said, list):
        raise UsageError("include and exclude are lists")
    return tuple(_clause(item) for item in said)


def _clause(said: Any) -> Clause:  # noqa: ANN401 what JSON gave
    if not isinstance(said, dict) or not said.keys() <= {*_LISTS, "since", "until"}:
        raise UsageError("a clause of the scope has a word that is not known")
    lists = {name: _texts(said.get(name, []), name) for name in _LISTS}
    return Clause(
        **lists, since=_seconds(said.get("since")), until=_seconds(said.get("until"))
    )


def _texts(said: Any, name: str) -> tuple[str, ...]:  # noqa: ANN401 what JSON gave
    if not isinstance(said, list) or not all(isinstance(item, str) for item in said):
        raise UsageError(f"{name} is a list of words")
    return tuple(sorted(set(said)))


def _seconds(said: Any) -> int | None:  # noqa: ANN401 what JSON gave
    if said is None:
        return None
    try:
        moment = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        raise UsageError("since and until are dates, such as 2020-01-31") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())
