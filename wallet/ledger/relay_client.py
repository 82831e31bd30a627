"""Talk to a relay: bytes in, bytes out; what they mean is not known here.

The paths are those of `wallet.server.relay.http`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wallet.cbor import Value, decode, encode
from wallet.errors import RefusedError, TurnedAwayError, UnreachableError
from wallet.ledger.checkpoint import MAX_NOTE
from wallet.ledger.sources import origin_hash
from wallet.statement import KEY, is_count, is_time
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_PACKAGE = 4 << 30
_MAX_LIST = 1 << 20
_MAX_BUCKET = 64 << 20
_SHARE = 4_096
_BUSY = (425, 503)
_MISSING = 404

Releases = list[tuple[int, int, int]]


class Transport(Protocol):
    """The one outgoing HTTP of the wallet, as far as a relay needs it."""

    def get(self, url: str, *, cap: int) -> bytes:
        """Fetch at most *cap* bytes."""

    def post(self, url: str, body: bytes, *, cap: int) -> bytes:
        """Send *body*, fetch at most *cap* bytes."""


class RelayClient:
    """One relay at one address."""

    def __init__(self, url: str, transport: Transport) -> None:
        """*url* has no path of its own; nothing is sent yet."""
        self._url = url.rstrip("/")
        self._transport = transport

    def deposit(
        self, *, origin: str, entry: bytes, order: bytes, package: bytes
    ) -> None:
        """Put a package (PROTOCOL.md 11, Share 18).

        Raises:
            UnreachableError: no answer, or "not yet": ask again later.
            RefusedError: ``release_refused``: the relay will not take it.
        """
        head = encode([origin, entry, order])
        self._post("packages", len(head).to_bytes(4, "big") + head + package, cap=1_024)

    def order(self, *, origin: str, entry: bytes, order: bytes) -> Releases:
        """Send a new root, a list or a delete order; learn every release so far."""
        body = encode([origin, entry, order])
        return _releases(self._post("orders", body, cap=_MAX_LIST))

    def notice(self, *, origin: str, entry: bytes, notice: bytes) -> Releases:
        """Hand over a withdrawal, honoured at once; learn every release so far."""
        body = encode([origin, entry, notice])
        return _releases(self._post("notices", body, cap=_MAX_LIST))

    def release(self, request: bytes) -> bytes:
        """Quote a receipt; share B, still sealed, or nothing for an offline one."""
        return self._post("releases", request, cap=_SHARE)

    def package(self, object_id: bytes) -> bytes:
        """Fetch a package.

        Raises:
            RefusedError: ``package_missing``.
        """
        path = f"{self._url}/v1/packages/{object_id.hex()}"
        return self._asked(lambda: self._transport.get(path, cap=_MAX_PACKAGE))

    def checkpoint(self, origin: str) -> bytes:
        """The signed checkpoint that the relay's own copy of a ledger stands on.

        Raises:
            UnreachableError: no answer.
            RefusedError: it follows no such ledger.
        """
        path = f"{self._url}/v1/checkpoints/{origin_hash(origin)}"
        return self._asked(lambda: self._transport.get(path, cap=MAX_NOTE))

    def bucket_bits(self) -> int:
        """How many first bits of R name a bucket just now."""
        path = f"{self._url}/v1/details"
        answer = self._asked(lambda: self._transport.get(path, cap=64))
        match _read(answer, cap=64):
            case [int(bits)] if is_count(bits) and bits <= 16:  # noqa: PLR2004 the relay's most
                return bits
            case _:
                raise _odd()

    def bucket(self, bits: int, prefix: int) -> dict[bytes, bytes]:
        """Every R and its sealed details in one bucket."""
        path = f"{self._url}/v1/details/{bits}/{prefix}"
        answer = self._asked(lambda: self._transport.get(path, cap=_MAX_BUCKET))
        found: dict[bytes, bytes] = {}
        for row in _rows(answer, cap=_MAX_BUCKET):
            match row:
                case [bytes(commitment), bytes(sealed)] if KEY(commitment):
                    found[commitment] = sealed
                case _:
                    raise _odd()
        return found

    def _post(self, place: str, body: bytes, *, cap: int) -> bytes:
        path = f"{self._url}/v1/{place}"
        return self._asked(lambda: self._transport.post(path, body, cap=cap))

    @staticmethod
    def _asked(ask: Callable[[], bytes]) -> bytes:
        try:
            return ask()
        except TurnedAwayError as turned:
            if turned.status in _BUSY:
                raise UnreachableError("relay", turned.detail) from turned
            missing = turned.status == _MISSING
            reason = Reason.PACKAGE_MISSING if missing else Reason.RELEASE_REFUSED
            raise RefusedError(reason, turned.detail) from turned
        except UnreachableError as away:
            raise UnreachableError("relay", str(away)) from away


def _releases(answer: bytes) -> Releases:
    found: Releases = []
    for row in _rows(answer, cap=_MAX_LIST):
        match row:
            case [int(place), int(index), int(moment)] if (
                is_count(place) and is_count(index) and is_time(moment)
            ):
                found.append((place, index, moment))
            case _:
                raise _odd()
    return found


def _rows(answer: bytes, *, cap: int) -> list[Value]:
    rows = _read(answer, cap=cap)
    if not isinstance(rows, list):
        raise _odd()
    return rows


def _read(answer: bytes, *, cap: int) -> Value:
    try:
        return decode(answer, cap=cap, place="relay answer")
    except RefusedError:
        raise _odd() from None


def _odd() -> UnreachableError:
    return UnreachableError("relay", "no such answer")
