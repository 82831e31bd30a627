"""DICOM, PDF and pictures: one record each study or file, from the head alone."""

import base64
import hashlib
import io
import random
import struct
import subprocess
import sys
import tempfile

import pytest

from tests.corpus import TESTDATA
from tests.support.wallets import bring_in, open_wallet
from wallet.actions.patient import records
from wallet.actions.patient.pdf_text import read_pdf
from wallet.records.attachments.reader import MOST_INSIDE, title_of
from wallet.records.dicom.dataset import read_head
from wallet.records.findings import Cause
from wallet.records.json_stream import FaultError
from wallet.records.reader import Given, open_reader

FILES = sorted((TESTDATA / "dicom").glob("*")) if TESTDATA.is_dir() else []
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def read(data, name=""):
    given = Given(
        file=io.BytesIO(data), salt=bytes(32), on_bytes=lambda _: None, name=name
    )
    reader = open_reader(given)
    return reader, list(reader.found())


def element(tag, kind, value, *, implicit=False):
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    value = value.encode() if isinstance(value, str) else value
    value += b" " * (len(value) % 2)
    if implicit:
        return head + struct.pack("<I", len(value)) + value
    if kind in (b"SQ", b"OB", b"UN"):
        return head + kind + b"\0\0" + struct.pack("<I", len(value)) + value
    return head + kind + struct.pack("<H", len(value)) + value


def dicom(*elements, syntax=EXPLICIT, media="1.2.840.10008.5.1.4.1.1.2"):
    meta = element(0x00020002, b"UI", media) + element(0x00020010, b"UI", syntax)
    return bytes(128) + b"DICM" + meta + b"".join(elements)


