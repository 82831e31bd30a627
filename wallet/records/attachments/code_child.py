"""The QR codes in a picture, read in a process of its own that can do nothing else.

``python -m`` this module: the file on standard input, one line of JSON on standard
output. Only PNG and JPEG are decoded, and none of more than 40 million points.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

from wallet.records.attachments.confinement import confine

MOST_POINTS = 40_000_000
MOST_CODES = 16
_MOST_LETTERS = 12_000
_KINDS = ("PNG", "JPEG")


def read(data: bytes) -> dict[str, Any]:
    """Every code's text, as a reader at a till would see it; none of a damaged file."""
    import zxingcpp  # noqa: PLC0415 only in the confined process
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    try:
        with Image.open(io.BytesIO(data), formats=_KINDS) as picture:
            if picture.width * picture.height > MOST_POINTS:
                return {"codes": []}
            grey = picture.convert("L")
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError):
        return {"codes": []}
    kind = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    found = zxingcpp.read_barcodes(grey, formats=kind)
    texts = [code.text for code in found[:MOST_CODES]]
    return {"codes": [text for text in texts if len(text) <= _MOST_LETTERS]}


def main() -> int:
    """Read one file."""
    import zxingcpp  # noqa: F401, PLC0415 libraries must load before the limits
    from PIL import JpegImagePlugin, PngImagePlugin  # noqa: F401, PLC0415

    confine()
    found = read(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(found, ensure_ascii=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
