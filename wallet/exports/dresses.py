"""The same records in every dress this version makes, as parts in a fixed order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.exports import patient_shared, readable
from wallet.exports.naming import Naming
from wallet.exports.parts import Part, spooled
from wallet.exports.trimming import Extent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from wallet.exports.parts import Shareable


def dresses(
    records: Collection[Shareable],
    *,
    extent: Extent,
    notice: readable.Notice,
    made_at: datetime,
    salt: bytes,
    scratch: Path,
    address_book: Iterable[Shareable] = (),
) -> tuple[Part, ...]:
    """The readable page and the patient-shared bundle (PROTOCOL.md 5).

    Args:
        records: Already scoped; read several times.
        extent: ``SCOPED`` unless nothing at all is held back.
        notice: What the page says about who can read it.
        made_at: When the package was made.
        salt: 32 bytes that no other package has.
        scratch: A private folder for what does not fit in memory.
        address_book: Staff and places the scope's labels allow.
    """
    book = tuple(address_book)

    def naming() -> Naming:
        return Naming(records, extent=extent, salt=salt, address_book=book)

    return (
        spooled(
            readable.PATH,
            lambda sink: readable.write_readable(
                records, sink, naming=naming(), made_at=made_at, notice=notice
            ),
            scratch=scratch,
        ),
        spooled(
            patient_shared.PATH,
            lambda sink: patient_shared.write_patient_shared(
                records, sink, naming=naming(), made_at=made_at
            ),
            scratch=scratch,
        ),
    )


def whole_history(
    records: Collection[Shareable],
    *,
    made_at: datetime,
    salt: bytes,
    scratch: Path,
    originals: Iterable[Part] = (),
) -> tuple[Part, ...]:
    """Everything, for a folder or stick: the dresses, every record, every source."""
    dressed = dresses(
        records,
        extent=Extent.WHOLE,
        notice=readable.Notice.OPEN_FOLDER,
        made_at=made_at,
        salt=salt,
        scratch=scratch,
    )
    every = spooled(
        patient_shared.ALL_PATH,
        lambda sink: patient_shared.write_all(records, sink),
        scratch=scratch,
    )
    return (*dressed, every, *originals)
