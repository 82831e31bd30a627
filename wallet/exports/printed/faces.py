"""The types a PDF is set in, and what becomes of letters they do not have.

The text is set in Atkinson Hyperlegible Next, which the program brings along. Letters
it lacks are set in the first wide face of this computer that has them, if the script is
written from left to right without joining; such a face is read when it is needed.
Whatever is left is shown as `MISSING` and counted, so that the page can say so: a wrong
letter in a medicine's name is worse than none.
"""

from __future__ import annotations

import unicodedata
from importlib.resources import files
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REGULAR, BOLD, WIDE = "Heartwood", "Heartwood-Bold", "Heartwood-Wide"
MISSING = "[...]"
_OURS = {
    REGULAR: "AtkinsonHyperlegibleNext_400Regular.ttf",
    BOLD: "AtkinsonHyperlegibleNext_700Bold.ttf",
}
_WIDE_FACES = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/fonts-japanese-gothic.ttf",
    "/usr/share/fonts/truetype/nanum/NanumGothic.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "C:/Windows/Fonts/segoeui.ttf",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/malgun.ttf",
    "C:/Windows/Fonts/YuGothR.ttc",
)
_JOINED = frozenset({"R", "AL", "AN"})
_FIRST_JOINED, _LAST_JOINED = 0x0900, 0x109F  # Indic scripts, Thai, Tibetan, Burmese


class Faces:
    """The faces at hand; ``missing`` counts letters that could not be set."""

    def __init__(self, wide: tuple[str, ...] = _WIDE_FACES) -> None:
        """Load our own faces; those of *wide* that are there wait to be needed."""
        self.missing = 0
        room = files("resources").joinpath("fonts")
        for name, file in _OURS.items():
            _load(name, BytesIO(room.joinpath(file).read_bytes()))
        self._own = pdfmetrics.getFont(REGULAR).face.charToGlyph
        self._unread = [
            (f"{WIDE}-{number}", path)
            for number, path in enumerate(wide, start=1)
            if Path(path).is_file()
        ]
        self._wide: dict[str, dict[int, int]] = {}

    def set(self, text: str) -> str:
        """*text* in the mark-up that paragraphs are made of, each letter in a face."""
        said: list[str] = []
        plain = "".join(one for one in text if one in "\n\t" or one.isprintable())
        for face, run in _runs(plain, self._face_of):
            if face == REGULAR:
                said.append(escape(run))
            elif face:
                said.append(f'<font name="{face}">{escape(run)}</font>')
            else:
                self.missing += len(run)
                said.append(MISSING)
        return "".join(said)

    def _face_of(self, letter: str) -> str:
        if letter.isspace():
            return REGULAR
        point = ord(letter)
        if point in self._own:
            return REGULAR
        return "" if _is_joined(letter) else self._wide_face_of(point)

    def _wide_face_of(self, point: int) -> str:
        for name, letters in self._wide.items():
            if point in letters:
                return name
        while self._unread:
            name, path = self._unread.pop(0)
            if _load(name, path):
                self._wide[name] = pdfmetrics.getFont(name).face.charToGlyph
                if point in self._wide[name]:
                    return name
        return ""


def _is_joined(letter: str) -> bool:
    """Whether it is written from right to left, or changes by its neighbours."""
    if unicodedata.bidirectional(letter) in _JOINED:
        return True
    return _FIRST_JOINED <= ord(letter) <= _LAST_JOINED


def _load(name: str, source: str | BytesIO) -> bool:
    try:
        pdfmetrics.registerFont(TTFont(name, source))
    except (OSError, TTFError):
        return False
    return True


def _runs(text: str, face_of: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Neighbours in one face."""
    for face, letters in groupby(text, face_of):
        yield face, "".join(letters)
