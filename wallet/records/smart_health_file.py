"""The door of `smart_health` for files that a link locks."""

from __future__ import annotations

from wallet.records.smart_health import locked as reader

__all__ = ["reader"]
