"""An IHE XDM medium as one zip file, as portals hand it out and mail carries it."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from wallet.exports import xdm
from wallet.exports.dress import Dress
from wallet.exports.parts import spooled

if TYPE_CHECKING:
    from wallet.exports.dress import Selection

PATH = "health-records-xdm.zip"
_OLDEST = (1980, 1, 1, 0, 0, 0)  # a zip file knows no time before


def write(chosen: Selection) -> Dress:
    """The medium as one zip file, as portals hand it out."""
    folder = xdm.write(chosen)

    def pack(sink: BinaryIO) -> None:
        when = chosen.made_at.timetuple()[:6]
        with zipfile.ZipFile(
            cast("BinaryIO", _Tail(sink)), "w", zipfile.ZIP_DEFLATED
        ) as packed:
            for part in folder.parts:
                named = zipfile.ZipInfo(part.name, date_time=max(when, _OLDEST))
                named.compress_type = zipfile.ZIP_DEFLATED
                with part.read() as source, packed.open(named, "w") as inner:
                    while piece := source.read(1 << 20):
                        inner.write(piece)

    part = spooled(PATH, pack, scratch=chosen.scratch)
    return Dress(parts=(part,), left_out=folder.left_out, held=folder.held)


class _Tail(io.RawIOBase):
    """What a zip file is written to from its beginning to its end; it never seeks."""

    def __init__(self, sink: BinaryIO) -> None:
        super().__init__()
        self._sink = sink

    def writable(self) -> bool:
        """Only that."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 any buffer
        """Take the next bytes."""
        return self._sink.write(bytes(data))
