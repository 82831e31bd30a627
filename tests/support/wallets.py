"""An open wallet over a real encrypted store, without any network."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime

from wallet.actions.patient.company import Whose
from wallet.actions.patient.importing import import_paths
from wallet.actions.patient.session import Session
from wallet.keys.derivation import PatientKeys
from wallet.store.connection import create
from wallet.store.migrations import bring_up
from wallet.vault import schema

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


@contextmanager
def open_wallet(home):
    """A wallet that knows nobody."""
    home.mkdir(exist_ok=True)
    store = create(home / "vault.db", key=bytes(range(32)))
    bring_up(store, schema.STEPS)
    try:
        yield Session(
            store=store, keys=PatientKeys(7, bytes(32)), network=None, home=home
        )
    finally:
        store.close()


def bring_in(wallet, tmp_path, *contents, **more):
    """Import contents, each as a file with a name that says nothing.

    They count as the patient's own, unless ``whose`` says that it is to be asked.
    """
    paths = []
    for number, content in enumerate(contents):
        path = tmp_path / f"file-{number}"
        path.write_bytes(as_bytes(content))
        paths.append(path)
    return import_paths(wallet, paths, now=NOON, **{"whose": Whose.MINE, **more})


def as_bytes(content):
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    return json.dumps(content).encode()


def bundle(*resources, **more):
    """A collection of resources, each an entry of its own."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}


def observation(number, **more):
    """A laboratory result with a name of its own."""
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/"
                        "observation-category",
                        "code": "laboratory",
                    }
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2093-3"}]},
        "effectiveDateTime": "2026-03-04",
        "valueQuantity": {"value": 5, "unit": "mmol/L"},
        **more,
    }
