"""The numbers in a SMART Health Card's picture: ``shc:/`` and two digits a letter.

HL7 SMART Health Cards and Links 1.0.0, "Creating a QR code". Cards in several pictures
(``shc:/2/3/``) are an older form that is still around.
"""

from __future__ import annotations

import re

from wallet.records.smart.jose import BrokenError

PREFIX = "shc:/"
MOST_SINGLE = 1_195  # letters a picture of version 22 holds
MOST_PART = 1_191
_MOST_PARTS = 64
_LAST_LETTER = 122 - 45
_CODE = re.compile(r"shc:/(?:([1-9][0-9]{0,2})/([1-9][0-9]{0,2})/)?([0-9]+)")


def letters_of(codes: list[str]) -> str:
    """The card in JWS compact form from its one code, or from all of several.

    Raises:
        BrokenError: a code is none, is too long, is missing or stands twice.
    """
    parts: dict[int, str] = {}
    total = 1
    for code in codes:
        number, of, digits = _split(code)
        if parts and of != total:
            raise BrokenError("the codes belong to different cards")
        if number in parts:
            raise BrokenError("a code stands there twice")
        total = of
        parts[number] = _letters(digits, most=MOST_SINGLE if of == 1 else MOST_PART)
    if len(parts) != total:
        raise BrokenError("some codes of the card are missing")
    return "".join(parts[number] for number in sorted(parts))


def _split(code: str) -> tuple[int, int, str]:
    found = _CODE.fullmatch(code)
    if found is None:
        raise BrokenError("a code is not written as it should be")
    number, of, digits = found.groups()
    if number is None:
        return 1, 1, digits
    if not 1 <= int(number) <= int(of) <= _MOST_PARTS:
        raise BrokenError("a code has a number that cannot be")
    return int(number), int(of), digits


def _letters(digits: str, *, most: int) -> str:
    if len(digits) % 2:
        raise BrokenError("a code has an odd number of digits")
    if len(digits) // 2 > most:
        raise BrokenError("a code is too long for a picture")
    numbers = [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
    if max(numbers) > _LAST_LETTER:
        raise BrokenError("a code has a number that stands for no letter")
    return "".join(chr(number + 45) for number in numbers)
