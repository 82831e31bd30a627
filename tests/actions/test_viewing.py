"""An original is looked at safely, and a copy of it is the same bytes."""

import base64
import io
import json
import struct
import zlib

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from wallet.actions.patient import records, viewing
from wallet.errors import UsageError
from wallet.records.attachments import view_child
from wallet.records.dicom.picture import MOST_SIDE, first_picture
from wallet.records.json_stream import FaultError


def png(width=3, height=2):
    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + b"\xff\0\0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def element(tag, kind, data):
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + kind
    if kind == b"OW":
        return head + b"\0\0" + struct.pack("<I", len(data)) + data
    return head + struct.pack("<H", len(data)) + data


def number(tag, value):
    return element(tag, b"US", struct.pack("<H", value))


def dicom(pixels, *, wide=4, high=2, bits=16, photometric=b"MONOCHROME2 ", signed=0):
    syntax = element(0x00020010, b"UI", b"1.2.840.10008.1.2.1\0")
    return (
        bytes(128)
        + b"DICM"
        + syntax
        + number(0x00280002, 1)
        + element(0x00280004, b"CS", photometric)
        + number(0x00280010, high)
        + number(0x00280011, wide)
        + number(0x00280100, bits)
        + number(0x00280101, bits)
        + number(0x00280103, signed)
        + element(0x7FE00010, b"OW", pixels)
    )


def greys(shown):
    return list(shown.pixels[::3])


def test_a_scan_is_shown_from_dark_to_light():
    shown = first_picture(dicom(struct.pack("<8H", *range(0, 800, 100))))
    assert (shown.width, shown.height) == (4, 2)
    assert greys(shown) == [0, 36, 72, 109, 145, 182, 218, 255]


def test_a_negative_is_turned_and_signs_are_kept():
    turned = dicom(bytes(range(0, 160, 20)), bits=8, photometric=b"MONOCHROME1 ")
    assert greys(first_picture(turned))[0] == 255
    below = dicom(struct.pack("<8h", *range(-4, 4)), signed=1)
    assert greys(first_picture(below))[0] == 0


def test_a_large_scan_becomes_a_small_picture():
    side = MOST_SIDE + 10
    shown = first_picture(dicom(bytes(side * side), wide=side, high=side, bits=8))
    assert max(shown.width, shown.height) <= MOST_SIDE


@pytest.mark.parametrize(
    "more",
    [
        {"wide": 400},  # more points than there are bytes
        {"bits": 12},
        {"wide": 0},
        {"wide": 65_535, "high": 65_535},
    ],
)
def test_a_scan_whose_numbers_do_not_fit_is_not_shown(more):
    assert first_picture(dicom(bytes(16), **more)) is None


def compressed(picture, form, syntax):
    """A DICOM file whose picture is in one fragment behind an empty table."""
    sink = io.BytesIO()
    picture.save(sink, form)
    held = sink.getvalue() + b"\0" * (len(sink.getvalue()) % 2)
    items = b"".join(
        struct.pack("<HHI", 0xFFFE, 0xE000, len(part)) + part for part in (b"", held)
    )
    open_end = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return (
        bytes(128)
        + b"DICM"
        + element(0x00020010, b"UI", syntax)
        + element(0x00280004, b"CS", b"MONOCHROME2 ")
        + open_end
        + items
        + end
    )


@pytest.mark.parametrize(
    ("form", "syntax", "mode", "white"),
    [
        ("JPEG", b"1.2.840.10008.1.2.4.50", "L", 255),
        ("JPEG2000", b"1.2.840.10008.1.2.4.90", "I;16", 60_000),
    ],
)
def test_a_compressed_scan_is_shown(form, syntax, mode, white):
    picture = Image.new(mode, (32, 16), 0)
    picture.paste(white, (16, 0, 32, 16))
    shown = first_picture(compressed(picture, form, syntax))
    assert (shown.width, shown.height) == (32, 16)
    first = greys(shown)[:32]
    assert first[0] < 10
    assert first[-1] > 245


def test_a_compressed_scan_that_is_damaged_or_in_another_way_is_not_shown():
    whole = compressed(Image.new("L", (9, 9)), "JPEG", b"1.2.840.10008.1.2.4.50")
    assert first_picture(whole[:200]) is None
    assert first_picture(whole.replace(b"1.2.4.50", b"1.2.4.57")) is None


def test_what_is_no_scan_is_refused():
    with pytest.raises(FaultError):
        first_picture(b"not one")


def test_a_picture_is_decoded_to_points():
    found = view_child.read(png())
    (shown,) = found["pictures"]
    assert (shown["width"], shown["height"]) == (3, 2)
    assert base64.b64decode(shown["pixels"]) == b"\xff\0\0" * 6


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4 broken", png()[:40], b"GIF89a"])
def test_what_cannot_be_decoded_gives_no_picture(data):
    assert view_child.read(data)["pictures"] == []


def test_a_pdf_is_shown_by_its_first_pages():

    pages = [Image.new("RGB", (60, 80), "white") for _ in range(10)]
    sink = io.BytesIO()
    pages[0].save(sink, "PDF", save_all=True, append_images=pages[1:])
    found = view_child.read(sink.getvalue())
    assert found["all"] == 10
    assert len(found["pictures"]) == view_child.MOST_PAGES


