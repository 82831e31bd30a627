"""Which logs and witnesses are believed, and how many together. C2SP tlog-policy."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.checkpoint import COSIGNATURE_KIND, LOG_KIND, Vkey
from wallet.ledger.clock import from_seconds
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wallet.ledger.checkpoint import Note

NONE = "none"
MAX_POLICY = 1 << 16
_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Party:
    """A log or a witness: its key, and where it answers."""

    vkey: Vkey
    url: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Names of which at least *needed* must have witnessed."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A trust file, read."""

    logs: Mapping[str, Party]
    witnesses: Mapping[str, Party]
    groups: Mapping[str, Group]
    quorum: str

    @staticmethod
    def parse(text: str) -> Policy:
        """Read a policy; names are used after the line that defines them.

        Raises:
            RefusedError: ``malformed``, naming the line, or what its keys raise.
        """
        if len(text) > MAX_POLICY or not all(map(_is_allowed, text)):
            raise RefusedError(Reason.MALFORMED, "policy characters")
        reading = _Reading()
        for number, line in enumerate(text.split("\n"), 1):
            words = [word for word in re.split(r"[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                reading.take(words, place=f"policy line {number}")
        return reading.policy()

    @property
    def warns(self) -> bool:
        """Whether no witness at all is asked for, which a person should know."""
        return self.quorum == NONE

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs this policy names, in its order."""
        return tuple(self.logs)

    def log(self, origin: str) -> Vkey | None:
        """The key of the log *origin*; None where the policy does not name it."""
        party = self.logs.get(origin)
        return None if party is None else party.vkey

    def with_log(self, vkey: Vkey, url: str) -> Policy:
        """The same witnesses and quorum for one log more."""
        return replace(self, logs={**self.logs, vkey.name: Party(vkey, url)})

    def quorum_time(self, note: Note) -> datetime | None:
        """The k-th newest cosignature time, that at which the quorum was there.

        None where it is not. Without a quorum in the policy: the newest cosignature.

        Raises:
            RefusedError: ``signature_wrong``: a known witness's line is not good.
        """
        vkeys = [party.vkey for party in self.witnesses.values()]
        seen = note.cosignature_times(vkeys)
        if self.warns:
            newest = max(seen.values(), default=None)
        else:
            times = {
                name: seen.get(party.vkey.name)
                for name, party in self.witnesses.items()
            }
            for name, group in self.groups.items():
                times[name] = _reached(group, times)
            newest = times[self.quorum]
        return None if newest is None else from_seconds(newest)

    def accept(self, note: Note) -> datetime | None:
        """Check log signature and quorum; answer the quorum time.

        None only under a policy that asks for no quorum.

        Raises:
            RefusedError: ``not_in_copy`` for a log outside the policy,
                ``signature_wrong`` or ``no_quorum``.
        """
        vkey = self.log(note.checkpoint.origin)
        if vkey is None:
            raise RefusedError(Reason.NOT_IN_COPY, "checkpoint origin")
        note.verify_log(vkey)
        moment = self.quorum_time(note)
        if moment is None and not self.warns:
            raise RefusedError(Reason.NO_QUORUM, "cosignatures")
        return moment


def _reached(group: Group, times: Mapping[str, int | None]) -> int | None:
    seen = sorted(
        (time for name in group.members if (time := times[name]) is not None),
        reverse=True,
    )
    return seen[group.needed - 1] if len(seen) >= group.needed else None


def _is_allowed(letter: str) -> bool:
    return letter in "\t\n" or (letter >= " " and letter != "\x7f")


class _Reading:
    """A policy half read."""

    def __init__(self) -> None:
        self._logs: dict[str, Party] = {}
        self._witnesses: dict[str, Party] = {}
        self._groups: dict[str, Group] = {}
        self._members: set[str] = set()
        self._quorum: str | None = None

    def take(self, words: list[str], *, place: str) -> None:
        """Read one line."""
        match words:
            case ["log", key] | ["log", key, _]:
                self._add_log(_party(key, LOG_KIND, words[2:], place), place)
            case ["witness", name, key] | ["witness", name, key, _]:
                self._free(name, place)
                party = _party(key, COSIGNATURE_KIND, words[3:], place)
                self._witnesses[name] = _alone(party, self._witnesses, place)
            case ["group", name, needed, *members] if members:
                self._free(name, place)
                self._groups[name] = self._group(needed, members, place)
            case ["quorum", name] if self._quorum is None:
                if name != NONE and name not in self._named:
                    raise RefusedError(Reason.MALFORMED, place)
                self._quorum = name
            case _:
                raise RefusedError(Reason.MALFORMED, place)

    def policy(self) -> Policy:
        """What was read; it must have said which quorum it wants, even if none."""
        if self._quorum is None:
            raise RefusedError(Reason.MALFORMED, "policy quorum")
        return Policy(
            logs=self._logs,
            witnesses=self._witnesses,
            groups=self._groups,
            quorum=self._quorum,
        )

    @property
    def _named(self) -> set[str]:
        return {*self._witnesses, *self._groups}

    def _add_log(self, party: Party, place: str) -> None:
        if party.vkey.name in self._logs:
            raise RefusedError(Reason.MALFORMED, place)
        self._logs[party.vkey.name] = _alone(party, self._logs, place)

    def _free(self, name: str, place: str) -> None:
        if name == NONE or name in self._named:
            raise RefusedError(Reason.MALFORMED, place)

    def _group(self, needed: str, members: list[str], place: str) -> Group:
        fresh = set(members) - self._members
        if len(fresh) != len(members) or not fresh <= self._named:
            raise RefusedError(Reason.MALFORMED, place)
        self._members |= fresh
        if needed in ("any", "all"):
            return Group(1 if needed == "any" else len(members), tuple(members))
        if _NUMBER.fullmatch(needed) is None or int(needed) > len(members):
            raise RefusedError(Reason.MALFORMED, place)
        return Group(int(needed), tuple(members))


def _party(key: str, kind: int, rest: list[str], place: str) -> Party:
    vkey = Vkey.parse(key)
    if vkey.kind != kind:
        raise RefusedError(Reason.MALFORMED, place)
    return Party(vkey, rest[0] if rest else None)


def _alone(party: Party, others: Mapping[str, Party], place: str) -> Party:
    """Refuse a second line for one key, or one key name with two keys."""
    for other in others.values():
        if party.vkey.public == other.vkey.public or party.vkey.name == other.vkey.name:
            raise RefusedError(Reason.MALFORMED, place)
    return party
