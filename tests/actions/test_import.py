"""Bringing records in: what is new, the same, changed, kept as it is, not readable."""

import io
import json
from datetime import UTC, datetime

import pytest

from tests.support.wallets import NOON, bring_in, bundle, observation, open_wallet
from wallet.actions.patient import browsing, read_ahead, records
from wallet.errors import CancelledError
from wallet.vault import sources


@pytest.fixture(params=[1 << 40, 0], ids=["here", "ahead"])
def wallet(tmp_path, monkeypatch, request):
    monkeypatch.setattr(read_ahead, "LEAST", request.param)
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def counted(answer):
    return {name: n for name, n in answer.totals.as_json().items() if n}


def titles(wallet):
    return [record.title for record in records.timeline(wallet).records]


def test_a_bundle_becomes_records_with_words_dates_and_values(wallet, tmp_path):
    answer = bring_in(wallet, tmp_path, bundle(observation(1), observation(2)))
    assert counted(answer) == {"new": 2}
    (first, _) = records.timeline(wallet).records
    assert first.title == "Total cholesterol"
    assert (first.value, first.unit) == ("5", "mmol/L")
    assert first.start == datetime(2026, 3, 4, tzinfo=UTC)
    assert (first.start_precision, first.category) == ("day", "test")
    assert first.codes == ("http://loinc.org|2093-3",)


def test_the_same_file_twice_adds_nothing(wallet, tmp_path):
    content = bundle(observation(1), observation(2))
    bring_in(wallet, tmp_path, content)
    before = rows(wallet)
    again = bring_in(wallet, tmp_path, content)
    assert counted(again) == {"same": 2}
    assert rows(wallet) == before


def rows(wallet):
    tables = wallet.store.all("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {
        table: wallet.store.value(f"SELECT count(*) FROM {table}")  # noqa: S608 own text only
        for (table,) in tables
        if not table.startswith("record_text")
    }


def test_the_same_record_in_another_spelling_is_the_same(wallet, tmp_path):
    held = observation(1)
    bring_in(wallet, tmp_path, bundle(held))
    spelled = json.dumps(dict(reversed(held.items())), indent=3)
    moved = {**held, "meta": {"versionId": "9", "lastUpdated": "2026-01-01"}}
    narrated = {**held, "text": {"status": "generated", "div": "<div>x</div>"}}
    answer = bring_in(wallet, tmp_path, spelled, moved, narrated)
    assert counted(answer) == {"same": 3}
    assert records.timeline(wallet).total == 1


def test_another_value_under_the_same_name_is_a_new_version(wallet, tmp_path):
    bring_in(wallet, tmp_path, bundle(observation(1)))
    changed = observation(1, valueQuantity={"value": 6, "unit": "mmol/L"})
    assert counted(bring_in(wallet, tmp_path, bundle(changed))) == {"changed": 1}
    (record,) = records.timeline(wallet).records
    assert (record.value, record.versions) == ("6", 2)
    page = records.show(wallet, record.scope_id)
    assert [json.loads(v.raw)["valueQuantity"]["value"] for v in page.versions] == [
        5,
        6,
    ]
    assert records.search(wallet, "6").total == 1


def test_a_version_of_before_is_known_again(wallet, tmp_path):
    bring_in(wallet, tmp_path, bundle(observation(1)))
    changed = observation(1, status="amended")
    bring_in(wallet, tmp_path, bundle(changed))
    again = bring_in(wallet, tmp_path, bundle(observation(1), observation(2)))
    assert counted(again) == {"new": 1, "same": 1}


def test_an_older_version_that_comes_late_does_not_become_the_newest(wallet, tmp_path):
    new = observation(1, meta={"lastUpdated": "2026-05-01T00:00:00Z"}, status="amended")
    old = observation(1, meta={"lastUpdated": "2026-04-01T00:00:00Z"})
    history = bundle(new, old, type="history")
    assert counted(bring_in(wallet, tmp_path, history)) == {"new": 1, "changed": 1}
    (record,) = records.timeline(wallet).records
    assert (record.status, record.versions) == ("amended", 2)


def test_the_same_number_at_two_places_is_two_records(wallet, tmp_path):
    def at(base, value):
        held = observation(1, valueQuantity={"value": value, "unit": "mmol/L"})
        entry = {"fullUrl": f"{base}/Observation/o1", "resource": held}
        return {"resourceType": "Bundle", "type": "searchset", "entry": [entry]}

    answer = bring_in(
        wallet, tmp_path, at("https://a.example", 5), at("https://b.example", 6)
    )
    assert counted(answer) == {"new": 2}
    assert counted(bring_in(wallet, tmp_path, at("https://a.example", 7))) == {
        "changed": 1
    }


