"""A scope that denies alcohol and drugs, over every format: no trace is left.

Nobody labelled these files but the rules for codes and words; the published samples
carry labels of their own. Looked at is every byte a reader would get: texts,
references, attachments, names of files, counts (reference page on health data, D3).
"""

from __future__ import annotations

import pytest

from tests.corpus import TESTDATA
from tests.support import cda_builder as cda
from tests.support import packages
from tests.support.wallets import NOON, bring_in, bundle, observation, open_wallet
from wallet.actions.patient import gathering, records
from wallet.grants.scope import Scope
from wallet.records.labels import with_narrower

NO_DRUGS = Scope(denied=("SUD",))
TOLD = "Opioid dependence quokkaberry"
PLAIN = "Gout zibbelwort"


def condition(name, **more):
    return {
        "resourceType": "Condition",
        "id": name.split()[-1],
        "subject": {"reference": "Patient/m"},
        "code": {"text": name},
        **more,
    }


def coded(release):
    """By its code alone: the words say nothing."""
    held = condition("Condition quokkaberry")
    coding = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F11.20"}
    held["code"]["coding"] = [coding]
    plain = condition(PLAIN)
    if release == "STU3":
        for one in (held, plain):
            one["clinicalStatus"] = "active"
    return bundle(held, plain, observation(1))


V2 = (
    r"MSH|^~\&|LAB|City|W|H|20240301||ADT^A01|1|P|2.5.1" + "\r"
    "PID|1||77^^^HOSP||Lindgren^Maya||19510203|F\r"
    f"DG1|1||F11.20^{TOLD}^I10|||A\r"
    f"DG1|2||M10.9^{PLAIN}^I10|||A\r"
)
XML = (
    '<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>'
    + "".join(
        f'<entry><resource><Condition><id value="{number}"/><code><text value="{said}"'
        '/></code><subject><reference value="Patient/m"/></subject></Condition>'
        "</resource></entry>"
        for number, said in enumerate((TOLD, PLAIN))
    )
    + "</Bundle>"
)
BLUE = (
    "--------- MY HEALTHEVET PERSONAL INFORMATION REPORT ---------\n"
    "Produced by the VA Blue Button (v12.5)\n03 Jul 2013 @ 0956\n\n"
    "------- VA PROBLEM LIST -------\n\nSource: VA\n\n"
    f"Problem: {TOLD}\nDate Entered: 01 Jan 2024\n\n"
    f"Problem: {PLAIN}\nDate Entered: 02 Jan 2024\n"
)
TABLE = (
    "Test,Result,Units,Reference Range,Collection Date\n"
    "Methadone quokkaberry,12,ng/mL,0-20,2024-03-01\n"
    "Urate zibbelwort,5,mg/dL,0-7,2024-03-01\n"
)
CDA = cda.document(
    cda.section("11450-4", cda.problem(TOLD, number="p1")),
    cda.section("11348-0", cda.problem(PLAIN, number="p2")),
)
FILES = {
    "fhir": bundle(condition(TOLD), condition(PLAIN)),
    "fhir by code": coded("R4"),
    "fhir stu3 by code": coded("STU3"),
    "fhir xml": XML,
    "hl7 v2": V2,
    "blue button": BLUE,
    "a table": TABLE,
    "c-cda": CDA,
}


def package(wallet, scope):
    """Every byte a reader would get, names of parts included."""
    return packages.text(wallet, scope).decode()


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


@pytest.mark.parametrize("name", FILES)
def test_what_only_a_rule_knows_leaves_no_trace(wallet, tmp_path, name):
    answer = bring_in(wallet, tmp_path, FILES[name])
    assert answer.totals.brought >= 2
    held = [
        one for one in records.timeline(wallet).records if "quokkaberry" in one.title
    ]
    reasons = {
        label.basis for one in held for label in one.labels if label.code == "OPIOIDUD"
    }
    assert reasons == {"rule"}
    text = package(wallet, NO_DRUGS).lower()
    assert "quokkaberry" not in text
    assert "opioid" not in text
    assert "zibbelwort" in text
    assert "quokkaberry" in package(wallet, Scope()).lower()
    # Past the gate of a chosen part too: it is the scope that held it back.
    assert "quokkaberry" in package(wallet, Scope(denied=("HIV",))).lower()
    seen = gathering.preview(wallet, NO_DRUGS)
    counted = gathering.gather(wallet, NO_DRUGS, now=NOON).contents
    assert dict(counted) == dict(seen.shown)
    assert sum(dict(seen.shown).values()) < len(records.timeline(wallet).records)


def test_a_bundle_still_passes_on_its_labels_to_what_a_rule_has_labelled(
    wallet, tmp_path
):
    drugs = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}
    meta = {"meta": {"security": [{**drugs, "code": "ETH"}]}}
    first = meta | bundle(condition("Depression plonkweed"))
    last = bundle(condition("Bipolar disorder plonkweeds")) | meta
    bring_in(wallet, tmp_path, first, last)
    for held in records.timeline(wallet).records:
        assert held.sensitivity == ("ETH", "MH")
    assert "plonkweed" not in package(wallet, NO_DRUGS)


SAMPLES = sorted(
    path
    for folder in ("ccda-ds4p-onc", "security-labels")
    if (TESTDATA / folder).is_dir()
    for path in (TESTDATA / folder).rglob("*")
    if path.suffix in (".xml", ".json") and "rules" not in path.name
)


@pytest.mark.skipif(not SAMPLES, reason="no test data here")
def test_published_samples_keep_every_label_and_leave_no_trace_of_drugs(
    wallet, tmp_path
):
    for number, path in enumerate(SAMPLES):
        bring_in(wallet, tmp_path, path.read_bytes())
        marks = path.read_text("utf-8", "replace").count("ETH")
        held = records.timeline(wallet, limit=10_000).records
        if marks and number < 2:
            assert any("ETH" in one.sensitivity for one in held), path.name
    denied = with_narrower(("SUD",))
    hidden = {one.title for one in held if denied.intersection(one.sensitivity)}
    shown = {one.title for one in held if not denied.intersection(one.sensitivity)}
    assert hidden
    text = package(wallet, NO_DRUGS)
    told = [one for one in hidden if any(one in title for title in shown)]
    for title in hidden.difference(told):
        # One word ("Visit") may be anybody's; all of these name a thing.
        assert " " not in title or title not in text, title
    names = [path.name for path in SAMPLES]
    assert not [name for name in names if name in text]
