"""A witness: cosigns a log only while it never shrinks and never changes.

C2SP tlog-witness; what it saw newest of each log is kept by `growth`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.ledger.checkpoint import COSIGNATURE_KIND, Vkey, cosign, vkey_for
from wallet.server.witness.growth import Growth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.keys.signing import Signer
    from wallet.ledger.checkpoint import Note


class Witness:
    """One witness of the logs it was told to know."""

    def __init__(
        self, path: Path, *, name: str, signer: Signer, logs: Sequence[Vkey]
    ) -> None:
        """Open or lay out the memory of the witness at *path*."""
        self.vkey = vkey_for(name, COSIGNATURE_KIND, signer.public)
        self._signer = signer
        self._growth = Growth(path, logs=logs)

    def close(self) -> None:
        """Let go of the database."""
        self._growth.close()

    def checkpoint(self, name: str) -> bytes | None:
        """The newest cosigned note of the log whose origin hashes to *name*."""
        return self._growth.newest(name)

    def add_checkpoint(self, body: bytes, *, seconds: int) -> bytes:
        """Judge a request; the signature lines, which are given only once kept.

        Raises:
            TurnedAwayError: 400, 403, 404, 422, or 409 with the size.
        """

        def sign(note: Note) -> bytes:
            return cosign(self._signer, self.vkey.name, note.text, seconds)

        return self._growth.add_checkpoint(body, sign=sign)
