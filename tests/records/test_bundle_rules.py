"""A bundle keeps the rules of the release; each that it breaks is named."""

import json

import pytest

from tests.support.selections import chosen, files_of
from tests.support.shared_records import shared
from wallet.exports import ips, patient_shared
from wallet.records.fhir.validity import Fault, flaws_of

HEAD = {"resourceType": "Composition"}
NAME = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}
DOCUMENT = {"type": "document", "identifier": NAME, "timestamp": "2026-11-24T10:00:00Z"}
ASKED = {"method": "GET", "url": "Patient/1"}


def broken(**more):
    bundle = {"resourceType": "Bundle", "type": "collection", **more}
    flaws = flaws_of(bundle)
    return {one.rule for one in flaws if one.fault is Fault.RULE}


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        ("bdl-1", {"total": 1}),
        ("bdl-2", {"entry": [{"resource": HEAD, "search": {"mode": "match"}}]}),
        ("bdl-3", {"entry": [{"resource": HEAD, "request": ASKED}]}),
        ("bdl-3", {"type": "batch", "entry": [{"resource": HEAD}]}),
        ("bdl-4", {"entry": [{"resource": HEAD, "response": {"status": "200"}}]}),
        ("bdl-5", {"entry": [{"fullUrl": "urn:uuid:1"}]}),
        ("bdl-7", {"entry": [{"fullUrl": "urn:uuid:1", "resource": HEAD}] * 2}),
        ("bdl-8", {"entry": [{"fullUrl": "A/1/_history/2", "resource": HEAD}]}),
        ("bdl-9", {**DOCUMENT, "identifier": {"value": "1"}}),
        ("bdl-10", {k: v for k, v in DOCUMENT.items() if k != "timestamp"}),
        ("bdl-11", {**DOCUMENT, "entry": [{"resource": {"resourceType": "List"}}]}),
        ("bdl-12", {"type": "message", "entry": [{"resource": HEAD}]}),
    ],
)
def test_a_broken_rule_is_named(rule, more):
    assert rule in broken(**more)


def test_a_bundle_that_keeps_them_all_breaks_none():
    assert broken(**DOCUMENT, entry=[{"fullUrl": "urn:uuid:1", "resource": HEAD}]) == {
        rule for rule in broken(entry=[{"resource": HEAD}]) if rule[:3] != "bdl"
    }
    assert broken(type="searchset", total=0) == set()
    assert broken(type="batch", entry=[{"request": ASKED}]) == set()


@pytest.mark.parametrize("form", [ips, patient_shared])
def test_our_own_bundles_keep_every_rule(form, tmp_path):
    visit = {"resourceType": "Encounter", "id": "v", "status": "finished"}
    visit["class"] = {"code": "AMB"}
    (held,) = files_of(form.write(chosen([shared(visit)], tmp_path))).values()
    assert flaws_of(json.loads(held)) == []
