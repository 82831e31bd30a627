"""Write the files that show a ledger has signed two histories."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write_evidence(target: Path, files: Sequence[bytes]) -> list[Path]:
    """The first file at *target*, others beside it as TARGET.2 and so on."""
    written = []
    for number, data in enumerate(files, 1):
        path = target if number == 1 else target.with_name(f"{target.name}.{number}")
        path.write_bytes(data)
        written.append(path)
    return written