def test_a_bare_number_about_something_else_is_another_record(wallet, tmp_path):
    bring_in(wallet, tmp_path, observation(1))
    other = observation(1, code={"text": "Sodium"})
    assert counted(bring_in(wallet, tmp_path, other)) == {"new": 1}


def test_a_business_number_joins_two_places_but_never_two_ids_of_one(wallet, tmp_path):
    number = [{"system": "urn:lab", "value": "A-77"}]

    def at(base, name, **more):
        held = {**observation(1, identifier=number, **more), "id": name}
        entry = {"fullUrl": f"{base}/Observation/{name}", "resource": held}
        return {"resourceType": "Bundle", "type": "searchset", "entry": [entry]}

    bring_in(wallet, tmp_path, at("https://a.example", "x"))
    same_place = bring_in(wallet, tmp_path, at("https://a.example", "y"))
    assert counted(same_place) == {"new": 1}
    elsewhere = bring_in(
        wallet, tmp_path, at("https://b.example", "z", status="amended")
    )
    assert counted(elsewhere) == {"changed": 1}


def test_a_label_that_appears_is_a_change(wallet, tmp_path):
    bring_in(wallet, tmp_path, observation(1))
    marked = observation(1, meta={"security": [{"system": "urn:x", "code": "SUD"}]})
    assert counted(bring_in(wallet, tmp_path, marked)) == {"changed": 1}
    (record,) = records.timeline(wallet).records
    assert record.sensitivity == ("SUD",)


@pytest.mark.parametrize("late", [False, True])
def test_the_labels_of_a_bundle_reach_every_record_in_it(wallet, tmp_path, late):
    label = {
        "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
        "code": "R",
    }
    parts = [
        '"resourceType": "Bundle"',
        f'"meta": {{"security": [{json.dumps(label)}]}}',
        f'"entry": [{{"resource": {json.dumps(observation(1))}}}]',
    ]
    order = [0, 2, 1] if late else [0, 1, 2]
    bring_in(wallet, tmp_path, "{" + ", ".join(parts[n] for n in order) + "}")
    (record,) = records.timeline(wallet).records
    assert record.confidentiality == "R"
    assert record.labels[0].basis == "container"
    assert browsing.labels(wallet) == ("R",)


def test_a_medicine_named_further_on_gets_its_name(wallet, tmp_path):
    order = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "medicationReference": {"reference": "Medication/d1"},
    }
    drug = {"resourceType": "Medication", "id": "d1", "code": {"text": "Zemplar drops"}}
    bring_in(wallet, tmp_path, bundle(order, drug))
    assert titles(wallet) == ["Zemplar drops", "Zemplar drops"]
    assert records.search(wallet, "zemp").total == 2


BAD = [
    ('{"resourceType": "Observation", "id": "x", "value": NaN}', "not_a_number"),
    ('{"resourceType": "Observation", "id": "x", "id": "y"}', "duplicate_key"),
    ('{"resourceType": "Observation", "id": nul}', "not_json"),
    ('{"resourceType": "Observation", "id": "\\ud800"}', "not_utf8"),
    (b'{"resourceType": "Observation", "id": "\xff"}', "not_utf8"),
    ('{"resourceType": "Observation", "x": ' + "[" * 400 + "]" * 400 + "}", "too_deep"),
    (
        '{"resourceType": "Observation", "x": ' + "[" * 9000 + "]" * 9000 + "}",
        "too_deep",
    ),
    ('{"resourceType": "Observation", "x": 1e' + "9" * 500 + "}", "not_a_number"),
]


@pytest.mark.parametrize(("text", "reason"), BAD, ids=range(len(BAD)))
def test_one_bad_entry_is_named_by_place_and_the_good_ones_stay(
    wallet, tmp_path, text, reason
):
    raw = text if isinstance(text, bytes) else text.encode()
    good = json.dumps(observation(1)).encode()
    content = (
        b'{"resourceType": "Bundle", "entry": [{"resource": '
        + good
        + b'}, {"resource": '
        + raw
        + b'}, {"resource": '
        + json.dumps(observation(2)).encode()
        + b"}]}"
    )
    answer = bring_in(wallet, tmp_path, content)
    assert counted(answer) == {"new": 2, "failed": 1}
    (finding,) = answer.files[0].findings
    assert (finding.place, finding.cause.value) == ("/entry/1", reason)
    assert originals(wallet) == [content]


