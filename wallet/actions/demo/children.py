"""The processes of the demo: started, watched, and ended together.

Every party is the real command in a process of its own, so that nothing in the demo
can reach another party's secrets by accident.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import wallet
from wallet.actions.demo.ports import Ports
from wallet.errors import WalletError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import IO, Self

_COMMAND = (sys.executable, "-m", "wallet")
_READY_WITHIN = 30.0
_ENDS_WITHIN = ((signal.SIGINT, 6.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 2.0))
_LOOKED_EVERY = 0.05


class DemoError(WalletError):
    """A party of the demo did not start, stopped, or answered what it should not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one command answered: its exit code and its JSON object."""

    code: int
    data: dict[str, Any]

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 any JSON
        """One field of the answer.

        Raises:
            DemoError: The answer has no such field.
        """
        if name not in self.data:
            raise DemoError(f"an answer has no {name}: {self.data}")
        return self.data[name]


def ask(
    *words: str | Path,
    home: Path | None = None,
    passphrase_file: Path | None = None,
    within: float = 90.0,
) -> Said:
    """Run one command to its end.

    Raises:
        DemoError: It did not end in time or did not answer with one JSON object.
    """
    command = _command(words, home, passphrase_file)
    try:
        done = subprocess.run(  # noqa: S603 our own command, no shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=within,
            env=_environment(),
        )
    except subprocess.TimeoutExpired:
        raise DemoError(f"{_named(words)} did not end within {within:.0f} s") from None
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    try:
        data = json.loads(lines[-1])
    except (IndexError, ValueError):
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-3:]
        raise DemoError(f"{_named(words)} gave no answer: {' / '.join(last)}") from None
    return Said(code=done.returncode, data=data)


@dataclass(slots=True)
class _Child:
    words: tuple[str | Path, ...]
    home: Path
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    lines: queue.SimpleQueue[bytes] = field(default_factory=queue.SimpleQueue)


class Children:
    """Servers that run until this is left; the newest is ended first."""

    def __init__(self, logs: Path) -> None:
        """Keep what the servers write about themselves in *logs*."""
        self._logs = logs
        self._running: dict[str, _Child] = {}
        self._ports = Ports()

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End whatever runs."""
        self.end()
        self._ports.close()

    def port(self) -> int:
        """A port that stays a server's own when it is started again."""
        return self._ports.take()

    def start(self, name: str, *words: str | Path, home: Path) -> dict[str, Any]:
        """Start a server and return the JSON line it prints once it serves.

        Raises:
            DemoError: It ended, refused, or said nothing, before it served.
        """
        self.begin(name, *words, home=home)
        return self.ready(name)

    def begin(self, name: str, *words: str | Path, home: Path) -> None:
        """Start a server without waiting for it.

        Only from a thread that stays: the kernel ends the server with it.
        """
        self._logs.mkdir(parents=True, exist_ok=True)
        log = (self._logs / f"{name}.log").open("ab")
        process = subprocess.Popen(  # noqa: S603 our own command, no shell
            _dying_with_us(_command(words, home, None)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # an interrupt of the terminal comes through us
            env=_environment(),
        )
        child = _Child(words, home, process, log)
        self._running[name] = child
        threading.Thread(target=_drain, args=(child,), daemon=True).start()

    def restart_ended(self) -> tuple[str, ...]:
        """Start again whatever has ended by itself, and name it.

        Nobody waits until it serves: it may be ended again before it does, and is
        then started again when this is asked again.
        """
        ended = [
            name
            for name, child in self._running.items()
            if child.process.poll() is not None
        ]
        for name in ended:
            child = self._running.pop(name)
            child.log.close()
            self.begin(name, *child.words, home=child.home)
        return tuple(ended)

    def ended(self) -> str | None:
        """The name of a server that has ended by itself."""
        for name, child in self._running.items():
            if child.process.poll() is not None:
                return name
        return None

    def end(self) -> None:
        """End every server within 11 s, asking first."""
        children = list(reversed(self._running.values()))
        for number, within in _ENDS_WITHIN:
            waiting = [child for child in children if child.process.poll() is None]
            for child in waiting:
                child.process.send_signal(number)
            _wait(waiting, within)
        for child in children:
            child.log.close()
        self._running.clear()

    def ready(self, name: str) -> dict[str, Any]:
        """The JSON line of a server that was begun.

        Raises:
            DemoError: It ended, refused, or said nothing, before it served.
        """
        child = self._running[name]
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline:
            try:
                line = child.lines.get(timeout=_LOOKED_EVERY)
            except queue.Empty:
                if child.process.poll() is not None:
                    break
                continue
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict):
                _expect_served(name, said)
                return said
        raise DemoError(f"{name} did not start; see {self._logs / name}.log")


def _expect_served(name: str, said: dict[str, Any]) -> None:
    if said.get("ok") is False:
        raise DemoError(f"{name} did not start: {said.get('sentence')}")


def _command(
    words: Sequence[str | Path], home: Path | None, passphrase_file: Path | None
) -> list[str]:
    command = [*_COMMAND, "--json"]
    if home is not None:
        command += ["--home", str(home)]
    if passphrase_file is not None:
        command += ["--passphrase-file", str(passphrase_file)]
    return [*command, *map(str, words)]


def _named(words: Sequence[str | Path]) -> str:
    return "heartwood " + " ".join(map(str, words[:2]))


def _environment() -> dict[str, str]:
    ours = str(Path(wallet.__file__).parent.parent)
    theirs = os.environ.get("PYTHONPATH")
    path = f"{ours}{os.pathsep}{theirs}" if theirs else ours
    values = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": path}
    if sys.dont_write_bytecode:
        values.pop("PYTHONDONTWRITEBYTECODE", None)  # or by an option
        values["PYTHONPYCACHEPREFIX"] = _bytecode()
    return values


@cache
def _bytecode() -> str:
    """Where compiled modules may lie if not beside the sources: gone with the demo.

    Some fifty commands would otherwise each compile all they import anew, which is
    half of what most of them do.
    """
    folder = tempfile.mkdtemp(prefix="heartwood-demo-bytecode-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _dying_with_us(command: list[str]) -> list[str]:
    """The same command, ended by the kernel should we be killed without warning.

    What the kernel watches is the thread that started it (PR_SET_PDEATHSIG).
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", *command] if setpriv else command


def _drain(child: _Child) -> None:
    """Read everything a server says, so that it never waits for us."""
    said = child.process.stdout
    if said is not None:
        with said:
            for line in said:
                child.lines.put(line)


def _wait(children: Sequence[_Child], within: float) -> None:
    deadline = time.monotonic() + within
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            continue
