"""What a reader hands over, piece by piece: records, what they came out of, the rest.

Four kinds of piece, told apart by what is filled in:

- a record that lies in the file as FHIR R4: ``facts``; ``body`` cuts it out of ``raw``;
- a record that was worked out from another format: ``facts`` and ``derived``, the R4
  resource as JSON, with ``reader`` saying who worked it out. Its source is its own
  ``raw``, or, where that is empty, the last original before it;
- an original: bytes that records after it come out of; ``form`` names their format and
  nothing is counted;
- what is no record: ``outcome`` says whether it is kept as it is or was not readable.

The gaps and raw bytes of all pieces and the reader's ``tail``, in their order, are the
file again.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from wallet.records import labels as label_words
from wallet.records.fhir.facts import facts_of
from wallet.records.findings import Cause
from wallet.records.receipt import Outcome
from wallet.records.sameness import sameness
from wallet.records.sensitivity import by_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wallet.records.fhir.facts import Facts, Names
    from wallet.records.record import Label
    from wallet.records.sameness import Sameness

PART = 4 << 20
"""Bytes of an original that are kept as one item."""
_LEVEL = 1  # of zlib: smaller costs more time than it saves
_BATCH = 256
_BATCH_SIZE = 4 << 20
_MOST_WORDS = 6_000
_MOST_NOTE = 60_000
_KEPT = frozenset(
    {Cause.FOREIGN_FORMAT, Cause.NOT_A_RECORD, Cause.OTHER_RELEASE, Cause.UNKNOWN_TYPE}
    | {Cause.COMPANION, Cause.LINK, Cause.ODD_NAME}
    | {Cause.COLUMNS_UNKNOWN, Cause.CARD_REFUSED, Cause.LINK_KEY_MISSING}
    | {Cause.LINK_REFUSED, Cause.SAID_ELSEWHERE}
    | {Cause.LABELS, Cause.NOT_UNDERSTOOD, Cause.UNKNOWN_ENTRY}
)
_SAID = re.compile(
    r'"(?:display|text|title|description|name|family|given|valueString|conclusion'
    r'|comment|city|productName)"\s*:\s*(?:\[\s*)?"((?:[^"\\]++|\\.)*+)"'
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")


class Found(NamedTuple):
    """One piece of a file, read as far as it can be.

    ``outcome`` is None where the vault has to say whether a record is new; a record
    may also come with ``KEPT_RAW``, where only its words could be read. ``goes_on``
    marks the later parts of one large piece. ``packed`` says that an original is
    deflated as it lies in a zip file. ``small`` is ``raw`` deflated for the vault
    (`smaller`), where a process that reads ahead has done it already.
    """

    place: str
    gap: bytes
    raw: bytes
    outcome: Outcome | None
    body: tuple[int, int]
    facts: Facts | None
    same: Sameness | None
    labels: tuple[Label, ...]
    words: str
    goes_on: bool
    derived: bytes = b""
    reader: str = ""
    form: str = ""
    packed: bool = False
    small: bytes = b""

    @property
    def resource(self) -> bytes:
        """The R4 resource of a record, as JSON."""
        first, size = self.body
        return self.derived or self.raw[first : first + size]


def original(
    raw: bytes,
    *,
    form: str,
    place: str = "/",
    gap: bytes = b"",
    goes_on: bool = False,
    packed: bool = False,
) -> Found:
    """A part of what later records come out of."""
    return Found(
        *(place, gap, raw, None, (0, 0), None, None, (), "", goes_on),
        form=form,
        packed=packed,
    )


def unread(
    place: str,
    cause: Cause,
    *,
    gap: bytes = b"",
    raw: bytes = b"",
    goes_on: bool = False,
) -> Found:
    """What is no record; without *raw* its bytes lie in the last original."""
    return Found(
        *(place, gap, raw, outcome_of(cause), (0, 0), None, None, (), "", goes_on)
    )


def smaller(data: bytes) -> bytes:
    """What is kept of *data* in the vault: a zlib stream (RFC 1950)."""
    return zlib.compress(data, _LEVEL)


def batches(found: Iterable[Found]) -> Iterator[list[Found]]:
    """Pieces by the hundred, fewer where they are large."""
    batch: list[Found] = []
    size = 0
    for piece in found:
        batch.append(piece)
        size += len(piece.raw)
        if len(batch) >= _BATCH or size >= _BATCH_SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def outcome_of(cause: Cause) -> Outcome:
    """Whether something was understood so far that it could be kept as it is."""
    return Outcome.KEPT_RAW if cause in _KEPT else Outcome.FAILED


def derived_record(
    resource: dict[str, Any],
    *,
    place: str,
    reader: str,
    salt: bytes,
    names: Names,
    labels: tuple[Label, ...] = (),
    words: str = "",
    stable: str = "",
    full_url: str = "",
    outcome: Outcome | None = None,
) -> Found:
    """A record worked out from the last original.

    Args:
        resource: FHIR R4, of a type in `fhir.resource_types.CATEGORY`.
        place: Where in the file it was, in words of the format.
        reader: Who worked it out: a name and a version, "c-cda 1".
        salt: The vault's key for names.
        names: What was read before in this file; it learns this one.
        labels: From the source or the document around it; those in the resource's
            own ``meta.security`` and those by rule are added.
        words: What search should find beside what the resource itself says.
        stable: What the source calls this very record, in every file it writes
            (``root|extension`` of a CDA id); empty if nothing does.
        full_url: What a FHIR bundle calls it.
        outcome: ``KEPT_RAW`` where the entry itself was not understood.
    """
    facts = facts_of(resource, names)
    names.learn(resource, full_url, facts.title)
    body = to_json(resource)
    text = body.decode()
    said = f"{words_in(text, facts, resource)} {words}".strip()[
        : _MOST_WORDS + _MOST_NOTE
    ]
    labels = (*label_words.labels_of(resource), *labels)
    return Found(
        *(place, b"", b"", outcome, (0, len(body)), facts),
        sameness(resource, full_url=full_url, salt=salt, stable=stable),
        label_words.with_rules(
            labels, by_rule(resource, f"{facts.title} {said}", text=text)
        ),
        said,
        goes_on=False,
        derived=body,
        reader=reader,
    )


def to_json(resource: dict[str, Any]) -> bytes:
    """A resource as JSON, numbers as they were written."""
    try:
        return orjson.dumps(resource, default=_written)
    except TypeError:  # an integer of more than 64 bits
        return orjson.dumps(_with_decimals(resource), default=_written)


def _written(number: object) -> orjson.Fragment:
    return orjson.Fragment(str(number).encode())


def _with_decimals(value: Any) -> Any:  # noqa: ANN401 JSON
    if isinstance(value, dict):
        return {key: _with_decimals(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_decimals(inner) for inner in value]
    return Decimal(value) if type(value) is int else value


def words_in(body: str, facts: Facts, resource: dict[str, Any]) -> str:
    """What full text search looks through: every word a person could have read."""
    said = dict.fromkeys(_SAID.findall(body))
    said[facts.value] = None
    text = " ".join(filter(None, said))
    if "\\" in text:
        text = _ESCAPE.sub(_unescape, text)
    if facts.rtype == "DocumentReference":
        text = f"{text} {_note(resource)}"
    return text[: _MOST_WORDS + _MOST_NOTE]


def _unescape(match: re.Match[str]) -> str:
    code, sign = match.groups()
    if code:
        letter = chr(int(code, 16))
        # Halves of a pair cannot be stored; such letters are not looked for.
        return " " if "\ud800" <= letter <= "\udfff" else letter
    return sign if sign in '"\\/' else " "


def _note(resource: dict[str, Any]) -> str:
    """The plain text inside a document."""
    contents = resource.get("content")
    for content in contents if isinstance(contents, list) else ():
        held = content.get("attachment") if isinstance(content, dict) else None
        if not isinstance(held, dict) or not isinstance(held.get("data"), str):
            continue
        if str(held.get("contentType", "")).startswith("text/plain"):
            try:
                data = base64.b64decode(held["data"][: _MOST_NOTE // 3 * 4])
            except (binascii.Error, ValueError):
                continue
            return data.decode("utf-8", "replace")
    return ""
