"""What the desk answers about files before they are kept, and asks about them after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import question_answers, record_answers, wording
from ui.front_desk.opened import Opened, now

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ui.background import Job
    from ui.views import ImportAnswer, Questions, Review

_MOST_PAIRS = 50


class QuestionsDesk(Opened):
    """Answers about what is new, alike, or about somebody else."""

    def review(self, paths: tuple[Path, ...], job: Job) -> Review:
        """Say what files and folders would bring, and keep nothing."""
        from wallet.actions.patient import reviewing

        def heard(done: int, total: int, count: int) -> None:
            job.progress(done, total, said=wording.records(count))

        found = reviewing.review_paths(
            self._session(),
            paths,
            now=now(),
            progress=heard,
            cancelled=job.cancelled,
        )
        return question_answers.review(found)

    def questions(self) -> Questions:
        """Give what waits for the patient's word about records and files."""
        from wallet.actions.patient import comparing, people

        wallet = self._session()
        return question_answers.questions(
            people.held_files(wallet),
            comparing.pairs(wallet, limit=_MOST_PAIRS),
            comparing.settled(wallet, limit=_MOST_PAIRS),
            waiting=comparing.waiting(wallet),
            equal=comparing.equal(wallet),
        )

    def decide_pair(self, one: str, other: str, decision: str) -> None:
        """Say what two records are, or take it back."""
        from wallet.actions.patient import comparing

        self._labelled = None
        said = comparing.Decision(decision)
        comparing.decide(self._session(), one, other, said, now=now())

    def join_equal(self) -> datetime:
        """Say of all pairs that are equal: the same; give the moment, to undo it."""
        from wallet.actions.patient import comparing

        self._labelled, at = None, now()
        comparing.join_equal(self._session(), now=at)
        return at

    def part_again(self, since: datetime) -> None:
        """Take back all that was said to be the same since then."""
        from wallet.actions.patient import comparing

        self._labelled = None
        comparing.part_again(self._session(), since=since)

    def claim_file(self, key: str, job: Job) -> ImportAnswer:
        """Take in a file that was held apart: it is about the patient."""
        from wallet.actions.patient import people, records

        def heard(done: int, total: int, count: int) -> None:
            job.progress(done, total, said=wording.records(count))

        self._labelled = None
        file = people.claim(
            self._session(),
            key,
            now=now(),
            progress=heard,
            cancelled=job.cancelled,
        )
        return record_answers.import_answer(records.ImportAnswer(files=(file,)))

    def leave_file_out(self, key: str) -> None:
        """Say that a file held apart is about somebody else."""
        from wallet.actions.patient import people

        people.leave_out(self._session(), key)
