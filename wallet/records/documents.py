"""Formats that are read whole: a function from bytes to resources becomes a reader.

The file is kept once, as the original of every record that comes out of it. The
function yields `Derived`, and a `Finding` for a remark that counts nothing; what it
cannot read it yields with a cause and goes on, and where the whole file is not readable
it raises `FaultError`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.records.fhir.facts import Names
from wallet.records.findings import Cause, Finding
from wallet.records.found import (
    PART,
    Found,
    derived_record,
    original,
    outcome_of,
    unread,
)
from wallet.records.json_stream import FaultError
from wallet.records.reader import AsItIs, Late
from wallet.records.receipt import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wallet.records.reader import Given
    from wallet.records.record import Label

MOST_BYTES = 64 << 20


class Derived(NamedTuple):
    """One thing in a document.

    With a ``resource`` (FHIR R4) it becomes a record; with a ``cause`` it is remarked
    in the import answer; with both it is a record that shows what could not be
    mapped, and it counts as kept. ``cause`` without ``resource`` is counted only:
    its bytes are in the original. ``stable`` is the source's own lasting name for it,
    ``full_url`` what a FHIR bundle calls it.
    """

    place: str
    resource: dict[str, Any] | None = None
    labels: tuple[Label, ...] = ()
    words: str = ""
    cause: Cause | None = None
    detail: str = ""
    stable: str = ""
    full_url: str = ""


class Document:
    """One document being read; see `reader.Reader`."""

    late: tuple[Late, ...] = ()
    tail = b""

    def __init__(
        self,
        given: Given,
        *,
        form: str,
        version: int,
        parse: Callable[[bytes, Given], Iterator[Derived | Finding]],
        most: int = MOST_BYTES,
    ) -> None:
        """Read *given* with *parse*, which is at *version*; at most *most* bytes."""
        self._given = given
        self._reader = f"{form} {version}"
        self._parse = parse
        self._most = most
        self._names = Names()
        self.format = form
        self.findings: list[Finding] = []

    def name_of(self, reference: str) -> str:
        """What a resource of this document is called."""
        return self._names.of(reference)

    def found(self) -> Iterator[Found]:
        """The original, then everything that comes out of it."""
        file = self._given.file
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if size > self._most:
            whole = AsItIs(self._given, self.format, Cause.TOO_LARGE)
            yield from whole.found()
            self.findings += whole.findings
            return
        parts: list[bytes] = []
        while part := file.read(PART):
            self._given.on_bytes(len(part))
            yield original(part, form=self.format, goes_on=bool(parts))
            parts.append(part)
        data = b"".join(parts)
        del parts
        yield from self._inside(data)

    def _inside(self, data: bytes) -> Iterator[Found]:
        empty = True
        try:
            for derived in self._parse(data, self._given):
                if isinstance(derived, Finding):
                    self.findings.append(derived)
                    continue
                empty = False
                yield self._one(derived)
        except FaultError as fault:
            yield self._one(Derived("/", cause=fault.cause))
        else:
            if empty:
                yield self._one(Derived("/", cause=Cause.NOT_A_RECORD))

    def _one(self, derived: Derived) -> Found:
        cause = derived.cause
        if cause is not None:
            finding = Finding(place=derived.place, cause=cause, detail=derived.detail)
            self.findings.append(finding)
        if derived.resource is None:
            return unread(derived.place, cause or Cause.NOT_A_RECORD)
        return derived_record(
            derived.resource,
            place=derived.place,
            reader=self._reader,
            salt=self._given.salt,
            names=self._names,
            labels=(*derived.labels, *self._given.labels),
            words=derived.words,
            stable=derived.stable,
            full_url=derived.full_url,
            outcome=_kept(cause),
        )


def _kept(cause: Cause | None) -> Outcome | None:
    """A remark on a record that was read is no reason to count it otherwise."""
    kept = cause is not None and outcome_of(cause) is Outcome.KEPT_RAW
    return Outcome.KEPT_RAW if kept else None
