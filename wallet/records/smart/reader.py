"""SMART Health Cards and Links as files: cards, codes, links, and files links lock.

HL7 SMART Health Cards and Links 1.0.0. A card file holds cards in
``verifiableCredential``, a text one card or the numbers of its codes; a locked file
opens with the key of a link that is here already, and is then read as what it is.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wallet.records.documents import MOST_BYTES, Derived, Document
from wallet.records.fhir.flaw_tally import FlawTally
from wallet.records.fhir.resource_types import CATEGORY
from wallet.records.findings import Cause, Finding
from wallet.records.found import original, unread
from wallet.records.labels import labels_of
from wallet.records.reader import AsItIs, open_reader
from wallet.records.smart.card import MOST_CARD, Standing, read_card
from wallet.records.smart.code import PREFIX, letters_of
from wallet.records.smart.jose import BrokenError, read_object
from wallet.records.smart.link import open_file, read_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.found import Found
    from wallet.records.reader import Given, Late, Reader
    from wallet.records.smart.card import HealthCard

VERSION = 1
STANDING = "urn:heartwood:card-standing"
"""The system of the tag that says how far a record's card is believed."""
_REMARKS = {
    Standing.UNKNOWN_ISSUER: Cause.CARD_ISSUER_UNKNOWN,
    Standing.EXPIRED: Cause.CARD_ENDED,
}
_MOST_CARDS = 1_000
_MOST_OPENED = 3


def reader(given: Given) -> Reader:
    """See `reader.Reader`."""
    head = given.file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    given.file.seek(0)
    if head.startswith((b"shlink:", b"https:")):
        return Document(given, form="smart-health-link", version=VERSION, parse=link)
    return Document(given, form="smart-health-card", version=VERSION, parse=cards)


def cards(data: bytes, given: Given) -> Iterator[Derived | Finding]:
    """The records of every card in a file, and why a card is not believed."""
    if data.startswith(b"\xef\xbb\xbf"):
        yield Finding(place="/", cause=Cause.BYTE_ORDER_MARK)
        data = data[3:]
    try:
        texts = _texts(data)
    except BrokenError as broken:
        yield Derived("/", cause=Cause.CARD_REFUSED, detail=broken.rule)
        return
    aids, flaws = given.aids, FlawTally()
    for number, text in enumerate(texts, start=1):
        place = f"card {number}"
        try:
            card = read_card(text, issuers=aids.issuers, now=aids.now)
        except BrokenError as broken:
            yield Derived(place, cause=Cause.CARD_REFUSED, detail=broken.rule)
            continue
        if remark := _REMARKS.get(card.standing):
            yield Finding(place=place, cause=remark)
        yield from _records(card, place, flaws)
    yield from flaws.findings()


def _texts(data: bytes) -> list[str]:
    """Every card in JWS compact form."""
    if data.lstrip(b" \t\r\n").startswith(b"{"):
        held = read_object(data, what="the file", most=MOST_BYTES)
        listed = held.get("verifiableCredential", _of_parameters(held))
        if not isinstance(listed, list) or len(listed) > _MOST_CARDS or not listed:
            raise BrokenError("the file has no cards")
        if not all(isinstance(one, str) for one in listed):
            raise BrokenError("the file has a card that is no text")
        return listed
    if len(data) > 2 * MOST_CARD:
        raise BrokenError("the card is too large")
    try:
        words = data.decode("ascii").split()
    except UnicodeDecodeError:
        raise BrokenError("the card has letters that no card has") from None
    if not words or not words[0].startswith(PREFIX):
        return words[:_MOST_CARDS]
    single = [word for word in words if "/" not in word.removeprefix(PREFIX)]
    parts = [word for word in words if word not in single]
    return [letters_of([word]) for word in single] + (
        [letters_of(parts)] if parts else []
    )


