"""Which word on an entry counts at a desk: its own copy's, or that of a stapled bundle.

A desk's own replay needs nobody's word, so its copy comes first, and an end that it
has read is final. A bundle stands in where there is no copy, or none that is as new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.ledger.bundle_view import BundleView, newest
from wallet.ledger.entry import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallet.actions.network import View
    from wallet.ledger.bundle import Stapled


def of_leaf(own: View | None, stapled: Sequence[Stapled], leaf: bytes) -> View | None:
    """Who is asked about the entry with this leaf hash."""
    return _choose(
        own,
        None if own is None else newest(stapled, origin=own.origin, leaf=leaf),
        index=lambda copy: copy.first_index(leaf),
    )


def of_index(own: View | None, stapled: Sequence[Stapled], index: int) -> View | None:
    """Who is asked about the entry at this index of the log of *own*."""
    if own is None:
        return None
    fitting = [one for one in stapled if one.index == index]
    leaves = {one.leaf for one in fitting}
    found = [newest(fitting, origin=own.origin, leaf=leaf) for leaf in leaves]
    there = [one for one in found if one is not None]
    return _choose(
        own,
        there[0] if len(there) == 1 else None,
        index=lambda copy: index if index < copy.size else None,
    )


def _choose(
    own: View | None, told: Stapled | None, *, index: Callable[[View], int | None]
) -> View | None:
    if own is None or told is None or told.quorum_time is None:
        return own
    if own.quorum_time is not None and (held := index(own)) is not None:
        is_newer = told.quorum_time > own.quorum_time
        if own.state(held) is State.ENDED or not is_newer:
            return own
    return BundleView(told, is_forked=own.is_forked)
