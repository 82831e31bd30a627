"""Reads JSON piece by piece from a file: each value with its exact bytes and place.

The file may be larger than memory and may be damaged: bytes that are no UTF-8 pass
through as surrogates, so every slice gives its own bytes back, and after a fault the
reading goes on behind it where its end can be found.
"""

from __future__ import annotations

import codecs
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

from wallet.records.findings import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_PIECE = 64 << 20  # characters of one value
MOST_DEPTH = 200
_CHUNK = 1 << 20
_MOST_CHUNK = 16 << 20
_MOST_DIGITS = 400
_BLANK = re.compile(r"[ \t\n\r]*")
_BLANKS = " \t\n\r"
_PLAIN_KEY = re.compile(r'[ \t\n\r]*"([^"\\\x00-\x1f]*)"[ \t\n\r]*:')
# Possessive: a string of a million letters must not be a million ways back.
_MARK = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]"]', re.DOTALL)
_OUTSIDE = re.compile(r'["{}\[\]]')
_INSIDE = re.compile(r'["\\]')
_AFTER_BARE = re.compile(r"[,\]}\s]")
_DEEPEST = 100_000  # past this nobody looks for the end any more
_LONELY = re.compile(r"\\u[dD][89a-fA-F]")


class FaultError(Exception):
    """A value that must not be read, and why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        raise FaultError(Cause.DUPLICATE_KEY)
    return held


def _constant(_: str) -> Any:  # noqa: ANN401 never returns
    raise FaultError(Cause.NOT_A_NUMBER)


def _decimal(written: str) -> Decimal:
    if len(written) > _MOST_DIGITS:
        raise FaultError(Cause.NOT_A_NUMBER)
    return Decimal(written)


def _integer(written: str) -> int:
    if len(written) > _MOST_DIGITS:
        raise FaultError(Cause.NOT_A_NUMBER)
    return int(written)


# Decimals stay as they are written: 1.50 is not 1.5 in a laboratory.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_constant=_constant,
    parse_float=_decimal,
    parse_int=_integer,
)


def read_value(text: str, at: int) -> tuple[Any, int]:
    """Read the value that starts at *at*; answers it and where it ends.

    Raises:
        FaultError: it is not whole, or not to be read.
    """
    try:
        return _DECODER.raw_decode(text, at)
    except RecursionError:
        raise FaultError(Cause.TOO_DEEP) from None
    except ValueError:
        raise FaultError(Cause.NOT_JSON) from None


def read_whole(text: str, first: int, last: int) -> Any:  # noqa: ANN401 JSON
    """Read the one value between *first* and *last*.

    Raises:
        FaultError: it is not whole, something follows it, or it is not to be read.
    """
    value, end = read_value(text, first)
    if end != last:
        raise FaultError(Cause.NOT_JSON)
    return value


def check_piece(text: str) -> None:
    """Find what the parser lets pass: damaged letters, half letters, great depth.

    Raises:
        FaultError: as said.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise FaultError(Cause.NOT_UTF8) from None
    if "\\u" in text and _LONELY.search(text):
        try:
            json.loads(text)
            json.dumps(json.loads(text), ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise FaultError(Cause.NOT_UTF8) from None
    if text.count("{") + text.count("[") > MOST_DEPTH and _depth(text) > MOST_DEPTH:
        raise FaultError(Cause.TOO_DEEP)


def _depth(text: str) -> int:
    deepest = depth = 0
    for mark in _MARK.finditer(text):
        sign = mark.group()
        if sign in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "}]":
            depth -= 1
    return deepest


def to_bytes(text: str) -> bytes:
    """The bytes a slice of a `Stream` was read from."""
    return text.encode("utf-8", "surrogateescape")


def to_text(data: bytes) -> str:
    """The other way round."""
    return data.decode("utf-8", "surrogateescape")


class _Ending:
    """Looks for the end of a value by its brackets, as far as the window goes."""

    def __init__(self) -> None:
        self._depth = 0
        self._begun = self._quoted = self._bare = False
        self.lost = False

    def look(self, stream: Stream) -> bool:
        """Move *stream* on; true where it stands behind the value."""
        text, at, end = stream.text, stream.at, len(stream.text)
        while at < end and not self.lost:
            if self._bare:
                found = _AFTER_BARE.search(text, at)
                stream.at = found.start() if found else end
                return found is not None or stream.ended
            if not self._begun:
                self._begun, self._bare = True, text[at] not in '"{['
                continue
            found = (_INSIDE if self._quoted else _OUTSIDE).search(text, at)
            if found is None:
                break
            at = found.end()
            if found.group() == "\\":
                if at == end:  # what it escapes is not here yet
                    stream.at = at - 1
                    return False
                at += 1
            elif self._passed(found.group()):
                stream.at = at
                return True
        stream.at = end
        return self._bare and stream.ended

    def _passed(self, sign: str) -> bool:
        if sign == '"':
            self._quoted = not self._quoted
        else:
            self._depth += 1 if sign in "{[" else -1
            self.lost = self._depth > _DEEPEST
        return self._depth <= 0 and not self._quoted


class Stream:
    """A window over the text of a file; what lies before ``at`` can be let go."""

    def __init__(self, file: BinaryIO, *, on_bytes: Callable[[int], None]) -> None:
        """Start at the file's place; *on_bytes* hears of every chunk that is read."""
        self._file = file
        self._on_bytes = on_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.text = ""
        self.at = 0
        self.ended = False
        self.claimed = 0
        self._line, self._counted = 1, 0

    @property
    def line(self) -> int:
        """The number of the line ``at`` stands in, from 1; it never goes back."""
        self._count_lines(self.at)
        return self._line

    def _count_lines(self, upto: int) -> None:
        if upto > self._counted:
            self._line += self.text.count("\n", self._counted, upto)
            self._counted = upto

    def more(self, size: int = _CHUNK) -> bool:
        """Bring in about *size* bytes, as is reasonable; false at the file's end."""
        if self.ended:
            return False
        data = self._file.read(min(max(size, _CHUNK), _MOST_CHUNK))
        self._on_bytes(len(data))
        self.ended = not data
        self.text += self._decoder.decode(data, final=self.ended)
        return not self.ended

    def claim(self, start: int, end: int) -> tuple[str, str]:
        """Take a piece: answers what lay before it unclaimed, and the piece."""
        before, piece = self.text[self.claimed : start], self.text[start:end]
        self.claimed = end
        return before, piece

    def let_go(self) -> None:
        """Forget what was claimed, now and then."""
        if self.claimed > _CHUNK:
            self._count_lines(self.claimed)
            self.text = self.text[self.claimed :]
            self.at -= self.claimed
            self._counted -= self.claimed
            self.claimed = 0

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        sign = self.text[self.at : self.at + 1]
        if sign and sign not in _BLANKS:
            return sign
        while True:
            match = _BLANK.match(self.text, self.at)
            assert match is not None  # noqa: S101 the pattern matches anything
            if match.end() < len(self.text):
                self.at = match.end()
                return self.text[self.at]
            if not self.more():
                self.at = len(self.text)
                return ""

    def take(self, sign: str) -> bool:
        """Step over *sign* if it is next."""
        if self.peek() != sign:
            return False
        self.at += 1
        return True

    def value(self) -> Any:  # noqa: ANN401 JSON
        """Read the next value and step behind it.

        Raises:
            FaultError: ``at`` stays before the value; `leave` steps over it.
        """
        self.peek()
        start, ending = self.at, _Ending()
        while True:
            try:
                value, end = read_value(self.text, start)
            except FaultError as fault:
                ended = ending.look(self)
                looked, self.at = self.at, start
                if ended or ending.lost:
                    raise
                not_whole = fault.cause is Cause.NOT_JSON
                self._grow(Cause.CUT_OFF if not_whole else fault.cause)
                self.at = looked
            else:
                # A number at the very end of the window may go on.
                if end == len(self.text) and self.more():
                    continue
                self.at = end
                return value

    def key(self) -> str | None:
        """Read ``"key":`` or the closing brace, which answers None.

        Raises:
            FaultError: it is neither.
        """
        plain = _PLAIN_KEY.match(self.text, self.at)
        if plain is not None:
            self.at = plain.end()
            return plain[1]
        if self.take("}"):
            return None
        if self.peek() != '"':
            raise FaultError(Cause.NOT_JSON if self.peek() else Cause.CUT_OFF)
        key = self.value()
        if not self.take(":"):
            raise FaultError(Cause.NOT_JSON if self.peek() else Cause.CUT_OFF)
        return str(key)

    def next_of(self, closing: str) -> None:
        """Step over a comma, or stop before *closing*.

        Raises:
            FaultError: it is neither, or both.
        """
        sign = self.peek()
        if sign == closing:
            return
        if sign == ",":
            self.at += 1
            if self.peek() != closing:
                return
        raise FaultError(Cause.NOT_JSON if sign else Cause.CUT_OFF)

    def leave(self, most: int) -> Iterator[None]:
        """Step over a value that was refused, or to the end of the file.

        Stops after every *most* characters that nobody has claimed, so that they can
        be claimed and let go.
        """
        ending = _Ending()
        while not ending.look(self):
            if self.at - self.claimed >= most:
                yield
            if not self.more():
                ending.look(self)
                return

    def _grow(self, cause: Cause) -> None:
        held = len(self.text) - self.at
        if held > MOST_PIECE:
            raise FaultError(Cause.TOO_LARGE)
        if not self.more(held):
            raise FaultError(cause)