@pytest.mark.parametrize(("text", "reason"), BAD, ids=range(len(BAD)))
def test_one_bad_line_is_named_by_its_number_and_the_good_ones_stay(
    wallet, tmp_path, text, reason
):
    raw = text if isinstance(text, bytes) else text.encode()
    lines = [json.dumps(observation(n)).encode() for n in (1, 2)]
    content = lines[0] + b"\n\n" + raw + b"\r\n" + lines[1]
    answer = bring_in(wallet, tmp_path, content)
    assert counted(answer) == {"new": 2, "failed": 1}
    assert answer.files[0].format == "fhir-r4-ndjson"
    (finding,) = answer.files[0].findings
    assert (finding.place, finding.cause.value) == ("line 3", reason)
    assert originals(wallet) == [content]


@pytest.mark.parametrize(("text", "reason"), BAD, ids=range(len(BAD)))
def test_a_bad_resource_alone_is_kept_and_named(wallet, tmp_path, text, reason):
    raw = text if isinstance(text, bytes) else text.encode()
    answer = bring_in(wallet, tmp_path, raw)
    assert counted(answer) == {"failed": 1}
    (finding,) = answer.files[0].findings
    assert (finding.place, finding.cause.value) == ("/", reason)
    assert originals(wallet) == [raw]


def originals(wallet):
    return [
        b"".join(sources.original(wallet.store, source))
        for source in sources.whole_sources(wallet.store)
    ]


def test_a_file_cut_anywhere_keeps_what_came_before(wallet, tmp_path):
    whole = json.dumps(bundle(*(observation(n) for n in range(4)))).encode()
    for cut in range(1, len(whole), 97):
        answer = bring_in(wallet, tmp_path, whole[:cut])
        (file,) = answer.files
        assert file.taken
        assert file.counts.failed + len(file.findings) > 0
    assert records.timeline(wallet).total == 3
    assert all(whole.startswith(content) for content in originals(wallet))


def test_a_byte_order_mark_is_remarked_and_read(wallet, tmp_path):
    content = b"\xef\xbb\xbf" + json.dumps(bundle(observation(1))).encode()
    answer = bring_in(wallet, tmp_path, content)
    assert counted(answer) == {"new": 1}
    assert [f.cause.value for f in answer.files[0].findings] == ["byte_order_mark"]
    assert originals(wallet) == [content]


def test_letters_of_any_script_give_their_bytes_back(wallet, tmp_path):
    held = observation(1, code={"text": "Z\u00fccker \u8840\u7cd6 \U0001f9ea"})
    content = json.dumps(bundle(held), ensure_ascii=False).encode()
    bring_in(wallet, tmp_path, content)
    (record,) = records.timeline(wallet).records
    assert json.loads(records.show(wallet, record.scope_id).raw) == held
    assert originals(wallet) == [content]
    assert records.search(wallet, "zuck").total == 1


def test_nested_bundles_are_opened_and_not_counted(wallet, tmp_path):
    inner = bundle(observation(2), observation(3))
    content = bundle(observation(1), inner, bundle(bundle(observation(4))))
    answer = bring_in(wallet, tmp_path, content, json.dumps(bundle(inner)) + "\n{}")
    assert counted(answer) == {"new": 4, "same": 2, "kept_raw": 1}
    assert len(originals(wallet)) == 2


def test_keys_may_stand_in_any_order(wallet, tmp_path):
    entries = [{"resource": observation(n)} for n in (1, 2)]
    content = {"entry": entries, "resourceType": "Bundle", "type": "batch"}
    assert counted(bring_in(wallet, tmp_path, content)) == {"new": 2}
    listed = {
        "entry": [{"item": {"reference": "Observation/o1"}}],
        "resourceType": "List",
        "status": "current",
        "mode": "working",
    }
    assert counted(bring_in(wallet, tmp_path, listed)) == {"new": 1}


def test_whole_resources_one_after_another_are_read_as_such(wallet, tmp_path):
    """Written over several lines each, so that no line is a resource."""
    good = [json.dumps(observation(n), indent=2) for n in range(3)]
    batch = json.dumps(bundle(observation(3), {"id": "none"}), indent=2)
    content = "\n".join([good[0], good[1], batch, '{"id": nul}', good[2]])
    answer = bring_in(wallet, tmp_path, content)
    assert counted(answer) == {"new": 4, "kept_raw": 1, "failed": 1}
    second = good[0].count("\n") + good[1].count("\n") + 3
    assert [finding.place for finding in answer.files[0].findings] == [
        f"line {second} /entry/1",
        f"line {second + batch.count(chr(10)) + 1}",
    ]
    assert originals(wallet) == [content.encode()]