def slice_of(number, *, kind="CT", implicit=False):
    return [
        element(tag, vr, value, implicit=implicit)
        for tag, vr, value in (
            (0x00080018, b"UI", f"1.2.3.{number}"),
            (0x00080020, b"DA", "20240229"),
            (0x00080060, b"CS", kind),
            (0x00080080, b"LO", "City hospital"),
            (0x00081030, b"LO", "CHEST"),
            (0x00100010, b"PN", "Lindgren^Maya"),
            (0x0020000D, b"UI", "1.2.3"),
            (0x00200013, b"IS", str(number)),
            (0x7FE00010, b"OB", bytes(100)),
        )
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_published_file_is_one_record_or_said_to_be_none(path):
    reader, found = read(path.read_bytes())
    assert b"".join(one.gap + one.raw for one in found) + reader.tail == (
        path.read_bytes()
    )
    shown = [one.facts for one in found if one.facts]
    if path.name == "image_dfl.dcm":  # deflated: not read here
        assert [one.cause for one in reader.findings] == [Cause.UNKNOWN_TYPE]
    else:
        [facts] = shown
        assert facts.category == "imaging"
        assert any(letter.isalpha() for letter in facts.title)


@pytest.mark.parametrize("implicit", [True, False])
def test_a_head_says_what_when_where_and_of_whom(implicit):
    syntax = IMPLICIT if implicit else EXPLICIT
    _, found = read(dicom(*slice_of(1, implicit=implicit), syntax=syntax))
    facts = found[-1].facts
    assert (facts.title, facts.written, facts.provider) == (
        "CT scan: CHEST",
        "2024-02-29",
        "City hospital",
    )
    assert b'"Maya Lindgren"' in found[-1].derived


def test_a_scan_of_many_files_is_one_record_with_every_file_kept(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        files = [dicom(*slice_of(number)) for number in range(1, 8)]
        answer = bring_in(wallet, tmp_path, *files)
        assert (answer.totals.new, answer.totals.same) == (1, 6)
        assert len(records.timeline(wallet).records) == 1


def test_a_directory_lists_others_and_is_no_record():
    reader, found = read(dicom(media="1.2.840.10008.1.3.10"))
    assert [one.cause for one in reader.findings] == [Cause.COMPANION]
    assert all(one.facts is None for one in found)


def test_elements_of_unknown_length_are_stepped_through():
    open_item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    inside = open_item + element(0x00080060, b"CS", "XX")
    inside += struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
    inside += struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    sequence = struct.pack("<HH", 0x0008, 0x0006) + b"SQ\0\0\xff\xff\xff\xff" + inside
    head = read_head(dicom(sequence, *slice_of(1)))
    assert head["modality"] == "CT"


def test_changed_files_end_in_a_head_or_a_cause():
    seed = random.Random(8)  # noqa: S311 the same files each time
    samples = [path.read_bytes()[:6_000] for path in FILES] or [dicom(*slice_of(1))]
    for _ in range(300):
        data = bytearray(seed.choice(samples))
        for _ in range(seed.randrange(1, 40)):
            data[seed.randrange(132, len(data))] = seed.randrange(256)
        read(bytes(data[: seed.randrange(140, len(data))]))


def test_what_is_no_dicom_is_refused():
    with pytest.raises(FaultError):
        read_head(b"no")


def test_a_pdf_is_a_document_that_can_be_shared_and_given_back(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        answer = bring_in(wallet, tmp_path, PDF)
        assert (answer.totals.new, answer.files[0].format) == (1, "pdf")
        [record] = records.timeline(wallet).records
        assert record.category == "document"
        sink = io.BytesIO()
        records.save_original(wallet, record.scope_id, sink)
        assert sink.getvalue() == PDF
        sink = io.BytesIO()
        records.export(wallet, sink)
        assert base64.b64encode(PDF) in sink.getvalue()


def pdf(text, *, more=b""):
    """A PDF file of one page, by the book (ISO 32000-1, 7.5)."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
            b"/Resources<</Font<</F1 5 0 R>>>>>>"
        ),
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *([more] if more else []),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    at = len(out)
    size = len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, at)


def test_words_of_a_pdf_are_found_by_search(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        bring_in(wallet, tmp_path, pdf("Biopsy of the wombat"))
        [found] = records.search(wallet, "wombat").records
        assert found.category == "document"


def test_a_hostile_pdf_costs_its_own_process_and_nothing_else():
    assert read_pdf(PDF) is not None
    bomb = pdf("x").replace(b"/Count 1", b"/Count 2000000000")
    for data in (b"%PDF-1.7", b"%PDF-" + bytes(1_000_000), bomb, pdf("x")[:200]):
        text = read_pdf(data)
        assert text is None or not text.is_locked


def test_the_process_that_reads_may_write_no_file_and_use_little_memory():
    script = (
        "from wallet.records.attachments import pdf_child; pdf_child.confine()\n"
        "try: open('{}', 'wb', buffering=0).write(b'x'); print('wrote')\n"
        "except OSError: print('no file')\n"
        "try: bytes(2 << 30); print('took')\n"
        "except MemoryError: print('no memory')\n"
    )
    with tempfile.TemporaryDirectory() as scratch:
        said = subprocess.run(
            [sys.executable, "-c", script.format(f"{scratch}/x")],
            capture_output=True,
            check=False,
        )
    assert b"wrote" not in said.stdout
    assert b"took" not in said.stdout


def test_a_large_file_stays_in_the_original_alone():
    data = b"\x89PNG\r\n\x1a\n" + bytes(MOST_INSIDE)
    _, found = read(data, name="Knee_left.png")
    assert found[-1].facts.title == "Knee left"
    assert b'"data"' not in found[-1].derived
    assert hashlib.sha256(b"".join(one.raw for one in found)).digest() == (
        hashlib.sha256(data).digest()
    )


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Discharge_letter.pdf", "Discharge letter"),
        ("20240301.pdf", "Document"),
        ("../../etc/passwd", "Passwd"),
        ("C:\\scan\\a1.pdf", "Document"),
        ("", "Document"),
        ("x" * 500 + ".pdf", "X" + "x" * 79),
    ],
)
def test_a_title_is_made_of_words_or_says_what_it_is(name, title):
    assert title_of(name, noun="Document") == title
