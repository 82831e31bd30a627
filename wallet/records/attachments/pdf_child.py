"""The text of a PDF file, read in a process of its own that can do nothing else.

``python -m`` this module: the file on standard input, one line of JSON on standard
output. Before the first byte is read the process gives up what it does not need
(`confinement`). PDFium does the reading; scripts are never run.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from wallet.records.attachments.confinement import confine

MOST_PAGES = 500
MOST_LETTERS = 200_000


def read(data: bytes) -> dict[str, Any]:
    """Pages, title and text; ``locked`` where a password is missing."""
    import pypdfium2  # noqa: PLC0415 only in the confined process

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as fault:
        return {"locked": "password" in str(fault).lower()}
    title = document.get_metadata_dict().get("Title", "")
    texts, left = [], MOST_LETTERS
    for number in range(min(len(document), MOST_PAGES)):
        if left <= 0:
            break
        try:
            text = document[number].get_textpage().get_text_range()[:left]
        except pypdfium2.PdfiumError:
            continue  # a damaged page costs its own text
        texts.append(text)
        left -= len(text)
    return {"pages": len(document), "title": title[:200], "text": "\n".join(texts)}


def main() -> int:
    """Read one file."""
    import pypdfium2  # noqa: F401, PLC0415 its library must load before the limits

    confine()
    found = read(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(found, ensure_ascii=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
