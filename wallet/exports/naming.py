"""What each record is called in one package, and what its references then mean.

Names are drawn from a salt that no other package has, so that two packages share only
what the records themselves say.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any

import orjson

from wallet.exports.parts import of_types
from wallet.exports.trimming import Extent, trim
from wallet.records.fhir.facts import Names, facts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from wallet.exports.parts import Mark, Shareable

ADDRESS_BOOK = frozenset({"Location", "Organization", "Practitioner"}) | {
    "PractitionerRole"
}
"""Types that say who acted and where."""

_SALT = 32
_SAFE_DIGITS = 18  # more may not fit 64 bits


class Naming:
    """The names of one package, and each of its records as it may leave."""

    def __init__(
        self,
        records: Collection[Shareable],
        *,
        extent: Extent,
        salt: bytes,
        address_book: Iterable[Shareable] = (),
        without: frozenset[bytes] = frozenset(),
        followers: frozenset[str] = frozenset(),
    ) -> None:
        """Read every record once.

        Args:
            records: Already scoped; read again later, so not a generator.
            extent: Whether these are all records or a chosen part.
            salt: 32 bytes that no other package has.
            address_book: Staff and places that the scope's labels allow; those that
                a record mentions go along.
            without: Ids of records that have to stay behind after all: nothing in
                the package refers to them.
            followers: Types that go along only where another record mentions them.
        """
        if len(salt) != _SALT:
            raise ValueError("the salt is 32 bytes")
        self.extent = extent
        self.patient: Shareable | None = None
        self._salt = salt
        self._without = without
        self._followers = followers
        if extent is Extent.SCOPED:
            self._followers |= ADDRESS_BOOK
        self._known: dict[str, str] = {}
        self._types: dict[str, str] = {}
        for record in of_types(records, ("Patient",)):
            if self.patient is None or len(record.body) > len(self.patient.body):
                self.patient = record
        known = self.patient.record_id if self.patient else b"patient"
        self.patient_name = self._named(known)
        self._waiting: dict[str, Shareable] = {}
        self._mentioned: list[Shareable] = []
        self._medicines: list[Shareable] = []
        for record in records:
            self._remember(record)
            if self.waits(record) and record.record_id not in without:
                self._waiting[self.of(record)] = record
            if record.rtype == "Medication":
                self._medicines.append(record)
        ours = frozenset(self._known.values())
        for record in address_book:
            if (
                self.of(record) not in ours
                and record.rtype in ADDRESS_BOOK
                and record.record_id not in without
            ):
                self._remember(record)
                self._waiting[self.of(record)] = record

    def of(self, record: Shareable) -> str:
        """The ``urn:uuid`` name of *record*."""
        return self._named(record.record_id)

    def fresh(self, what: str) -> str:
        """A ``urn:uuid`` name for something this package adds; the same each time."""
        return self._named(what.encode())

    def type_of(self, name: str) -> str | None:
        """The resource type of what is called *name* here, None if nothing is."""
        return "Patient" if name == self.patient_name else self._types.get(name)

    def trimmed(self, record: Shareable) -> dict[str, Any]:
        """The resource of *record*, fit to leave."""

        def resolve(reference: str) -> str | None:
            return self._resolve(reference, record.source_name)

        trimmed = trim(
            parse_body(record.body),
            extent=self.extent,
            resolve=resolve,
            person=self.patient_name,
        )
        return _labelled(trimmed, record.labels)

    def medicines(self) -> Names:
        """What the medicines that go along are called, by their names here."""
        names = Names()
        for record in self._medicines:
            trimmed, name = self.trimmed(record), self.of(record)
            names.learn(trimmed, name, facts_of(trimmed, names).title)
        return names

    def waits(self, record: Shareable) -> bool:
        """Whether *record* only goes along if another one mentions it.

        In a scoped package so does everybody of the address book: the name of a
        therapist tells what was held back.
        """
        return record.rtype in self._followers

    def is_unnamed(self, record: Shareable) -> bool:
        """Whether *record* waits and nothing trimmed so far mentions it."""
        return self.of(record) in self._waiting

    def mentioned(self) -> Iterator[Shareable]:
        """Staff and places mentioned so far, also by each other, each once."""
        while self._mentioned:
            yield self._mentioned.pop()

    def _resolve(self, reference: str, source: str) -> str | None:
        key = _plain(reference)
        if key.startswith("Patient/"):
            return self.patient_name  # there is one, whatever a source called it
        name = self._known.get(f"{source}\0{key}") or self._known.get(key)
        if name in self._waiting:
            self._mentioned.append(self._waiting.pop(name))
        return name

    def _remember(self, record: Shareable) -> None:
        if record.record_id in self._without:
            return
        given = parse_body(record.body).get("id")
        if not isinstance(given, str):
            return
        patient = record.rtype == "Patient"
        name = self.patient_name if patient else self.of(record)
        self._types[name] = record.rtype
        for key in (f"{record.rtype}/{given}", given):
            if self._known.setdefault(key, name) != name:
                self._known[f"{record.source_name}\0{key}"] = name

    def _named(self, what: bytes) -> str:
        raw = bytearray(hashlib.sha256(self._salt + what).digest()[:16])
        raw[6] = raw[6] & 0x0F | 0x80  # RFC 9562, version 8
        raw[8] = raw[8] & 0x3F | 0x80
        return f"urn:uuid:{uuid.UUID(bytes=bytes(raw))}"


class _Decimal(str):
    """A decimal as it was written: in FHIR R4, 7.40 is not 7.4."""

    __slots__ = ()


def to_json(value: dict[str, Any]) -> bytes:
    """JSON of what `parse_body` read, on one line."""
    return orjson.dumps(value, default=_written, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def decimal(digits: str) -> Any:  # noqa: ANN401 a number for `to_json`
    """A decimal that is written with just these digits."""
    return _Decimal(digits)


def _whole(digits: str) -> int | _Decimal:
    return int(digits) if len(digits) <= _SAFE_DIGITS else _Decimal(digits)


def _written(number: _Decimal) -> orjson.Fragment:
    return orjson.Fragment(number.encode())


def parse_body(body: bytes) -> dict[str, Any]:
    """A record's JSON, its decimals as they were written."""
    parsed = json.loads(body, parse_float=_Decimal, parse_int=_whole)
    if not isinstance(parsed, dict):
        raise TypeError("a record's body is a JSON object")
    return parsed


def _labelled(resource: dict[str, Any], labels: Sequence[Mark]) -> dict[str, Any]:
    """With every label in ``meta.security``, also those a container gave it."""
    if not labels:
        return resource
    meta = resource.get("meta")
    meta = dict(meta) if isinstance(meta, dict) else {}
    carried = meta.get("security")
    carried = list(carried) if isinstance(carried, list) else []
    known = {
        (mark.get("system", ""), mark.get("code"))
        for mark in carried
        if isinstance(mark, dict)
    }
    carried += [
        {"system": label.system, "code": label.code}
        if label.system
        else {"code": label.code}
        for label in labels
        if (label.system, label.code) not in known
    ]
    return {**resource, "meta": {**meta, "security": carried}}


def _plain(reference: str) -> str:
    """``Type/id`` of a relative or absolute reference, the bare id of a urn.

    A version at the end is dropped: the newest is what is shared.
    """
    if reference.startswith("urn:"):
        return reference.rpartition(":")[2]
    segments = reference.partition("#")[0].split("/")
    if "_history" in segments:
        segments = segments[: segments.index("_history")]
    return "/".join(segments[-2:])
