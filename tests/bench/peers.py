"""What others wrote, as processes of their own: a missing one is a printed reason."""

import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from tests.bench.rows import Row
from tests.support.ports import free_port

_PYMERKLE = Path("build/peers/bin/python")  # GPL: a process of its own
_PATIENCE = 60.0
_PYMERKLE_RUN = """
import secrets, sys, time
from pymerkle import SqliteTree
tree = SqliteTree(sys.argv[1])
tree.con.execute("PRAGMA synchronous=FULL")
entries = [secrets.token_bytes(300) for _ in range(int(sys.argv[2]))]
begun = time.perf_counter()
for entry in entries:
    tree.append_entry(entry)
print(time.perf_counter() - begun)
"""


def absent(name, reason):
    """The row of a comparison that could not be made, with why."""
    return Row(name=name, figure=0.0, unit="", peer=f"not measured: {reason}")


def installed(*programs):
    """Why a comparison is impossible; None if all are there."""
    lacking = [one for one in programs if shutil.which(one) is None]
    return f"{', '.join(lacking)} not installed" if lacking else None


def pymerkle_seconds(folder, count):
    """Seconds for *count* single durable appends; raises OSError where it is absent."""
    if not _PYMERKLE.exists():
        raise OSError("no pymerkle, packaging/strangers fetches it")
    done = subprocess.run(
        [_PYMERKLE, "-c", _PYMERKLE_RUN, str(folder / "tree.db"), str(count)],
        capture_output=True,
        check=True,
    )
    return float(done.stdout)


@contextmanager
def nginx(folder):
    """nginx with one worker over a folder of files; its address."""
    port, conf = free_port(), folder / "nginx.conf"
    conf.write_text(
        f"""
        worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/log;
        user root; events {{ worker_connections 1024; }}
        http {{ access_log off; sendfile on; server {{
            listen 127.0.0.1:{port}; root {folder}/files; }} }}
        """
    )
    with running(["nginx", "-c", conf, "-p", folder], port=port):
        yield f"http://127.0.0.1:{port}"


def wrk(url, *, seconds):
    """Requests a second, p50 and p99 in milliseconds, over 32 connections."""
    words = ["wrk", "-t1", "-c32", f"-d{seconds}s", "--latency", url]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise OSError("not every answer was a tile")
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", said)[1])
    return rate, _milliseconds(said, "50%"), _milliseconds(said, "99%")


def _milliseconds(said, share):
    number, unit = re.search(rf"{share}\s+([0-9.]+)(us|ms|s)", said).groups()
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


@contextmanager
def running(words, *, port=None):
    """A server for as long as this lasts."""
    process = subprocess.Popen([*map(str, words)], stderr=subprocess.DEVNULL)
    try:
        give_up = time.monotonic() + _PATIENCE
        while port is not None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()
