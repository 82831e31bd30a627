"""What this wallet knows that helps to read files: issuers, keys of links, columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.actions.patient.home import ISSUERS
from wallet.actions.patient.pdf_text import read_pdf
from wallet.actions.patient.picture_codes import read_codes
from wallet.errors import UsageError
from wallet.records.aids import Aids
from wallet.records.json_stream import FaultError
from wallet.records.smart.issuers import Issuers
from wallet.records.smart.jose import BrokenError
from wallet.records.smart.link import read_link
from wallet.records.tables import columns as mapping
from wallet.records.tables.rows import read_table
from wallet.vault import column_maps, sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from wallet.actions.patient.paths import Named
    from wallet.actions.patient.session import Session

_MOST_LINK = 16 << 10
_MOST_LINKS = 1_000
_MOST_TABLE = 64 << 20


def aids_for(wallet: Session, files: Sequence[Named], *, now: datetime) -> Aids:
    """Everything that helps to read *files*, links among them included."""
    links = [*_links_kept(wallet), *_links_among(files)]
    return Aids(
        now=now,
        issuers=_issuers(wallet.home / "trust" / ISSUERS),
        link_keys=tuple(dict.fromkeys(links)),
        read_pdf=read_pdf,
        read_codes=read_codes,
        columns=column_maps.all_of(wallet.store, person=wallet.person),
    )


def remember_columns(wallet: Session, files: Iterable[Named], text: str) -> None:
    """Keep what a person says of the columns of the tables among *files*.

    Raises:
        UsageError: it does not fit, or none of the files is a table.
    """
    heads = [head for file in files if (head := _head_of(file))]
    if not heads:
        raise UsageError("--columns needs a table among the files")
    found = {mapping.fingerprint(head): mapping.said(text, head) for head in heads}
    with wallet.store.transaction():
        for name, columns in found.items():
            column_maps.keep(wallet.store, name, columns, person=wallet.person)


def _issuers(path: Path) -> Issuers:
    """The trusted issuers; nobody where the list is missing or damaged."""
    try:
        return Issuers.parse(path.read_bytes())
    except (OSError, BrokenError):
        return Issuers()


def _links_kept(wallet: Session) -> Iterator[bytes]:
    for source in sources.of_format(
        wallet.store, "smart-health-link", person=wallet.person
    )[:_MOST_LINKS]:
        if source.size <= _MOST_LINK:
            yield from _key_in(b"".join(sources.original(wallet.store, source)))


def _links_among(files: Sequence[Named]) -> Iterator[bytes]:
    for file in files:
        if file.cause is None and file.size <= _MOST_LINK:
            try:
                yield from _key_in(file.path.read_bytes())
            except OSError:
                continue


def _key_in(data: bytes) -> Iterator[bytes]:
    if b"shlink:/" in data:
        try:
            yield read_link(data.decode("ascii", "replace")).key
        except BrokenError:
            return


def _head_of(file: Named) -> tuple[str, ...]:
    if file.cause is not None or file.size > _MOST_TABLE:
        return ()
    try:
        return read_table(file.path.read_bytes()).head
    except (OSError, FaultError):
        return ()
