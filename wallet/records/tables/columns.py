"""Which column of a table is what: found by its name, said by a person, remembered.

A mapping belongs to a head of columns, whatever file it stands in: its fingerprint is
that of the folded names in their order.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from wallet.errors import UsageError
from wallet.records.tables.rows import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ("test", "vaccine", "medicine")
ORDERS = ("", "ymd", "dmy", "mdy")
_NAMES = {
    "loinc": "loinc code|loinc|loinc num|loinc number",
    "cvx": "cvx|cvx code",
    "rxnorm": "rxnorm|rxcui|rxnorm code",
    "name": "test|test name|analyte|analysis|component|component name|parameter|name|"
    "observation|measurement|lab test|untersuchung|bezeichnung|analyse|analyt|messwert|"
    "examen|prueba|parametro|esame|bepaling|onderzoek|vaccine|vaccine name|"
    "cvx title|impfstoff|impfung|vaccin|vacuna|medication|medication name|medicine|"
    "drug|drug name|medikament|arzneimittel|wirkstoff|medicament|medicamento|"
    "geneesmiddel",
    "value": "value|result|result value|numeric result|test result|wert|ergebnis|"
    "resultat|valeur|valor|resultado|risultato|waarde|uitslag",
    "unit": "unit|units|uom|unit of measure|einheit|einheiten|unite|unites|unidad|"
    "unidades|unita|eenheid",
    "low": "low|lower|min|minimum|ref low|reference low|range low|lower limit|"
    "untergrenze|unterer wert",
    "high": "high|upper|max|maximum|ref high|reference high|range high|upper limit|"
    "obergrenze|oberer wert",
    "range": "range|reference|reference range|ref range|reference interval|"
    "normal range|standard range|referenz|referenzbereich|normbereich|normwert|"
    "valeurs de reference|intervalle de reference|valores de referencia|"
    "intervallo di riferimento|referentiewaarde|referentiewaarden",
    "date": "date|collected|collection date|date collected|collected date|drawn|"
    "sample date|test date|result date|observed|datetime|date time|effective date|"
    "start date|date given|administered|datum|entnahme|entnahmedatum|abnahmedatum|"
    "probenentnahme|fecha|data|date de prelevement|prelevement|afnamedatum",
    "end": "end date|stop date|end|bis|fin",
    "lab": "lab|laboratory|performing lab|facility|location|provider|source|labor|"
    "labor name|einrichtung|laboratoire|laboratorio|laboratorium",
    "how": "sig|directions|instructions|dosage|dose instructions|dosierung|posologie",
    "person": "pid|patient id|patient|patient name|mrn|patientennummer",
    "comment": "comment|comments|note|notes|kommentar|bemerkung|commentaire|nota",
}
_BY_NAME = {name: key for key, names in _NAMES.items() for name in names.split("|")}
_ENTRY = re.compile(r"([a-z]+)=(.*)", re.DOTALL)
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The number of each column that means something, from 0; None where none does.

    ``order`` is that of dates and ``decimal`` the sign of fractions; both empty where
    the file itself shall tell.
    """

    kind: str = "test"
    name: int | None = None
    loinc: int | None = None
    cvx: int | None = None
    rxnorm: int | None = None
    value: int | None = None
    unit: int | None = None
    low: int | None = None
    high: int | None = None
    range: int | None = None
    date: int | None = None
    end: int | None = None
    lab: int | None = None
    how: int | None = None
    person: int | None = None
    comment: int | None = None
    order: str = ""
    decimal: str = ""

    @property
    def is_enough(self) -> bool:
        """Whether a row can become a record at all."""
        code = {"test": self.loinc, "vaccine": self.cvx, "medicine": self.rxnorm}
        named = self.name is not None or code[self.kind] is not None
        return named and (self.kind != "test" or self.value is not None)

    def to_json(self) -> bytes:
        """As the vault keeps it."""
        held = {key: value for key, value in asdict(self).items() if value is not None}
        return json.dumps(held, sort_keys=True).encode()

    @staticmethod
    def from_json(data: bytes) -> Columns:
        """The other way round."""
        return Columns(**json.loads(data))


def fingerprint(head: Sequence[str]) -> str:
    """The name of a head of columns: 32 hexadecimal digits."""
    text = "\0".join(map(folded, head))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def guess(head: Sequence[str]) -> Columns | None:
    """Tell the columns by their names; None where they do not say enough.

    A name that two columns have says nothing of either.
    """
    columns = _columns(*_clear(head))
    return columns if columns.is_enough else None


def likely(head: Sequence[str]) -> Columns:
    """What can be told of the columns by their names, also where it is not enough."""
    return _columns(*_clear(head))


def _clear(head: Sequence[str]) -> tuple[str, dict[str, int]]:
    """The kind of rows, and the columns whose names say what they are, once."""
    found: dict[str, list[int]] = {}
    for at, cell in enumerate(head[:_MOST]):
        key = _BY_NAME.get(folded(cell))
        if key:
            found.setdefault(key, []).append(at)
    clear = {key: places[0] for key, places in found.items() if len(places) == 1}
    kind = "vaccine" if "cvx" in clear else "medicine" if "rxnorm" in clear else "test"
    return kind, clear


def said(text: str, head: Sequence[str]) -> Columns:
    """Read ``test=NAME,value=RESULT,date=WHEN:dmy,decimal=comma`` against *head*.

    A column is named as in the file or by its number from 1. ``test``, ``vaccine`` or
    ``medicine`` names the column of the name and says what the rows are.

    Raises:
        UsageError: no such part, no such column, or not enough.
    """
    places: dict[str, int] = {}
    kind, order, decimal = "", "", ""
    for entry in text.split(","):
        match = _ENTRY.fullmatch(entry.strip())
        if match is None:
            raise UsageError("write --columns as test=NAME,value=NAME,date=NAME")
        key, name = match[1], match[2].strip()
        if key == "decimal":
            decimal = _decimal(name)
            continue
        if key == "date" and name.rpartition(":")[2] in ORDERS[1:]:
            name, _, order = name.rpartition(":")
        if key in KINDS:
            kind, key = key, "name"
        if key not in _NAMES:
            raise UsageError(f"--columns knows no {key}")
        places[key] = _place(name, head)
    columns = _columns(kind or "test", places, order=order, decimal=decimal)
    if not columns.is_enough:
        raise UsageError("--columns needs at least a name and, for tests, a value")
    return columns


def _columns(
    kind: str, places: dict[str, int], *, order: str = "", decimal: str = ""
) -> Columns:
    return Columns(
        kind=kind,
        order=order,
        decimal=decimal,
        **{key: at for key, at in places.items() if key in _NAMES},
    )


def _decimal(name: str) -> str:
    if name not in ("comma", "point"):
        raise UsageError("--columns: decimal is comma or point")
    return "," if name == "comma" else "."


def _place(name: str, head: Sequence[str]) -> int:
    names = [folded(cell) for cell in head]
    places = [at for at, one in enumerate(names) if one == folded(name)]
    if len(places) == 1:
        return places[0]
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(head):
        return int(name) - 1
    raise UsageError("--columns names a column that the file does not have once")
