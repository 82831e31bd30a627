"""What is put aside comes back byte for byte, in any order, or not at all."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallet.errors import RefusedError
from wallet.exports import shelf
from wallet.exports.shelf import Shelf
from wallet.verdict import Reason


@pytest.fixture
def little_memory(monkeypatch):
    monkeypatch.setattr(shelf, "_IN_MEMORY", 40)


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.binary(max_size=50), max_size=12), data=st.data())
def test_everything_comes_back_in_any_order(tmp_path_factory, pieces, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelf, "_IN_MEMORY", data.draw(st.sampled_from([0, 40, 10_000])))
        held = Shelf(tmp_path_factory.getbasetemp())
        places = [(held.put(piece), piece) for piece in pieces]
        for place, piece in data.draw(st.permutations(places)):
            assert held.take(place) == piece
            with held.open(place) as source:
                assert source.read() == piece


@pytest.mark.usefixtures("little_memory")
def test_the_file_has_no_word_of_it_and_a_changed_one_is_refused(tmp_path):
    held = Shelf(tmp_path)
    place = held.put(b"Quillwort fever, and much more than fits in memory")
    descriptor = held._file._descriptor
    assert list(tmp_path.iterdir()) == []
    assert b"Quillwort" not in os.pread(descriptor, 1_000, 0)
    os.pwrite(descriptor, b"\0", place.start + 3)
    with pytest.raises(RefusedError) as refused:
        held.take(place)
    assert refused.value.reason is Reason.PACKAGE_ALTERED
