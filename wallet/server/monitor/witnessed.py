"""What witnesses were shown against what they have seen, judged by this copy.

A witness keeps no tree: it has both notes, and sometimes a proof. Each file is read
once; what convicts by itself does so for ever, and what does not is compared with the
copy, which knows what a shorter history was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import (
    LedgerForkedError,
    RefusedError,
    TurnedAwayError,
    UnreachableError,
)
from wallet.ledger import fork
from wallet.ledger.gossip import hear
from wallet.ledger.witness_client import WitnessClient

if TYPE_CHECKING:
    from wallet.ledger.fetch import Http
    from wallet.ledger.replica import Replica


class Witnessed:
    """The files of the witnesses of one log; `forks` is a look at one of them."""

    def __init__(self, http: Http) -> None:
        """Nothing is known yet."""
        self._http = http
        self._files: dict[tuple[str, str], bytes] = {}

    def forks(self, url: str, replica: Replica) -> list[tuple[bytes, bytes]]:
        """Both notes of each two histories that the witness at *url* was shown.

        Nothing where it does not answer, which is somebody else's to say.
        """
        client, found = WitnessClient(url, self._http), []
        try:
            for told in client.forks(replica.origin):
                if (url, told.name) not in self._files:
                    file = client.fork_file(replica.origin, told.name)
                    self._files[url, told.name] = file
                found += _judged(self._files[url, told.name], replica)
        except (UnreachableError, TurnedAwayError):
            pass
        return found


def _judged(file: bytes, replica: Replica) -> list[tuple[bytes, bytes]]:
    vkey = replica.policy.log(replica.origin)
    try:
        read = fork.parse(file)
        if vkey is None or read.origin != replica.origin:
            return []
        if read.verify(vkey):
            return [(read.trusted.raw, read.offered.raw)]
        hear(replica, read.offered.note.raw)
    except LedgerForkedError as forked:
        return [(forked.trusted, forked.offered)]
    except RefusedError:
        pass  # it accuses nobody: whoever keeps such a file has made it up
    return []
