import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.errors import RefusedError
from wallet.exports.parts import check_name, fitting_name, of_bytes, of_file, spooled


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../up",
        "a/../b",
        "a//b",
        "a/",
        ".hidden",
        "a\\b",
        "C:x",
        "a\0b",
        "nul.txt",
        "a/con",
        "trail.",
        "a b",
        "\u00e9",
        "x" * 61,
        "/".join(["abcdefghi"] * 21),
    ],
)
def test_a_name_that_leaves_the_folder_or_does_not_fit_a_stick_is_refused(name):
    with pytest.raises(RefusedError):
        check_name(name)


@given(st.integers(0, 99_999), st.text(max_size=300))
def test_any_given_name_becomes_one_that_fits(number, given):
    name = fitting_name("originals", number, given)
    check_name(name)
    assert name.startswith(f"originals/{number:04}-")


def test_a_fitting_name_keeps_its_ending():
    assert fitting_name("o", 3, "/files/x/Mein Arzt: Brief.pdf") == (
        "o/0003-Mein-Arzt-Brief.pdf"
    )


@pytest.mark.parametrize("size", [0, 10, (1 << 22) + 5])
def test_a_part_reads_the_same_each_time(tmp_path, size):
    data = os.urandom(size)
    path = tmp_path / "x"
    path.write_bytes(data)
    made = (
        of_bytes("a", data),
        of_file("a", path),
        spooled("a", lambda sink: sink.write(data), scratch=tmp_path),
    )
    for part in made:
        assert (part.size, part.digest) == (size, hashlib.sha256(data).digest())
        with part.read() as first, part.read() as second:
            assert first.read(7) == data[:7]
            assert second.read() == data
            assert first.read() == data[7:]
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]
