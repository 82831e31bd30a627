"""A witness: cosigns a log only while it never shrinks and never changes.

C2SP tlog-witness; what it saw newest of each log is kept by `growth`, and what it was
shown against that by `evidence`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wallet.errors import TurnedAwayError
from wallet.ledger.checkpoint import (
    COSIGNATURE_KIND,
    MLDSA_KIND,
    Vkey,
    cosign,
    cosign_mldsa,
    vkey_for,
)
from wallet.ledger.sources import origin_hash
from wallet.server.witness.evidence import Evidence
from wallet.server.witness.growth import Growth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wallet.keys.mldsa import MldsaSigner
    from wallet.keys.signing import Signer
    from wallet.ledger.checkpoint import Note
    from wallet.server.witness.growth import Offered

_LOG = logging.getLogger(__name__)
_BACK = 10  # seconds that a clock may be put right by without a word


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

        Raises:
            StoreDamagedError, StoreUnreachableError: as `Growth`.
        """
        self.vkey = vkey_for(name, COSIGNATURE_KIND, signer.public)
        self.vkeys: tuple[Vkey, ...] = (self.vkey,)
        if mldsa is not None:
            self.vkeys += (vkey_for(name, MLDSA_KIND, mldsa.public),)
        self._signer, self._mldsa = signer, mldsa
        self._clock_behind = False
        self._growth = Growth(path, logs=logs, own=self.vkeys)
        try:
            self.evidence = Evidence(path.with_name("evidence.db"))
        except BaseException:
            self._growth.close()
            raise
        self._cosigned_at = max(
            (
                seconds
                for note in self._growth.notes()
                for seconds in note.cosignature_times(self.vkeys).values()
            ),
            default=0,
        )

    def close(self) -> None:
        """Let go of the database."""
        self._growth.close()
        self.evidence.close()

    def checkpoint(self, name: str) -> bytes | None:
        """The newest cosigned note of the log whose origin hashes to *name*."""
        return self._growth.newest(name)

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs it was told to know."""
        return self._growth.origins

    def forks(self, name: str) -> list[dict[str, object]]:
        """What was shown against the history of the log whose origin hashes to *name*.

        Sizes in entries, POSIX seconds; ``proven``: the file of that name convicts.

        Raises:
            TurnedAwayError: 404: it knows no such log.
        """
        origin = self._origin(name)
        return [
            {
                "seen": one.seen,
                "size": one.size,
                "proven": one.proven,
                "at": one.at,
                "name": one.name,
            }
            for one in self.evidence.shown()
            if one.origin == origin
        ]

    def fork_file(self, name: str, file: str) -> bytes | None:
        """One of these files; raises as `forks`."""
        return self.evidence.file(self._origin(name), file)

    def _origin(self, name: str) -> str:
        for origin in self.origins:
            if origin_hash(origin) == name:
                return origin
        raise TurnedAwayError(404, "no such log")

    def add_checkpoint(self, body: bytes, *, seconds: int) -> bytes:
        """Judge a request; the signature lines, which are given only once kept.

        Raises:
            TurnedAwayError: 400, 403, 404, 422, or 409 with the size.
            StoreDamagedError: what was seen before is not as it was kept.
        """

        def sign(note: Note) -> bytes:
            name = self.vkey.name
            lines = cosign(self._signer, name, note.text, seconds)
            if self._mldsa is not None:
                lines += cosign_mldsa(self._mldsa, name, note.checkpoint, seconds)
            return lines

        def refused(offered: Offered) -> None:
            if self.evidence.keep(offered, seconds=seconds):
                _LOG.error("another history was shown; both notes are kept")

        lines = self._growth.add_checkpoint(body, sign=sign, refused=refused)
        self._look_at_clock(seconds)
        return lines

    def _look_at_clock(self, seconds: int) -> None:
        """Say once that the clock was set back: readers go by the others' meanwhile.

        What it says is signed all the same. To repeat the last time would be untrue
        where that was the wrong one.
        """
        behind = self._cosigned_at - seconds
        if behind > _BACK and not self._clock_behind:
            _LOG.warning("the clock is %d seconds behind the last cosignature", behind)
        if behind <= 0 and self._clock_behind:
            _LOG.warning("the clock has caught up with the last cosignature")
        self._clock_behind = behind > _BACK or (behind > 0 and self._clock_behind)
        self._cosigned_at = max(self._cosigned_at, seconds)
