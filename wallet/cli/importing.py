"""What `heartwood import` does and says: of each file, and in all."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wallet.actions.patient import people, records, reviewing
from wallet.cli import apart
from wallet.cli import review as cli_review
from wallet.cli.answer import DONE, STOP, Answer
from wallet.cli.unlock import unlocked

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from wallet.records.receipt import FileAnswer, ImportAnswer

_SHOWN_FINDINGS = 20


def bring_in(args: argparse.Namespace) -> Answer:
    """Take files in, or say what would come of it."""
    whose = people.Whose.MINE if args.mine else people.Whose.ASK
    asked = reviewing.review_paths if args.review else records.import_paths
    with unlocked(args) as wallet:
        answer = asked(
            wallet,
            args.paths,
            now=datetime.now(UTC),
            progress=_progress(),
            columns=args.columns,
            whose=whose,
        )
    if isinstance(answer, reviewing.Review):
        return _review(answer)
    lines = [_file_text(file) for file in answer.files]
    lines.append(_totals_text(answer))
    return Answer(
        code=DONE if answer.all_taken else STOP,
        data={
            **answer.as_json(),
            **({} if answer.all_taken else _not_taken(answer)),
        },
        text="\n".join(lines),
    )


def _review(review: reviewing.Review) -> Answer:
    answer = review.answer
    lines = [line for file in review.files for line in cli_review.review_text(file)]
    return Answer(
        code=DONE if answer.all_taken else STOP,
        data={
            **answer.as_json(),
            "files": [cli_review.review_json(file) for file in review.files],
            "saved": False,
            **({} if answer.all_taken else _not_taken(answer)),
        },
        text="\n".join((*lines, _totals_text(answer), "Nothing was saved.")),
    )


def _not_taken(answer: ImportAnswer) -> dict[str, str]:
    missing = sum(1 for file in answer.files if not file.taken)
    said = "One thing" if missing == 1 else f"{missing} things"
    return {
        "reason": "not_taken",
        "sentence": f"{said} could not be taken. Nothing came from there.",
    }


def _progress() -> Callable[[int, int, int], None]:
    if not sys.stderr.isatty():
        return lambda _done, _total, _count: None

    def tell(done: int, total: int, count: int) -> None:
        share = 100 * done // max(total, 1)
        print(f"\r{share:3} %  {count} records", end="", file=sys.stderr, flush=True)
        if done >= total:
            print(file=sys.stderr)

    return tell


def _file_text(file: FileAnswer) -> str:
    said = [
        f"{count} {word}"
        for word, count in (
            ("new", file.counts.new),
            ("already here", file.counts.same),
            ("changed", file.counts.changed),
            ("kept as they are", file.counts.kept_raw),
            ("not readable", file.counts.failed),
        )
        if count
    ]
    lines = [f"{file.path}: {', '.join(said) or 'nothing'}."]
    if file.alike:
        lines.append(f"  {file.alike} may be the same as records you have")
    if file.apart is not None:
        lines += apart.apart_text(file.apart)
    shown = file.findings[:_SHOWN_FINDINGS]
    lines += [f"  {finding.place}: {finding.sentence}" for finding in shown]
    if rest := file.findings_beyond(_SHOWN_FINDINGS):
        lines.append(f"  and {rest} more remarks")
    return "\n".join(lines)


def _totals_text(answer: ImportAnswer) -> str:
    totals = answer.totals
    return (
        f"In all: {totals.new} new, {totals.same} already here, {totals.changed} "
        f"changed, {totals.kept_raw} kept as they are, {totals.failed} not readable."
    )
