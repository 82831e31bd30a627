"""What the desk answers about a patient's own hand on her records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import hand_answers
from ui.front_desk.opened import Opened, now

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ui.hand_views import FormSheet, HandSheet


class HandDesk(Opened):
    """Writes, corrects, adds to and deletes the records of one home."""

    def forms(self) -> tuple[FormSheet, ...]:
        """Give every form that can be filled in."""
        from wallet.actions.patient import byhand

        return tuple(hand_answers.form_sheet(form) for form in byhand.FORMS)

    def hand(self, key: str) -> HandSheet:
        """Give everything of her own hand on one record."""
        from wallet.actions.patient import byhand, records

        wallet = self._session()
        filled = byhand.filled(wallet, key)
        return hand_answers.hand_sheet(records.show(wallet, key), filled)

    def write_down(self, category: str, entries: Mapping[str, str]) -> str:
        """Write a new record; give its key."""
        from wallet.actions.patient import byhand

        self._labelled = None
        return byhand.add(self._session(), category, entries, now=now())

    def correct(self, key: str, entries: Mapping[str, str]) -> HandSheet:
        """Write a newer version of a record."""
        from wallet.actions.patient import byhand

        self._labelled = None
        byhand.correct(self._session(), key, entries, now=now())
        return self.hand(key)

    def go_back(self, key: str, number: int) -> HandSheet:
        """Let an earlier version count again."""
        from wallet.actions.patient import byhand

        self._labelled = None
        byhand.go_back(self._session(), key, number, now=now())
        return self.hand(key)

    def add_note(self, key: str, text: str) -> HandSheet:
        """Put a note beside a record."""
        from wallet.actions.patient import remarks

        remarks.add_note(self._session(), key, text, now=now())
        return self.hand(key)

    def remove_note(self, key: str, note: str) -> HandSheet:
        """Take a note away for good."""
        from wallet.actions.patient import remarks

        remarks.remove_note(self._session(), key, note)
        return self.hand(key)

    def add_tag(self, key: str, name: str) -> HandSheet:
        """Put a tag on a record."""
        from wallet.actions.patient import remarks

        remarks.add_tag(self._session(), key, name)
        return self.hand(key)

    def remove_tag(self, key: str, name: str) -> HandSheet:
        """Take a tag away."""
        from wallet.actions.patient import remarks

        remarks.remove_tag(self._session(), key, name)
        return self.hand(key)

    def attach(self, key: str, file: Path) -> HandSheet:
        """Keep a file beside a record."""
        from wallet.actions.patient import remarks

        remarks.attach(self._session(), key, file, now=now())
        return self.hand(key)

    def save_attached(self, key: str, attached: str, out: Path) -> None:
        """Write an attached file."""
        from wallet.actions.patient import remarks

        part = out.with_name(out.name + ".part")
        try:
            with part.open("wb") as sink:
                remarks.save_attachment(self._session(), key, attached, sink)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)

    def detach(self, key: str, attached: str) -> HandSheet:
        """Take a file away for good."""
        from wallet.actions.patient import remarks

        remarks.detach(self._session(), key, attached)
        return self.hand(key)

    def keep_private(self, key: str) -> HandSheet:
        """Share a record only where that is ticked."""
        from wallet.actions.patient import remarks

        self._labelled = None
        remarks.keep_private(self._session(), key)
        return self.hand(key)

    def end_private(self, key: str) -> HandSheet:
        """Take her own mark away again."""
        from wallet.actions.patient import remarks

        self._labelled = None
        remarks.end_private(self._session(), key)
        return self.hand(key)

    def delete(self, key: str) -> int:
        """Delete a record for good; give how many permissions end unsent with it."""
        from wallet.actions.patient import records

        self._labelled = None
        return len(records.erase(self._session(), key, now=now()))
