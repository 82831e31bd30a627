"""Records ready to be dressed, and what a dress made of them."""

from datetime import UTC, datetime

from wallet.exports.dress import Notice, Selection
from wallet.exports.trimming import Extent

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def chosen(records, scratch, *, extent=Extent.WHOLE):
    """*records* as a writer takes them."""
    return Selection(
        records=list(records),
        extent=extent,
        notice=Notice.OPEN_FOLDER,
        made_at=NOW,
        salt=b"s" * 32,
        scratch=scratch,
    )


def files_of(dress):
    """Every file of a dress by its name."""
    made = {}
    for part in dress.parts:
        with part.read() as source:
            made[part.name] = source.read()
    return made
