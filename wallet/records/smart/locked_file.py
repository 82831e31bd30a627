"""The door of `smart.reader` for files that a link locks."""

from __future__ import annotations

from wallet.records.smart.reader import locked as reader

__all__ = ["reader"]
