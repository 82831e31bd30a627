"""The layout of a file is packed and read in parts, as if it were done at once."""

import json
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wallet.vault import sources

LAYOUTS = st.lists(st.tuples(st.binary(max_size=9), st.integers(0, 1 << 40)))


@pytest.fixture(params=[1, 3, 7])
def small(request, monkeypatch):
    monkeypatch.setattr(sources, "_TOGETHER", request.param)
    monkeypatch.setattr(sources, "_PIECE", request.param)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(LAYOUTS)
def test_what_is_packed_in_parts_is_the_whole_and_is_read_in_parts(small, layout):
    packed = b"".join(sources._packed(iter(layout)))
    told = [[gap.decode("latin-1"), item] for gap, item in layout]
    assert zlib.decompress(packed) == json.dumps(told).encode()
    assert [[gap, item] for gap, item in sources._places(packed)] == told


def test_neither_way_ever_holds_all_of_it(monkeypatch):
    """The first place is there before the last was asked for."""
    seen = []
    layout = ((b"[", seen.append(number) or number) for number in range(50_000))
    next(sources._packed(layout))
    assert len(seen) == sources._TOGETHER
    pieces = []
    inflated = sources._inflated
    monkeypatch.setattr(
        sources,
        "_inflated",
        lambda packed: (pieces.append(1) or piece for piece in inflated(packed)),
    )
    long = b"".join(sources._packed((b"%09d" % n * 9, n) for n in range(50_000)))
    assert next(sources._places(long)) == ("000000000" * 9, 0)
    assert len(pieces) == 1