def test_a_page_of_a_pdf_brings_what_it_says():
    sink = io.BytesIO()
    paper = Canvas(sink, pagesize=(200, 100))
    paper.drawString(20, 50, "Take one a day")
    paper.save()
    (page,) = view_child.read(sink.getvalue())["pictures"]
    assert page["text"].strip() == "Take one a day"


PAGE = b"""<!DOCTYPE html><html><head><title>no</title></head><body><script>alert(1)
</script><p>Dear Maya,<br>fish &amp;
chips<table><tr><td>Mon</td><td>one</td></tr></table><style>a{}</style>
<a href="https://example.org">Go on</a></body></html>"""
CDA = b"""<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Summary of\n care</title>
<component><structuredBody><component><section><title>Allergies</title>
<text><table><tr><th>What</th><th>How bad</th></tr><tr><td>Nuts</td><td>Severe</td>
</tr></table></text><entry><observation><code code="418038007"/></observation></entry>
</section></component></structuredBody></component></ClinicalDocument>"""


def test_a_clinical_document_is_read_as_its_sections():
    assert view_child.read(CDA)["text"] == (
        "Summary of care\n\nAllergies\nWhat | How bad\nNuts | Severe"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"<section><title>Allergies</title></section>",
        b"<html><body></body></html>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<",
    ],
)
def test_what_has_no_narrative_is_not_read_as_a_letter(data):
    assert view_child.read(data)["text"] == ""


def letter(number, data, kind):
    held = {"contentType": kind, "data": base64.b64encode(data).decode()}
    return {
        "resourceType": "DocumentReference",
        "id": f"d{number}",
        "status": "current",
        "description": f"Letter {number}",
        "content": [{"attachment": held}],
    }


@pytest.fixture(scope="module")
def wallet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wallet")
    with open_wallet(folder / "home") as opened:
        bring_in(
            opened,
            folder,
            CDA,
            bundle(
                letter(1, png(), "image/png"),
                letter(2, PAGE, "text/html"),
                letter(3, b"\0\1\2\3", "application/octet-stream"),
                observation(1, code={"text": "Sodium"}),
            ),
        )
        yield opened


def key(wallet, title):
    (found,) = [
        one for one in records.timeline(wallet).records if one.title.startswith(title)
    ]
    return found.scope_id


def test_a_document_inside_a_record_is_what_is_shown(wallet):
    shown = viewing.view(wallet, key(wallet, "Letter 1"))
    assert (shown.form, shown.ending, shown.left_out) == ("png", "png", 0)
    (picture,) = shown.pictures
    assert (picture.width, picture.height) == (3, 2)
    assert viewing.copy(wallet, key(wallet, "Letter 1")) == png()


def test_a_page_of_the_web_is_shown_as_its_words_and_its_scripts_are_not(wallet):
    shown = viewing.view(wallet, key(wallet, "Letter 2"))
    assert shown.text == "Dear Maya,\nfish & chips\nMon | one\nGo on"
    assert shown.pictures == ()
    assert viewing.copy(wallet, key(wallet, "Letter 2")) == PAGE


def test_what_is_neither_text_nor_picture_is_only_counted(wallet):
    shown = viewing.view(wallet, key(wallet, "Letter 3"))
    assert (shown.size, shown.text, shown.pictures) == (4, "", ())


def test_the_original_of_a_clinical_document_is_shown_as_its_words(wallet):
    shown = viewing.view(wallet, key(wallet, "Allergies"))
    assert shown.text == "Allergies\nWhat | How bad\nNuts | Severe"
    assert b"418038007" not in shown.text.encode()
    assert viewing.copy(wallet, key(wallet, "Allergies")).startswith(b"<")


def test_pictures_are_made_elsewhere(wallet):
    calls = []

    def away(call):
        calls.append(call)
        return call()

    shown = viewing.view(wallet, key(wallet, "Letter 1"), away=away)
    assert (len(shown.pictures), len(calls)) == (1, 1)


def test_any_other_record_is_shown_as_it_arrived(wallet):
    shown = viewing.view(wallet, key(wallet, "Sodium"))
    assert json.loads(shown.text)["resource"]["code"] == {"text": "Sodium"}


@pytest.mark.parametrize(
    "held",
    [
        None,
        {},
        {"width": 1, "height": 1, "pixels": "AAA"},
        {"width": 2, "height": 1, "pixels": "AAAA"},
        {"width": -1, "height": -1, "pixels": "AAAA"},
        {"width": 5_000, "height": 1, "pixels": ""},
        {"width": "1", "height": 1, "pixels": "AAAA"},
    ],
)
def test_a_picture_that_is_not_what_it_says_is_not_shown(held):
    assert viewing._shown(held) is None


def test_what_is_no_record_is_refused(wallet):
    with pytest.raises(UsageError):
        viewing.view(wallet, "nothing")
    with pytest.raises(UsageError):
        viewing.copy(wallet, "00" * 16)
