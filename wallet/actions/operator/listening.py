"""Where the servers of an operator listen, and how they say so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Announce = Callable[[dict[str, Any]], None]


class Kinds(Enum):
    """With which kinds of key a server signs: Ed25519, or ML-DSA-44 besides."""

    ED25519 = "ed25519"
    BOTH = "ml-dsa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where a server listens."""

    host: str = "127.0.0.1"
    port: int = 0
