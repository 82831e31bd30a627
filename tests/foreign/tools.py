"""How each stranger is started, and what becomes of a test where it cannot be."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
GOCODE = Path("/usr/share/gocode")
ALL_STEPS = ["checkpoint", "tiles", "entries", "inclusion", "consistency", "proof"]
# What each of them can judge, in its order.
STEPS = {
    "sumdb": ALL_STEPS,
    "scales": ALL_STEPS,
    "sigstore": ["checkpoint", "proof"],
}


def missing(what):
    """Skip, or fail where the strangers were promised."""
    if os.environ.get("HEARTWOOD_STRANGERS") == "required":
        pytest.fail(f"{what}; packaging/strangers sets it up", pytrace=False)
    pytest.skip(f"{what}; packaging/strangers sets it up")


def command(name, folder):
    """The words that start a stranger; *folder* keeps what is built for it."""
    made = {"sumdb": _sumdb, "scales": _scales, "sigstore": _sigstore}
    return made[name](folder)


def peer(script):
    """The words that start a program over the libraries of locks/peers.txt."""
    python = HERE.parents[1] / "build/peers/bin/python"
    if not python.exists():
        missing("there are no libraries of locks/peers.txt here")
    return [python, HERE / script]


def node(script, *libraries):
    """The words that start a program over *libraries* of the npm registry."""
    if not shutil.which("node"):
        missing("there is no Node here")
    for name in libraries:
        if not (HERE / "node_modules" / name).is_dir():
            missing(f"there is no {name} here")
    return ["node", HERE / script]


def _sumdb(folder):
    built = folder / "sumdb"
    if not shutil.which("go"):
        missing("there is no Go here")
    if not (GOCODE / "src/golang.org/x/mod/sumdb").is_dir():
        missing("there is no golang-golang-x-mod-dev here")
    if not built.exists():
        # Debian's sources only: no module is looked up anywhere.
        settings = {"GOPATH": str(GOCODE), "GO111MODULE": "off", "CGO_ENABLED": "0"}
        subprocess.run(
            ["go", "build", "-o", built, HERE / "sumdb.go"],
            env={**os.environ, "GOFLAGS": "", **settings},
            check=True,
            timeout=300,
        )
    return [built]


def _scales(_folder):
    return [sys.executable, HERE / "scales.py"]


def _sigstore(_folder):
    return node("sigstore.js", "@sigstore/verify")


def fuzzer(name):
    """The words that start a program of locks/fuzzers.txt."""
    program = HERE.parents[1] / "build/fuzzers/bin" / name
    if not program.exists():
        missing(f"there is no {name} here")
    return [program]
