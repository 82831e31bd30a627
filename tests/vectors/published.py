"""Where the published vectors lie, and how they are counted for the record."""

import json
import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def folder(name="crypto-vectors"):
    """The folder of published vectors, or a skip that says how to get it."""
    beside = HERE.parents[2] / "shared" / "testdata"
    root = Path(os.environ.get("HEARTWOOD_TESTDATA") or beside)
    found = root / name
    if not found.is_dir():
        assert not os.environ.get("CI"), "the published vectors must run in CI"
        pytest.skip(f"HEARTWOOD_TESTDATA has no {name}")
    return found


def load(name):
    """One published file as JSON."""
    return json.loads((folder() / name).read_text(encoding="utf-8"))


def cases(name):
    """Every Wycheproof case of a file with its group."""
    return [
        (group, case)
        for group in load(f"wycheproof/{name}_test.json")["testGroups"]
        for case in group["tests"]
    ]


def raw(case, *names):
    """Hex fields of a case as bytes."""
    return tuple(bytes.fromhex(case[name]) for name in names)
