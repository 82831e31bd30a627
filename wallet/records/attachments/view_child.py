"""Pictures of a file to look at, made in a process of its own that can do nothing else.

``python -m`` this module: the file on standard input, one line of JSON on standard
output; a number asks for pages so many points of light wide. A PDF becomes pictures of
its first pages, PNG and JPEG become points of light, a DICOM file its first picture, a
CDA document or a page of the web its words. Scripts are never run, and nothing a file
points at is fetched.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from typing import Any

from wallet.records.attachments.confinement import confine

MOST_PAGES = 8
_MOST_POINTS = 40_000_000
_PAGE_WIDTH = 900
_WIDEST_PAGE = 2_400
_MOST_SIDE = 1_200
_MOST_LETTERS = 20_000  # of a page
_KINDS = ("PNG", "JPEG")


def read(data: bytes, wide: int = _PAGE_WIDTH) -> dict[str, Any]:
    """``pictures`` and how many there are in ``all``; none of a damaged file."""
    if data.startswith(b"%PDF") or b"%PDF-" in data[:1024]:
        return _pages(data, min(wide, _WIDEST_PAGE))
    if data[128:132] == b"DICM":
        return _scan(data)
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _letter(data)
    return _picture(data)


def _pages(data: bytes, wide: int) -> dict[str, Any]:
    import pypdfium2  # noqa: PLC0415 only in the confined process

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return _none()
    found = []
    for number in range(min(len(document), MOST_PAGES)):
        try:
            page = document[number]
            scale = min(wide / max(1.0, page.get_width()), 4.0 * wide / _PAGE_WIDTH)
            if page.get_height() * scale > 4 * _PAGE_WIDTH:
                scale = 4 * _PAGE_WIDTH / page.get_height()
            image = page.render(scale=scale).to_pil().convert("RGB")
        except (pypdfium2.PdfiumError, ValueError, MemoryError):
            continue  # a damaged page costs its own picture
        said = _text_of(page)
        found.append(_shown(image.width, image.height, image.tobytes(), said=said))
    return {"pictures": found, "all": len(document)}


def _text_of(page: Any) -> str:  # noqa: ANN401 the library's own page
    import pypdfium2  # noqa: PLC0415

    try:
        return str(page.get_textpage().get_text_range())[:_MOST_LETTERS]
    except pypdfium2.PdfiumError:
        return ""  # it can still be looked at


def _letter(data: bytes) -> dict[str, Any]:
    from wallet.records.attachments.web_page import is_web_page, words_of  # noqa: PLC0415
    from wallet.records.cda.readable import readable  # noqa: PLC0415

    said = words_of(data) if is_web_page(data) else readable(data)
    return {**_none(), "text": said}


def _picture(data: bytes) -> dict[str, Any]:
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415

    try:
        with Image.open(io.BytesIO(data), formats=_KINDS) as picture:
            if picture.width * picture.height > _MOST_POINTS:
                return _none()
            upright = ImageOps.exif_transpose(picture)
            ground = Image.new("RGB", upright.size, "white")
            with_edges = upright.convert("RGBA")
            ground.paste(with_edges, mask=with_edges.getchannel("A"))
    except (OSError, SyntaxError, ValueError, MemoryError, UnidentifiedImageError):
        return _none()
    ground.thumbnail((_MOST_SIDE, _MOST_SIDE))
    return {
        "pictures": [_shown(ground.width, ground.height, ground.tobytes())],
        "all": 1,
    }


def _scan(data: bytes) -> dict[str, Any]:
    from wallet.records.dicom.picture import first_picture  # noqa: PLC0415
    from wallet.records.json_stream import FaultError  # noqa: PLC0415

    try:
        found = first_picture(data)
    except FaultError:
        return _none()
    if found is None:
        return _none()
    return {"pictures": [_shown(found.width, found.height, found.pixels)], "all": 1}


def _none() -> dict[str, Any]:
    return {"pictures": [], "all": 0}


def _shown(width: int, height: int, pixels: bytes, *, said: str = "") -> dict[str, Any]:
    held = base64.b64encode(pixels).decode("ascii")
    return {"width": width, "height": height, "pixels": held, "text": said}


def main() -> int:
    """Read one file."""
    # Libraries must load before the limits.
    import pypdfium2  # noqa: F401, PLC0415
    from PIL import (  # noqa: F401, PLC0415
        Jpeg2KImagePlugin,
        JpegImagePlugin,
        PngImagePlugin,
    )

    from wallet.records.attachments import web_page  # noqa: F401, PLC0415
    from wallet.records.cda import readable  # noqa: F401, PLC0415
    from wallet.records.dicom import picture  # noqa: F401, PLC0415

    confine()
    wide = int(sys.argv[1]) if len(sys.argv) > 1 else _PAGE_WIDTH
    sys.stdout.write(json.dumps(read(sys.stdin.buffer.read(), wide)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
