"""A witness: cosigns a log only while it never shrinks and never changes.

C2SP tlog-witness; what it saw newest of each log is kept by `growth`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    MLDSA_KIND,
    Vkey,
    cosign,
    cosign_mldsa,
    vkey_for,
)
from wallet.server.witness.growth import Growth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.keys.mldsa import MldsaSigner
    from wallet.keys.signing import Signer
    from wallet.ledger.checkpoint import Note


class Witness:
    """One witness of the logs it was told to know."""

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        signer: Signer,
        logs: Sequence[Vkey],
        mldsa: MldsaSigner | None = None,
    ) -> None:
        """Open or lay out the memory of the witness at *path*.

        With *mldsa* every cosignature comes as two lines, one of either kind.
        """
        self.vkey = vkey_for(name, COSIGNATURE_KIND, signer.public)
        self.vkeys: tuple[Vkey, ...] = (self.vkey,)
        if mldsa is not None:
            self.vkeys += (vkey_for(name, MLDSA_KIND, mldsa.public),)
        self._signer, self._mldsa = signer, mldsa
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
            name = self.vkey.name
            lines = cosign(self._signer, name, note.text, seconds)
            if self._mldsa is not None:
                lines += cosign_mldsa(self._mldsa, name, note.checkpoint, seconds)
            return lines

        return self._growth.add_checkpoint(body, sign=sign)
