"""The one way out: HTTP to ledgers, witnesses and relays, short and bounded."""

from __future__ import annotations

import base64
import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import orjson

from wallet.errors import RefusedError, TurnedAwayError, UnreachableError
from wallet.ledger import stamp as stamps
from wallet.ledger.checkpoint import MAX_NOTE
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.inflate import inflate
from wallet.ledger.tiles import (
    MAX_BUNDLED,
    WIDTH,
    bundle_path,
    encode_bundle,
    tile_path,
)
from wallet.statement import NUMBER, Name, peek

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import urllib3

T = TypeVar("T")
STAMP_HEADER = "x-heartwood-stamp"
STAMPS_HEADER = "x-heartwood-stamps"
ENTRIES = "application/vnd.heartwood.entries"  # many, framed as in a bundle
MAX_POST = 1_000  # entries in one of those
_MAX_JSON = 1 << 16
_MAX_ABOUT = 1 << 19  # a policy of the longest keys is in it
_MAX_BUNDLE = WIDTH * (2 + MAX_BUNDLED)
_MAX_OUTCOME = 400  # bytes of one answer among many
_HASH = 32
_OK, _ACCEPTED, _FORBIDDEN, _BUSY = 200, 202, 403, 503
_DETAIL = 200
_PIECE = 1 << 18
_KEPT = 64  # connections an address, for callers with many threads

# It would write the address asked, and a traceback, for headers a server made up.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class Wait(Protocol):
    """How a caller waits for a request: at once, or doing something else meanwhile."""

    def __call__(self, call: Callable[[], T], /) -> T:
        """Give what *call* gives; it may run on another thread."""


def at_once(call: Callable[[], T], /) -> T:
    """Wait where we are."""
    return call()


class Http:
    """Requests with a deadline and a cap; no redirects, no cookies, no retries."""

    remembers = True  # whether what one answer said is used for later messages

    def __init__(
        self, what: str, *, timeout: float = 5.0, wait: Wait = at_once
    ) -> None:
        """*what* is the kind of server there: "ledger", "relay" or "witness".

        *timeout* bounds connecting, and a whole request or answer together with the
        time that its size may take (`haste`): nobody holds a caller by trickling.
        """
        self._what, self._wait = what, wait
        self._timeout = timeout
        self._kept: urllib3.PoolManager | None = None
        self._first = threading.Lock()

    def close(self) -> None:
        """Let go of kept connections."""
        if self._kept is not None:
            self._kept.clear()

    def get(self, url: str, *, cap: int) -> bytes:
        """Fetch at most *cap* bytes.

        Raises:
            UnreachableError: no answer, or a longer one.
            TurnedAwayError: an answer other than 200.
        """
        return self._wait(lambda: self._ask("GET", url, body=None, headers={}, cap=cap))

    def get_deflated(self, url: str, *, cap: int) -> bytes:
        """Fetch what is at most *cap* bytes when it is unpacked; raises as `get`.

        A server may send it as it is, or as one zlib stream (RFC 9110 8.4.1.2).
        """
        headers = {"accept-encoding": "deflate"}
        return self._wait(
            lambda: self._ask("GET", url, body=None, headers=headers, cap=cap)
        )

    def get_alone(self, url: str, *, cap: int) -> bytes:
        """As `get`, for what goes with a message; see `Apart`."""
        return self.get(url, cap=cap)

    def post(
        self, url: str, body: bytes, *, cap: int, headers: Mapping[str, str] = {}
    ) -> bytes:
        """Send *body*, fetch at most *cap* bytes; raises as `get`."""
        return self._wait(
            lambda: self._ask("POST", url, body=body, headers=headers, cap=cap)
        )

    def _ask(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None,
        headers: Mapping[str, str],
        cap: int,
    ) -> bytes:
        import urllib3  # noqa: PLC0415 read when somebody is asked, see `_pool`

        from wallet.ledger import haste  # noqa: PLC0415

        pool = self._pool()
        sent = {**pool.headers, **headers}
        pieces, patience = None, self._timeout
        if body is not None:
            pieces = haste.pieces(body, patience=patience)
            sent["content-length"] = str(len(body))
        span = haste.answer_span(body, patience=patience)
        try:
            answer = pool.request(
                method,
                url,
                body=pieces,
                headers=sent,
                timeout=urllib3.Timeout(connect=patience, read=span),
                preload_content=False,
                redirect=False,
            )
            with closing(answer):
                packed = answer.headers.get("content-encoding") == "deflate"
                # What cannot be packed grows a little (RFC 1951 3.2.4).
                most = cap + (cap >> 8) + 64 if packed else cap
                data = self._read(answer, cap=most)
                answer.release_conn()
            if packed:
                data = inflate(data, cap=cap, place="deflated answer")
        except (
            urllib3.exceptions.HTTPError,
            RefusedError,
            ValueError,
            OSError,
        ) as error:
            raise UnreachableError(self._what, type(error).__name__) from error
        if answer.status != _OK:
            text = data[:_DETAIL].decode(errors="replace").strip()
            raise TurnedAwayError(answer.status, text)
        return data

    def _pool(self) -> urllib3.PoolManager:
        """Connections, made when the first request is.

        Reading the library takes a third of the time an unlock may take, and nobody
        is asked for an unlock.
        """
        import urllib3  # noqa: PLC0415

        from wallet.ledger import haste  # noqa: PLC0415

        with self._first:
            if self._kept is None:
                self._kept = urllib3.PoolManager(
                    retries=False,
                    maxsize=_KEPT,
                    headers={"accept-encoding": "identity", "user-agent": "heartwood"},
                )
                self._kept.pool_classes_by_scheme = haste.POOLS
            return self._kept

    def _read(self, answer: urllib3.BaseHTTPResponse, *, cap: int) -> bytes:
        cap = cap if answer.status == _OK else _MAX_JSON
        parts, size = [], 0
        while piece := answer.read(_PIECE, decode_content=False):
            size += len(piece)
            if size > cap:
                raise UnreachableError(self._what, "answer too long")
            parts.append(piece)
        return b"".join(parts)


