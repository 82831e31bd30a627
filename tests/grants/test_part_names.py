"""Part names of a package somebody else made: none leaves, hides or collides."""

import pytest

from tests.support.world import NOON, ORIGIN, patient_keys
from wallet.errors import RefusedError
from wallet.grants.manifest import PartRef, check_name, parse_manifest, sign_manifest
from wallet.keys.signing import sign_statement
from wallet.statement import Name
from wallet.verdict import Reason

PAIR = patient_keys().pair(0).sign


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b"),
        *("a\\b", "\\\\server\\a", "C:", "C:/a", "a\0b", "a/C:b", "a:stream"),
        *("a\nb", "a\x1b[2Jb", "a\x7fb", "a\u202eb", "a\u200bb", "a\u2028b"),
        *("con", "fhir/NUL", "aux.txt", "LPT1.html", "a.", "a ", "fhir./a", "fhir /a"),
        *("a?", "a*", 'a"', "a<b", "a|b", "n" * 201, "\u00e9" * 101),
    ],
)
def test_a_name_that_could_surprise_a_system_is_refused(name):
    with pytest.raises(RefusedError) as refused:
        check_name(name)
    assert refused.value.reason is Reason.PACKAGE_ALTERED


@pytest.mark.parametrize(
    "name", ["a", "START-HERE.html", "fhir/a.json", "Brief \u00fc (2).pdf", "console.x"]
)
def test_an_ordinary_name_is_taken(name):
    check_name(name)


def manifest(*names):
    """What a hostile patient can sign: our own maker refuses such names."""
    return sign_statement(
        PAIR,
        name=Name.MANIFEST,
        origin=ORIGIN,
        fields={
            20: bytes(16),
            35: bytes(32),
            36: 0,
            37: NOON,
            38: [[name, 0, bytes(32)] for name in names],
        },
    )


@pytest.mark.parametrize(
    "names",
    [
        ("a", "a"),
        ("fhir/a.json", "fhir/A.json"),
        ("FHIR/a.json", "fhir/a.json"),
        ("stra\u00dfe", "STRASSE"),
        ("caf\u00e9", "cafe\u0301"),
        ("fhir", "fhir/a.json"),
        ("fhir/a.json", "FHIR"),
        ("a/b", "a/b/c/d"),
    ],
)
def test_two_names_one_system_takes_for_one_are_refused(names):
    refs = [PartRef(name=name, size=0, digest=bytes(32)) for name in names]
    with pytest.raises(RefusedError):
        sign_manifest(
            PAIR,
            origin=ORIGIN,
            permission_id=bytes(16),
            leaf=bytes(32),
            sequence=0,
            made_at=NOON,
            parts=refs,
        )
    if any("\u0301" in name for name in names):
        return  # such text cannot even be encoded: statements are NFC
    with pytest.raises(RefusedError) as refused:
        parse_manifest(manifest(*names), origin=ORIGIN, pair_sign=PAIR.public)
    assert refused.value.reason is Reason.PACKAGE_ALTERED


def test_a_manifest_with_ordinary_names_is_read():
    names = ("START-HERE.html", "fhir/a.json", "fhir/b.json")
    read = parse_manifest(manifest(*names), origin=ORIGIN, pair_sign=PAIR.public)
    assert tuple(part.name for part in read.parts) == names
