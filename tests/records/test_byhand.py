"""Forms: what may be written into each field, and the resource that comes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.errors import UsageError
from wallet.records.byhand import corrections
from wallet.records.byhand.authorship import author_words
from wallet.records.byhand.forms import FORMS, Kind, checked, form_of
from wallet.records.byhand.resources import written
from wallet.records.fhir.facts import Names, facts_of

DATES = ("2024", "2024-02", "2024-02-29")
LINES = st.text(st.characters(min_codepoint=32, max_codepoint=1_000), max_size=60)
FILLED = {
    "medicine": {"name": "Ibuprofen", "how": "One", "since": "2020", "until": "2021"},
    "allergy": {"name": "Penicillin", "reaction": "Rash", "since": "1999-05"},
    "condition": {"name": "Gout", "since": "2020-01-31", "until": ""},
    "vaccine": {"name": "Tetanus", "date": "2019", "by": "Dr. Lind"},
    "visit": {"name": "Check-up", "date": "2024-02", "by": "Dr. Lind"},
    "vital": {"name": "Weight", "value": "71,5", "unit": "kg", "date": "2024-02-29"},
    "test": {"name": "HbA1c", "value": "<5.40", "unit": "%", "date": "2024", "by": "L"},
    "document": {"name": "Questions", "text": "Why?\nWhen?", "date": "2024"},
}  # fmt: skip


def made(category, **said):
    checks = checked(form_of(category), said)
    return written(category, checks, subject="Patient/m", name="n-1")


def facts(resource):
    return facts_of(resource, Names())


def fields(kind):
    return [
        (form, field) for form in FORMS for field in form.fields if field.kind is kind
    ]


def ids(pairs):
    return [f"{form.category} {field.key}" for form, field in pairs]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.category)
def test_only_the_name_has_to_be_filled_in(form):
    with pytest.raises(UsageError, match=form.fields[0].name):
        checked(form, {})
    with pytest.raises(UsageError, match=form.fields[0].name):
        checked(form, {"name": " \t\n"})
    resource = made(form.category, name="Kelpwort")
    read = facts(resource)
    assert (read.category, read.title) == (form.category, "Kelpwort")
    assert (read.start, read.written) == (None, "")
    assert author_words(resource) == "Written by the patient"


@pytest.mark.parametrize(
    ("form", "field"), fields(Kind.DATE), ids=ids(fields(Kind.DATE))
)
def test_a_date_may_be_a_year_a_month_or_a_day_and_nothing_else(form, field):
    for said in DATES:
        assert checked(form, {"name": "x", field.key: said})[field.key] == said
    for said in ("24", "2024-13", "2023-02-29", "2024-2-1", "1024", "soon", "2024-02-"):
        with pytest.raises(UsageError, match=field.name):
            checked(form, {"name": "x", field.key: said})


@pytest.mark.parametrize(
    ("form", "field"), fields(Kind.LINE), ids=ids(fields(Kind.LINE))
)
def test_a_line_has_a_longest_length_and_no_hidden_signs(form, field):
    rest = {"name": "x"} | ({"value": "1"} if "value" in form.keys else {})
    with pytest.raises(UsageError, match=field.name):
        checked(form, {**rest, field.key: "w" * 201})
    said = checked(form, {**rest, field.key: "a\u202eb\x00\n c"})
    assert said[field.key] == "a b c"


def test_what_does_not_fit_together_is_named():
    with pytest.raises(UsageError, match="Stopped: this lies before"):
        made("medicine", name="x", since="2024-03", until="2024-02-28")
    made("medicine", name="x", since="2024-03-09", until="2024")
    with pytest.raises(UsageError, match="Value"):
        made("vital", name="x", unit="kg")
    with pytest.raises(UsageError, match="colour is no field"):
        made("vital", name="x", colour="red")
    with pytest.raises(UsageError, match="there are: medicine"):
        form_of("surgery")


def test_values_are_numbers_pairs_or_words_and_stay_as_they_were_written():
    def value(said, unit="mmol/L"):
        read = facts(made("test", name="x", value=said, unit=unit))
        return read.value, read.unit

    assert value("5,40") == ("5.40", "mmol/L")
    assert value("<0.5") == ("<0.5", "mmol/L")
    assert value("negative", "") == ("negative", "")
    assert value("1e3") == ("1e3 mmol/L", "")
    assert value("=<5") == ("=<5 mmol/L", "")
    assert value("128/82", "") == ("128/82", "mmHg")
    assert facts(made("vital", name="Weight", value="71", unit="kg")).codes == (
        "http://loinc.org|29463-7",
    )


@pytest.mark.parametrize("category", FILLED)
def test_a_filled_form_is_read_back_field_by_field(category):
    resource = made(category, **FILLED[category])
    read = facts(resource)
    again = corrections.read(
        resource, title=read.title, provider=read.provider, written=read.written
    )
    expected = dict(FILLED[category])
    if category == "vital":
        expected["value"] = "71.5"
    assert again is not None
    assert again.said == expected
    assert again.form.category == category


@pytest.mark.parametrize("category", FILLED)
def test_each_field_can_be_corrected_and_touches_no_other(category):
    resource = made(category, **FILLED[category])
    read = facts(resource)
    before = corrections.read(
        resource, title=read.title, provider=read.provider, written=read.written
    )
    new = {"name": "Fernwort", "value": "7", "unit": "g", "text": "Other"}
    for field in before.form.fields:
        fresh = "2024-03-01" if field.kind is Kind.DATE else new.get(field.key, "Moss")
        said = {**before.said, field.key: fresh}
        fixed = corrections.corrected(resource, before, said)
        index = facts(fixed)
        after = corrections.read(
            fixed, title=index.title, provider=index.provider, written=index.written
        )
        if category == "medicine" and field.key == "until":
            assert fixed["status"] == "completed"
        assert after.said == said, field.key
        # What she wrote stays written by her; the rest says that she corrected it.
        assert author_words(fixed) == "Written by the patient"


@given(LINES, LINES, LINES)
def test_no_words_break_a_form(name, value, unit):
    try:
        resource = made("vital", name=name, value=value, unit=unit)
    except UsageError:
        return
    assert facts(resource).title
