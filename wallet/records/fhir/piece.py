"""One piece of a FHIR JSON file: a resource as it lies there, or why it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.records.findings import Cause
from wallet.records.json_stream import FaultError, check_piece

if TYPE_CHECKING:
    from wallet.records.record import Label

REST = 4 << 20
"""Characters; what cannot be read comes in pieces of at most so many."""


class Piece(NamedTuple):
    """One resource as it lies in the file, or a part that could not be read.

    ``first`` and ``last`` cut the resource out of ``text``, which may be the bundle
    entry around it. ``goes_on`` marks the later parts of one large unreadable piece.
    """

    place: str
    gap: str
    text: str
    first: int = 0
    last: int = 0
    resource: dict[str, Any] | None = None
    full_url: str = ""
    inherited: tuple[Label, ...] = ()
    cause: Cause | None = None
    goes_on: bool = False


def piece_of(
    place: str,
    gap: str,
    text: str,
    span: tuple[int, int],
    value: object,
    *,
    full_url: str = "",
    inherited: tuple[Label, ...] = (),
) -> Piece:
    """A value as a piece, which says itself why it is no record."""
    cause = None
    try:
        check_piece(text)
        if not isinstance(value, dict):
            raise FaultError(Cause.NOT_A_RECORD)  # noqa: TRY301
    except FaultError as fault:
        cause = fault.cause
    return Piece(
        place=place or "/",
        gap=gap,
        text=text,
        first=span[0],
        last=span[1],
        resource=value if isinstance(value, dict) and cause is None else None,
        full_url=full_url,
        inherited=inherited,
        cause=cause,
    )
