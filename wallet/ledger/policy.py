"""Which logs and witnesses are believed, and how many together.

C2SP tlog-policy at commit 5ba5ee8: the trust file of wallet, clinic and server. A group
named ``mirrors`` is a custom of ours within that format: its members recompute the
status of every entry before they cosign (PROTOCOL.md 9).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger.checkpoint import COSIGNING_KINDS, LOG_KIND, LOG_KINDS, Vkey
from wallet.ledger.clock import from_seconds
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from wallet.ledger.checkpoint import Note

NONE = "none"
MIRRORS = "mirrors"
MAX_POLICY = 1 << 18  # letters: 64 keys of ML-DSA-44 fit twice
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
    """A trust file, read.

    ``logs`` has one line of each origin, of its Ed25519 key if it has one; the other
    keys of that origin are in ``more_keys``.
    """

    logs: Mapping[str, Party]
    witnesses: Mapping[str, Party]
    groups: Mapping[str, Group]
    quorum: str
    more_keys: Mapping[str, tuple[Vkey, ...]] = field(default_factory=dict)

    @staticmethod
    def parse(text: str) -> Policy:
        """Read a policy; names are used after the line that defines them.

        Raises:
            RefusedError: ``malformed``, naming the line, or what its keys raise.
        """
        if len(text) > MAX_POLICY or not all(map(_is_allowed, text)):
            raise RefusedError(Reason.MALFORMED, "policy characters")
        *lines, rest = text.split("\n")
        if rest:  # cut short: what is missing could be the name that mattered
            raise RefusedError(Reason.MALFORMED, "policy end")
        reading = _Reading()
        for number, line in enumerate(lines, 1):
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

    @property
    def mirrors(self) -> tuple[Party, ...]:
        """The witnesses in the group ``mirrors``; none without such a group."""
        return tuple(self._within(MIRRORS)) if MIRRORS in self.groups else ()

    def log(self, origin: str) -> Vkey | None:
        """The key of the log *origin*; None where the policy does not name it."""
        party = self.logs.get(origin)
        return None if party is None else party.vkey

    def with_log(self, vkey: Vkey, url: str | None) -> Policy:
        """The same witnesses and quorum for one log more."""
        return replace(self, logs={**self.logs, vkey.name: Party(vkey, url)})

    def log_keys(self, origin: str) -> tuple[Vkey, ...]:
        """Every key of the log *origin*; none where the policy does not name it."""
        party = self.logs.get(origin)
        if party is None:
            return ()
        return (party.vkey, *self.more_keys.get(origin, ()))

    def quorum_time(self, note: Note) -> datetime | None:
        """The k-th newest cosignature time, that at which the quorum was there.

        None where it is not. Without a quorum in the policy: the newest cosignature.

        Raises:
            RefusedError: ``signature_wrong``: a known witness's line is not good.
        """
        if not self.warns:
            return self.seen_at(self.quorum, note)
        vkeys = [party.vkey for party in self.witnesses.values()]
        newest = max(note.cosignature_times(vkeys).values(), default=None)
        return None if newest is None else from_seconds(newest)

    def seen_at(self, name: str, note: Note) -> datetime | None:
        """When the witness or group *name* had witnessed *note*; None: it has not.

        Raises:
            RefusedError: ``signature_wrong``: a known witness's line is not good.
        """
        vkeys = [party.vkey for party in self.witnesses.values()]
        seen = note.cosignature_times(vkeys)
        times = {one: seen.get(party.vkey) for one, party in self.witnesses.items()}
        for one, group in self.groups.items():
            times[one] = _reached(group, times)
        moment = times.get(name)
        return None if moment is None else from_seconds(moment)

    def accept(self, note: Note) -> datetime | None:
        """Check log signature and quorum; answer the quorum time.

        None only under a policy that asks for no quorum.

        Raises:
            RefusedError: ``not_in_copy`` for a log outside the policy,
                ``signature_wrong`` or ``no_quorum``.
        """
        vkeys = self.log_keys(note.checkpoint.origin)
        if not vkeys:
            raise RefusedError(Reason.NOT_IN_COPY, "checkpoint origin")
        note.verify_log(*vkeys)
        moment = self.quorum_time(note)
        if moment is None and not self.warns:
            raise RefusedError(Reason.NO_QUORUM, "cosignatures")
        return moment

    def _within(self, name: str) -> list[Party]:
        """The witnesses of a group, and of the groups in it."""
        found: list[Party] = []
        for member in self.groups[name].members:
            if member in self.groups:
                found += self._within(member)
            else:
                found.append(self.witnesses[member])
        return found


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
        self._logs: list[Party] = []
        self._witnesses: dict[str, Party] = {}
        self._groups: dict[str, Group] = {}
        self._members: set[str] = set()
        self._quorum: str | None = None

    def take(self, words: list[str], *, place: str) -> None:
        """Read one line."""
        match words:
            case ["log", key] | ["log", key, _]:
                party = _party(key, LOG_KINDS, words[2:], place)
                self._logs.append(_alone(party, self._logs, place))
            case ["witness", name, key] | ["witness", name, key, _]:
                self._free(name, place)
                party = _party(key, COSIGNING_KINDS, words[3:], place)
                others = self._witnesses.values()
                self._witnesses[name] = _alone(party, others, place)
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
        lines: dict[str, list[Party]] = {}
        for party in self._logs:
            lines.setdefault(party.vkey.name, []).append(party)
        for own in lines.values():
            # The line that every log must sign with stands for it.
            own.sort(key=lambda party: party.vkey.kind != LOG_KIND)
        return Policy(
            logs={origin: own[0] for origin, own in lines.items()},
            more_keys={
                origin: tuple(party.vkey for party in more)
                for origin, (_, *more) in lines.items()
                if more
            },
            witnesses=self._witnesses,
            groups=self._groups,
            quorum=self._quorum,
        )

    @property
    def _named(self) -> set[str]:
        return {*self._witnesses, *self._groups}

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


def _party(key: str, kinds: Collection[int], rest: list[str], place: str) -> Party:
    vkey = Vkey.parse(key)
    if vkey.kind not in kinds:
        raise RefusedError(Reason.MALFORMED, place)
    return Party(vkey, rest[0] if rest else None)


def _alone(party: Party, others: Collection[Party], place: str) -> Party:
    """Refuse a second line for one key, or two keys that a note cannot tell apart.

    One name may have several keys: a cosigner signs with each kind, or with a new key.
    """
    claimed = (party.vkey.name, party.vkey.key_id)
    for other in others:
        same = party.vkey.public == other.vkey.public
        if same or claimed == (other.vkey.name, other.vkey.key_id):
            raise RefusedError(Reason.MALFORMED, place)
    return party
