"""The seam of all readers: what a format gives becomes records with their original."""

import io
import json
import sys
from types import SimpleNamespace

import pytest

from tests.support.wallets import NOON, bring_in, observation, open_wallet
from wallet.actions.patient import records
from wallet.errors import UsageError
from wallet.records import formats
from wallet.records.documents import Derived, Document
from wallet.records.findings import Cause
from wallet.records.formats import Format
from wallet.records.found import PART
from wallet.records.json_stream import FaultError
from wallet.records.record import Label
from wallet.vault import records as kept
from wallet.vault import sources, versions

DOCUMENT = Label(code="R", system="urn:oid:2.16.840.1.113883.5.25", basis="document")


def parse(data, _given):
    """Lines of ``code value``: '!' is not understood, '?' is not readable."""
    for number, line in enumerate(data.decode().splitlines()[1:], start=1):
        place, sign = f"line {number}", line[:1]
        if sign == "#":
            raise FaultError(Cause.CUT_OFF)
        if sign == "?":
            yield Derived(place, cause=Cause.NOT_A_NUMBER)
            continue
        code, _, value = line.lstrip("!R").partition(" ")
        yield Derived(
            place,
            {
                "resourceType": "Observation",
                "status": "final",
                "code": {"text": code},
                "valueString": value,
            },
            labels=(DOCUMENT,) if sign == "R" else (),
            words="wombat" if sign == "!" else "",
            cause=Cause.NOT_A_RECORD if sign == "!" else None,
            stable=f"toy|{code}",
        )


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    """A format of five letters."""
    form = Format("toy", lambda _head, start: start.startswith(b"TOY1"), "toy")
    monkeypatch.setattr(formats, "FORMATS", (form, *formats.FORMATS))
    module = SimpleNamespace(
        reader=lambda given: Document(given, form="toy", version=3, parse=parse)
    )
    monkeypatch.setitem(sys.modules, "wallet.records.toy", module)


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def counts_of(answer):
    (file,) = answer.files
    return {name: n for name, n in file.counts.as_json().items() if n}


def listed(wallet):
    return {one.title: one for one in records.timeline(wallet).records}


def original_of(wallet, record):
    sink = io.BytesIO()
    held = records.save_original(wallet, record.scope_id, sink)
    return sink.getvalue(), held


def test_a_record_worked_out_from_another_format_has_its_original_beside_it(
    wallet, tmp_path
):
    data = b"TOY1\nGlucose 5\n!Odd thing\n? nothing\n"
    answer = bring_in(wallet, tmp_path, data)
    assert counts_of(answer) == {"new": 1, "kept_raw": 1, "failed": 1}
    (file,) = answer.files
    assert file.format == "toy"
    assert [(one.place, one.cause) for one in file.findings] == [
        ("line 2", Cause.NOT_A_RECORD),
        ("line 3", Cause.NOT_A_NUMBER),
    ]
    found = listed(wallet)
    assert set(found) == {"Glucose", "Odd"}
    page = records.show(wallet, found["Glucose"].scope_id)
    assert json.loads(page.raw)["valueString"] == "5"
    whole, held = original_of(wallet, found["Glucose"])
    assert whole == data
    assert (held.form, held.place, held.reader) == ("toy", "line 1", "toy 3")
    assert records.search(wallet, "wombat").records[0].title == "Odd"
    (source,) = sources.whole_sources(wallet.store)
    assert b"".join(sources.original(wallet.store, source)) == data


def test_a_record_that_lies_in_its_file_is_its_own_original(wallet, tmp_path):
    bring_in(wallet, tmp_path, observation(1))
    (record,) = records.timeline(wallet).records
    whole, held = original_of(wallet, record)
    assert json.loads(whole) == observation(1)
    assert (held.form, held.reader) == ("fhir-json", "")


def test_erasing_a_record_takes_its_original_and_leaves_what_else_came_of_it(
    wallet, tmp_path
):
    data = b"TOY1\nGlucose 5\nIron 7\n"
    again = b"TOY1\nGlucose 5\n"  # the same record in another file
    bring_in(wallet, tmp_path, data, again)
    found = listed(wallet)
    records.erase(wallet, found["Glucose"].scope_id, now=NOON)
    assert sources.whole_sources(wallet.store) == []
    assert wallet.store.value("SELECT count(*) FROM item") == 1
    page = records.show(wallet, found["Iron"].scope_id)
    assert json.loads(page.raw)["valueString"] == "7"
    with pytest.raises(UsageError, match="erased"):
        original_of(wallet, found["Iron"])
    answer = bring_in(wallet, tmp_path, data)
    assert counts_of(answer) == {"new": 1, "same": 1}
    assert original_of(wallet, listed(wallet)["Glucose"])[0] == data


def test_the_same_thing_said_otherwise_by_its_source_is_a_newer_version(
    wallet, tmp_path
):
    bring_in(wallet, tmp_path, b"TOY1\nGlucose 5\n")
    answer = bring_in(wallet, tmp_path, b"TOY1\nGlucose 6\n")
    assert counts_of(answer) == {"changed": 1}
    (record,) = records.timeline(wallet).records
    assert (record.value, record.versions) == ("6", 2)
    assert original_of(wallet, record)[0] == b"TOY1\nGlucose 6\n"
    first, second = versions.of(wallet.store, record.record_id)
    assert (b'"5"' in first.body, b'"6"' in second.body) == (True, True)


def test_a_record_that_comes_again_with_a_label_is_labelled_from_then_on(
    wallet, tmp_path
):
    bring_in(wallet, tmp_path, b"TOY1\nGlucose 5\n", b"TOY1\nRGlucose 5\n")
    (record,) = records.timeline(wallet).records
    assert record.confidentiality == "R"
    assert record.labels == (DOCUMENT,)
    shown = kept.show(wallet.store, record.record_id)
    assert shown.labels == (DOCUMENT,)


def test_an_original_of_many_parts_comes_back_whole(wallet, tmp_path):
    tail = b"".join(b"? %07d\n" % n for n in range((2 * PART) // 10))
    data = b"TOY1\nGlucose 5\n" + tail
    other = data + b"? more\n"  # its first part is the same
    bring_in(wallet, tmp_path, data, other)
    (record,) = records.timeline(wallet).records
    assert original_of(wallet, record)[0] == data
    held = sources.whole_sources(wallet.store)
    given = [b"".join(sources.original(wallet.store, one)) for one in held]
    assert given == [data, other]
    records.erase(wallet, record.scope_id, now=NOON)
    assert wallet.store.value("SELECT count(*) FROM item") == 0


def test_a_document_that_ends_in_a_fault_keeps_what_came_before(wallet, tmp_path):
    answer = bring_in(wallet, tmp_path, b"TOY1\nGlucose 5\n#\nIron 7\n")
    assert counts_of(answer) == {"new": 1, "failed": 1}
    assert answer.files[0].findings[0].cause is Cause.CUT_OFF


def test_a_document_with_nothing_in_it_is_one_thing_that_is_kept(wallet, tmp_path):
    answer = bring_in(wallet, tmp_path, b"TOY1\n")
    assert counts_of(answer) == {"kept_raw": 1}
    (source,) = sources.whole_sources(wallet.store)
    assert b"".join(sources.original(wallet.store, source)) == b"TOY1\n"