def test_a_list_of_resources_is_read_too(wallet, tmp_path):
    answer = bring_in(wallet, tmp_path, json.dumps([observation(1), observation(2), 7]))
    assert counted(answer) == {"new": 2, "kept_raw": 1}
    assert answer.files[0].findings[0].place == "/2"


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"<note xmlns='urn:x'/>", "xml"),
        (b"\x1f\x8b...", "gzip"),
    ],
)
def test_other_formats_are_named_and_kept_as_they_are(wallet, tmp_path, content, form):
    answer = bring_in(wallet, tmp_path, content)
    assert counted(answer) == {"kept_raw": 1}
    assert answer.files[0].format == form
    assert answer.files[0].findings[0].cause.value == "foreign_format"
    assert originals(wallet) == [content]


def test_what_nobody_knows_fails_and_is_kept(wallet, tmp_path):
    answer = bring_in(wallet, tmp_path, b"\x00\x01 nothing", b"")
    assert counted(answer) == {"failed": 1}
    assert [f.findings[0].cause.value for f in answer.files] == [
        "unknown_format",
        "empty",
    ]
    assert answer.all_taken


def test_another_release_is_translated_and_said(wallet, tmp_path):
    old = {
        "resourceType": "MedicationOrder",
        "id": "m",
        "medicationCodeableConcept": {"text": "x"},
    }
    content = bundle(old, {"resourceType": "Patient", "id": "p"})
    answer = bring_in(wallet, tmp_path, content)
    assert counted(answer) == {"new": 2}
    assert answer.files[0].format == "fhir-dstu2-json"
    assert "DSTU2" in answer.files[0].findings[0].sentence
    found = {one.rtype: one for one in records.timeline(wallet).records}
    assert set(found) == {"MedicationRequest", "Patient"}
    sink = io.BytesIO()
    held = records.save_original(wallet, found["MedicationRequest"].scope_id, sink)
    assert held.reader == "fhir-dstu2 1"
    assert json.loads(sink.getvalue())["resource"] == old


def test_a_type_nobody_knows_is_kept_and_named(wallet, tmp_path):
    odd = {"resourceType": "Horoscope", "id": "1"}
    answer = bring_in(wallet, tmp_path, bundle(observation(1), odd, {"id": "no type"}))
    assert counted(answer) == {"new": 1, "kept_raw": 2}
    assert [(f.place, f.cause.value) for f in answer.files[0].findings] == [
        ("/entry/1", "unknown_type"),
        ("/entry/2", "not_a_record"),
    ]


def test_a_file_that_cannot_be_opened_is_not_taken(wallet, tmp_path):
    answer = records.import_paths(wallet, [tmp_path / "nowhere"], now=NOON)
    assert not answer.all_taken
    assert answer.files[0].findings[0].cause.value == "unreadable_file"


def test_a_folder_is_read_through(wallet, tmp_path):
    folder = tmp_path / "in" / "deeper"
    folder.mkdir(parents=True)
    (folder / "a").write_text(json.dumps(observation(1)))
    (folder.parent / "b").write_text(json.dumps(observation(2)))
    answer = records.import_paths(wallet, [tmp_path / "in"], now=NOON)
    assert counted(answer) == {"new": 2}
    assert len(answer.files) == 2


def test_stopping_leaves_nothing_of_the_file_in_work(wallet, tmp_path):
    bring_in(wallet, tmp_path, observation(1))
    before = rows(wallet)
    many = bundle(*(observation(n) for n in range(2, 1_000)))
    heard = []
    with pytest.raises(CancelledError):
        bring_in(
            wallet,
            tmp_path,
            many,
            progress=lambda *said: heard.append(said),
            cancelled=lambda: len(heard) > 1,
        )
    assert rows(wallet) == before
    assert not wallet.store.in_transaction
    assert bring_in(wallet, tmp_path, many).totals.new == 998


def test_progress_ends_at_everything(wallet, tmp_path):
    heard = []
    content = bundle(*(observation(n) for n in range(600)))
    bring_in(wallet, tmp_path, content, progress=lambda *said: heard.append(said))
    size = len(json.dumps(content))
    assert heard[-1] == (size, size, 600)
    assert [count for _, _, count in heard] == sorted(count for _, _, count in heard)


def test_two_people_in_one_file_are_remarked(wallet, tmp_path):
    people = [{"resourceType": "Patient", "id": name} for name in ("a", "b", "c")]
    answer = bring_in(wallet, tmp_path, bundle(*people))
    assert [f.cause.value for f in answer.files[0].findings] == ["other_person"]


def test_the_answer_has_the_shape_programs_rely_on(wallet, tmp_path):
    said = bring_in(wallet, tmp_path, bundle(observation(1))).as_json()
    assert set(said) == {"totals", "files"}
    assert set(said["files"][0]) >= {"path", "format", "sha256", "counts", "findings"}
    assert set(said["totals"]) == {"new", "same", "changed", "kept_raw", "failed"}
