"""Tile and bundle names and bytes of a public log. C2SP tlog-tiles."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from wallet.errors import RefusedError
from wallet.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

HEIGHT = 8
WIDTH = 256
MAX_LEVEL = 63
MAX_BUNDLED = 65_535
_LENGTH = struct.Struct(">H").pack
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/"
    r"(?P<n>(?:x[0-9]{3}/)*[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


def tile_path(level: int, n: int, width: int = WIDTH) -> str:
    """Name the hash tile *n* of *level*; less than 256 wide, it is a partial one."""
    if not 0 <= level <= MAX_LEVEL:
        raise ValueError("no such tile level")
    return f"tile/{level}/{_place(n, width)}"


def bundle_path(n: int, width: int = WIDTH) -> str:
    """Name the entry bundle beside the level-0 tile *n*."""
    return f"tile/entries/{_place(n, width)}"


def parse_path(path: str) -> tuple[int | None, int, int]:
    """Read a name back into level (None for entries), number and width.

    Raises:
        ValueError: It is not exactly the name that this module would write.
    """
    read = _PATH.fullmatch(path)
    if read is None:
        raise ValueError("not a tile name")
    n = int(read["n"].replace("x", "").replace("/", ""))
    width = WIDTH if read["width"] is None else int(read["width"])
    level = None if read["level"] == "entries" else int(read["level"])
    name = bundle_path(n, width) if level is None else tile_path(level, n, width)
    if name != path:
        raise ValueError("not a tile name")
    return level, n, width


def _place(n: int, width: int) -> str:
    if n < 0 or not 1 <= width <= WIDTH:
        raise ValueError("no such tile")
    groups = [f"{n % 1_000:03}"]
    while n := n // 1_000:
        groups.insert(0, f"x{n % 1_000:03}")
    return "/".join(groups) + (f".p/{width}" if width < WIDTH else "")


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Join entries, each after its length as two bytes, big-endian.

    Raises:
        ValueError: An entry is longer than two bytes can say.
    """
    parts: list[bytes] = []
    try:
        for entry in entries:
            parts += (_LENGTH(len(entry)), entry)
    except struct.error:
        raise ValueError("entry too long for a bundle") from None
    return b"".join(parts)


def decode_bundle(data: bytes) -> list[bytes]:
    """Take a bundle apart again.

    Raises:
        RefusedError: ``malformed``: it ends in the middle, or holds over 256.
    """
    return take_apart(data, most=WIDTH)


def take_apart(data: bytes, *, most: int) -> list[bytes]:
    """Take apart what is framed as a bundle is.

    Raises:
        RefusedError: ``malformed``: it ends in the middle, or holds over *most*.
    """
    entries: list[bytes] = []
    here, end = 0, len(data)
    while here < end:
        start = here + 2
        if start > end or len(entries) == most:
            raise RefusedError(Reason.MALFORMED, "entry bundle")
        here = start + (data[here] << 8 | data[here + 1])
        entries.append(data[start:here])
    if here > end:
        raise RefusedError(Reason.MALFORMED, "entry bundle")
    return entries
