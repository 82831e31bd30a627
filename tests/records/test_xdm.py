"""IHE XDM media: what the list of contents says, and what happens without it."""

from __future__ import annotations

import hashlib
import io
import zipfile

from tests.support import cda_builder as cda
from tests.support.wallets import bring_in, open_wallet
from wallet.actions.patient import records
from wallet.records import labels
from wallet.records.archive.xdm import manifest

DOCUMENT = cda.document(cda.section("11450-4", cda.problem("Gout")))
SIZE = len(DOCUMENT)
FOLDER = "IHE_XDM/SUBSET01"


def listing(*, uri="DOC0001.XML", size=SIZE, code="R", content=DOCUMENT):
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    slots = {"URI": uri, "size": size, "hash": digest}
    said = "".join(
        f'<Slot name="{name}"><ValueList><Value>{value}</Value></ValueList></Slot>'
        for name, value in slots.items()
    )
    return (
        f'<RegistryObjectList xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">'
        f'<ExtrinsicObject id="d" mimeType="text/xml">{said}<Name><LocalizedString '
        f'value="My visit"/></Name><Classification classificationScheme='
        f'"urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f" nodeRepresentation="{code}"/>'
        f"</ExtrinsicObject></RegistryObjectList>"
    ).encode()


def medium(metadata, **more):
    files = {
        "INDEX.HTM": b"<html>index</html>",
        f"{FOLDER}/DOC0001.XML": DOCUMENT,
        **more,
    }
    return files if metadata is None else {**files, f"{FOLDER}/METADATA.XML": metadata}


def told(files):
    return manifest(list(files), files.get)


def test_the_list_gives_title_and_labels():
    found = told(medium(listing()))
    about = found.about(f"{FOLDER}/DOC0001.XML")
    assert about.title == "My visit"
    assert [(one.code, one.basis) for one in about.labels] == [("R", "container")]
    assert found.findings == ()
    assert found.about("INDEX.HTM").companion
    assert found.about(f"{FOLDER}/METADATA.XML").companion
    assert not about.companion


def test_names_may_differ_in_case():
    found = told(medium(listing(uri="doc0001.xml")))
    assert found.about(f"{FOLDER}/DOC0001.XML").title == "My visit"


def test_another_size_or_hash_is_remarked_and_the_file_still_read():
    for metadata in (listing(size=1), listing(content=b"other")):
        found = told(medium(metadata))
        assert [one.cause.value for one in found.findings] == ["listed_otherwise"]
        assert not found.about(f"{FOLDER}/DOC0001.XML").companion


def test_a_listed_file_that_is_not_there_is_remarked():
    for uri in ("DOC0002.XML", "../../secret", "/etc/passwd"):
        found = told(medium(listing(uri=uri)))
        assert [one.cause.value for one in found.findings] == ["listed_missing"]


def test_under_a_damaged_list_everything_counts_as_restricted():
    found = told(medium(listing()[:-40]))
    assert [one.cause.value for one in found.findings] == ["list_damaged"]
    about = found.about(f"{FOLDER}/DOC0001.XML")
    assert labels.confidentiality(about.labels) == "R"
    assert found.about(f"{FOLDER}/METADATA.XML").companion


def test_a_medium_without_a_list_is_one_too_and_another_zip_is_none():
    assert told(medium(None)).form == "ihe-xdm"
    assert told({"a/DOC0001.XML": DOCUMENT}) is None


def test_what_the_list_says_reaches_every_record(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in medium(listing()).items():
            archive.writestr(name, data)
    with open_wallet(tmp_path / "home") as wallet:
        answer = bring_in(wallet, tmp_path, packed.getvalue())
        assert answer.files[0].format == "ihe-xdm"
        assert answer.totals.failed == 0
        listed = records.timeline(wallet).records
        assert len(listed) == 4
        assert {record.confidentiality for record in listed} == {"R"}
