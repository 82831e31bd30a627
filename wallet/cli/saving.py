"""`heartwood records export`: a copy of the records in one of many forms."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.actions.patient import saving
from wallet.actions.patient.scope_file import EVERYTHING, read_scope
from wallet.cli.answer import Answer
from wallet.cli.unlock import unlocked
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wallet.actions.patient.saving import Saved

_WHY = {
    saving.Why.GATHERS: "speak only about other records",
    saving.Why.NO_PLACE: "have no place in this form",
    saving.Why.NOBODY_NAMES_IT: "are staff or places that no record names",
    saving.Why.OLDER: "are older results of a kind that is in it",
    saving.Why.SECOND_PERSON: "say once more who you are",
    saving.Why.TAKEN_BACK: "were taken back by their source",
    saving.Why.UNFIT: "break the rules of this form",
}
_LOCKED = frozenset({"health-link"})


def add_commands(words: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare it beneath `records`."""
    export = words.add_parser("export", help="save a copy of the records")
    export.add_argument("out", type=Path, metavar="FILE")
    export.add_argument(
        "--as",
        dest="form",
        default="records",
        metavar="FORM",
        help=f"one of {', '.join(saving.FORMS)}; every record one a line without it",
    )
    export.add_argument(
        "--scope", default=EVERYTHING, metavar="everything|FILE", help="which of them"
    )
    export.set_defaults(run=_export)


def _export(args: argparse.Namespace) -> Answer:
    scope = read_scope(args.scope)
    with unlocked(args) as wallet:
        try:
            saved = saving.save(
                wallet, args.form, args.out, scope=scope, now=datetime.now(UTC)
            )
        except saving.StickError as trouble:
            raise UsageError(f"{args.out.name} cannot be written. {trouble}") from None
    return Answer(
        data={
            "file": str(saved.path),
            "count": saved.held,
            "form": saved.form,
            "files": list(saved.files),
            "size": saved.size,
            "left_out": [
                {
                    "id": one.record_id.hex(),
                    "type": one.rtype,
                    "title": one.title,
                    "why": one.why.value,
                    "detail": one.detail,
                }
                for one in saved.left_out
            ],
        },
        text="\n".join(_lines(saved)),
    )


def _lines(saved: Saved) -> Iterator[str]:
    yield f"{saved.held} records are in {saved.path}."
    for why, count in Counter(one.why for one in saved.left_out).most_common():
        yield f"Not in it: {count} that {_WHY[why]}."
    if saved.form in _LOCKED:
        yield "Keep the link and the locked file apart: who has both can read them."
    else:
        yield "Anybody who has it can read it."
