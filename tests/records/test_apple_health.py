"""Apple Health: any number of readings in bounded memory, and damage costs little."""

import io
import json
import random
import tracemalloc
import zipfile

import pytest

from tests.corpus import TESTDATA
from tests.support.wallets import bring_in, observation, open_wallet
from wallet.records.apple.reader import AppleHealth
from wallet.records.apple.sample_types import kind_of, words_of
from wallet.records.findings import Cause
from wallet.records.reader import Given
from wallet.vault import sources

HEART = "HKQuantityTypeIdentifierHeartRate"
STEPS = "HKQuantityTypeIdentifierStepCount"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
DTD = "<!DOCTYPE HealthData [\n<!ELEMENT HealthData (Record*)\n<!ATTLIST broken >\n]>\n"


def record(kind, value, *, start="2024-01-01 01:01:36 +0200", unit="", end="", more=""):
    return (
        f' <Record type="{kind}" sourceName="Watch" unit="{unit}" startDate="{start}" '
        f'endDate="{end or start}" value="{value}"{more}/>\n'
    )


def export(*elements, head=HEAD):
    return (
        f'{head}<HealthData locale="en">\n{"".join(elements)}</HealthData>\n'.encode()
    )


def read(data):
    file = io.BytesIO(data)
    reader = AppleHealth(Given(file=file, salt=bytes(32), on_bytes=lambda _: None))
    found = list(reader.found())
    return reader, found


def values(data):
    return [
        (one.facts.title, one.facts.value, one.facts.unit, one.facts.written)
        for one in read(data)[1]
        if one.facts
    ]


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="no test data here")
def test_a_published_export_is_read_and_given_back():
    data = (TESTDATA / "apple-health" / "export.xml").read_bytes()
    reader, found = read(data)
    assert b"".join(one.gap + one.raw for one in found) + reader.tail == data
    assert ("Heart rate", "74.5", "/min", "2024-01-01") in values(data)
    assert ("Sleep", "0.208", "h", "2024-01-01") in values(data)


def test_steps_are_added_up_and_heart_rates_are_a_range():
    data = export(
        record(STEPS, "100", unit="count"),
        record(STEPS, "23", unit="count"),
        record(STEPS, "7", unit="count", start="2024-01-02 01:01:36 +0200"),
        *(record(HEART, value, unit="count/min") for value in (60, 90, 75)),
    )
    assert values(data) == [
        ("Steps", "123", "", "2024-01-01"),
        ("Steps", "7", "", "2024-01-02"),
        ("Heart rate", "75", "/min", "2024-01-01"),
    ]
    heart = read(data)[1][-1].resource
    assert b'"Lowest"' in heart
    assert b'"value":60' in heart
    assert b'"value":90' in heart


def test_weights_are_kept_one_by_one_with_their_digits():
    kind = "HKQuantityTypeIdentifierBodyMass"
    data = export(record(kind, "70.50", unit="kg"), record(kind, "70.4", unit="kg"))
    assert [(value, unit) for _, value, unit, _ in values(data)] == [
        ("70.50", "kg"),
        ("70.4", "kg"),
    ]


def test_two_pressures_of_one_moment_are_one_record_and_children_do_not_count_again():
    kind = "HKQuantityTypeIdentifierBloodPressure"
    pair = record(f"{kind}Systolic", "120") + record(f"{kind}Diastolic", "80")
    inside = f' <Correlation type="x">\n{pair}{record(STEPS, 5)} </Correlation>\n'
    assert values(export(pair, inside)) == [
        ("Blood pressure", "120/80", "mmHg", "2024-01-01T01:01:36+02:00")
    ]


def test_oxygen_is_shown_in_percent():
    data = export(record("HKQuantityTypeIdentifierOxygenSaturation", "0.97", unit="%"))
    assert values(data)[0][:3] == ("Oxygen in blood", "97", "%")


def test_unknown_types_are_named_by_their_words():
    assert words_of("HKQuantityTypeIdentifierAppleSleepingWristTemperature") == (
        "Apple sleeping wrist temperature"
    )
    assert kind_of("HKCategoryTypeIdentifierHeadache").name == "Headache"


def test_a_broken_document_type_is_no_fault_and_declares_nothing():
    reader, found = read(export(record(STEPS, "5"), head=HEAD + DTD))
    assert reader.findings == []
    assert found[-1].facts.value == "5"
    evil = DTD.replace("<!ATTLIST broken >", '<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">')
    _, found = read(export(record(STEPS, "5", more=' x="&b;"'), head=HEAD + evil))
    assert [one.facts for one in found if one.facts] == []


