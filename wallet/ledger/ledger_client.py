"""One ledger server, or a mirror of its files, asked over HTTP (`fetch`)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import orjson

from wallet.errors import BusyError, TurnedAwayError, UnreachableError
from wallet.ledger import stamp as stamps
from wallet.ledger.checkpoint import MAX_NOTE
from wallet.ledger.entry import State, leaf_hash
from wallet.ledger.fetch import DETAIL, MAX_JSON, Http
from wallet.ledger.tiles import (
    MAX_BUNDLED,
    WIDTH,
    bundle_path,
    encode_bundle,
    tile_path,
)
from wallet.statement import NUMBER, Name, peek

if TYPE_CHECKING:
    from collections.abc import Sequence

STAMP_HEADER = "x-heartwood-stamp"
STAMPS_HEADER = "x-heartwood-stamps"
ENTRIES = "application/vnd.heartwood.entries"  # many, framed as in a bundle
MAX_POST = 1_000  # entries in one of those
_MAX_ABOUT = 1 << 19  # a policy of the longest keys is in it
_MAX_BUNDLE = WIDTH * (2 + MAX_BUNDLED)
_MAX_OUTCOME = 400  # bytes of one answer among many
_HASH = 32
_ACCEPTED, _FORBIDDEN, _BUSY = 202, 403, 503


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
            UnreachableError: no answer; `BusyError` where that is what it says.
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
            self._http.post(f"{self._url}/v1/entries", entry, cap=MAX_JSON)
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
            cap=len(entries) * _MAX_OUTCOME + MAX_JSON,
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
                f"{self._url}/v1/entries", entry, cap=MAX_JSON, headers=headers
            )
        except TurnedAwayError as turned:
            self._difficulty = None
            if turned.status == _BUSY:
                raise BusyError("ledger", turned.detail) from turned
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
            return TurnedAwayError(status, detail[:DETAIL])
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
