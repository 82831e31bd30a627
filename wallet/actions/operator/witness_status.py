"""Ask a witness who it is, and what it was shown against what it has seen.

Nothing it says is believed: a file counts by the log's own signatures under both notes
(`heartwood verify FILE`).
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.ledger import fork
from wallet.ledger.fetch import Http
from wallet.ledger.witness_client import WitnessClient
from wallet.verdict import Reason

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFork:
    """A note that a witness turned away: sizes in entries, and both notes as a file.

    ``proven``: the two notes cannot both be true, by the file alone. Whose signatures
    they bear is for `heartwood verify` to say.
    """

    origin: str
    seen: int
    size: int
    proven: bool
    at: datetime
    file: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessStatus:
    """The name of a witness, its key, the logs it knows, and what it was shown."""

    name: str
    vkey: str
    origins: tuple[str, ...]
    forks: tuple[ShownFork, ...]


def witness_status(url: str) -> WitnessStatus | None:
    """What the witness at *url* says; None where no witness answers there.

    Raises:
        UnreachableError: nobody answers, or no such answer.
        TurnedAwayError: it does not tell.
        RefusedError: ``malformed``: a file is none.
    """
    with closing(Http("witness")) as http:
        client = WitnessClient(url, http)
        about = client.about()
        if about is None:
            return None
        found = []
        for origin in about.origins:
            for told in client.forks(origin):
                file = client.fork_file(origin, told.name)
                if fork.parse(file).origin != origin:
                    raise RefusedError(Reason.MALFORMED, "fork origin")
                found.append(
                    ShownFork(
                        origin=origin,
                        seen=told.seen,
                        size=told.size,
                        proven=told.proven,
                        at=told.at,
                        file=file,
                    )
                )
    return WitnessStatus(
        name=about.name, vkey=about.vkey, origins=about.origins, forks=tuple(found)
    )
