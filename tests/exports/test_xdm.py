"""An IHE XDM medium: our own reader takes it, and finds all of it as it is listed."""

import base64
import io
import re
import zipfile

from tests.support.selections import chosen, files_of
from tests.support.shared_records import maya, shared
from tests.support.wallets import open_wallet
from wallet.actions.patient import records
from wallet.exports import shelf, xdm, xdm_zip
from wallet.exports.trimming import Extent
from wallet.records.archive.xdm import entries_of, manifest

FOLDER = "IHE_XDM/SUBSET01"
LETTER = {
    "resourceType": "DocumentReference",
    "status": "current",
    "type": {"text": "Letter"},
    "content": [
        {
            "attachment": {
                "contentType": "application/pdf",
                "data": base64.b64encode(b"%PDF-1.4 letter").decode(),
            }
        }
    ],
}


def medium(tmp_path, *more):
    return files_of(xdm.write(chosen([*maya(), *more], tmp_path)))


def test_the_medium_has_the_names_that_the_profile_asks_for(tmp_path):
    names = set(medium(tmp_path))
    assert {"INDEX.HTM", "README.TXT"} <= names
    assert {f"{FOLDER}/METADATA.XML", f"{FOLDER}/STYLE.XSL"} <= names
    assert all(
        re.fullmatch(r"[A-Z0-9_]{1,8}(\.[A-Z]{3})?", part)
        for name in names
        for part in name.split("/")
    )


def test_our_reader_finds_every_document_as_it_is_listed(tmp_path):
    files = medium(tmp_path, shared(LETTER, title="Letter from the hospital"))
    found = manifest(list(files), files.get)
    assert found.findings == ()
    about = found.about(f"{FOLDER}/DOC00001.XML")
    assert about.title == "Health summary, kept and handed over by the patient"
    assert [label.code for label in about.labels] == ["N"]
    listed = entries_of(files[f"{FOLDER}/METADATA.XML"])
    assert len(listed) == sum("/DOC0" in name for name in files)


def test_a_letter_inside_a_record_is_a_file_of_its_own(tmp_path):
    files = files_of(xdm.write(chosen([shared(LETTER, title="Letter")], tmp_path)))
    assert files[f"{FOLDER}/DOC00002.PDF"] == b"%PDF-1.4 letter"
    assert "Letter" in files["INDEX.HTM"].decode()


def test_the_index_runs_nothing_and_leads_nowhere_else(tmp_path):
    files = medium(tmp_path, shared(LETTER, title='"><script>alert(1)</script>'))
    text = files["INDEX.HTM"].decode()
    assert "<script" not in text
    links = re.findall(r'href="([^"]+)"', text)
    assert set(links) <= set(files)


def test_the_readme_says_what_is_told_in_words_only(tmp_path):
    text = medium(tmp_path)["README.TXT"].decode()
    assert "640 records as coded entries" in text
    assert "Care plans (2)" in text


def test_the_zip_holds_the_folder_and_comes_in_again(tmp_path):
    dress = xdm_zip.write(chosen(maya(), tmp_path))
    (data,) = files_of(dress).values()
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        assert packed.read(f"{FOLDER}/DOC00001.XML").startswith(b"<?xml")
    file = tmp_path / "records.zip"
    file.write_bytes(data)
    with open_wallet(tmp_path / "home") as wallet:
        answer = records.import_paths(wallet, [file], now=chosen([], tmp_path).made_at)
        assert answer.files[0].format == "ihe-xdm"
        assert answer.totals.failed == 0
        assert answer.totals.new > 600


def test_in_a_chosen_part_a_letter_is_called_as_it_calls_itself(tmp_path):
    letter = shared(LETTER, title="Letter about the quokkaberry")
    for extent, said in ((Extent.WHOLE, True), (Extent.SCOPED, False)):
        files = files_of(xdm.write(chosen([letter], tmp_path, extent=extent)))
        assert f"{FOLDER}/DOC00002.PDF" in files
        assert ("quokkaberry" in b"".join(files.values()).decode("latin-1")) is said


def test_a_document_put_aside_in_a_file_is_the_same_as_one_in_memory(
    tmp_path, monkeypatch
):
    letter = shared(LETTER, title="Letter")
    in_memory = medium(tmp_path, letter)
    monkeypatch.setattr(shelf, "_IN_MEMORY", 1_000)
    assert medium(tmp_path, letter) == in_memory
