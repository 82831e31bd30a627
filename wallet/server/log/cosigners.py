"""The witnesses a log asks, over HTTP. C2SP tlog-witness."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from wallet.errors import RefusedError, TurnedAwayError
from wallet.ledger.checkpoint import MAX_NOTE, Vkey, parse_note
from wallet.ledger.fetch import Http
from wallet.ledger.sources import origin_hash
from wallet.verdict import Reason

if TYPE_CHECKING:
    from wallet.ledger.tile_tree import TileTree

_PATIENCE = 1.0
_MAX_LINES = 1 << 16
_MOST = 16  # lines an answer may hold: one a kind of key, and kinds to come
_CONFLICT, _MISSING = 409, 404


class Cosigner:
    """One witness: its keys, its address, the size it has seen."""

    _monitoring = ""  # below its address; what it has seen newest lies there

    def __init__(self, url: str, *vkeys: Vkey) -> None:
        """*url* is what add-checkpoint is below; it is asked once for all *vkeys*."""
        self.name = vkeys[0].name
        self.vkeys = vkeys
        self.url = url.rstrip("/")
        self._size = 0
        self._http = Http("witness", timeout=_PATIENCE)

    @property
    def size(self) -> int:
        """How many entries it has seen, as far as we know."""
        return self._size

    def close(self) -> None:
        """Let go of kept connections."""
        self._http.close()

    def seen(self, origin: str) -> bytes | None:
        """The newest note it has cosigned for *origin*; None: it has seen none.

        Raises:
            UnreachableError, TurnedAwayError, RefusedError: it cannot say.
        """
        name = origin_hash(origin)
        try:
            note = self._http.get(
                f"{self.url}/{self._monitoring}{name}/checkpoint", cap=MAX_NOTE
            )
        except TurnedAwayError as turned:
            if turned.status == _MISSING:
                return None
            raise
        self._size = parse_note(note).checkpoint.size
        return note

    def cosign(self, note: bytes, tree: TileTree) -> bytes:
        """Ask for its signature lines, one a key, which are checked here.

        Raises:
            UnreachableError, TurnedAwayError, RefusedError: there is none.
        """
        size = parse_note(note).checkpoint.size
        try:
            answer = self._ask(note, size, tree)
        except TurnedAwayError as turned:
            self._size = _outgrown(turned, size)
            answer = self._ask(note, size, tree)
        lines = self._newest(note, answer)
        self._size = size
        return lines

    def _ask(self, note: bytes, size: int, tree: TileTree) -> bytes:
        path = tree.consistency(min(self._size, size), size)
        lines = [b"old %d" % self._size, *map(base64.b64encode, path)]
        body = b"\n".join(lines) + b"\n\n" + note
        return self._http.post(f"{self.url}/add-checkpoint", body, cap=_MAX_LINES)

    def _newest(self, note: bytes, answer: bytes) -> bytes:
        """One line a key: a note has place for a hundred, from everyone.

        A key that gave none leaves a gap that the policy judges, not this.
        """
        found: dict[Vkey, tuple[int, bytes]] = {}
        for line in answer.splitlines(keepends=True)[:_MOST]:
            times = parse_note(note + line).cosignature_times(self.vkeys)
            for vkey, seconds in times.items():
                found[vkey] = max(found.get(vkey, (0, b"")), (seconds, line))
        if not found:
            raise RefusedError(Reason.NO_QUORUM, "cosignature missing")
        return b"".join(line for _, line in found.values())


class MirrorCosigner(Cosigner):
    """One mirror: it signs what it holds, and reads the entries from us for that.

    C2SP tlog-mirror: add-checkpoint gives no line, add-entries does.
    """

    _monitoring = "pending/"

    def _ask(self, note: bytes, size: int, tree: TileTree) -> bytes:
        super()._ask(note, size, tree)
        origin = parse_note(note).checkpoint.origin.encode()
        bounds = size.to_bytes(8, "big") * 2  # nothing is uploaded
        head = len(origin).to_bytes(2, "big") + origin + bounds + bytes(2)
        return self._http.post(
            f"{self.url}/add-entries",
            head,
            cap=_MAX_LINES,
            headers={"content-type": "application/octet-stream"},
        )


def _outgrown(turned: TurnedAwayError, size: int) -> int:
    """The witness's size out of a 409 from which we can go on."""
    detail = turned.detail
    if turned.status != _CONFLICT or not (detail.isascii() and detail.isdigit()):
        raise turned
    if int(detail) > size:
        raise turned
    return int(detail)
