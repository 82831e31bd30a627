"""A file from anywhere is kept byte for byte, whatever is in it, and nothing breaks."""

import copy
import io
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from wallet.records.found import to_json
from wallet.records.reader import Given, open_reader

PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Lindgren", "given": ["Maya"]}],
    "birthDate": "1951-02-03",
}
MEDICINE = {
    "resourceType": "MedicationRequest",
    "id": "m",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": {"text": "Metformin 500 mg"},
    "subject": {"reference": "Patient/p"},
    "authoredOn": "2024-05",
    "dosageInstruction": [{"text": "twice a day"}],
    "meta": {"security": [{"system": "s", "code": "R"}], "source": "urn:x"},
}
WHOLE = bundle(
    PATIENT,
    MEDICINE,
    observation(
        1,
        referenceRange=[{"low": {"value": 3.1}, "high": {"value": 5}}],
        performer=[{"display": "City laboratory"}],
        note=[{"text": "Fasting."}],
        text={"status": "generated", "div": "<div>Cholesterol</div>"},
    ),
    {
        "resourceType": "DocumentReference",
        "id": "d",
        "status": "current",
        "type": {"text": "Letter"},
        "content": [{"attachment": {"contentType": "text/plain", "data": "SGk="}}],
        "context": {"period": {"start": "2020", "end": "2021-12-31T10:00:00+01:00"}},
    },
)
GOOD = json.dumps(WHOLE).encode()
LINES = b"".join(
    json.dumps(entry["resource"]).encode() + b"\n" for entry in WHOLE["entry"]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["Patient/p", "2024-02-30", "9999-12-31", "\0", "\u202e", "R4"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["code", "value", "text", "coding", "id", "x", ""]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


def places(value, path=()):
    """Every place in a JSON value."""
    here = [path]
    if isinstance(value, dict):
        return here + [p for key in value for p in places(value[key], (*path, key))]
    if isinstance(value, list):
        return here + [
            p for at, one in enumerate(value) for p in places(one, (*path, at))
        ]
    return here


PLACES = places(WHOLE)[1:]


@st.composite
def changed_bundles(draw):
    """The bundle with up to three of its values replaced by anything."""
    whole = copy.deepcopy(WHOLE)
    for path in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        holder = whole
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = draw(JSON)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took that place away
    return json.dumps(whole).encode("utf-8", "surrogatepass")


def spliced(good):
    """The file with a slice replaced by noise or by another slice of it."""
    place, near = st.integers(0, len(good)), st.integers(0, 200)
    slices = st.builds(lambda a, n: good[a : a + n], place, near)
    return st.builds(
        lambda start, length, filling: good[:start] + filling + good[start + length :],
        place,
        near,
        st.binary(max_size=30) | slices,
    )


FILES = st.binary(max_size=300) | changed_bundles() | spliced(GOOD) | spliced(LINES)


def read(data):
    reading = open_reader(
        Given(file=io.BytesIO(data), salt=bytes(32), on_bytes=lambda _size: None)
    )
    found = list(reading.found())
    return b"".join(one.gap + one.raw for one in found) + reading.tail, found


def test_the_good_files_are_read():
    for data in (GOOD, LINES):
        kept, found = read(data)
        assert kept == data
        assert len([one for one in found if one.facts]) == 4


@settings(deadline=None, max_examples=300)
@given(FILES)
def test_every_byte_of_any_file_is_kept_in_its_order(data):
    kept, _ = read(data)
    assert kept == data


@pytest.fixture(scope="module")
def wallet(tmp_path_factory):
    with open_wallet(tmp_path_factory.mktemp("home")) as wallet:
        yield wallet


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


def test_a_number_no_computer_counts_to_stays_as_it_was_written():
    assert to_json({"a": [1 << 70, 1, True], "b": Decimal("1.50")}) == (
        b'{"a":[1180591620717411303424,1,true],"b":1.50}'
    )


@settings(deadline=None, max_examples=60)
@given(data=FILES)
def test_any_file_can_be_brought_in_and_is_counted(wallet, folder, data):
    (answer,) = bring_in(wallet, folder, data).files
    assert answer.counts.total >= 0
    assert len(answer.sha256) in (32, 64)