class Apart(Http):
    """The same, but that every message goes over a connection of its own.

    What is sent over one connection was sent by one party: whoever serves it needs no
    address to see that. So it is with an answer that shapes what is sent next, as the
    work a ledger asks for: a server could answer each caller otherwise, and know it
    again by its stamps. It is asked for anew, and alone, for every message. Files,
    which everybody reads, still share what is open.
    """

    remembers = False

    def get_alone(self, url: str, *, cap: int) -> bytes:
        """As `Http.get`; the connection is closed with the answer."""
        with closing(self._fresh()) as alone:
            return alone.get(url, cap=cap)

    def post(
        self, url: str, body: bytes, *, cap: int, headers: Mapping[str, str] = {}
    ) -> bytes:
        """As `Http.post`; the connection is closed with the answer."""
        with closing(self._fresh()) as alone:
            return alone.post(url, body, cap=cap, headers=headers)

    def _fresh(self) -> Http:
        return Http(self._what, timeout=self._timeout, wait=self._wait)


class Alone(Apart):
    """The same, and nothing is fetched over a connection that was used before.

    For a relay: what is fetched there, a package or a bucket, is about somebody.
    """

    def get(self, url: str, *, cap: int) -> bytes:
        """As `Apart.get_alone`."""
        return self.get_alone(url, cap=cap)


