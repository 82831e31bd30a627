"""What the desk answers about the emergency card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import emergency_answers
from ui.front_desk.opened import now
from ui.front_desk.records import RecordsDesk

if TYPE_CHECKING:
    from pathlib import Path

    from ui.emergency_views import Draft, Offer, Wish
    from ui.record_views import Picture
    from wallet.actions.patient import emergency

_ON_SCREEN, _ON_PAPER = 900, 2_400  # points of light across


class EmergencyDesk(RecordsDesk):
    """Offers, drafts, saves and prints the card."""

    _offers: emergency.Offers | None = None

    def lock(self) -> None:
        """Forget what was looked through, too."""
        self._offers = None
        super().lock()

    def emergency_offer(self) -> Offer:
        """Look through the records for what could stand on it."""
        from wallet.actions.patient import emergency, emergency_paper

        wallet = self._session()
        held, chosen = emergency.offers(wallet), emergency.chosen(wallet)
        self._offers = held
        since = emergency_paper.since(wallet, chosen, held)
        return emergency_answers.offer(held, chosen, since)

    def emergency_changes(self) -> int:
        """Count what has changed since the card was printed; 0 if it never was."""
        from wallet.actions.patient import emergency, emergency_paper

        wallet = self._session()
        if not emergency_paper.is_printed(wallet):
            return 0
        held, chosen = emergency.offers(wallet), emergency.chosen(wallet)
        since = emergency_paper.since(wallet, chosen, held)
        return 0 if since is None else len(since.changes)

    def emergency_draft(self, wish: Wish) -> Draft:
        """Keep what was chosen, and show the card it makes."""
        from wallet.actions.patient import emergency, viewing

        if wish.empty:
            emergency.choose(self._session(), emergency.Choice(), self._held())
            return emergency_answers.NOTHING
        made = self._made(wish)
        return emergency_answers.draft(made, viewing.pages(made.pdf, wide=_ON_SCREEN))

    def emergency_pages(self, wish: Wish) -> tuple[Picture, ...]:
        """Give the pages as a printer needs them."""
        from wallet.actions.patient import viewing

        made = self._made(wish)
        return emergency_answers.pages(viewing.pages(made.pdf, wide=_ON_PAPER))

    def save_emergency(self, wish: Wish, path: Path) -> None:
        """Write the card to *path*, and remember that it is on paper now."""
        from wallet.actions.patient import handover

        handover.write_whole(path, self._made(wish).pdf)
        self.emergency_printed(wish)

    def emergency_printed(self, wish: Wish) -> None:
        """Remember what is on paper now."""
        from wallet.actions.patient import emergency_paper

        held = self._held()
        choice = emergency_answers.choice(wish, held)
        emergency_paper.note(self._session(), choice, held, now=now())

    def _made(self, wish: Wish) -> emergency.Draft:
        from wallet.actions.patient import emergency

        held = self._held()
        kept = emergency.choose(
            self._session(), emergency_answers.choice(wish, held), held
        )
        return emergency.draft(emergency.made_of(held, kept, now=now()), wish.sheet)

    def _held(self) -> emergency.Offers:
        """What was looked through last: nothing is read again at each tick."""
        if self._offers is None:
            from wallet.actions.patient import emergency

            self._offers = emergency.offers(self._session())
        return self._offers
