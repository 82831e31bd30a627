"""Labels a patient puts on a record herself; nobody else's is ever taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.records import labels as label_words
from wallet.records.labels import PATIENT
from wallet.vault import records
from wallet.vault.rows import labels_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallet.records.record import Label
    from wallet.store.connection import Store


def mark(store: Store, record_id: bytes, label: Label, *, person: int = 0) -> None:
    """Put *label*, whose basis is the patient, on a record; once is enough."""
    row = records.row_of(store, record_id, person=person)
    held = records.labels_of(store, row)
    if label in held:
        return
    store.run(
        "INSERT INTO label VALUES (?,?,?,?,?,?,?)",
        (person, row, label.code, label.system, label.basis, PATIENT, ""),
    )
    _write(store, row, (*held, label))


def unmark(store: Store, record_id: bytes, code: str, *, person: int = 0) -> None:
    """Take a label away that the patient put there.

    Raises:
        UsageError: she did not; a label of somebody else stays.
    """
    row = records.row_of(store, record_id, person=person)
    gone = store.run(
        "DELETE FROM label WHERE record_row = ? AND code = ? AND basis = ?",
        (row, code, PATIENT),
    )
    if not gone:
        raise UsageError("only a mark that you put there yourself can be taken away")
    held = records.labels_of(store, row)
    _write(
        store,
        row,
        [one for one in held if (one.code, one.basis) != (code, PATIENT)],
    )


def _write(store: Store, row: int, labels: Sequence[Label]) -> None:
    store.run(
        "UPDATE record SET labels = ?, conf = ? WHERE row = ?",
        (labels_text(labels), label_words.confidentiality(labels), row),
    )