def test_entities_that_come_without_a_type_in_the_head_are_refused():
    late = '<HealthData>\n<!DOCTYPE x [<!ENTITY a "b">]>' + record(STEPS, "5")
    reader, _ = read((HEAD + late).encode())
    assert reader.findings[0].cause is Cause.NOT_XML


def test_behind_a_damaged_element_the_reading_goes_on():
    data = export(record(STEPS, "5"), ' <Record type="\x0b" <<\n', record(STEPS, "6"))
    reader, found = read(data)
    assert [one.cause for one in reader.findings] == [Cause.NOT_XML]
    assert found[-1].facts.value == "11"
    assert b"".join(one.raw for one in found) == data


def test_a_file_that_is_cut_off_keeps_what_came_before():
    data = export(record(STEPS, "5"), record(STEPS, "6"))
    reader, found = read(data[: data.rindex(b"<Record") + 20])
    assert [one.cause for one in reader.findings] == [Cause.CUT_OFF]
    assert found[-1].facts.value == "5"


def test_the_same_day_in_a_later_export_is_the_same_record():
    first = read(export(record(STEPS, "5")))[1][-1].same
    again = read(export(record(STEPS, "5"), record(HEART, "60")))[1][-2].same
    more = read(export(record(STEPS, "5"), record(STEPS, "9")))[1][-1].same
    assert first == again
    assert (first.key, first.body_hash != more.body_hash) == (more.key, True)


def clinical(*resources):
    return {f"clinical-records/r-{n}.json": json.dumps(one).encode()
            for n, one in enumerate(resources)}  # fmt: skip


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"apple_health_export/{name}", data)
    return out.getvalue()


def test_a_whole_export_comes_in_with_its_clinical_records_and_is_given_back(tmp_path):
    cda = b'<?xml version="1.0"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3">'
    cda += b"<title>Health Data Export</title>" + b"<x/>" * 9_000
    index = (
        ' <ClinicalRecord type="x" resourceFilePath="/clinical-records/r-0.json"/>\n'
    )
    data = zipped(
        {
            "export.xml": export(record(STEPS, "5"), index, head=HEAD + DTD),
            "export_cda.xml": cda + b"</ClinicalDocument>",
            **clinical(observation(1), observation(2)),
        }
    )
    with open_wallet(tmp_path / "home") as wallet:
        answer = bring_in(wallet, tmp_path, data)
        assert (answer.totals.new, answer.totals.kept_raw) == (3, 1)
        assert answer.totals.failed == 0
        assert [one.cause for one in answer.files[0].findings] == [Cause.SAID_ELSEWHERE]
        [source] = sources.whole_sources(wallet.store)
        assert b"".join(sources.original(wallet.store, source)) == data


class Endless(io.RawIOBase):
    """A file of *size* bytes that lies nowhere."""

    def __init__(self, size):
        self._left = size
        self._line = "".join(
            record(kind, value, start=f"2024-{1 + value % 12:02}-{1 + value % 28:02}")
            for kind in (HEART, STEPS, "HKQuantityTypeIdentifierWalkingSpeed")
            for value in range(40, 1000)
        ).encode()
        self._head = f"{HEAD}<HealthData>\n".encode()

    def read(self, size):
        out = self._head
        self._head = b""
        while len(out) < size and self._left > 0:
            out += self._line
            self._left -= len(self._line)
        if self._left <= 0 and out:
            out += b"</HealthData>"
            self._left = 0
        return out


def test_a_long_export_needs_no_more_memory_than_a_short_one():
    def peak(size):
        tracemalloc.start()
        given = Given(file=Endless(size), salt=bytes(32), on_bytes=lambda _: None)
        for _ in AppleHealth(given).found():
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(24 << 20) < peak(4 << 20) * 2


def test_changed_files_end_in_records_or_causes_and_keep_every_byte():
    seed = random.Random(7)  # noqa: S311 the same files each time
    data = export(*(record(STEPS, n) for n in range(30)), head=HEAD + DTD)
    for _ in range(300):
        bad = bytearray(data)
        for _ in range(seed.randrange(1, 20)):
            bad[seed.randrange(len(bad))] = seed.randrange(256)
        cut = bytes(bad[: seed.randrange(1, len(bad))])
        reader, found = read(cut)
        assert b"".join(one.raw for one in found) + reader.tail == cut
