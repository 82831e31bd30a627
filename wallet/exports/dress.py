"""One dress: what every writer is given, what it gives back, and what it left out.

The seam for every form in which records leave: a module in this room with a function
``write(chosen: Selection) -> Dress`` and a line in `dresses.FORMS`, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wallet.exports.naming import Naming

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from pathlib import Path

    from wallet.exports.parts import Part, Shareable
    from wallet.exports.trimming import Extent


class Notice(StrEnum):
    """What a page says about who can read it."""

    OPEN_FOLDER = "open_folder"
    NAMED_READER = "named_reader"


class Why(StrEnum):
    """Why a record that was chosen is not in a dress; the list is closed."""

    GATHERS = "gathers"
    """It only speaks about other records, or nobody can look into it."""
    NO_PLACE = "no_place"
    """This form has no place for records of its kind."""
    NOBODY_NAMES_IT = "nobody_names_it"
    """Staff or a place that nothing in the dress mentions."""
    OLDER = "older"
    """An older result of a kind of which a summary has the newest."""
    SECOND_PERSON = "second_person"
    """Another entry about the person; a dress has one."""
    TAKEN_BACK = "taken_back"
    """Its source says that it was entered in error."""
    UNFIT = "unfit"
    """It breaks the rules of the form, and nothing could be mended without loss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One record that was chosen and is not in the dress; for the patient's eyes.

    ``detail`` names an element of the form, never what a record says.
    """

    record_id: bytes
    rtype: str
    title: str
    why: Why
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """The files of one dress in their order, and what is not in them.

    Attributes:
        parts: One part is a file, several are a folder; names as `parts.check_name`.
        left_out: In the order of the records; whoever reads the dress learns no more
            of it than a count.
        held: How many of the chosen records are in it.
    """

    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...] = ()
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Records already scoped, and what a writer needs to know to dress them.

    Attributes:
        records: Read several times, so not a generator; bodies may come from a store.
        extent: ``SCOPED`` unless nothing at all is held back.
        notice: What a page says about who can read it.
        made_at: When the copy is made, timezone-aware.
        salt: 32 bytes that no other package has; the dresses of one package share it.
        scratch: A private folder for what does not fit in memory.
        address_book: Staff and places the scope's labels allow.
    """

    records: Collection[Shareable]
    extent: Extent
    notice: Notice
    made_at: datetime
    salt: bytes
    scratch: Path
    address_book: tuple[Shareable, ...] = ()

    def naming(
        self,
        *,
        without: frozenset[bytes] = frozenset(),
        followers: frozenset[str] = frozenset(),
    ) -> Naming:
        """The names of this package; a new one for each dress, for it counts.

        *without* are ids of records that a dress leaves out, *followers* types that
        are in it only where another record names them.
        """
        return Naming(
            self.records,
            extent=self.extent,
            salt=self.salt,
            address_book=self.address_book,
            without=without,
            followers=followers,
        )


def left_out(record: Shareable, why: Why, *, detail: str = "") -> LeftOut:
    """Name *record* as not in the dress."""
    return LeftOut(
        record_id=record.record_id,
        rtype=record.rtype,
        title=record.title,
        why=why,
        detail=detail,
    )
