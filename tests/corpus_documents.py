"""What CDA documents hold, counted by another hand than their reader, broken or not.

Where things begin, by their start tags alone: the document, whose record it is, who
keeps it, the visit it is of, each section that says something, each entry, and a body
that is no XML (CDA R2 4.2, 4.3). An entry may be several records: what a reader found
is therefore counted by its places, an entry once.
"""

from __future__ import annotations

import io
import re
from collections import Counter

from wallet.records.reader import Given, open_reader

_CDA = re.compile(rb"urn:hl7-org:v3|<(?:\w+:)?ClinicalDocument[\s>]")
_UNSEEN = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_BEGUN = re.compile(
    rb"<(?:\w+:)?(?P<name>ClinicalDocument|recordTarget|custodian|componentOf|section|"
    rb"entry|nonXMLBody)(?=[\s/>])"
)
_TEXT = re.compile(
    rb"<(?:\w+:)?text(?:\s[^>]*)?(?<!/)>(.*?)</(?:\w+:)?text\s*>", re.DOTALL
)
_BLANK = re.compile(rb"<[^>]*>|\s|&nbsp;|&#160;")
_ONE_OF_SEVERAL = re.compile(r" part \d+$")


def count(text: bytes) -> Counter[str] | None:
    """The parts of a document by the name of their element; None if it is none."""
    if not text.startswith(b"<") or not _CDA.search(text[:4096]):
        return None
    plain = _UNSEEN.sub(b"", text)
    found = list(_BEGUN.finditer(plain))
    ends = [*(later.start() for later in found[1:]), len(plain)]
    return Counter(
        one["name"].decode()
        for one, end in zip(found, ends, strict=True)
        if one["name"] != b"section" or _says(plain[one.end() : end])
    )


def _says(section: bytes) -> bool:
    """Whether a section has words of its own."""
    text = _TEXT.search(section)
    return text is not None and _BLANK.sub(b"", text[1]) != b""


def found_in(data: bytes) -> tuple[int, int]:
    """What the reader makes of a file: the parts it names, and all it found in them."""
    given = Given(file=io.BytesIO(data), salt=bytes(32), on_bytes=lambda _size: None)
    places = [
        _ONE_OF_SEVERAL.sub("", one.place)
        for one in open_reader(given).found()
        if one.facts is not None or one.outcome is not None
    ]
    again = zip(places, ["", *places], strict=False)
    return sum(place != before for place, before in again), len(places)
