"""Every import contract is broken on purpose once, and says so."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
LINTER = Path(sys.executable).with_name("lint-imports")
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text())
CONTRACTS = {
    contract["id"]: contract
    for contract in SETTINGS["tool"]["importlinter"]["contracts"]
}
# contract, module that sins, what it imports
SINS = [
    ("rooms", "wallet/records/__init__.py", "wallet.ledger"),
    ("rooms", "wallet/practitioners/__init__.py", "wallet.grants.scope"),
    ("rooms", "wallet/keys/signing.py", "wallet.store"),
    ("rooms", "wallet/verdict.py", "wallet.words"),
    ("rooms", "wallet/billing.py", "wallet.verdict"),  # a room without a line
    ("no-window-below", "wallet/exports/__init__.py", "PySide6.QtCore"),
    ("no-window-below", "wallet/cli/main.py", "ui"),
    ("window-front-desk", "ui/__init__.py", "wallet.keys.signing"),
    ("window-front-desk", "ui/pages/__init__.py", "wallet.vault"),
    ("terminal-front-desk", "wallet/cli/usb.py", "wallet.exports.stick"),
    ("terminal-front-desk", "wallet/cli/clinic.py", "wallet.desk.schema"),
    ("patient-secrets", "wallet/server/__init__.py", "wallet.vault"),
    ("patient-secrets", "wallet/actions/clinic/__init__.py", "wallet.vault"),
    ("patient-secrets", "wallet/desk/__init__.py", "wallet.vault"),
    ("patient-front-desk", "wallet/cli/main.py", "wallet.vault"),
    ("patient-front-desk", "wallet/actions/__init__.py", "wallet.vault"),
    ("one-store", "wallet/vault/__init__.py", "sqlcipher3"),
    ("one-store", "wallet/desk/__init__.py", "sqlcipher3.dbapi2"),
    ("server-database", "wallet/store/__init__.py", "sqlite3"),
    ("server-database", "wallet/actions/__init__.py", "uvicorn"),
    ("one-crypto", "wallet/grants/scope.py", "cryptography.fernet"),
    ("one-way-out", "wallet/records/__init__.py", "urllib3"),
    ("one-way-out", "wallet/ledger/__init__.py", "urllib3.util"),
    ("no-keyring", "wallet/vault/__init__.py", "keyring"),
]


def lint(project, *options):
    environment = {**os.environ, "PYTHONPATH": str(project)}
    return subprocess.run(
        [LINTER, "--no-logo", "--no-cache", *options],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    for name in ("wallet", "ui"):
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=skip)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_as_it_is_keeps_every_contract():
    answer = lint(PROJECT)
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in answer.stdout


@pytest.mark.parametrize(("contract", "sinner", "target"), SINS)
def test_an_offending_import_breaks_its_contract(copy, contract, sinner, target):
    with (copy / sinner).open("a") as source:
        source.write(f"\n\ndef offend() -> None:\n    import {target}\n")
    answer = lint(copy, "--contract", contract)
    assert answer.returncode == 1
    assert f"{CONTRACTS[contract]['name']} BROKEN" in answer.stdout


def test_every_contract_is_broken_by_some_sin():
    assert {contract for contract, _, _ in SINS} == set(CONTRACTS)


def test_every_front_desk_but_the_patients_is_kept_from_a_patients_secrets():
    rule = CONTRACTS["patient-secrets"]
    for desk in ("clinic", "issuer", "operator"):
        if any((PROJECT / "wallet" / "actions").glob(f"{desk}*")):
            assert f"wallet.actions.{desk}" in rule["source_modules"]


def test_the_seed_is_as_far_away_as_the_vault():
    if (PROJECT / "wallet" / "keys" / "custody.py").exists():
        for rule in ("patient-secrets", "patient-front-desk"):
            assert "wallet.keys.custody" in CONTRACTS[rule]["forbidden_modules"]
