"""A text as a QR picture (ISO/IEC 18004), for a screen, a page or a printer.

The numbers of a health card stand in numeric mode behind a few letters, so that a card
of 1,195 letters fits version 22.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_QUIET = 4  # modules of white on each side


@dataclass(frozen=True, slots=True)
class Modules:
    """The dark and light squares, row by row, without the white around them."""

    size: int
    dark: tuple[tuple[bool, ...], ...]


def numeric(jws: str) -> str:
    """A health card as the numbers of its picture: two digits a letter.

    HL7 SMART Health Cards and Links 1.0.0, "Creating a QR code".
    """
    return "shc:/" + "".join(f"{ord(letter) - 45:02}" for letter in jws)


def modules(text: str) -> Modules:
    """The picture of *text* with the lowest level of repair (L).

    Raises:
        ValueError: *text* is too long for any picture.
    """
    import zxingcpp  # noqa: PLC0415 only where a picture is wanted

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    image = zxingcpp.write_barcode_to_image(code, add_quiet_zones=False)
    points: Any = image  # a buffer of rows, which its types do not say
    rows: Any = memoryview(points).tolist()
    dark = tuple(tuple(value == 0 for value in row) for row in rows)
    return Modules(len(dark), dark)


def svg(drawn: Modules, *, title: str) -> bytes:
    """The picture as SVG: one path, no script, no outer address.

    *title* is what a screen reader says; plain ASCII without signs of markup.
    """
    side = drawn.size + 2 * _QUIET
    path = "".join(
        f"M{x + _QUIET} {y + _QUIET}h{length}v1h-{length}z"
        for y, row in enumerate(drawn.dark)
        for x, length in _runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'width="{side * 4}" height="{side * 4}" shape-rendering="crispEdges" '
        f'role="img"><title>{title}</title><rect width="{side}" height="{side}" '
        f'fill="#FFFFFF"/><path d="{path}" fill="#000000"/></svg>\n'
    ).encode()


def _runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Where dark squares begin, and how many stand side by side."""
    found: list[tuple[int, int]] = []
    start = None
    for x, dark in enumerate((*row, False)):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            found.append((start, x - start))
            start = None
    return found
