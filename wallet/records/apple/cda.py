"""Apple's export_cda.xml: the readings of export.xml once more, as one huge document.

It is kept as it is and not read: what it says stands beside it, better told. It is
known by what it calls itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.records.findings import Cause
from wallet.records.reader import AsItIs

if TYPE_CHECKING:
    from wallet.records.reader import Given


def reader(given: Given) -> AsItIs:
    """See `reader.Reader`."""
    return AsItIs(given, "apple-health-cda", Cause.SAID_ELSEWHERE)
