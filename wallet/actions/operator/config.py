"""The configuration file of a ledger: TOML, a frozen class a section.

What a section does not say keeps the default of the command line, and what is said on
the command line wins. A key that nobody knows is refused with its name and its line:
a misspelt one would otherwise leave a default in force that nobody chose.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from wallet.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_MAX = 1 << 16
_Section = TypeVar("_Section")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where it listens; port 0 takes any that is free."""

    host: str | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Which log it is, who witnesses it and how often it publishes, in seconds."""

    origin: str | None = None
    policy: str | None = None
    witness: list[str] = field(default_factory=list)
    interval: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Addresses of the databases, where the files of the home are not used."""

    store: str | None = None
    lock: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Several logs of one network, in the place of one log."""

    network: str | None = None
    shard: list[str] = field(default_factory=list)
    url: str | None = None
    retention_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file; each section may be missing."""

    listen: Listen = Listen()
    log: Log = field(default_factory=Log)
    store: Store = Store()
    network: Network = field(default_factory=Network)


_SECTIONS = {"listen": Listen, "log": Log, "store": Store, "network": Network}
_KINDS: dict[str, tuple[type, ...]] = {
    "str | None": (str,),
    "int | None": (int,),
    "float | None": (int, float),
    "list[str]": (list,),
}


def read_config(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        UsageError: it cannot be read, is no TOML, or says something nobody knows.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MAX + 1).decode()
        if len(text) > _MAX:
            raise UsageError(f"{path} is too long")
        told = tomllib.loads(text)
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} cannot be read") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}") from None
    for name, section in told.items():
        if name not in _SECTIONS or not isinstance(section, dict):
            where = _line(text, name)
            raise UsageError(f"{path}{where}: there is no section [{name}]")
    try:
        return Config(
            **{name: _read(_SECTIONS[name], told[name], name) for name in told}
        )
    except _KeyError as wrong:
        where = _line(text, wrong.key, section=wrong.section)
        raise UsageError(f"{path}{where}: {wrong}") from None


class _KeyError(Exception):
    def __init__(self, section: str, key: str, said: str) -> None:
        super().__init__(f"{section}.{key} {said}")
        self.section, self.key = section, key


def _read(kind: type[_Section], told: dict[str, Any], name: str) -> _Section:
    known = {one.name: str(one.type) for one in fields(kind)}  # type: ignore[arg-type]
    for key, value in told.items():
        if key not in known:
            raise _KeyError(name, key, "is not known")
        fits = isinstance(value, _KINDS[known[key]]) and not isinstance(value, bool)
        if fits and isinstance(value, list):
            fits = all(isinstance(one, str) for one in value)
        if not fits:
            raise _KeyError(name, key, f"is no {known[key].removesuffix(' | None')}")
    return kind(**told)


def _line(text: str, key: str, *, section: str | None = None) -> str:
    """Where a key or a section stands, if it is written as people write it."""
    inside = section is None
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.split("#")[0].strip()
        if bare.startswith("["):
            inside = bare.strip("[] ") == (section or key)
            if inside and section is None:
                return f", line {number}"
        elif inside and bare.partition("=")[0].strip().strip('"') == key:
            return f", line {number}"
    return ""
