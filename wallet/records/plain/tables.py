"""Reads the tables of ``resources/names``: a line an entry, tabs between cells."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def rows(name: str) -> Iterator[tuple[str, ...]]:
    """The lines of one table without its remarks, each as its cells."""
    text = files("resources").joinpath(f"names/{name}.tsv").read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield tuple(line.split("\t"))
