"""Tables: what the file does not say is not guessed, and no row goes missing."""

import random
from decimal import Decimal

import pytest

from tests.corpus import TESTDATA
from wallet.errors import UsageError
from wallet.records.aids import Aids
from wallet.records.fhir.facts import Names, facts_of
from wallet.records.findings import Cause, Finding
from wallet.records.json_stream import FaultError
from wallet.records.reader import Given
from wallet.records.tables import columns as mapping
from wallet.records.tables.columns import Columns
from wallet.records.tables.reader import fits, parse
from wallet.records.tables.rows import (
    date_of,
    date_order,
    decimal_sign,
    number_of,
    read_table,
    separator_of,
)

LABS = "Test,Result,Units,Reference Range,Collection Date\n"
published = pytest.mark.skipif(not TESTDATA.is_dir(), reason="no test data here")


def read(text, **said):
    data = text if isinstance(text, bytes) else text.encode()
    aids = Aids(columns=said)
    return list(
        parse(data, Given(file=None, salt=b"", on_bytes=lambda _: None, aids=aids))
    )


def records(text, **said):
    return [one.resource for one in read(text, **said) if not isinstance(one, Finding)]


@published
@pytest.mark.parametrize(
    ("name", "rtype"),
    [("labs", "Observation"), ("immunizations", "Immunization"),
     ("meds", "MedicationStatement")],
)  # fmt: skip
def test_every_row_of_a_published_table_is_a_record(name, rtype):
    data = (TESTDATA / "tabular-labs" / f"{name}.txt").read_bytes()
    assert fits(data[:4096])
    found = records(data)
    rows = [line for line in data.splitlines() if line.strip()]
    assert len(found) == len(rows) - 1
    assert {one["resourceType"] for one in found} == {rtype}
    for one in found:
        facts = facts_of(one, Names())
        assert (facts.start is not None) or rtype == "MedicationStatement"
        assert any(letter.isalpha() for letter in facts.title)


def test_a_row_keeps_its_digits_unit_range_and_mark():
    [seen] = records(LABS + "Ferritin,<5.20,ug/L,30-300,2024-02-29\n")
    amount = {"value": Decimal("5.20"), "unit": "ug/L", "comparator": "<"}
    assert seen["valueQuantity"] == amount
    assert seen["effectiveDateTime"] == "2024-02-29"
    assert seen["referenceRange"][0]["high"]["value"] == Decimal(300)


@pytest.mark.parametrize("sign", "\t;,|")
def test_each_separator_is_told_by_the_lines(sign):
    text = "Test,Result,Date\nA test,1,2024-01-02\nB test,2,2024-01-03\n"
    text = text.replace(",", sign)
    assert separator_of(text) == sign
    assert len(records(text)) == 2


@pytest.mark.parametrize(
    "text",
    ["", "one line, of, a letter", "Dear Maya,\nthis is, as said, a letter,\n",
     "a,b\n1,2\n", "key: value\nkey: value\n"],
)  # fmt: skip
def test_a_letter_is_no_table(text):
    assert not fits(text.encode())


@pytest.mark.parametrize(
    ("values", "separator", "sign"),
    [
        (["1.5", "2"], ",", "."),
        (["1,5", "2"], ";", ","),
        (["1.234,5"], ";", ","),
        (["1,234.5"], ",", "."),
        (["1,234"], "\t", ""),
        (["1,234"], ";", ","),
        (["1.5", "1,5"], ";", ""),
        (["1.234.567"], ";", ","),
        (["12"], ",", "."),
    ],
)
def test_the_sign_of_fractions_is_told_or_left_open(values, separator, sign):
    assert decimal_sign(values, separator=separator) == sign


def test_a_number_that_could_be_two_numbers_stays_a_text():
    [seen] = records("Test\tResult\tDate\nA test\t1,234\t2024-01-02\n")
    assert seen["valueString"] == "1,234"
    assert number_of("1.234,5", decimal=",") == Decimal("1234.5")
    assert number_of("9" * 41, decimal=".") is None


def test_several_numbers_in_a_cell_are_not_one_large_number():
    assert number_of("420, 420, 430", decimal=".") is None
    assert number_of("1 234 567", decimal=".") == Decimal(1234567)


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["2024-01-02"], "ymd"),
        (["13/02/2024", "01/02/2024"], "dmy"),
        (["02/13/2024", "01/02/2024"], "mdy"),
        (["01/02/2024"], ""),
        (["13/02/2024", "02/13/2024"], ""),
        (["01.02.2024"], "dmy"),
        (["2024/02/13"], "ymd"),
        ([""], "ymd"),
    ],
)
def test_the_order_of_a_date_is_told_or_left_open(values, order):
    assert date_order(values) == order


def test_a_day_that_could_be_two_days_is_no_date_and_that_is_said():
    found = read("Test,Result,Date\nA test,1,03/04/2024\n")
    assert [one.cause for one in found if isinstance(one, Finding)] == [
        Cause.DATES_UNCLEAR
    ]
    seen = found[-1].resource
    assert "effectiveDateTime" not in seen
    assert seen["note"] == [{"text": "Date as written: 03/04/2024"}]


