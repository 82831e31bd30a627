"""Read states and proofs from a ledger server. Nothing it says is believed yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import RefusedError, TurnedAwayError, UnreachableError
from wallet.ledger.bundle import MAX_BUNDLE
from wallet.ledger.proof import MAX_PROOF
from wallet.ledger.status_delta import MAX_DELTA, parse_delta
from wallet.ledger.status_vector import StatusVector, verify_head
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.ledger.fetch import Http
    from wallet.ledger.policy import Policy
    from wallet.ledger.status_vector import StatusHead

_NOT_THERE = (404, 410)
_TRIES = 3


class StatusClient:
    """What a server answers below ``/status`` and of single entries."""

    def __init__(self, url: str, http: Http) -> None:
        """*url* is the address the tile paths of the log are below."""
        self._url, self._http = url.rstrip("/"), http

    def head(self) -> bytes:
        """A tlog-proof of the newest root entry, with the entry as its extra data."""
        return self._http.get(f"{self._url}/status/head", cap=MAX_PROOF)

    def vector(self, epoch: int, *, size: int) -> bytes:
        """All chunks of an epoch, *size* bytes; raises 410 once it is not served."""
        url = f"{self._url}/status/vector?epoch={epoch}"
        return self._http.get_deflated(url, cap=size)

    def delta(self, since: int, *, epoch: int) -> bytes:
        """What changed between two epochs; raises 404 or 410 where it is not told."""
        url = f"{self._url}/status/delta?since={since}&epoch={epoch}"
        return self._http.get(url, cap=MAX_DELTA)

    def bundle(self, index: int) -> bytes:
        """A stapled bundle: the server learns for which entry."""
        return self._http.get(f"{self._url}/v1/bundle/{index}", cap=MAX_BUNDLE)


def read_states(
    client: StatusClient,
    *,
    origin: str,
    policy: Policy,
    held: StatusVector | None = None,
) -> StatusVector:
    """The newest states of a log, for a reader that keeps no entries.

    *held* is what was read before: then what changed since is asked for, and the whole
    vector only where that is not told or does not lead to the root.

    Raises:
        RefusedError: a proof, root or vector is not good; ``copy_too_old`` for a
            server behind *held*; ``ledger_forked`` where two histories have one size.
        TurnedAwayError, UnreachableError: the server has nothing to say.
    """
    for _ in range(_TRIES):
        head = verify_head(client.head(), origin=origin, policy=policy)
        found = None if held is None else _followed(client, held, head)
        if found is not None:
            return found
        try:
            packed = client.vector(head.epoch, size=head.vector_size)
        except TurnedAwayError as turned:
            if turned.status not in _NOT_THERE:
                raise
            continue  # a newer root was published meanwhile
        return StatusVector.verify(packed, head)
    raise UnreachableError("ledger", "no epoch is served for long enough")


def _followed(
    client: StatusClient, held: StatusVector, head: StatusHead
) -> StatusVector | None:
    """What was held, brought up to *head*; None where the whole vector is needed."""
    before, now = held.head.checkpoint, head.checkpoint
    if now.size < before.size:
        raise RefusedError(Reason.COPY_TOO_OLD, "smaller checkpoint")
    if now.size == before.size and now.root != before.root:
        raise RefusedError(Reason.LEDGER_FORKED, "checkpoint root")
    try:
        told = client.delta(held.head.epoch, epoch=head.epoch)
        return held.follow(parse_delta(told), head)
    except TurnedAwayError as turned:
        if turned.status not in _NOT_THERE:
            raise
    except RefusedError:
        pass  # whatever it was, the whole vector is held against the same root
    return None
