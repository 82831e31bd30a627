"""Whose wallet this is, as far as its own records say: their Patient resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from wallet.records.person import demographics
from wallet.vault.sources import open_item

if TYPE_CHECKING:
    from wallet.records.person import Demographics
    from wallet.store.connection import Store

_MOST = 100


def known(store: Store, *, person: int) -> tuple[Demographics, ...]:
    """What the records of *person* say of them, each description once.

    Empty before the first record that names anybody. What was erased is not known
    any more.
    """
    rows = store.all(
        "SELECT v.item_row, v.body_from, v.body_size FROM record AS r "
        "JOIN version AS v ON v.record_row = r.row WHERE r.person_id = ? "
        "AND r.category = 'person' AND r.rtype = 'Patient' "
        "ORDER BY r.row, v.number DESC LIMIT ?",
        (person, _MOST),
    )
    found: dict[bytes, Demographics] = {}
    for item, first, size in rows:
        body = open_item(store, item)[first : first + size]
        told = demographics(orjson.loads(body))
        if not told.says_nothing:
            found[told.fingerprint] = told
    return tuple(found.values())
