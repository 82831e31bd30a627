"""The people a file speaks of while it is read: you alone, or somebody else too."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import orjson

from wallet.records.person import Demographics, Match, demographics, differences, match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wallet.records.found import Found
    from wallet.records.person import Difference


class Whose(StrEnum):
    """Whether files are known to be the patient's own."""

    ASK = "ask"
    """Compare, and hold apart what may be about somebody else."""
    MINE = "mine"
    """A person said so: nothing is compared."""


class Company:
    """Everybody a file names.

    Where the wallet knows nobody yet, the first person a file names is its patient.
    Where a file names nobody, there is nothing to compare, and whoever brought it in
    is taken at their word.
    """

    def __init__(self, known: Iterable[Demographics], *, whose: Whose) -> None:
        """*known* is what the wallet's own records say of its patient."""
        self._known = list(known)
        self._whose = whose
        self._met: dict[bytes, Demographics] = {}
        self._strangers: list[Demographics] = []

    @property
    def is_mixed(self) -> bool:
        """Whether somebody was named who may be somebody else."""
        return bool(self._strangers)

    @property
    def people(self) -> tuple[Demographics, ...]:
        """Everybody named, in the order of the file."""
        return tuple(self._met.values())

    @property
    def strangers(self) -> tuple[Demographics, ...]:
        """Those who may be somebody else."""
        return tuple(self._strangers)

    @property
    def differs(self) -> tuple[Difference, ...]:
        """What speaks against the first stranger being the patient."""
        if not self._strangers:
            return ()
        return differences(self._strangers[0], self._known)

    def meet(self, batch: Sequence[Found]) -> None:
        """Look at everybody whom pieces of the file are about."""
        if self._whose is Whose.MINE:
            return
        for found in batch:
            if found.facts is not None and found.facts.rtype == "Patient":
                self._one(demographics(orjson.loads(found.resource)))

    def _one(self, met: Demographics) -> None:
        if met.fingerprint in self._met:
            return
        answer = match(met, self._known) if self._known else Match.SAME
        if met.says_nothing or answer is Match.NOBODY:
            return
        self._met[met.fingerprint] = met
        if answer is Match.UNSURE:
            self._strangers.append(met)
        else:
            # What this file adds to the picture helps with the rest of it.
            self._known.append(met)
