"""A health card that is only a picture: its code is read away from this process."""

import io
import json
import subprocess
import sys

import pytest
from PIL import Image

from tests.corpus import TESTDATA
from tests.support.selections import chosen, files_of
from tests.support.shared_records import maya
from tests.support.wallets import open_wallet
from wallet.actions.patient import records
from wallet.actions.patient.picture_codes import read_codes
from wallet.exports import card_pictures, health_card
from wallet.exports.smart.picture import modules, numeric
from wallet.records.attachments import code_child

CARDS = TESTDATA / "smart-health-cards"


def drawn(text, *, scale=4, form="PNG"):
    held = modules(text)
    side = held.size + 8
    picture = Image.new("L", (side, side), 255)
    for y, row in enumerate(held.dark):
        for x, dark in enumerate(row):
            picture.putpixel((x + 4, y + 4), 0 if dark else 255)
    sink = io.BytesIO()
    picture.resize((side * scale, side * scale), 0).save(sink, form)
    return sink.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_code_is_read_from_a_picture(form):
    assert code_child.read(drawn("shc:/0102", form=form)) == {"codes": ["shc:/0102"]}


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" + bytes(200), b"GIF89a"]
)
def test_a_damaged_picture_has_no_code(data):
    assert code_child.read(data) == {"codes": []}


def test_a_picture_that_would_unpack_to_too_much_is_not_decoded(monkeypatch):
    monkeypatch.setattr(code_child, "MOST_POINTS", 100)
    assert code_child.read(drawn("shc:/0102")) == {"codes": []}


def test_another_kind_of_picture_is_not_decoded():
    sink = io.BytesIO()
    Image.open(io.BytesIO(drawn("shc:/0102"))).save(sink, "TIFF")
    assert code_child.read(sink.getvalue()) == {"codes": []}


def test_the_reading_process_can_write_no_file_and_grow_no_further(tmp_path):
    script = (
        "from wallet.records.attachments.confinement import confine; confine()\n"
        "try:\n bytearray(2 << 30)\nexcept MemoryError:\n print('no memory')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "no memory\n"


def test_a_card_in_a_picture_comes_in_with_the_picture(tmp_path):
    files = files_of(health_card.write(chosen(maya(), tmp_path)))
    held = json.loads(files["health-cards.smart-health-card"])
    jws = held["verifiableCredential"][0]
    file = tmp_path / "card.png"
    file.write_bytes(drawn(numeric(jws)))
    with open_wallet(tmp_path / "home") as wallet:
        answer = records.import_paths(wallet, [file], now=chosen([], tmp_path).made_at)
        listed = records.timeline(wallet, category="vaccine").records
        pictures = records.timeline(wallet, category="document").records
    causes = [finding.cause.value for finding in answer.files[0].findings]
    assert causes == ["card_issuer_unknown"]
    assert len(listed) > 10
    assert [one.title for one in pictures] == ["Card"]


def test_a_picture_without_a_card_is_only_a_picture(tmp_path):
    file = tmp_path / "holiday.png"
    file.write_bytes(drawn("https://example.org/menu"))
    with open_wallet(tmp_path / "home") as wallet:
        answer = records.import_paths(wallet, [file], now=chosen([], tmp_path).made_at)
    assert (answer.totals.new, answer.files[0].findings) == (1, ())


@pytest.mark.skipif(not CARDS.is_dir(), reason="no test data beside the project")
def test_published_pictures_are_read():
    found = {
        file.name: read_codes(file.read_bytes())
        for file in sorted(CARDS.glob("*qr*"))
        if file.suffix in (".png", ".jpg")
    }
    assert len(found) >= 8
    read = {name for name, codes in found.items() if codes}
    assert {name for name in found if name not in read} == {
        "test-example-00-g-qr-code-0-corrupted.png"
    }
    assert found["shlink-qr.png"][0].partition("shlink:/")[1]


def test_the_dress_of_pictures_can_be_read_back(tmp_path):
    files = files_of(card_pictures.write(chosen(maya(), tmp_path)))
    assert "card-01.svg" in files
