"""Files about somebody else: who they are about, and what the patient says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallet.actions.patient.company import Whose
from wallet.actions.patient.importing import claim
from wallet.records.person import Demographics, Difference, differences
from wallet.vault import held, identity

if TYPE_CHECKING:
    from datetime import datetime

    from wallet.actions.patient.session import Session

__all__ = [
    "Demographics",
    "Difference",
    "HeldFile",
    "Whose",
    "claim",
    "held_files",
    "leave_out",
    "myself",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile:
    """One file held apart; ``settled`` once it is said to be about somebody else.

    ``differs`` says what speaks against the person nearest to the patient.
    """

    key: str
    name: str
    arrived: datetime
    people: tuple[Demographics, ...]
    differs: tuple[Difference, ...]
    settled: bool


def held_files(wallet: Session) -> tuple[HeldFile, ...]:
    """Every file held apart, newest first."""
    known = identity.known(wallet.store, person=wallet.person)
    return tuple(
        HeldFile(
            key=one.key,
            name=one.name,
            arrived=one.arrived,
            people=one.people,
            differs=min(
                (differences(who, known) for who in one.people), key=len, default=()
            ),
            settled=one.state is held.State.OTHER,
        )
        for one in held.files(wallet.store, person=wallet.person)
    )


def leave_out(wallet: Session, key: str) -> None:
    """Say that a file is about somebody else: it stays apart, and so does its like.

    Raises:
        UsageError: no file held apart goes by *key*.
    """
    with wallet.store.transaction():
        one = held.find(wallet.store, key, person=wallet.person)
        held.answer(wallet.store, one, held.State.OTHER)


def myself(wallet: Session) -> Demographics | None:
    """Who the patient is, as the first of their records says; None before one does."""
    return next(iter(identity.known(wallet.store, person=wallet.person)), None)
