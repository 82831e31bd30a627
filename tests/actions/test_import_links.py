"""Nothing is fetched: files full of links to a listener that nobody speaks to.

The listener is on this machine, so that a process started for a file could reach it
too; in this process no other socket can be made at all, and no name looked up.
"""

import base64
import json
import select
import socket
import zipfile

import pytest

from tests.support.wallets import NOON, bundle, observation, open_wallet
from wallet.actions.patient import records
from wallet.actions.patient.importing import import_paths

NARRATIVE = (
    '<div xmlns="http://www.w3.org/1999/xhtml"><img src="{url}/picture"/>'
    '<a href="{url}/there">here</a></div>'
)
XML_HEAD = (
    '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="{url}/style.xsl"?>'
    '<!DOCTYPE x SYSTEM "{url}/x.dtd" [<!ENTITY % more SYSTEM "{url}/more">%more;'
    '<!ENTITY out SYSTEM "{url}/entity">]>'
)
SCHEMA = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="urn:hl7-org:v3 {url}/CDA.xsd"'
)
CDA = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" ' + SCHEMA + "><title>Visit</title>"
    '<recordTarget><patientRole><id root="1.2" extension="{url}/id"/><patient><name>'
    "<given>Maya</given></name></patient></patientRole></recordTarget>"
    "<component><structuredBody><component><section><title>Pictures</title>"
    '<text><linkHtml href="{url}/html">more</linkHtml>'
    '<renderMultiMedia referencedObject="p"/></text>'
    '<entry><observationMedia classCode="OBS" moodCode="EVN" ID="p">'
    '<value mediaType="image/png"><reference value="{url}/image.png"/></value>'
    "</observationMedia></entry></section></component></structuredBody></component>"
    "</ClinicalDocument>"
)
PDF = (
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/URI/URI({url}/open)>>"
    "/AA<</WC<</S/SubmitForm/F({url}/form)>>>>>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Annots[<</Type/Annot"
    "/Subtype/Link/Rect[0 0 99 99]/A<</S/URI/URI({url}/page)>>>>]>>endobj\n"
    "trailer<</Root 1 0 R>>\n%%EOF\n"
)
APPLE = (
    '<?xml version="1.0"?><HealthData locale="en"><Me/>'
    '<Record type="HKQuantityTypeIdentifierStepCount" sourceName="{url}/phone" '
    'unit="count" startDate="2026-03-04 08:00:00 +0100" '
    'endDate="2026-03-04 08:05:00 +0100" value="9"/>'
    '<ClinicalRecord type="ConditionRecord" identifier="c" sourceName="Clinic" '
    'sourceURL="{url}/fhir" fhirVersion="4.0.1" receivedDate="2026-03-04" '
    'resourceFilePath="{url}/file.json"/></HealthData>'
)


def files(url):
    """Files of many formats by name, each with links to *url*."""
    attached = {"contentType": "application/pdf", "url": f"{url}/report.pdf"}
    document = {
        "resourceType": "DocumentReference",
        "id": "d",
        "meta": {"source": f"{url}/source", "profile": [f"{url}/profile"]},
        "implicitRules": f"{url}/rules",
        "text": {"status": "generated", "div": NARRATIVE.format(url=url)},
        "status": "current",
        "subject": {"reference": f"{url}/Patient/1"},
        "content": [{"attachment": attached}],
    }
    person = {
        "resourceType": "Patient",
        "id": "p",
        "photo": [{"contentType": "image/png", "url": f"{url}/face.png"}],
        "link": [{"other": {"reference": f"{url}/Patient/2"}, "type": "seealso"}],
    }
    more = {"link": [{"relation": "next", "url": f"{url}/page2"}]}
    fhir = '<Observation xmlns="http://hl7.org/fhir"><id value="x"/>{}</Observation>'
    link = {"url": f"{url}/manifest", "key": "A" * 43, "flag": "U", "label": "All"}
    packed = base64.urlsafe_b64encode(json.dumps(link).encode()).decode().rstrip("=")
    return {
        "bundle.json": json.dumps(bundle(observation(1), document, person, **more)),
        "lines.ndjson": "\n".join(map(json.dumps, (document, observation(2)))),
        "resource.xml": XML_HEAD.format(url=url) + fhir.format("<text>&out;</text>"),
        "document.xml": XML_HEAD.format(url=url) + CDA.format(url=url),
        "plain.xml": '<?xml version="1.0"?>' + CDA.format(url=url),
        "export.xml": APPLE.format(url=url),
        "link.txt": f"shlink:/{packed}",
        "viewer.txt": f"{url}/viewer#shlink:/{packed}",
        "card.smart-health-card": json.dumps({"verifiableCredential": [_card(url)]}),
        "report.pdf": PDF.format(url=url),
        "page.html": f'<html><img src="{url}/a"><script src="{url}/b"></script></html>',
        "picture.svg": f'<svg xmlns:x="x"><image href="{url}/a"/><use href="{url}/b"/>'
        "</svg>",
        "shortcut.url": f"[InternetShortcut]\nURL={url}/shortcut\n",
        "message.hl7": "MSH|^~\\&|A|B|C|D|20260304||ORU^R01|1|P|2.5\rPID|1||7\r"
        f"OBR|1|||X\rOBX|1|RP|24^Scan||{url}/scan^APPLICATION^PDF||||||F\r",
        "results.csv": f"Date,Test,Result,Unit,Link\n2026-03-04,Iron,9,ug/dL,{url}/r\n",
    }


def _card(url):
    """A card whose issuer is *url*: its keys would be asked for there."""
    parts = ({"alg": "ES256", "zip": "DEF", "kid": "k", "jku": f"{url}/keys"}, {})
    head, body = (
        base64.urlsafe_b64encode(json.dumps({**part, "iss": url}).encode()).decode()
        for part in parts
    )
    return f"{head.rstrip('=')}.{body.rstrip('=')}.{'A' * 86}"


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as heard:
        yield heard


def was_called(listener):
    return bool(select.select([listener], [], [], 0)[0])


@pytest.fixture
def tried(monkeypatch):
    """The sockets this process asked for; it gets none."""
    asked = []

    def refuse(*given, **_named):
        asked.append(given)
        raise OSError("no socket is to be had here")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    return asked


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
def test_no_link_in_a_file_is_followed(listener, tried, tmp_path, scheme):
    url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    folder = tmp_path / "files"
    folder.mkdir()
    held = files(url)
    for name, content in held.items():
        (folder / name).write_text(content)
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    with open_wallet(tmp_path / "home") as wallet:
        answer = import_paths(wallet, [folder], now=NOON)
        listed = records.timeline(wallet, limit=1_000).records
        for record in listed:
            records.show(wallet, record.scope_id)
    assert len(answer.files) == len(held) + 1
    assert all(file.taken for file in answer.files)
    assert listed
    assert tried == []
    assert not was_called(listener)


def test_the_listener_would_have_heard(listener):
    with socket.create_connection(listener.getsockname()):
        assert was_called(listener)
