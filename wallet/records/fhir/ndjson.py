"""The lines of FHIR NDJSON: whether a file has them, where they end, too long ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.records.fhir.piece import REST, Piece
from wallet.records.findings import Cause
from wallet.records.json_stream import MOST_PIECE, FaultError, read_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallet.records.json_stream import Stream

_LINES_LOOKED_AT = 50
_LONGEST_FIRST = 16 << 20  # characters; a longer first line is a file of its own


def is_lines(stream: Stream) -> bool:
    """Whether each line is a value of its own, from the first lines."""
    if stream.peek() != "{":
        return False
    while "\n" not in stream.text[stream.at :]:
        if len(stream.text) > _LONGEST_FIRST or not stream.more(len(stream.text)):
            return False
    lines = stream.text[stream.at :].split("\n", _LINES_LOOKED_AT + 1)
    written = [line for line in lines if line.strip()]
    if len(written) < 2:  # noqa: PLR2004 one line is no file of lines
        return False
    if all(_object_of(line) is not None for line in written[:2]):
        return True
    held = map(_object_of, lines[:_LINES_LOOKED_AT])
    return any(value is not None and "resourceType" in value for value in held)


def end_of_line(stream: Stream) -> int | None:
    """Where the next line ends; None where it is longer than can be read."""
    looked = stream.at
    while (end := stream.text.find("\n", looked)) < 0:
        looked = len(stream.text)
        if looked - stream.at > MOST_PIECE:
            return None
        if not stream.more(looked - stream.at):
            return looked
    return end


def long_line(stream: Stream, place: str) -> Iterator[Piece]:
    """A line that is too long to be read: its bytes, in parts."""
    goes_on, end = False, -1
    while end < 0:
        end = stream.text.find("\n", stream.at, stream.at + REST)
        last = min(len(stream.text), stream.at + REST) if end < 0 else end
        gap, text = stream.claim(stream.at, last)
        yield Piece(
            place=place, gap=gap, text=text, cause=Cause.TOO_LARGE, goes_on=goes_on
        )
        stream.at, goes_on = last, True
        stream.let_go()
        if stream.at == len(stream.text) and not stream.more(REST):
            return
    stream.at += 1


def _object_of(line: str) -> dict[str, Any] | None:
    """The JSON object a line is; None if it is none by itself."""
    line = line.strip()
    if not line.startswith("{") or not line.endswith("}"):
        return None
    try:
        value = read_whole(line, 0, len(line))
    except FaultError:
        return None
    return value if isinstance(value, dict) else None
