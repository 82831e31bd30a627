"""What `heartwood import --review` says: what files would bring, and that none did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wallet.actions.patient.reviewing import Mark
from wallet.cli.apart import apart_text

if TYPE_CHECKING:
    from wallet.actions.patient.reviewing import FileReview

_MOST_LINES = 20
_MARKS = {
    Mark.NEW: "new",
    Mark.SAME: "already here",
    Mark.CHANGED: "changed",
    Mark.ALIKE: "new, looks alike",
    Mark.KEPT: "kept as it is",
}


def review_text(file: FileReview) -> list[str]:
    """What one file would bring, for a person."""
    counts = file.answer.counts
    said = (
        f"{file.answer.path}: {counts.new} new, {counts.same} already here, "
        f"{counts.changed} changed, {counts.kept_raw} kept as they are, "
        f"{counts.failed} not readable."
    )
    kinds = [f"  {count} {name.replace('_', ' ')}" for name, count in file.kinds]
    lines = [said, *kinds]
    lines += [
        f"  {_MARKS[line.mark]:<16} {line.when[:10] or 'no date':<10}  {line.title}"
        f"  {line.value} {line.unit}".rstrip()
        for line in file.lines[:_MOST_LINES]
    ]
    rest = file.lines_total - _MOST_LINES
    if rest > 0:
        lines.append(f"  and {rest} more records")
    if file.answer.apart is not None:
        lines += apart_text(file.answer.apart)
    found = file.answer.findings[:_MOST_LINES]
    lines += [f"  {finding.place}: {finding.sentence}" for finding in found]
    return lines


def review_json(file: FileReview) -> dict[str, Any]:
    """What one file would bring, for programs: an import's answer and its records."""
    return {
        **file.answer.as_json(),
        "kinds": dict(file.kinds),
        "records": [
            {
                "category": line.category,
                "title": line.title,
                "when": line.when,
                "value": line.value,
                "unit": line.unit,
                "mark": line.mark.value,
            }
            for line in file.lines
        ],
        "records_total": file.lines_total,
    }
