"""Servers keep no address: neither on their disk nor in what they say."""

import http.client
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ledger_servers import ORIGIN, receipt, run

PACKAGING = Path(__file__).parents[2] / "packaging"
LEDGER_PATHS = ("/log.json", "/checkpoint", "/tile/9/9", "/tile/entries/000.p/1")
RELAY_PATHS = ("/v1/details", "/v1/details/0/0", f"/v1/packages/{bytes(16).hex()}")
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


def test_no_server_keeps_an_address_of_who_asked(served, tmp_path):
    """The ledger, a witness, a mirror and a relay, asked well, badly and too much."""
    start, home = served
    ledger, said = start("ledger", "--home", str(home), "ledger", "serve")
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "ledger.policy").write_text(said["policy"])
    (trust / "ledger.url").write_text(said["url"])
    mirror = ("--home", str(tmp_path / "mirror"), "ledger")
    run(*mirror, "key", "--mirror", "mirror.test/m1")
    policy = ("--policy", str(trust / "ledger.policy"), "--from", said["url"])
    witness = ("--home", str(tmp_path / "witness"), "ledger", "witness")
    relay = ("--home", str(tmp_path / "relay"), "relay", "serve")
    running = [
        (ledger, said["url"]),
        *(
            (process, told["url"])
            for process, told in (
                start("mirror", *mirror, "mirror", "--name", "mirror.test/m1", *policy),
                start("witness", *witness, "--name", "w.test", "--log", said["vkey"]),
                start("relay", *relay, "--trust", str(trust)),
            )
        ),
    ]
    for _process, url in running:
        for path in (*LEDGER_PATHS, *RELAY_PATHS, "/nowhere", "/%00", "/metrics"):
            ask(url, "GET", path)
        for path in ("/v1/entries", "/v1/packages", "/v1/notices", "/add-checkpoint"):
            for body in (receipt(1), b"nothing of the kind", b""):
                ask(url, "POST", path, body)
    for process, _url in reversed(running):
        process.terminate()
        assert CALLER not in process.stdout.read()
        assert process.wait(30) == 0
    assert holding(tmp_path, CALLER) == []


def test_nginx_is_shipped_without_a_log_of_addresses():
    """`tests/house/test_nginx.py` runs it; this one reads it, where there is none."""
    text = (PACKAGING / "nginx" / "ledger.conf").read_text("utf-8")
    said = re.sub("#.*", "", text)
    assert re.findall(r"access_log\s+(\S+);", said) == ["off"]
    assert re.findall(r"error_log\s+\S+\s+(\S+);", said) == ["crit"]
    assert "$remote_addr" not in said
    for header in ("X-Real-IP", "X-Forwarded-For", "Forwarded"):
        assert re.search(rf'proxy_set_header\s+{header}\s+"";', said)


def test_no_unit_asks_a_server_for_an_access_log():
    for unit in (PACKAGING / "systemd").iterdir():
        assert "access" not in unit.read_text("utf-8").lower(), unit.name


def test_an_address_that_was_kept_would_be_found(tmp_path):
    (tmp_path / "log").write_text(f'{CALLER} - "GET /checkpoint" 200')
    (tmp_path / "db").write_bytes(b"row" + bytes((127, 0, 0, 91)))
    assert sorted(holding(tmp_path, CALLER)) == ["db", "log"]
