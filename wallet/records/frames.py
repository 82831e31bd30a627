"""Pieces of a file as bytes, from the process that reads it to the one that keeps it.

A frame is a length of four bytes, JSON of that length, and the bytes of which the JSON
gives the sizes. Nothing in it names code: who reads a hostile file may send what it
likes and gets no further than a wrong piece of that file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import orjson

from wallet.records.fhir.facts import Facts
from wallet.records.findings import Cause, Finding
from wallet.records.found import Found
from wallet.records.reader import Late
from wallet.records.receipt import Outcome
from wallet.records.record import Label
from wallet.records.sameness import Sameness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LENGTH = 4
_CODES = Facts._fields.index("codes")
_OTHER = {_CODES, Facts._fields.index("start"), Facts._fields.index("end")}
MOST = 1 << 30
"""Bytes of the JSON, or of one part: a single piece may be as large as a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Some pieces of a file, and how many bytes of it were read for them."""

    size: int
    found: list[Found] = field(repr=False)


@dataclass(slots=True, kw_only=True)
class End:
    """What a reader knows once it has come to the end; see `reader.Reader`.

    ``names`` answers ``name_of`` for what the records sent are waiting for; ``fault``
    is the number of the system's error that ended it before its time, or 0.
    """

    format: str = "unknown"
    findings: list[Finding] = field(default_factory=list)
    tail: bytes = field(default=b"", repr=False)
    late: tuple[Late, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    fault: int = 0


class FrameError(Exception):
    """What came is no frame: whoever sent it has ended, or is not to be believed."""


def write(out: IO[bytes], what: Pieces | End) -> None:
    """Send one frame, whole."""
    if isinstance(what, Pieces):
        said: Any = {"size": what.size, "found": [_row(one) for one in what.found]}
        held = [part for one in what.found for part in _held(one)]
    else:
        said, held = _said(what), [what.tail]
    text = orjson.dumps(said)
    out.write(len(text).to_bytes(_LENGTH, "big"))
    out.write(text)
    for part in held:
        out.write(part)
    out.flush()


def read(source: IO[bytes]) -> Pieces | End:
    """Receive one frame.

    Raises:
        FrameError: there is none, or it is not whole, or nothing that can be sent.
    """
    size = int.from_bytes(source.read(_LENGTH), "big")
    text = _part(source, size)
    try:
        return _frame(orjson.loads(text), source)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise FrameError("no such frame") from error


def _part(source: IO[bytes], size: int) -> bytes:
    if not 0 <= size <= MOST:
        raise FrameError("a part of no such size")
    part = source.read(size)
    if len(part) != size:
        raise FrameError("a frame that is cut off")
    return part


def _frame(said: dict[str, Any], source: IO[bytes]) -> Pieces | End:
    if "found" in said:
        found = [_piece(row, source) for row in said["found"]]
        return Pieces(size=int(said["size"]), found=found)
    return End(
        format=str(said["format"]),
        findings=[
            Finding(place=place, cause=Cause(cause), detail=detail, more=more)
            for place, cause, detail, more in said["findings"]
        ],
        tail=_part(source, said["tail"]),
        late=tuple(
            Late(place=place, labels=_labels(labels)) for place, labels in said["late"]
        ),
        names=dict(said["names"]),
        fault=int(said["fault"]),
    )


def _said(end: End) -> dict[str, Any]:
    return {
        "format": end.format,
        "findings": [
            (one.place, one.cause, one.detail, one.more) for one in end.findings
        ],
        "late": [(one.place, _label_rows(one.labels)) for one in end.late],
        "names": end.names,
        "tail": len(end.tail),
        "fault": end.fault,
    }


def _held(one: Found) -> tuple[bytes, ...]:
    return one.gap, one.raw, one.derived, one.small


def _row(one: Found) -> tuple[Any, ...]:
    sizes = tuple(map(len, _held(one)))
    return (
        *(sizes, one.place, one.outcome, one.body),
        None if one.facts is None else tuple(one.facts),
        None if one.same is None else _same_row(one.same),
        _label_rows(one.labels) if one.labels else (),
        *(one.words, one.goes_on, one.reader, one.form, one.packed),
    )


def _piece(given: Sequence[Any], source: IO[bytes]) -> Found:
    sizes, *row = given
    gap, raw, derived, small = (_part(source, size) for size in sizes)
    place, outcome, body, facts, same, labels, words, goes_on, *rest = row
    reader, form, packed = rest
    _expect_text(place, words, reader, form)
    _expect_numbers(*body, goes_on, packed)
    return Found(
        place=place,
        gap=gap,
        raw=raw,
        outcome=None if outcome is None else Outcome(outcome),
        body=(int(body[0]), int(body[1])),
        facts=None if facts is None else _facts(facts),
        same=None if same is None else _same(same),
        labels=_labels(labels) if labels else (),
        words=words,
        goes_on=goes_on,
        derived=derived,
        reader=reader,
        form=form,
        packed=packed,
        small=small,
    )


def _facts(row: list[Any]) -> Facts:
    row[_CODES] = tuple(row[_CODES])
    facts = Facts._make(row)
    texts = [value for at, value in enumerate(row) if at not in _OTHER]
    _expect_text(*texts, *facts.codes)
    _expect_numbers(facts.start or 0, facts.end or 0)
    return facts


def _same_row(same: Sameness) -> tuple[Any, ...]:
    numbers = [one.hex() for one in same.by_number]
    held = same.key.hex(), same.space.hex(), numbers, same.body_hash.hex()
    return (*held, same.updated)


def _same(row: Sequence[Any]) -> Sameness:
    key, space, numbers, body_hash, updated = row
    _expect_text(updated)
    return Sameness(
        bytes.fromhex(key),
        bytes.fromhex(space),
        tuple(bytes.fromhex(one) for one in numbers),
        bytes.fromhex(body_hash),
        updated,
    )


def _expect_text(*values: str) -> None:
    "".join(values)  # which takes nothing else


def _expect_numbers(*values: int) -> None:
    sum(values)


def _label_rows(labels: Sequence[Label]) -> list[tuple[str, str, str]]:
    return [(one.code, one.system, one.basis) for one in labels]


def _labels(rows: Sequence[Any]) -> tuple[Label, ...]:
    for row in rows:
        _expect_text(*row)
    return tuple(
        Label(code=code, system=system, basis=basis) for code, system, basis in rows
    )
