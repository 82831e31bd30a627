"""The desk over ``wallet.actions.patient``: asks it, and says its answers as views.

Everything here runs on the store's thread, except ``exists``. The modules of the
front desk are imported when they are first needed, so that the lock screen stands
before any of them is read. Each module answers for one part of the window.
"""

from __future__ import annotations

from ui.front_desk.browsing import BrowsingDesk
from ui.front_desk.by_hand import HandDesk
from ui.front_desk.emergency import EmergencyDesk
from ui.front_desk.ledger import LedgerDesk
from ui.front_desk.questions import QuestionsDesk
from ui.front_desk.sharing import SharingDesk
from ui.front_desk.sticks import StickDesk
from ui.views import Overview


class FrontDesk(
    HandDesk,
    BrowsingDesk,
    SharingDesk,
    LedgerDesk,
    StickDesk,
    EmergencyDesk,
    QuestionsDesk,
):
    """Answers pages from one home."""

    def overview(self) -> Overview:
        """Give what Home shows."""
        return Overview(
            name=self._name(),
            records=self.records_overview().total,
            permissions=self.permissions(),
            events=self.events(),
        )
