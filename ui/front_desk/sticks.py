"""What the desk answers about copies: on a USB stick, and in other forms."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ui import answers, copy_answers
from ui.front_desk.opened import now
from ui.front_desk.records import RecordsDesk

if TYPE_CHECKING:
    from pathlib import Path

    from ui.background import Job
    from ui.views import CopyAnswer, Scope, StickAnswer, StickPlace


class StickDesk(RecordsDesk):
    """Writes the whole history to a stick and checks it; saves copies."""

    def stick_places(self) -> tuple[StickPlace, ...]:
        """Look for removable drives."""
        from wallet.actions.patient import stick

        return tuple(
            answers.stick_place(
                drive.path, drive.name, drive.free, stick.earlier(drive.path)
            )
            for drive in stick.drives()
            if not drive.read_only
        )

    def stick_place(self, folder: Path) -> StickPlace:
        """Look at one folder that was chosen."""
        from wallet.actions.patient import stick

        return answers.stick_place(
            folder,
            folder.name or str(folder),
            shutil.disk_usage(folder).free,
            stick.earlier(folder),
        )

    def write_stick(self, folder: Path, job: Job) -> StickAnswer:
        """Write the whole history and read it back."""
        from wallet.actions.patient import stick

        def heard(progress: stick.Progress) -> None:
            what, said = answers.stick_step(progress)
            job.progress(progress.done, progress.total, what, said=said)

        written = stick.write(
            self._session(),
            folder,
            now=now(),
            progress=heard,
            cancelled=job.cancelled,
        )
        return answers.stick_written(written, self.records_overview().total)

    def check_stick(self, folder: Path, job: Job) -> StickAnswer:
        """Read a copy and compare it with its own list."""
        from wallet.actions.patient import stick
        from wallet.errors import RefusedError

        try:
            found = stick.check(folder, cancelled=job.cancelled)
        except RefusedError as refused:
            return answers.stick_unlisted(folder, refused.reason)
        return answers.stick_checked(found)

    def save_copy(
        self, form: str, scope: Scope | None, folder: Path, job: Job
    ) -> CopyAnswer:
        """Save a part or everything in one form, under a new name in *folder*."""
        from wallet.actions.patient import saving
        from wallet.grants.scope import Scope as GrantScope

        moment = now()
        saved = saving.save(
            self._session(),
            form,
            saving.fresh_target(folder, form, now=moment.astimezone()),
            scope=GrantScope() if scope is None else self._scope_of(scope),
            now=moment,
            cancelled=job.cancelled,
        )
        return copy_answers.saved(saved)
