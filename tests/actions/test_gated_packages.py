"""What is sealed for a reader, and what goes on a stick, went through the gate before.

A package is gathered once, when it is shared: the relay and the stick for a reader take
the file that was sealed then (`wallet.actions.patient.sharing`, `stick`).
"""

import json

import pytest

from tests.support.wallets import NOON, bring_in, bundle, observation, open_wallet
from wallet.actions.patient import gathering
from wallet.exports.patient_shared import PATH
from wallet.grants.scope import Scope
from wallet.records.fhir.validity import flaws_of

BROKEN = {"resourceType": "Procedure", "id": "p", "code": {"text": "Walk quokkaberry"}}
"""Without the status R4 wants: it can be said that it is not known."""
HOPELESS = {"resourceType": "Goal", "id": "g", "description": {"text": "zibbelwort"}}
"""Without the state of its life, for which R4 has no word that says so."""


def held(parts):
    for part in parts:
        name = part.ref.name if hasattr(part, "ref") else part.name
        if name == PATH:
            with part.read() as source:
                return json.loads(source.read())
    raise AssertionError("no bundle")


@pytest.mark.parametrize("way", ["permission", "part of it", "whole history"])
def test_its_bundle_keeps_the_rules_and_holds_what_could_be_mended(tmp_path, way):
    with open_wallet(tmp_path / "home") as wallet:
        bring_in(wallet, tmp_path, bundle(observation(1), BROKEN, HOPELESS))
        if way == "whole history":
            parts = gathering.gather_everything(wallet, Scope(), now=NOON)
        else:
            scope = Scope() if way == "permission" else Scope(denied=("SUD",))
            parts = gathering.gather(wallet, scope, now=NOON).parts
        made = held(parts)
    assert flaws_of(made) == []
    assert "quokkaberry" in json.dumps(made)
    assert "zibbelwort" not in json.dumps(made)
