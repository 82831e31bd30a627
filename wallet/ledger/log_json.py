"""What a log says of itself in log.json, read strictly. Nothing of it is proven.

    origin      text: the name in its checkpoints
    vkey        text: its Ed25519 verifier key, whose name is the origin
    vkeys       list of text: every key it signs with, that one first (may be missing)
    operator    text: 64 hex digits, the key of its status roots
    difficulty  0 to 22: how many zero bits a stamp needs now (missing in a log that was
                taken down)
    policy      text: the tlog-policy it publishes under; it names no other key for it
    shard       object: what time it is for, where it is one of several (may be missing)

More members may come; those named here keep their meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from wallet.errors import RefusedError
from wallet.ledger.checkpoint import LOG_KIND, LOG_KINDS, Vkey
from wallet.ledger.policy import Policy
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DIFFICULTY = 22
_MAX_KEYS = 16
_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogJson:
    """What a log says of itself."""

    origin: str
    vkeys: tuple[Vkey, ...]
    operator: bytes
    difficulty: int | None
    policy: Policy

    @classmethod
    def read(cls, said: Mapping[str, object]) -> Self:
        """Read the members of the object.

        Raises:
            RefusedError: ``malformed``, naming the member; what keys or policies raise.
        """
        match said:
            case {
                "origin": str(origin),
                "vkey": str(first),
                "operator": str(operator),
                "policy": str(policy),
            } if _KEY.fullmatch(operator):
                pass
            case _:
                raise RefusedError(Reason.MALFORMED, "log.json")
        read = Policy.parse(policy)
        vkeys = _vkeys(said.get("vkeys", [first]), first=first, origin=origin)
        if read.log(origin) not in (None, vkeys[0]):
            raise RefusedError(Reason.MALFORMED, "log.json policy")
        return cls(
            origin=origin,
            vkeys=vkeys,
            operator=bytes.fromhex(operator),
            difficulty=_difficulty(said.get("difficulty")),
            policy=read,
        )


def _difficulty(told: object) -> int | None:
    if told is None:
        return None
    if type(told) is not int or not 0 <= told <= MAX_DIFFICULTY:
        raise RefusedError(Reason.MALFORMED, "log.json difficulty")
    return told


def _vkeys(told: object, *, first: str, origin: str) -> tuple[Vkey, ...]:
    if not isinstance(told, list) or not 0 < len(told) <= _MAX_KEYS:
        raise RefusedError(Reason.MALFORMED, "log.json vkeys")
    if told[0] != first or not all(isinstance(one, str) for one in told):
        raise RefusedError(Reason.MALFORMED, "log.json vkeys")
    vkeys = tuple(map(Vkey.parse, told))
    fits = all(one.name == origin and one.kind in LOG_KINDS for one in vkeys)
    if not fits or vkeys[0].kind != LOG_KIND:
        raise RefusedError(Reason.MALFORMED, "log.json vkeys")
    return vkeys
