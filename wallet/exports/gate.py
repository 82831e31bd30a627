"""The gate every FHIR dress goes through: what breaks the rules of R4 stays behind.

A record is mended where that loses nothing (`mending`). What cannot be mended is left
out and named, and the dress is made again without it, so that nothing refers to it.
The person and those of the address book are never left out for one bad element: that
element is, and is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.exports.dress import LeftOut, Why, left_out
from wallet.exports.mending import mended, without
from wallet.exports.naming import ADDRESS_BOOK, decimal
from wallet.exports.whose import born, with_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallet.exports.dress import Selection
    from wallet.exports.naming import Naming
    from wallet.exports.parts import Part, Shareable

_KEPT = ADDRESS_BOOK | {"Patient"}


class Gate:
    """One making of one dress; ``stopped`` and ``cut`` say what did not go through."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming
        self.stopped: dict[bytes, LeftOut] = {}
        self.cut: dict[bytes, LeftOut] = {}

    def passed(self, record: Shareable) -> dict[str, Any] | None:
        """The resource of *record* as it may leave, or None: it stays behind."""
        made = self.naming.trimmed(record)
        made.pop("_id", None)  # belongs to the name that goes
        made["id"] = self.naming.of(record).removeprefix("urn:uuid:")
        if record.rtype == "Patient":
            made = born(made)
            made["id"] = self.naming.patient_name.removeprefix("urn:uuid:")
        made = with_person(made, self.naming.patient_name)
        made, flaws = mended(
            made,
            person=self.naming.patient_name,
            type_of=self.naming.type_of,
            number=decimal,
        )
        if not flaws:
            return made
        named = left_out(record, Why.UNFIT, detail=flaws[0].element)
        if record.rtype not in _KEPT:
            self.stopped[record.record_id] = named
            return None
        self.cut[record.record_id] = named
        made, flaws = mended(
            without(made, flaws),
            person=self.naming.patient_name,
            type_of=self.naming.type_of,
        )
        return made if not flaws else {"resourceType": record.rtype}


def made_fit(
    chosen: Selection,
    make: Callable[[Gate], Part],
    *,
    behind: frozenset[bytes] = frozenset(),
    followers: frozenset[str] = frozenset(),
) -> tuple[Part, Naming, tuple[LeftOut, ...]]:
    """Make a dress until all that is in it passes.

    Args:
        chosen: What is dressed.
        make: Writes the whole dress; called again where something was stopped.
        behind: Ids of records that are not in it anyway.
        followers: Types that are in it only where another record names them.

    Returns:
        The dress, the names in it, and what is missing for its flaws.
    """
    stopped: dict[bytes, LeftOut] = {}
    while True:
        gone = behind | stopped.keys()
        gate = Gate(chosen.naming(without=gone, followers=followers))
        part = make(gate)
        if not gate.stopped.keys() - stopped.keys():
            return part, gate.naming, (*stopped.values(), *gate.cut.values())
        stopped |= gate.stopped
