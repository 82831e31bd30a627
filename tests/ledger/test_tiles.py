"""Names and bytes of tiles and bundles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.errors import RefusedError
from wallet.ledger.tiles import (
    bundle_path,
    decode_bundle,
    encode_bundle,
    parse_path,
    tile_path,
)
from wallet.verdict import Reason


def test_names_are_those_of_the_public_format():
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path(0, 1_234, 5) == "tile/0/x001/234.p/5"
    assert tile_path(63, 0) == "tile/63/000"
    assert bundle_path(0, 1) == "tile/entries/000.p/1"
    assert bundle_path(1_000) == "tile/entries/x001/000"


@given(st.integers(0, 10**12), st.integers(1, 256), st.integers(0, 63))
def test_every_name_is_read_back(n, width, level):
    assert parse_path(tile_path(level, n, width)) == (level, n, width)
    assert parse_path(bundle_path(n, width)) == (None, n, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/00/001",
        "tile/64/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/05",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/entries/001/",
        "/tile/0/001",
        "tile/0/../001",
        "tile/0/001\n",
        "tile/0/\u0661\u0661\u0661",
    ],
)
def test_a_name_that_would_not_be_written_is_refused(path):
    with pytest.raises(ValueError, match="tile"):
        parse_path(path)


@pytest.mark.parametrize("bad", [(-1, 0, 256), (64, 0, 1), (0, -1, 1), (0, 0, 0)])
def test_tiles_that_cannot_be_have_no_name(bad):
    with pytest.raises(ValueError, match="no such tile"):
        tile_path(*bad)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_come_apart_as_they_were_put_together(entries):
    assert decode_bundle(encode_bundle(entries)) == entries


@pytest.mark.parametrize(
    "data", [b"\0", b"\0\2a", b"\0\1ab", encode_bundle([b""] * 257)]
)
def test_a_bundle_that_ends_in_the_middle_or_holds_too_much_is_malformed(data):
    with pytest.raises(RefusedError) as caught:
        decode_bundle(data)
    assert caught.value.reason is Reason.MALFORMED


def test_an_entry_longer_than_its_length_can_say_is_not_written():
    with pytest.raises(ValueError, match="too long"):
        encode_bundle([bytes(65_536)])
