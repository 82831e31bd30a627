"""Read the states of a ledger that serves them, and hand them on in other forms."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wallet.actions.operator.keys import signer
from wallet.errors import UsageError
from wallet.ledger.bundle import parse_bundle
from wallet.ledger.fetch import Http
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.policy import Policy
from wallet.ledger.status_client import StatusClient, read_states
from wallet.ledger.status_list import Terms, write_cwt, write_jwt

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from pathlib import Path

_STALE_AFTER = 4  # a copy of a list is thrown away after so many times to ask again


class Form(StrEnum):
    """How a Token Status List is wrapped."""

    JWT = "jwt"
    CWT = "cwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A Token Status List and what it was made of."""

    token: bytes
    origin: str
    covered: int
    as_of: datetime | None


def fetch_bundle(url: str, index: int) -> bytes:
    """A stapled bundle of an entry that is no secret, such as a licence.

    The server learns for which entry. It is read, and proved where it is used.

    Raises:
        RefusedError: it is no bundle.
        UnreachableError, TurnedAwayError: the server has nothing to say.
    """
    http = Http("ledger")
    with closing(http):
        data = StatusClient(url, http).bundle(index)
    parse_bundle(data)
    return data


def export_status_list(
    home: Path,
    url: str,
    *,
    uri: str,
    form: Form,
    keep: timedelta,
    now: datetime,
) -> Exported:
    """Sign the states of the ledger at *url* with the operator's key of *home*.

    They are verified first: checkpoint and quorum under the policy that the server
    says, root entry by the key of this very home, vector by the root.

    Raises:
        UsageError: *home* has no operator's key, or that of another ledger.
        RefusedError, UnreachableError, TurnedAwayError: they are not proved.
    """
    key = home / "operator.key"
    if not key.exists():
        raise UsageError("this home has no operator's key")
    operator, http = signer(key), Http("ledger")
    with closing(http):
        about = LedgerClient(url, http).log_json()
        origin, policy = str(about.get("origin")), Policy.parse(str(about["policy"]))
        states = read_states(StatusClient(url, http), origin=origin, policy=policy)
    if states.head.root.operator != operator.public:
        raise UsageError("this home is not that of the ledger's operator")
    seconds, lasts = int(now.timestamp()), int(keep.total_seconds())
    terms = Terms(
        uri=uri, issued=seconds, expires=seconds + _STALE_AFTER * lasts, ttl=lasts
    )
    write = write_jwt if form is Form.JWT else write_cwt
    return Exported(
        token=write(operator, states, terms),
        origin=origin,
        covered=states.head.epoch,
        as_of=states.head.quorum_time,
    )
