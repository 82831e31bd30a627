"""The one way out: HTTP to ledgers, witnesses and relays, short and bounded."""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Protocol, TypeVar

from wallet.errors import RefusedError, TurnedAwayError, UnreachableError
from wallet.ledger.inflate import inflate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import urllib3

T = TypeVar("T")
MAX_JSON = 1 << 16  # bytes of a short answer, and of any refusal
_OK = 200
DETAIL = 200  # letters of what a refusal says
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
            text = data[:DETAIL].decode(errors="replace").strip()
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
        cap = cap if answer.status == _OK else MAX_JSON
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
