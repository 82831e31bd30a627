"""A bundle's labels speak for what its parts leave open, wherever they stand in it."""

import json

import pytest

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from wallet.actions.patient import browsing, records
from wallet.records.labels import CONFIDENTIALITY, beside
from wallet.records.record import Label


def marks(*codes, basis="source"):
    levels = set("ULMNRV")
    return tuple(
        Label(
            code=code,
            system=CONFIDENTIALITY if code in levels else "urn:act",
            basis=basis,
        )
        for code in codes
    )


@pytest.mark.parametrize(
    ("own", "around", "together"),
    [
        ("", "R SUD", "R SUD"),
        ("ETH", "R SUD", "ETH R"),
        ("N", "R SUD", "N"),
        ("N ETH", "R", "N ETH"),
        ("NORDSCLCD", "R SUD", "NORDSCLCD R SUD"),
        ("ETH", "", "ETH"),
        ("", "", ""),
    ],
)
def test_a_part_bears_its_own_marks_and_the_level_it_does_not_name(
    own, around, together
):
    made = beside(marks(*own.split()), marks(*around.split()))
    assert made == marks(*together.split())


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("lines", [False, True])
def test_it_does_not_matter_where_the_bundle_says_it(tmp_path, late, lines):
    meta = {
        "meta": {"security": [{"system": CONFIDENTIALITY, "code": "V"}]},
    }
    about = {"security": [{"system": "urn:act", "code": "HIV"}]}
    made = bundle(observation(1, meta=about), observation(2))
    content = {**made, **meta} if late else {**meta, **made}
    data = json.dumps(content)
    if lines:
        data = f"{data}\n{json.dumps(observation(3))}\n"
    with open_wallet(tmp_path / "home") as wallet:
        # The first of them is here already, and nothing said how secret it is.
        bring_in(wallet, tmp_path, observation(2))
        bring_in(wallet, tmp_path, data)
        listed = records.timeline(wallet).records
        assert [one.confidentiality for one in listed].count("V") >= 2
        assert [one.sensitivity for one in listed if one.sensitivity] == [("HIV",)]
        assert "HIV" in browsing.labels(wallet)
