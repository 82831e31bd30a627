"""What files that are no FHIR hold, counted by another hand than the readers.

Each counter knows the format by its own few lines, with the standard library alone: the
lines of an HL7 v2 message, the rows of a table, the first names of Blue Button entries,
the days of an Apple export, the entries of a signed card.
"""

from __future__ import annotations

import base64
import io
import json
import re
import xml.etree.ElementTree as ET
import zlib

import zxingcpp
from PIL import Image

_HELPING = b"MSH FHS BHS BTS FTS SFT EVN UAC DSC ADD ARV NTE RXR ORC PD1 PV2 IN2"
_STARTS = re.compile(
    r"(Medication|Drug Name|Allergy Name|Problem|Condition Name|Medical Event|"
    r"Immunization|Immunization Name|Lab Test|Test Name|Test/Lab Type|Type of Report|"
    r"Procedure/Test Name|Vital Sign|Measurement Type|Vital Statistic Type|"
    r"Admission Date|Device Name|Health Insurance Company|Contract ID/Plan ID):"
)
_ONE_OF = {
    "VA NOTES": "Date/Time:",
    "VA APPOINTMENTS": "Date/Time:",
    "SELF REPORTED DEMOGRAPHICS": "First Name:",
    "VA DEMOGRAPHICS": "First Name:",
    "Demographic": "Name:",
}
_FRAME = re.compile(
    r"^-{3,} *([A-Za-z].*?) *-{3,}$|^-{32}\n(.+)\n\n?-{32}$", re.MULTILINE
)


def count(data: bytes) -> int | None:
    """How many things are in *data*; None if it is in none of these formats."""
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    for fits, counter in _COUNTERS:
        if fits(text):
            return counter(data)
    return None


def _message(data: bytes) -> int:
    lines = data.replace(b"\xef\xbb\xbf", b"").replace(b"\n", b"\r").split(b"\r")
    found, in_letter = 0, False
    for line in filter(None, map(bytes.strip, lines)):
        name = line[:3]
        if name == b"OBX" and in_letter:
            continue
        in_letter = name == b"TXA" or (in_letter and name == b"NTE")
        found += name not in _HELPING.split()
    return found


def _rows(data: bytes) -> int:
    return len([line for line in data.splitlines() if line.strip()]) - 1


def _blue_button(data: bytes) -> int:
    text = "\n".join(line.rstrip() for line in data.decode().splitlines())
    frames = list(_FRAME.finditer(text))
    bounds = [0, *(frame.end() for frame in frames)]
    ends = [*(frame.start() for frame in frames), len(text)]
    names = ["", *((frame[1] or frame[2]) for frame in frames)]
    found = 0
    for name, start, end in zip(names, bounds, ends, strict=True):
        body = text[start:end]
        first = _ONE_OF.get(name)
        if first:
            begun = len(re.findall(rf"^ *{first}", body, re.MULTILINE))
        else:
            begun = len([s for s in body.splitlines() if _STARTS.match(s.strip())])
        nothing = "No information was available" in body or not body.strip()
        found += begun or (not nothing)
    return found


def _apple(data: bytes) -> int:
    groups = set()
    root = ET.fromstring(data)  # noqa: S314 a published file
    for one in root.findall("Record"):
        kind, source = one.get("type", ""), one.get("sourceName")
        if "SleepAnalysis" in kind:
            if "Asleep" in one.get("value", ""):
                groups.add((kind, source, one.get("endDate", "")[:10]))
        else:
            groups.add((kind, source, one.get("unit"), one.get("startDate", "")[:10]))
    me = root.find("Me")
    return len(groups) + 2 * (me is not None)


def _cards(data: bytes) -> int:
    text = data.decode("ascii", "replace").removeprefix("\ufffd\ufffd\ufffd")
    try:
        held = json.loads(text)
    except ValueError:
        return sum(map(_card, _of_codes(text.split())))
    listed = held.get("verifiableCredential") or [
        one["valueString"]
        for one in held["parameter"]
        if one["name"] == "verifiableCredential"
    ]
    return sum(map(_card, listed))


def _of_codes(words: list[str]) -> list[str]:
    if not words[0].startswith("shc:"):
        return words
    tails = [re.fullmatch(r"shc:/(?:(\d+)/(\d+)/)?((?:[0-7]\d)+)", w) for w in words]
    if any(tail is None or int(tail[2] or 1) != len(words) for tail in tails):
        return [""]
    digits = "".join(tail[3] for tail in tails if tail)
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    if len(pairs) > 1_195 or max(pairs) > "77":
        return [""]
    return ["".join(chr(int(pair) + 45) for pair in pairs)]


def _card(jws: str) -> int:
    """Entries of a card that keeps the rules; a card that does not is one thing."""
    try:
        head, body, signature = jws.split(".")
        header = json.loads(_bytes(head))
        unpack = zlib.decompressobj(-15)
        held = json.loads(unpack.decompress(_bytes(body)).decode())
        held["nbf"] + 0
        well = (header["alg"], header["zip"]) == ("ES256", "DEF") and header["kid"]
        iss = held["iss"]
        well = well and iss.startswith("https://") and not iss.endswith("/")
        if well and len(_bytes(signature)) == 64 and not unpack.unused_data:
            return len(held["vc"]["credentialSubject"]["fhirBundle"]["entry"])
    except (ValueError, KeyError, TypeError, zlib.error):
        pass
    return 1


def _picture(data: bytes) -> int:
    """The picture, and what each code in it says; the codes a library reads, not we."""
    with Image.open(io.BytesIO(data)) as picture:
        found = zxingcpp.read_barcodes(picture.convert("L"))
    codes = [code.text for code in found if code.text.startswith(("shc:", "shlink:"))]
    signed = [code for code in codes if code.startswith("shc:")]
    return 1 + len(codes) - len(signed) + sum(_cards(one.encode()) for one in signed)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _is_cards(text: bytes) -> bool:
    first = text[:1000]
    named = text.startswith(b"{") and b'"verifiableCredential"' in first
    return (
        text.startswith(b"shc:/")
        or (named and b'"Bundle"' not in first)
        or re.match(rb"eyJ[\w-]+\.[\w-]", text) is not None
    )


# A table whose head says nothing of health is one thing, kept as it is.
_HEAD = re.compile(rb"\t(LOINC|RxNorm|CVX)\t")
_COUNTERS = (
    (lambda text: text.startswith((b"\x89PNG", b"\xff\xd8\xff")), _picture),
    (_is_cards, _cards),
    (lambda text: text[:3] in (b"MSH", b"FHS"), _message),
    (lambda text: b"Blue Button" in text[:4096] and text[:3] == b"---", _blue_button),
    (lambda text: b"<HealthData" in text[:4096] and text[:1] == b"<", _apple),
    (lambda text: _HEAD.search(text.split(b"\n")[0]) is not None, _rows),
)
