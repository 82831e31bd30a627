"""Moments as the tables hold them: whole seconds since 1970 in UTC, also before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(seconds: int) -> datetime:
    """What a column of seconds says.

    >>> moment(-1).isoformat()
    '1969-12-31T23:59:59+00:00'
    """
    # Not fromtimestamp: that knows no year before 1970 on some systems.
    return _EPOCH + timedelta(seconds=seconds)
