"""What lies on the disk while records are packed or opened is noise."""

import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.world import clinic, issued, opened
from wallet.exports.parts import spooled
from wallet.grants.manifest import Part
from wallet.grants.package import content_key, decrypt_package, object_id, open_share
from wallet.keys import scratch
from wallet.keys.scratch import ScratchFile

WORD = b"quillwort"
ELM = clinic()


@pytest.fixture
def on_disk(monkeypatch):
    """Everything that scratch files wrote."""
    seen, real = [], os.write

    def kept(descriptor, data):
        seen.append(bytes(data))
        return real(descriptor, data)

    monkeypatch.setattr(scratch.os, "write", kept)
    return seen


def test_a_word_written_is_read_back_and_not_on_the_disk(tmp_path, on_disk):
    made = ScratchFile(tmp_path)
    made.writelines([WORD * 100, b"end"])
    assert made.size == 903
    with made.reader() as one, made.reader() as two:
        assert one.read(9) == WORD
        assert two.read() == WORD * 100 + b"end"
        assert one.read() == WORD * 99 + b"end"
    assert len(b"".join(on_disk)) == 903
    assert WORD not in b"".join(on_disk)
    assert list(tmp_path.iterdir()) == []


def test_two_files_of_the_same_bytes_have_nothing_in_common(tmp_path, on_disk):
    for _ in range(2):
        ScratchFile(tmp_path).write(bytes(4_096))
    assert on_disk[0] != on_disk[1]


DATA = os.urandom(5_000)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 5_100), st.integers(0, 5_100), st.integers(1, 900))
def test_any_piece_is_the_same_piece(tmp_path_factory, start, count, step):
    made = ScratchFile(tmp_path_factory.getbasetemp())
    for at in range(0, len(DATA), step):
        made.write(DATA[at : at + step])
    assert made.read_at(start, count) == DATA[start : start + count]


def test_a_large_part_of_an_export_is_noise_on_the_disk(tmp_path, on_disk):
    data = WORD * 600_000
    part = spooled("a", lambda sink: sink.write(data), scratch=tmp_path)
    assert len(b"".join(on_disk)) == len(data)
    assert WORD not in b"".join(on_disk)
    with part.read() as source:
        assert source.read() == data


def test_sharing_and_opening_put_no_plain_word_into_the_private_folder(
    tmp_path, on_disk
):
    part = Part.of_bytes("a.txt", WORD * 20_000)
    made, package, _ = issued(ELM, parts=(part,))
    grant, kept = opened(ELM, made.grant_file), io.BytesIO()
    kept.close = lambda: None
    name = object_id(grant.permission.secret, 0)
    share = open_share(
        made.deposit.sealed_share, opener=ELM.opener, leaf=made.leaf, object_id=name
    )
    decrypt_package(
        io.BytesIO(package),
        key=content_key(grant.parts.share_a, share, leaf=made.leaf, object_id=name),
        permission=grant.permission,
        leaf=made.leaf,
        lowest_sequence=0,
        begin=lambda _ref: kept,
        scratch=tmp_path,
    )
    assert kept.getvalue() == WORD * 20_000
    assert len(b"".join(on_disk)) >= 2 * len(package) * 0.9
    assert WORD not in b"".join(on_disk)