def _of_parameters(held: dict[str, Any]) -> object:
    """Cards in a FHIR Parameters, as ``$health-cards-issue`` answers."""
    listed = held.get("parameter")
    return [
        one.get("valueString")
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and one.get("name") == "verifiableCredential"
    ]


def _records(card: HealthCard, place: str, flaws: FlawTally) -> Iterator[Derived]:
    for number, entry in enumerate(card.bundle["entry"]):
        here = f"{place} entry {number}"
        resource = entry.get("resource") if isinstance(entry, dict) else None
        rtype = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(resource, dict) or not isinstance(rtype, str):
            yield Derived(here, cause=Cause.NOT_A_RECORD)
        elif rtype not in CATEGORY:
            yield Derived(here, cause=Cause.UNKNOWN_TYPE)
        else:
            flaws.look(resource, here)
            marked = _marked(resource, card)
            yield Derived(here, marked, labels=labels_of(marked), words=card.issuer)


def _marked(resource: dict[str, Any], card: HealthCard) -> dict[str, Any]:
    """The record with its source; how sure an identity was is no label of it."""
    meta = resource.get("meta")
    meta = dict(meta) if isinstance(meta, dict) else {}
    marks = meta.pop("security", None)
    kept = [
        mark
        for mark in (marks if isinstance(marks, list) else ())
        if not (isinstance(mark, dict) and str(mark.get("code")).startswith("IAL"))
    ]
    if kept:
        meta["security"] = kept
    meta["source"] = card.iss
    meta["tag"] = [{"system": STANDING, "code": card.standing.value}]
    return {**resource, "meta": meta}


def link(data: bytes, _given: Given) -> Iterator[Derived | Finding]:
    """A link is kept, never followed."""
    try:
        held = read_link(data.decode("ascii", "replace"))
    except BrokenError as broken:
        yield Derived("/", cause=Cause.LINK_REFUSED, detail=broken.rule)
        return
    yield Derived("/", cause=Cause.LINK, words=held.label)


def locked(given: Given) -> LockedFile:
    """The reader of a file that a link locks; see `reader.Reader`."""
    return LockedFile(given)


class LockedFile:
    """An encrypted file of a link: kept as it is, and read where its key is here."""

    tail = b""
    format = "smart-health-link-file"

    def __init__(self, given: Given) -> None:
        self._given = given
        self._inner: Reader | None = None
        self.findings: list[Finding] = []

    @property
    def late(self) -> tuple[Late, ...]:
        """What was said too late inside."""
        return self._inner.late if self._inner else ()

    def name_of(self, reference: str) -> str:
        """What a resource inside is called."""
        return self._inner.name_of(reference) if self._inner else ""

    def found(self) -> Iterator[Found]:
        """The file, then everything inside it."""
        data = self._given.file.read(MOST_BYTES + 1)
        self._given.file.seek(0)
        plain = self._opened(data)
        if plain is None:
            whole = AsItIs(self._given, self.format, Cause.LINK_KEY_MISSING)
            yield from whole.found()
            self.findings += whole.findings
            return
        self._given.on_bytes(len(data))
        yield original(data, form=self.format)
        within = replace(
            self._given,
            file=io.BytesIO(plain),
            on_bytes=_silent,
            depth=self._given.depth + 1,
        )
        self._inner = open_reader(within)
        for found in self._inner.found():
            if found.facts is not None:
                yield found._replace(gap=b"", raw=b"", derived=found.resource)
            elif found.outcome is not None:
                yield unread(found.place, Cause.NOT_A_RECORD)._replace(
                    outcome=found.outcome, goes_on=found.goes_on
                )
        self.findings += self._inner.findings

    def _opened(self, data: bytes) -> bytes | None:
        if len(data) > MOST_BYTES or self._given.depth >= _MOST_OPENED:
            return None
        for key in self._given.aids.link_keys:
            try:
                return open_file(data.decode("ascii"), key=key).content
            except (BrokenError, UnicodeDecodeError):
                continue
        return None


def _silent(_size: int) -> None:
    """The outer file was counted already."""
