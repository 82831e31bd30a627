"""Reading in pieces: where a piece of the file ends says nothing about a record."""

import io
import json

import pytest

from tests.support.wallets import bundle, observation
from wallet.records.findings import Cause
from wallet.records.reader import Given, open_reader


class Drip(io.BytesIO):
    """A file that never gives more than a few bytes at once, but for its head."""

    def __init__(self, data, size):
        super().__init__(data)
        self.size = size

    def read(self, size=-1):
        if self.tell() == 0 and size == 4096:
            return super().read(size)
        return super().read(min(size, self.size))


def read(data, size):
    reading = open_reader(
        Given(file=Drip(data, size), salt=bytes(32), on_bytes=lambda _count: None)
    )
    found = list(reading.found())
    again = b"".join(one.gap + one.raw for one in found) + reading.tail
    assert again == data
    outcomes = [one.outcome for one in found]
    return outcomes, [finding.cause for finding in reading.findings]


NAMED = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"fullUrl": f"urn:x:{number}\\", "resource": observation(number)}
        for number in range(3)
    ],
}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "content", [NAMED, bundle(observation(1)), observation(2)], ids=["url", "bare", "1"]
)
@pytest.mark.parametrize("size", range(1, 24))
def test_a_record_is_read_wherever_the_file_happens_to_be_cut(content, size, indent):
    data = json.dumps(content, indent=indent).encode()
    assert read(data, size) == read(data, len(data))
    assert read(data, size)[1] == []


@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
@pytest.mark.parametrize("cut", [b'{"resourceType": "Bund', b'{"resourceType": "'])
def test_a_file_that_ends_inside_a_string_is_cut_off(cut, size):
    assert read(cut, size)[1] == [Cause.CUT_OFF]


def test_a_second_person_is_remarked_once():
    people = [{"resourceType": "Patient", "id": str(number % 2)} for number in range(5)]
    data = json.dumps(bundle(*people)).encode()
    assert read(data, len(data))[1] == [Cause.OTHER_PERSON]
