"""A zip file is opened in place: members by their bytes, every byte kept."""

import hashlib
import io
import json
import random
import stat
import struct
import sys
import zipfile
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.wallets import (
    NOON,
    as_bytes,
    bring_in,
    bundle,
    observation,
    open_wallet,
)
from wallet.actions.patient import records
from wallet.actions.patient.importing import import_paths
from wallet.records.archive import manifest, zip_layout
from wallet.records.archive.manifest import About, Manifest
from wallet.records.findings import Cause, Finding
from wallet.records.reader import Given, open_reader
from wallet.records.record import Label
from wallet.vault import sources

R = Label(code="R", system="urn:oid:2.16.840.1.113883.5.25", basis="document")
LINES = b"".join(json.dumps(observation(n)).encode() + b"\n" for n in (3, 4, 5))


def packed(*members, method=zipfile.ZIP_DEFLATED):
    """A zip file of ``(name, content)``."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, as_bytes(content))
    return held.getvalue()


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def brought(wallet, tmp_path, data):
    """The answer for one file, of which every byte is kept."""
    (file,) = bring_in(wallet, tmp_path, data).files
    (source,) = sources.whole_sources(wallet.store)
    assert b"".join(sources.original(wallet.store, source)) == data
    counts = {name: n for name, n in file.counts.as_json().items() if n}
    return counts, {(one.place, one.cause) for one in file.findings}, file


def by_title(wallet):
    return {one.title: one for one in records.timeline(wallet).records}


def original_of(wallet, record):
    sink = io.BytesIO()
    held = records.save_original(wallet, record.scope_id, sink)
    return sink.getvalue(), held


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_every_member_is_read_by_what_it_is(wallet, tmp_path, method):
    named = observation(1, code={"text": "Iron"})
    data = packed(
        ("a/one.txt", bundle(named, observation(2))),
        ("a/", b""),
        ("lines", LINES),
        ("empty", b""),
        ("letter.gz", b"\x1f\x8b and so on"),
        ("inner.zip", packed(("deep.json", observation(9, code={"text": "Zinc"})))),
        method=method,
    )
    counts, findings, file = brought(wallet, tmp_path, data)
    assert file.format == "zip"
    assert counts == {"new": 6, "kept_raw": 1}
    assert {place for place, _ in findings} == {"letter.gz"}
    found = by_title(wallet)
    page = records.show(wallet, found["Iron"].scope_id)
    assert json.loads(page.raw) == named
    whole, held = original_of(wallet, found["Iron"])
    assert json.loads(whole) == bundle(named, observation(2))
    assert (held.form, held.place) == ("json", "a/one.txt /entry/0")
    whole, held = original_of(wallet, found["Zinc"])
    assert zipfile.ZipFile(io.BytesIO(whole)).namelist() == ["deep.json"]
    assert held.place == "inner.zip deep.json"


def test_the_same_records_outside_a_zip_file_are_the_same(wallet, tmp_path):
    bring_in(wallet, tmp_path, LINES)
    answer = bring_in(wallet, tmp_path, packed(("x", LINES)))
    assert answer.totals.same == 3
    (first, *_) = records.timeline(wallet).records
    records.erase(wallet, first.scope_id, now=NOON)
    assert len(sources.whole_sources(wallet.store)) == 0


@pytest.fixture
def medium(monkeypatch):
    """A kind of medium whose index names one document and its label."""

    def says(names, read):
        assert sorted(names) == ["INDEX", "doc", "other"]
        assert (read("INDEX"), read("nothing")) == (b"doc R", None)
        files = {"doc": About(labels=(R,)), "INDEX": About(companion=True)}
        remark = Finding(place="doc", cause=Cause.UNSTEADY_FILE)
        return Manifest("toy-medium", files, (remark,))

    monkeypatch.setattr(manifest, "MEDIA", ("toy_medium",))
    module = SimpleNamespace(manifest=says)
    monkeypatch.setitem(sys.modules, "wallet.records.toy_medium", module)
    marked = observation(1, meta={"security": [{"system": "s", "code": "ETH"}]})
    return (
        ("INDEX", b"doc R"),
        ("doc", bundle(marked, observation(2))),
        ("other", observation(7, code={"text": "Free"})),
    )


def check_labels(wallet):
    listed = records.timeline(wallet).records
    assert sorted(str(one.confidentiality) for one in listed) == ["None", "R", "R"]
    assert [one.sensitivity for one in listed if one.sensitivity] == [("ETH",)]


def test_what_the_medium_says_of_a_file_goes_to_every_record_in_it(
    wallet, tmp_path, medium
):
    counts, findings, file = brought(wallet, tmp_path, packed(*medium))
    assert file.format == "toy-medium"
    assert counts == {"new": 3, "kept_raw": 1}
    assert findings == {("INDEX", Cause.COMPANION), ("doc", Cause.UNSTEADY_FILE)}
    check_labels(wallet)


def test_a_folder_says_it_as_a_zip_file_does(wallet, tmp_path, medium):
    folder = tmp_path / "stick"
    folder.mkdir()
    for name, content in medium:
        (folder / name).write_bytes(as_bytes(content))
    answer = import_paths(wallet, [folder], now=NOON)
    assert (answer.totals.new, answer.totals.kept_raw) == (3, 1)
    said = {
        Path(file.path).name: [one.cause for one in file.findings]
        for file in answer.files
    }
    assert said == {
        "INDEX": [Cause.COMPANION],
        "doc": [Cause.UNSTEADY_FILE],
        "other": [],
    }
    check_labels(wallet)


def test_labels_behind_the_entries_of_a_member_stay_in_that_member(wallet, tmp_path):
    late = bundle(observation(1), observation(2))
    late["meta"] = {"security": [{"system": R.system, "code": "R"}]}
    data = packed(("late", late), ("late too", bundle(observation(3), observation(4))))
    brought(wallet, tmp_path, data)
    listed = records.timeline(wallet).records
    assert sorted(str(one.confidentiality) for one in listed) == 2 * ["None"] + 2 * [
        "R"
    ]


@pytest.mark.parametrize(
    "name", ["../up", "a/../../up", "/etc/passwd", "C:\\x", "a\\..\\b", "a\nb"]
)
def test_a_name_that_leads_elsewhere_is_not_read(wallet, tmp_path, name):
    data = packed((name, observation(1)), ("good..name", observation(2)))
    counts, findings, _ = brought(wallet, tmp_path, data)
    assert counts == {"new": 1, "kept_raw": 1}
    assert {cause for _, cause in findings} == {Cause.ODD_NAME}


def test_a_link_and_a_locked_member_are_kept(wallet, tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("locked", b"{}")
    data = bytearray(held.getvalue())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1  # the flag of encryption, in the list of members
    counts, findings, _ = brought(wallet, tmp_path, bytes(data))
    assert counts == {"kept_raw": 1, "failed": 1}
    assert findings == {("link", Cause.LINK), ("locked", Cause.LOCKED)}


def test_what_unpacks_to_far_more_than_it_is_is_not_unpacked(wallet, tmp_path):
    bomb = b'{"resourceType":"Observation","x":"' + bytes(9 << 20) + b'"}'
    data = packed(("bomb", bomb), ("good", observation(1)))
    counts, findings, _ = brought(wallet, tmp_path, data)
    assert counts == {"new": 1, "failed": 1}
    assert findings == {("bomb", Cause.UNPACKS_TOO_LARGE)}


def test_bombs_in_zip_files_in_zip_files_share_one_room(wallet, tmp_path, monkeypatch):
    monkeypatch.setattr("wallet.records.reader.Room.take", _room(5 << 20), raising=True)
    once = packed(*((str(n), bytes(1 << 20)) for n in range(4)))
    data = packed(*((f"z{n}", once) for n in range(4)))
    _, findings, _ = brought(wallet, tmp_path, data)
    read = [place for place, cause in findings if cause is Cause.UNKNOWN_FORMAT]
    assert 0 < len(read) <= 5


def _room(total):
    left = [total]

    def take(_room, size):
        left[0] -= size
        return left[0] >= 0

    return take


def test_zip_files_in_too_many_zip_files_are_kept(wallet, tmp_path):
    data = packed(("x", observation(1)))
    for _ in range(4):
        data = packed(("in", data))
    counts, findings, _ = brought(wallet, tmp_path, data)
    assert counts == {"failed": 1}
    assert findings == {("in in in", Cause.TOO_DEEP)}


def test_members_that_lie_over_each_other_open_nothing(wallet, tmp_path):
    data = bytearray(packed(("one", LINES), ("two", LINES)))
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 1)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    counts, findings, _ = brought(wallet, tmp_path, bytes(data))
    assert counts == {"failed": 1}
    assert findings == {("/", Cause.UNPACKS_TOO_LARGE)}


def test_a_list_of_members_that_claims_too_much_is_never_read(
    wallet, tmp_path, monkeypatch
):
    monkeypatch.setattr(zip_layout, "MOST_MEMBERS", 3)
    data = packed(*((str(n), b"{}") for n in range(4)))
    counts, findings, _ = brought(wallet, tmp_path, data)
    assert (counts, findings) == ({"failed": 1}, {("/", Cause.TOO_LARGE)})
    long = bytearray(packed(("x", b"{}")))
    struct.pack_into("<L", long, len(long) - 10, (16 << 20) + 1)
    with pytest.raises(Exception, match="too_large"):
        zip_layout.layout_of(io.BytesIO(bytes(long)))


def test_a_list_that_holds_other_members_than_it_says_is_named(wallet, tmp_path):
    data = bytearray(packed(("a", LINES)))
    struct.pack_into("<HH", data, len(data) - 14, 5, 5)
    counts, findings, _ = brought(wallet, tmp_path, bytes(data))
    assert counts == {"new": 3}
    assert findings == {("/", Cause.DAMAGED_ARCHIVE)}


def test_a_member_that_is_said_to_be_empty_and_is_not_is_named(wallet, tmp_path):
    data = bytearray(packed(("a", LINES)))
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, 0)
    counts, findings, _ = brought(wallet, tmp_path, bytes(data))
    assert counts == {"failed": 1}
    assert findings == {("a", Cause.DAMAGED_ARCHIVE)}


@pytest.mark.parametrize("members", [(), (("folder/", b""),), (("a", b""), ("b", b""))])
def test_a_zip_file_with_nothing_in_it_says_so(wallet, tmp_path, members):
    counts, findings, _ = brought(wallet, tmp_path, packed(*members))
    assert (counts, findings) == ({}, {("/", Cause.EMPTY)})


def test_a_damaged_member_gives_what_came_before_the_damage(wallet, tmp_path):
    noise = random.Random(5)  # noqa: S311 noise
    lines = b"".join(
        json.dumps(observation(n, note=noise.getrandbits(900))).encode() + b"\n"
        for n in range(500)
    )
    data = bytearray(packed(("lines", lines), ("good", observation(999))))
    at = len(data) * 3 // 4
    data[at : at + 40] = bytes(40)
    counts, findings, _ = brought(wallet, tmp_path, bytes(data))
    assert ("lines", Cause.DAMAGED_ARCHIVE) in findings
    assert counts["new"] > 300
    assert "999" in str([one.body for one in _bodies(wallet)])


def _bodies(wallet):
    return [
        type("B", (), {"body": records.show(wallet, one.scope_id).raw})
        for one in records.timeline(wallet, limit=1000).records
    ]


def test_a_wrong_size_in_the_list_is_damage_and_not_more_bytes(wallet, tmp_path):
    data = bytearray(packed(("x", LINES)))
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 10)  # says it unpacks to ten bytes
    counts, findings, _ = brought(wallet, tmp_path, bytes(data))
    assert ("x", Cause.DAMAGED_ARCHIVE) in findings
    assert "new" not in counts


GOOD = packed(
    ("a.json", bundle(observation(1), observation(2))),
    ("b/lines", LINES),
    ("c.zip", packed(("d", observation(6)))),
)


def mutations(count):
    """The good file with bytes flipped, cut off, doubled or put elsewhere."""
    dice = random.Random(20261128)  # noqa: S311 noise
    for _ in range(count):
        data = bytearray(GOOD)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(data))
            match dice.randrange(4):
                case 0:
                    data[at] ^= 1 << dice.randrange(8)
                case 1:
                    del data[at : at + dice.randrange(60)]
                case 2:
                    data[at:at] = data[at : at + dice.randrange(90)]
                case 3:
                    data[at : at + 4] = dice.choice(
                        [b"\xff" * 4, bytes(4), b"PK\x01\x02", b"PK\x05\x06"]
                    )
            if len(data) < 4:
                break
        yield bytes(data[: dice.randrange(4, len(data) + 1)] if at % 5 == 0 else data)


def test_any_change_to_a_zip_file_is_read_without_losing_a_byte():
    broken = 0
    for data in mutations(300):
        reader = open_reader(
            Given(file=io.BytesIO(data), salt=bytes(32), on_bytes=lambda _size: None)
        )
        found = list(reader.found())
        assert b"".join(one.gap + one.raw for one in found) + reader.tail == data
        broken += any(one.cause is Cause.DAMAGED_ARCHIVE for one in reader.findings)
    assert broken > 100


def test_a_store_stays_sound_whatever_zip_files_come(wallet, tmp_path):
    bring_in(wallet, tmp_path, *mutations(12))
    for source in sources.whole_sources(wallet.store):
        whole = b"".join(sources.original(wallet.store, source))
        assert hashlib.sha256(whole).digest() == source.sha256
    assert wallet.store.value("PRAGMA integrity_check") == "ok"


def test_a_raw_stream_is_not_taken_for_more_than_it_is():
    # The view of an original inflates what lies in the zip file, piece by piece.
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = made.compress(bytes(3 << 20)) + made.flush()
    pieces = list(sources._unpacked([data[:100], data[100:]]))
    assert max(map(len, pieces)) <= 1 << 20
    assert sum(map(len, pieces)) == 3 << 20