class LedgerClient:
    """One ledger server, or a mirror of its files. Nothing it says is believed yet."""

    def __init__(self, url: str, http: Http | None = None) -> None:
        """*url* is the address its tile paths are below."""
        self._url = url.rstrip("/")
        self._http = http or Http("ledger")
        self._difficulty: int | None = None

    def close(self) -> None:
        """Let go of kept connections."""
        self._http.close()

    def checkpoint(self) -> bytes:
        """The newest published note."""
        return self._http.get(f"{self._url}/checkpoint", cap=MAX_NOTE)

    def tile(self, level: int, n: int, width: int = WIDTH) -> bytes:
        """Hashes of a tile; a full one where the partial is gone already."""
        data = self._file(tile_path(level, n, width), tile_path(level, n), cap=8_192)
        return data[: width * _HASH]

    def bundle(self, n: int, width: int = WIDTH) -> bytes:
        """Entries beside a level-0 tile, perhaps more than asked for."""
        return self._file(bundle_path(n, width), bundle_path(n), cap=_MAX_BUNDLE)

    def log_json(self) -> dict[str, Any]:
        """What the server says of itself: origin, vkey, operator, difficulty.

        Raises:
            UnreachableError: it is no object.
        """
        data = self._http.get_alone(f"{self._url}/log.json", cap=_MAX_ABOUT)
        return _object(data)

    def submit(self, entry: bytes, stamp: bytes | None = None) -> int:
        """Hand over an entry; its index, which is durable when this returns.

        Without a *stamp* one is made where the entry needs it. The same entry again
        is answered with the same index.

        Raises:
            UnreachableError: no answer, or a busy one: ask again.
            TurnedAwayError: it refuses the entry.
        """
        if stamp is not None or _ends(entry):
            return self._submit(entry, stamp)
        was_known = self._difficulty is not None
        try:
            return self._submit(entry, stamps.find(leaf_hash(entry), self._bits()))
        except TurnedAwayError as turned:
            if turned.status != _FORBIDDEN or not was_known:
                raise
        # It may ask for more than it did ten minutes ago.
        return self._submit(entry, stamps.find(leaf_hash(entry), self._bits()))

    def hand_on(self, entry: bytes) -> bool:
        """Leave a status change with a mirror; whether it keeps it for the ledger.

        Anything but a status change stays here. Kept is not in force: only a quorum
        checkpoint and a copy of one's own say that.

        Raises:
            UnreachableError: no answer.
            TurnedAwayError: it does not take it.
        """
        if peek(entry).get(1) != NUMBER[Name.STATUS]:
            return False
        try:
            self._http.post(f"{self._url}/v1/entries", entry, cap=_MAX_JSON)
        except TurnedAwayError as turned:
            if turned.status != _ACCEPTED:
                raise
        return True

    def submit_many(self, entries: Sequence[bytes]) -> list[int | TurnedAwayError]:
        """Hand over up to 1,000 entries in one post; each one's index, or refusal.

        The server learns that they came together: only for what one party publishes
        under its own name, or passes on for many.

        Raises:
            UnreachableError: no answer: ask again, what stands keeps its index.
            TurnedAwayError: it refuses the post.
        """
        stamp = b"".join(
            bytes(stamps.SIZE)
            if _ends(entry)
            else stamps.find(leaf_hash(entry), self._bits())
            for entry in entries
        )
        answer = self._http.post(
            f"{self._url}/v1/entries",
            encode_bundle(entries),
            cap=len(entries) * _MAX_OUTCOME + _MAX_JSON,
            headers={
                "content-type": ENTRIES,
                STAMPS_HEADER: base64.b64encode(stamp).decode(),
            },
        )
        self._difficulty = None
        match _object(answer):
            case {"entries": [*said]} if len(said) == len(entries):
                return [_outcome(one) for one in said]
            case _:
                raise UnreachableError("ledger", "no such answer")

    def _submit(self, entry: bytes, stamp: bytes | None) -> int:
        headers = {STAMP_HEADER: stamp.hex()} if stamp else {}
        try:
            answer = self._http.post(
                f"{self._url}/v1/entries", entry, cap=_MAX_JSON, headers=headers
            )
        except TurnedAwayError as turned:
            self._difficulty = None
            if turned.status == _BUSY:
                raise UnreachableError("ledger", turned.detail) from turned
            raise
        match _object(answer):
            case {"index": int(index)} if index >= 0:
                return index
            case _:
                raise UnreachableError("ledger", "no such answer")

    def _bits(self) -> int:
        if self._difficulty is not None:
            return self._difficulty
        match self.log_json():
            case {"difficulty": int(bits)} if 0 <= bits <= stamps.MAX_BITS:
                self._difficulty = bits if self._http.remembers else None
                return bits
            case _:
                raise UnreachableError("ledger", "no such difficulty")

    def _file(self, path: str, full: str, *, cap: int) -> bytes:
        try:
            return self._http.get(f"{self._url}/{path}", cap=cap)
        except TurnedAwayError:
            if path == full:
                raise
            return self._http.get(f"{self._url}/{full}", cap=cap)


def _outcome(said: object) -> int | TurnedAwayError:
    match said:
        case {"index": int(index)} if index >= 0:
            return index
        case {"refused": int(status), "said": str(detail)}:
            return TurnedAwayError(status, detail[:_DETAIL])
        case _:
            raise UnreachableError("ledger", "no such answer")


def _ends(entry: bytes) -> bool:
    seen = peek(entry)
    return seen.get(1) == NUMBER[Name.STATUS] and seen.get(6) == State.ENDED


def _object(data: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise UnreachableError("ledger", "no such answer") from None
    if not isinstance(read, dict):
        raise UnreachableError("ledger", "no such answer")
    return read
