"""Servers keep no address: neither on their disk nor in what they say."""

import http.client
import json
import subprocess
import sys

import pytest

from tests.support.ledger_servers import ORIGIN, receipt, run

CALLER = "127.0.0.91"  # an address of this machine that nothing else here has


@pytest.fixture
def served(tmp_path):
    """Starts servers whose words are written down below *tmp_path* too."""
    home = tmp_path / "ledger"
    run("--home", str(home), "ledger", "key", "--origin", ORIGIN)
    servers = []

    def start(name, *words):
        out = (tmp_path / f"{name}.out").open("w")
        servers.append(
            (
                subprocess.Popen(
                    [sys.executable, "-m", "wallet", "--json", *words],
                    stdout=subprocess.PIPE,
                    stderr=out,
                    text=True,
                ),
                out,
            )
        )
        process = servers[-1][0]
        return process, json.loads(process.stdout.readline())

    yield start, home
    for process, out in servers:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        process.stdout.close()
        out.close()


def ask(url, method, path, body=None):
    place = url.removeprefix("http://").rstrip("/")
    wire = http.client.HTTPConnection(place, timeout=60, source_address=(CALLER, 0))
    try:
        wire.request(method, path, body)
        answer = wire.getresponse()
        answer.read()
        return answer.status
    finally:
        wire.close()


def holding(folder, word):
    packed = bytes(map(int, word.split(".")))
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file()
        and any(one in path.read_bytes() for one in (word.encode(), packed))
    ]


def test_a_ledger_keeps_no_address_of_who_asked(served, tmp_path):
    start, home = served
    process, said = start("ledger", "--home", str(home), "ledger", "serve")
    url = said["url"]
    assert ask(url, "GET", "/log.json") == 200
    for body in (receipt(1), b"no entry at all"):
        assert ask(url, "POST", "/v1/entries", body) != 200  # without a stamp
    for path in ("/tile/9/9", "/checkpoint", "/nowhere", "/metrics"):
        ask(url, "GET", path)
    process.terminate()
    assert CALLER not in process.stdout.read()
    assert process.wait(30) == 0
    assert holding(tmp_path, CALLER) == []


def test_an_address_that_was_kept_would_be_found(tmp_path):
    (tmp_path / "log").write_text(f'{CALLER} - "GET /checkpoint" 200')
    (tmp_path / "db").write_bytes(b"row" + bytes((127, 0, 0, 91)))
    assert sorted(holding(tmp_path, CALLER)) == ["db", "log"]
