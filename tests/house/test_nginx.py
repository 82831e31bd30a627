"""The configuration that is shipped for nginx, under Debian's nginx itself."""

import os
import re
import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from tests.support.ledger_servers import LedgerWorld, receipt
from tests.support.ports import free_port
from wallet.errors import TurnedAwayError, UnreachableError
from wallet.ledger.fetch import Http
from wallet.ledger.ledger_client import LedgerClient
from wallet.ledger.tiles import bundle_path

SHIPPED = Path(__file__).parents[2] / "packaging" / "nginx" / "ledger.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
REQUIRED = os.environ.get("HEARTWOOD_STRANGERS") == "required"
ADDRESS = re.compile(r"127\.0\.0\.[0-9]+")


def shipped(folder, *, port, behind):
    """What is shipped, with the places that its first lines say to replace."""
    text = SHIPPED.read_text("utf-8")
    text = re.sub(r"(?m)^\s*ssl_certificate.*\n", "", text)
    for ours, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("server 127.0.0.1:8680;", f"server {behind};"),
        ("/var/cache/nginx/heartwood", f"{folder}/cache"),
        ("/var/log/nginx/heartwood.log", f"{folder}/error.log"),
    ):
        assert ours in text
        text = text.replace(ours, here)
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # The folders of tests are their owner's alone.
    whole = "user root;\n" if os.geteuid() == 0 else ""
    whole += f"daemon off; pid {folder}/pid; error_log {folder}/main.log crit;\n"
    whole += f"events {{}}\nhttp {{\n{paths}{text}\n}}\n"
    path = folder / "nginx.conf"
    path.write_text(whole, "utf-8")
    return path


def heard(url):
    client = LedgerClient(url)
    for _ in range(200):
        try:
            client.log_json()
        except UnreachableError:
            time.sleep(0.05)
        else:
            return client
    raise AssertionError("nginx does not answer")


@pytest.mark.skipif(NGINX is None and not REQUIRED, reason="nginx is not installed")
def test_tiles_are_kept_and_everything_else_is_passed_on(tmp_path):
    folder = tmp_path / "nginx"
    folder.mkdir()
    folder.chmod(0o755)
    world = LedgerWorld(tmp_path)
    port = free_port()
    behind = world.server.said["url"].removeprefix("http://")
    config = shipped(folder, port=port, behind=behind)
    command = [NGINX, "-p", str(folder), "-c", str(config)]
    subprocess.run([*command, "-t", "-q"], check=True, timeout=60)
    nginx = subprocess.Popen(command)
    url = f"http://127.0.0.1:{port}"
    try:
        with closing(heard(url)) as client, closing(Http("ledger")) as http:
            index = client.submit(receipt(1))
            many = client.submit_many([receipt(n) for n in range(1, 400)])
            assert many[0] == index
            size = world.published(max(many)).checkpoint.size
            time.sleep(1.2)  # a checkpoint is kept for a second
            assert client.checkpoint().startswith(b"ledger.test/demo\n")
            first = client.bundle(0)
            assert orjson.loads(http.get(f"{url}/health", cap=1 << 12))["writes"]
            assert http.get(f"{url}/metrics", cap=1 << 16)
            with pytest.raises(TurnedAwayError, match="404"):
                http.get(f"{url}/{bundle_path(9_999)}", cap=1 << 12)
            world.server.stop()
            # The ledger is gone: what was read once is still read, and nothing else.
            assert client.bundle(0) == first
            with pytest.raises(TurnedAwayError, match="502"):
                client.tile(0, 0)
            time.sleep(3.0)  # nginx counts whole seconds: one may last for two
            with pytest.raises(TurnedAwayError, match="502"):
                client.checkpoint()
            assert size > 256
    finally:
        nginx.terminate()
        nginx.wait(30)
        world.close()
    told = "".join(
        path.read_text("utf-8") for path in folder.glob("*.log") if path.exists()
    )
    assert not ADDRESS.search(told)