@pytest.mark.parametrize(
    ("written", "order", "date"),
    [
        ("3.4.24", "dmy", "2024-04-03"),
        ("3.4.89", "dmy", "1989-04-03"),
        ("04/03/2024 10:15", "mdy", "2024-04-03"),
        ("2024-04-03T10:15:00", "dmy", "2024-04-03"),
        ("20240403", "dmy", "2024-04-03"),
        ("2024-04", "ymd", "2024-04"),
        ("40/50/2024", "dmy", ""),
        ("soon", "dmy", ""),
    ],
)
def test_a_date_is_read_in_the_order_of_its_column(written, order, date):
    assert date_of(written, order=order) == date


def test_tables_of_other_languages_and_letters_are_read():
    text = "Untersuchung;Ergebnis;Einheit;Normbereich;Abnahmedatum\n"
    text += "H\u00e4moglobin;13,5;g/dl;12,0-16,0;01.02.2024\n"
    for code in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        [seen] = records(text.encode(code))
        assert seen["code"]["text"] == "H\u00e4moglobin"
        assert seen["valueQuantity"]["value"] == Decimal("13.5")
        assert seen["referenceRange"][0]["low"]["value"] == Decimal("12.0")
        assert seen["effectiveDateTime"] == "2024-02-01"


def test_a_table_nobody_knows_says_so_until_somebody_says_what_is_what():
    text = "What,Seen,When\nA test,5,03/04/2024\n"
    [only] = read(text)
    assert only.cause is Cause.COLUMNS_UNKNOWN
    head = read_table(text.encode()).head
    columns = mapping.said("test=What,value=Seen,date=When:dmy", head)
    known = {mapping.fingerprint(head): Columns.from_json(columns.to_json())}
    [seen] = records(text, **known)
    assert seen["effectiveDateTime"] == "2024-04-03"


def test_a_fingerprint_is_of_the_names_and_their_order():
    first = mapping.fingerprint(("Test", "R\u00e9sultat"))
    assert first == mapping.fingerprint((" test ", "RESULTAT"))
    assert first != mapping.fingerprint(("resultat", "test"))


@pytest.mark.parametrize(
    "text",
    ["", "test", "test=Nothing", "test=What", "value=Seen", "colour=What",
     "test=9,value=Seen", "test=What,value=Seen,decimal=dot"],
)  # fmt: skip
def test_each_wrong_saying_is_refused(text):
    with pytest.raises(UsageError):
        mapping.said(text, ("What", "Seen", "When"))


def test_columns_may_be_said_by_number():
    columns = mapping.said("test=1,value=2,decimal=comma", ("What", "Seen", "When"))
    assert (columns.name, columns.value, columns.decimal) == (0, 1, ",")


def test_a_name_that_two_columns_have_says_nothing():
    assert mapping.guess(("Test", "Result", "Result", "Date")) is None


def test_rows_of_more_than_one_person_are_said_once():
    found = read("Test,Result,Patient ID\nA,1,7\nB,2,7\nC,3,8\nD,4,9\n")
    remarks = [(one.place, one.cause) for one in found if isinstance(one, Finding)]
    assert remarks == [("line 4", Cause.OTHER_PERSON)]


def test_short_rows_and_rows_without_a_name_are_named_by_their_line():
    more = "C test,2,x,y,2024-01-02\n" * 20
    found = read(LABS + ",1,x,y,2024-01-02\nA test,1\nB test,2,x,y,2024-01-02\n" + more)
    assert [(one.place, one.cause) for one in found[:3]] == [
        ("line 2", Cause.NOT_A_RECORD),
        ("line 3", None),
        ("line 4", None),
    ]


def test_cells_with_line_ends_and_quotes_are_one_cell():
    [seen] = records('Test,Result,Comment\n"A ""test""","1","two\nlines"\n')
    assert seen["code"]["text"] == 'A "test"'
    assert seen["note"] == [{"text": "two\nlines"}]


def test_endless_cells_and_columns_are_refused():
    for text in ("a,b,c\n" * 3 + '"' + "x" * 200_000, "a,b,c\n1,2,3\n" + "x," * 300):
        with pytest.raises(FaultError):
            read_table(text.encode())


def test_changed_tables_end_in_records_or_causes():
    seed = random.Random(5)  # noqa: S311 the same files each time
    text = LABS + "Ferritin,<5.20,ug/L,30-300,2024-02-29\n" * 20
    for _ in range(400):
        data = bytearray(text.encode())
        for _ in range(seed.randrange(1, 30)):
            data[seed.randrange(len(data))] = seed.randrange(256)
        try:
            found = read(bytes(data[: seed.randrange(1, len(data))]))
        except FaultError:
            continue
        for one in found:
            if not isinstance(one, Finding) and one.resource is not None:
                facts_of(one.resource, Names())
