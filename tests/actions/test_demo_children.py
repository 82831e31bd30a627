import contextlib
import os
import signal
import socket
import sys
import time

import pytest

from wallet.actions.demo import children
from wallet.actions.demo.children import Children, DemoError, ask

SERVER = """
import json, signal, sys, time
how = sys.argv[-1]
if how == "deaf":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if how == "broken":
    sys.exit("no port")
print("starting", flush=True)
print(json.dumps({"url": how, "words": sys.argv[1:]}), flush=True)
while True:
    print("x" * 1000, flush=True)
    time.sleep(0.01)
"""
ANSWERER = """
import json, sys, time
how = sys.argv[-1]
if how == "hang":
    time.sleep(60)
if how != "mute":
    print(json.dumps({"ok": False, "words": sys.argv[1:]}))
sys.exit(3)
"""


@pytest.fixture
def command(monkeypatch):
    def use(script):
        monkeypatch.setattr(children, "_COMMAND", (sys.executable, "-c", script))

    return use


def test_a_server_is_ready_when_it_says_so_and_ends_when_left(tmp_path, command):
    command(SERVER)
    with Children(tmp_path / "logs") as running:
        said = running.start("ledger", "serve", "loud", home=tmp_path)
        assert said["url"] == "loud"
        assert said["words"] == ["--json", "--home", str(tmp_path), "serve", "loud"]
        process = running._running["ledger"].process
        assert process.poll() is None
    assert process.poll() is not None


def test_a_server_that_hears_nothing_is_ended_within_15_seconds(
    tmp_path, command, monkeypatch
):
    command(SERVER)
    monkeypatch.setattr(
        children, "_ENDS_WITHIN", ((signal.SIGINT, 0.2), (signal.SIGKILL, 5.0))
    )
    assert sum(within for _, within in children._ENDS_WITHIN) < 15
    running = Children(tmp_path / "logs")
    running.start("one", "quiet", home=tmp_path)
    running.start("two", "deaf", home=tmp_path)
    began = time.monotonic()
    running.end()
    assert time.monotonic() - began < 5


def test_a_server_that_cannot_start_is_named_with_its_log(tmp_path, command):
    command(SERVER)
    with (
        Children(tmp_path / "logs") as running,
        pytest.raises(DemoError, match=r"witness-1 did not start.*witness-1\.log"),
    ):
        running.start("witness-1", "broken", home=tmp_path)
    assert "no port" in (tmp_path / "logs/witness-1.log").read_text()


def test_a_server_that_is_killed_is_noticed_and_started_again_each_time(
    tmp_path, command
):
    command(SERVER)
    with Children(tmp_path / "logs") as running:
        running.start("ledger", "loud", home=tmp_path)
        for _ in range(3):  # the second and third before it could serve
            killed = running._running["ledger"].process
            os.kill(killed.pid, signal.SIGKILL)
            killed.wait(5)
            assert running.ended() == "ledger"
            assert running.restart_ended() == ("ledger",)
        assert running.ended() is None
        assert running.ready("ledger")["url"] == "loud"


def test_an_answer_is_its_code_and_its_object(tmp_path, command):
    command(ANSWERER)
    said = ask("grant", "list", home=tmp_path, passphrase_file=tmp_path / "p")
    assert said.code == 3
    assert said["words"][:3] == ["--json", "--home", str(tmp_path)]
    with pytest.raises(DemoError, match="has no grants"):
        _ = said["grants"]


@pytest.mark.parametrize(
    ("how", "match"), [("mute", "gave no answer"), ("hang", "did not end within")]
)
def test_silence_is_not_an_answer(command, how, match):
    command(ANSWERER)
    with pytest.raises(DemoError, match=match):
        ask("sync", how, within=0.5)


def test_servers_begun_together_are_ready_by_name(tmp_path, command):
    command(SERVER)
    with Children(tmp_path / "logs") as running:
        for name in ("one", "two"):
            running.begin(name, "loud", name, home=tmp_path)
        assert [running.ready(name)["url"] for name in ("two", "one")] == ["two", "one"]
        assert running.ended() is None


def test_a_port_is_kept_for_a_server_that_comes_and_goes(tmp_path):
    with Children(tmp_path / "logs") as running:
        port = running.port()
        assert port != running.port()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        for _ in range(2):
            with socket.create_server(("127.0.0.1", port)) as server:
                with socket.create_connection(("127.0.0.1", port)) as ours:
                    assert ours.getpeername()[1] == port
                server.accept()[0].close()
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind(("127.0.0.1", port))
    with socket.socket() as anybody:
        anybody.bind(("127.0.0.1", port))


def test_a_kept_port_is_given_to_nobody_who_asks_for_any(tmp_path):
    with Children(tmp_path / "logs") as running, contextlib.ExitStack() as held:
        kept = {running.port() for _ in range(200)}
        given = set()
        for _ in range(400):
            one = held.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", 0))
            given.add(one.getsockname()[1])
        assert not kept & given


def test_a_server_that_refuses_to_start_is_not_taken_for_one_that_serves(tmp_path):
    ask("ledger", "key", "--origin", "x.test/a", home=tmp_path / "ledger")
    with (
        Children(tmp_path / "logs") as running,
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        words = ("ledger", "serve", "--port", str(taken.getsockname()[1]))
        with pytest.raises(DemoError, match="ledger did not start: Cannot listen"):
            running.start("ledger", *words, home=tmp_path / "ledger")
