"""Every form in which records can leave, by name, and the packages made of them.

A new form is one module with ``write(chosen: Selection) -> Dress`` and one line here.
Modules are imported when they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from wallet.exports.dress import Dress, Notice, Selection
from wallet.exports.trimming import Extent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from wallet.exports.parts import Part, Shareable


@dataclass(frozen=True, slots=True)
class Form:
    """A form by the name that commands use.

    Attributes:
        module: In this room; it has ``write(chosen: Selection) -> Dress``.
        ending: What a single file is called behind its last dot; empty where the
            dress is a folder.
    """

    name: str
    module: str
    ending: str


FORMS = {
    form.name: form
    for form in (
        Form("ips", "ips", "json"),
        Form("patient-shared", "patient_shared", "json"),
        Form("readable", "readable", "html"),
        Form("records", "all_records", "ndjson"),
        Form("summary", "printed_summary", "pdf"),
        Form("readable-pdf", "printed_records", "pdf"),
        Form("c-cda", "clinical_document", "xml"),
        Form("xdm", "xdm", ""),
        Form("xdm-zip", "xdm_zip", "zip"),
        Form("health-card", "health_card", "smart-health-card"),
        Form("card-pictures", "card_pictures", ""),
        Form("health-link", "health_link", ""),
    )
}
"""In the order in which a list of choices shows them."""
_PACKAGE = ("readable", "patient-shared", "ips", "xdm-zip")
"""What every package holds, in the order of its manifest."""
_WHOLE = (*_PACKAGE, "summary", "records")


def dress(name: str, chosen: Selection) -> Dress:
    """The chosen records in the form called *name*, one of `FORMS`."""
    module = import_module(f"wallet.exports.{FORMS[name].module}")
    made: Dress = module.write(chosen)
    return made


def dresses(
    records: Collection[Shareable],
    *,
    extent: Extent,
    notice: Notice,
    made_at: datetime,
    salt: bytes,
    scratch: Path,
    address_book: Iterable[Shareable] = (),
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[Part, ...]:
    """Every dress of a package, as parts in a fixed order (PROTOCOL.md 5).

    *told* hears before each dress how many of how many are done; for the other
    arguments see `dress.Selection`.
    """
    chosen = Selection(
        records=records,
        extent=extent,
        notice=notice,
        made_at=made_at,
        salt=salt,
        scratch=scratch,
        address_book=tuple(address_book),
    )
    return tuple(_dressed(_PACKAGE, chosen, told))


def whole_history(
    records: Collection[Shareable],
    *,
    made_at: datetime,
    salt: bytes,
    scratch: Path,
    originals: Iterable[Part] = (),
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[Part, ...]:
    """Everything, for a folder or stick: the dresses, every record, every source.

    *told* hears before each dress how many of how many are done.
    """
    chosen = Selection(
        records=records,
        extent=Extent.WHOLE,
        notice=Notice.OPEN_FOLDER,
        made_at=made_at,
        salt=salt,
        scratch=scratch,
    )
    return (*_dressed(_WHOLE, chosen, told), *originals)


def _dressed(
    names: Sequence[str], chosen: Selection, told: Callable[[int, int], None]
) -> Iterator[Part]:
    for done, name in enumerate(names):
        told(done, len(names))
        yield from dress(name, chosen).parts
